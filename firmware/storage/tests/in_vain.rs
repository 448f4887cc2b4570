//! A device that counts as free what it cannot have: what is deleted lies on pages that keep what cannot be read.

use holdfast_storage::model::{Chance, Chip, Device, Rules};
use holdfast_storage::{Key, Layout, StorageError};

const PAGE: usize = 2048;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// What is refused takes nothing of the spare, and asked again moves nothing, so whatever is refused how often, all that can be
/// read can be deleted.
#[test]
fn what_is_full_can_be_emptied_though_room_cannot_be_made() {
    for seed in 0..8 {
        let mut chance = Chance::new(seed);
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 16) };
        let mut device = Device::<8, PAGE>::new(Chip::with_rules(22, Rules::ECC), layout);
        let mut number = 0;
        while device.put(named(number), &vec![number; 200 + chance.below(400) as usize]).is_ok() {
            number += 1;
        }
        for decayed in (0..number).step_by(8) {
            let body = device.bodies(named(decayed))[0];
            device.flash.tamper(body + 60, &[0x55; 8]);
        }
        let can_be_read: Vec<u8> = (0..number).filter(|number| !number.is_multiple_of(8)).collect();
        let any = |chance: &mut Chance| named(can_be_read[chance.below(can_be_read.len() as u64) as usize]);
        let mut in_vain = 0;
        for _ in 0..60 {
            let key = any(&mut chance);
            let value = vec![1; 200 + chance.below(400) as usize];
            match device.put(key, &value) {
                Ok(()) => continue,
                // So much would be free, were it not for the pages that cannot go.
                Err(error @ StorageError::Full { needed, free }) if free + 1 == needed => {
                    in_vain += 1;
                    let before = device.flash.statistics();
                    assert_eq!(device.put(key, &value), Err(error), "seed {seed}: asked again");
                    assert_eq!(device.flash.statistics(), before, "seed {seed}: asked again");
                    assert!(device.storage.free() < needed, "seed {seed}");
                }
                Err(StorageError::Full { needed, free }) => assert!(free < needed),
                Err(error) => panic!("seed {seed}: {error}"),
            }
            device.rest();
            device.delete(any(&mut chance)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        assert!(in_vain > 0, "seed {seed}");
        device.mount();
        for number in can_be_read {
            device.delete(named(number)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        device.put(named(1), &[1; 20]).unwrap();
    }
}
