//! What is on the flash may be anything: a mount ends, and never panics.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chance, Chip, Rules, rest};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage};
use proptest::prelude::*;

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 22) };
const BYTES: usize = 25 * 512;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// Does everything with whatever mounts; errors are fine, panics and endless loops are not.
fn use_it(mut chip: Chip<4, 512>) {
    let Ok(mut storage) = Storage::<24>::mount(&mut chip, LAYOUT, &key()) else { return };
    let mut buffer = [0; 1000];
    for kind in 0..=255 {
        let keys: Vec<Key> = storage.keys(kind).collect();
        for name in keys {
            let _ = storage.read(&mut chip, name, &mut buffer);
        }
    }
    let _ = storage.find(&mut chip, [1; 7]);
    let total = storage.total(1);
    let _ = storage.raise(&mut chip, 1, total + 1, [1; 7]);
    let powered = storage.powered();
    let _ = storage.book(&mut chip, powered + 1);
    if let Ok(mut transaction) = storage.begin(&mut chip, Needed::nothing().put(50)) {
        let _ = transaction.put(Key { kind: 9, id: [9; 16] }, &[9; 50]).and_then(|()| transaction.commit());
    }
    for _ in 0..200 {
        if !matches!(storage.idle(&mut chip), Ok(MoreWork::Yes)) {
            break;
        }
    }
}

/// A device that was used for a while.
fn used(seed: u64) -> Vec<u8> {
    let mut chip = Chip::<4, 512>::new(28);
    Storage::<24>::format(&mut chip, LAYOUT, &key()).unwrap();
    let mut chance = Chance::new(seed);
    for session in 0..6 {
        chip.remount(session);
        let mut storage = Storage::<24>::mount(&mut chip, LAYOUT, &key()).unwrap();
        for _ in 0..chance.below(8) {
            let total = storage.total(1) + 1;
            let _ = storage.raise(&mut chip, 1, total, total.to_le_bytes()[..7].try_into().unwrap());
            let length = chance.below(160) as u32;
            let mut transaction = storage.begin(&mut chip, Needed::nothing().put(length)).unwrap();
            let name = Key { kind: [1, 200][chance.below(2) as usize], id: [chance.below(4) as u8; 16] };
            transaction.put(name, &vec![1; length as usize]).unwrap();
            transaction.commit().unwrap();
            rest(&mut chip, &mut storage).unwrap();
        }
    }
    chip.bytes().to_vec()
}

proptest! {
    #[test]
    fn any_bytes_mount_or_are_refused(seed: u64, zeros in 0u64..4) {
        let mut chance = Chance::new(seed);
        let bytes: Vec<u8> = (0..BYTES).map(|_| if chance.below(4) < zeros { 0xff } else { chance.draw() as u8 }).collect();
        use_it(Chip::from_bytes(&bytes, Rules::NRF52));
    }

    #[test]
    fn a_used_device_with_any_damage_mounts_or_is_refused(
        seed in 0u64..20,
        damage in proptest::collection::vec((0..BYTES, any::<u8>(), 1usize..40), 1..12),
        moved in proptest::option::of((0usize..24, 0usize..24))
    ) {
        let mut bytes = used(seed);
        for (at, byte, length) in damage {
            let end = (at + length).min(BYTES);
            bytes[at..end].fill(byte);
        }
        if let Some((from, to)) = moved {
            bytes.copy_within(from * 512..(from + 1) * 512, to * 512);
        }
        use_it(Chip::from_bytes(&bytes, Rules::NRF52));
    }
}
