//! A chip with anything on it: what a device wrote, changed in drawn places, or drawn bytes.
//!
//! It mounts or is refused; mounted again it holds the same, unless whole units or pages were copied: they make a
//! history that no device had, and what is left of it may change with what a device makes of it. What it gives
//! out as a record was written as that record: only the device's key makes records, and whoever changes flash does
//! not have it. What it does from then on ends, and holds over one more mount. Whoever changes flash can also
//! make it unusable, at once or later, so a mount may be refused; but a chip that nobody changed must go on.

use crate::draw::Draw;
use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, Rules, rest};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage};
use std::collections::{BTreeMap, BTreeSet};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 21) };
const PAGE: usize = 512;
const BYTES: usize = 27 * PAGE;
/// Images to begin with.
const IMAGES: usize = 6;

/// Records that were written, as kind, id and value.
type Written = BTreeSet<(u8, [u8; 16], Vec<u8>)>;
type Records = BTreeMap<(u8, [u8; 16]), Option<Vec<u8>>>;

/// What was done to an image.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// Nothing.
    None,
    /// Bits and bytes are others.
    Decayed,
    /// Units or pages stand where others were.
    Copied,
}

/// The device's key, which no part of the input can be made for: a fuzzer learns the tag that a record should
/// have from its comparison, and another input has another key.
fn key_for(input: &[u8]) -> [u8; 32] {
    holdfast_crypto::digest::plain(&[input]).0
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let (key, mut written) = (key_for(input), Written::new());
    let mut bytes = match draw.below(IMAGES + 2) {
        image @ 0..IMAGES => use_one(image as u64, &key, &mut written),
        _ => {
            let fill = if draw.flag() { 0xff } else { draw.byte() };
            vec![fill; BYTES]
        }
    };
    let mut change = Change::None;
    let mut edits = 0;
    while !draw.is_empty() && edits < 64 {
        edits += 1;
        let at = draw.below(BYTES);
        let edit = draw.below(6);
        change = change.max(if edit < 4 { Change::Decayed } else { Change::Copied });
        match edit {
            0 | 1 => bytes[at] ^= 1 << (draw.byte() % 8),
            2 => {
                let end = (at + draw.below(40)).min(BYTES);
                bytes[at..end].fill(draw.byte());
            }
            3 => {
                let length = draw.below(40);
                let piece = draw.bytes(length);
                let end = (at + piece.len()).min(BYTES);
                bytes[at..end].copy_from_slice(&piece[..end - at]);
            }
            4 => {
                // A piece of the image, elsewhere: whole units, as a replay is.
                let (from, to) = (draw.below(BYTES / 16) * 16, at / 16 * 16);
                let length = (16 * (1 + draw.below(8))).min(BYTES - from).min(BYTES - to);
                bytes.copy_within(from..from + length, to);
            }
            _ => {
                let (from, to) = (draw.below(27), draw.below(27));
                bytes.copy_within(from * PAGE..(from + 1) * PAGE, to * PAGE);
            }
        }
    }
    hold(Chip::from_bytes(&bytes, Rules::NRF52), &key, &written, change);
}

/// Each image as it is and with a few changes.
pub fn inputs() -> Vec<Vec<u8>> {
    let whole = (0..IMAGES as u8).map(|image| vec![image]);
    let changed =
        (0..IMAGES as u8).map(|image| vec![image, 16, 3, 4, 9, 2, 7, 0, 5, 3, 1, 2, 5, 30, 7, 5, 1, 2]);
    let empty = [vec![6, 1], vec![6, 0, 0], vec![7, 1, 0, 0, 3, 16, 1, 2, 3, 4, 5, 6, 7, 8]];
    whole.chain(changed).chain(empty).collect()
}

/// What a mounted device holds.
fn holdings(chip: &mut Chip<4, PAGE>, storage: &Storage<24>) -> (Vec<u64>, u64, u64, Records) {
    let mut buffer = [0; 1_000];
    let mut records = Records::new();
    for kind in 0..=u8::MAX {
        let keys: Vec<Key> = storage.keys(kind).collect();
        for name in keys {
            let value = storage.read(chip, name, &mut buffer).ok().flatten().map(<[u8]>::to_vec);
            records.insert((name.kind, name.id), value);
        }
    }
    let totals = (0..8).map(|index| storage.total(index)).collect();
    (totals, storage.mark(), storage.powered(), records)
}

fn hold(mut chip: Chip<4, PAGE>, key: &[u8; 32], written: &Written, change: Change) {
    let changed = change != Change::None;
    let key = || Secret::new(*key);
    chip.remount(1);
    let Ok(storage) = Storage::<24>::mount(&mut chip, LAYOUT, &key()) else { return };
    let first = holdings(&mut chip, &storage);
    for ((kind, id), value) in &first.3 {
        if let Some(value) = value {
            assert!(written.contains(&(*kind, *id, value.clone())), "a record {kind} that no device wrote");
        }
    }
    chip.power_off();
    chip.remount(2);
    let Ok(mut storage) = Storage::<24>::mount(&mut chip, LAYOUT, &key()) else {
        return assert!(changed, "what mounted does not mount again");
    };
    if change != Change::Copied {
        assert_eq!(holdings(&mut chip, &storage), first, "mounted again it holds the same");
    }

    let total = storage.total(1);
    let raised = storage.raise(&mut chip, 1, total + 1, [1; 7]).is_ok();
    let powered = storage.powered();
    let booked = storage.book(&mut chip, powered.saturating_add(1)).is_ok();
    let name = Key { kind: 9, id: [9; 16] };
    let put = match storage.begin(&mut chip, Needed::nothing().put(50)) {
        Ok(mut transaction) => transaction.put(name, &[9; 50]).and_then(|()| transaction.commit()).is_ok(),
        Err(_) => false,
    };
    let ends = (0..300).any(|_| !matches!(storage.idle(&mut chip), Ok(MoreWork::Yes)));
    assert!(ends, "idle work never ends");
    chip.power_off();
    chip.remount(3);
    let Ok(storage) = Storage::<24>::mount(&mut chip, LAYOUT, &key()) else {
        return assert!(changed || !(raised || booked || put), "after work that was done it does not mount");
    };
    assert!(!raised || storage.total(1) == total + 1, "a unit was given back");
    assert!(!booked || storage.powered() > powered, "time was given back");
    let mut buffer = [0; 64];
    let found = storage.read(&mut chip, name, &mut buffer).ok().flatten();
    assert!(
        !put || change == Change::Copied || found == Some(&[9; 50][..]),
        "a record that was committed is lost"
    );
}

/// A device that was used for a while; adds every record that it wrote.
fn use_one(seed: u64, key: &[u8; 32], written: &mut Written) -> Vec<u8> {
    use holdfast_storage::model::Chance;
    let key = || Secret::new(*key);
    let mut chip = Chip::<4, PAGE>::new(27);
    Storage::<24>::format(&mut chip, LAYOUT, &key()).expect("a whole chip can be formatted");
    let mut chance = Chance::new(seed);
    for session in 0..2 + seed {
        chip.remount(session);
        let mut storage = Storage::<24>::mount(&mut chip, LAYOUT, &key()).expect("it mounts");
        for _ in 0..chance.below(8) {
            let total = storage.total(1) + 1;
            let mut tag = [0; 7];
            tag.copy_from_slice(&total.to_le_bytes()[..7]);
            let _ = storage.raise(&mut chip, 1, total, tag);
            let powered = storage.powered() + chance.below(90);
            let _ = storage.book(&mut chip, powered);
            let value = vec![chance.draw() as u8; chance.below(200) as usize];
            let name = Key { kind: [1, 200][chance.below(2) as usize], id: [chance.below(4) as u8; 16] };
            let needed = Needed::nothing().put(value.len() as u32);
            if let Ok(mut transaction) = storage.begin(&mut chip, needed) {
                transaction.put(name, &value).and_then(|()| transaction.commit()).expect("there is room");
                written.insert((name.kind, name.id, value));
            }
            rest(&mut chip, &mut storage).expect("idle work is done");
        }
    }
    chip.bytes().to_vec()
}
