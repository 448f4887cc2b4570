//! What the records promise, without power loss.

use std::collections::BTreeMap;

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chance, Chip, Device};
use holdfast_storage::{Key, Layout, Needed, Storage, StorageError, VALUE};

const LAYOUT: Layout = Layout::consecutive(0, 4096, 3, 3, 14);

fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

fn fresh() -> Device<4, 4096> {
    Device::new(Chip::new(20), LAYOUT)
}

#[test]
fn records_are_what_a_map_would_hold() {
    for seed in 0..6 {
        let mut device = fresh();
        let mut chance = Chance::new(seed);
        let mut map = BTreeMap::<Key, Vec<u8>>::new();
        for step in 0..400u64 {
            let key = named([1, 2, 128][chance.below(3) as usize], chance.below(9) as u8);
            if chance.below(4) == 0 {
                device.delete(key).unwrap();
                map.remove(&key);
            } else {
                let most = if chance.below(9) == 0 { 5000 } else { 700 };
                let length = chance.below(most);
                let value: Vec<u8> = (0..length).map(|at| (at ^ step) as u8).collect();
                match device.put(key, &value) {
                    Ok(()) => drop(map.insert(key, value)),
                    Err(StorageError::Full { needed, free }) => assert!(needed > free),
                    Err(error) => panic!("seed {seed}, step {step}: {error}"),
                }
            }
            if chance.below(3) == 0 {
                device.rest();
            }
            if chance.below(7) == 0 {
                device.mount();
            }
            for kind in [1, 2, 128] {
                let keys: Vec<Key> = device.storage.keys(kind).collect();
                let expected: Vec<Key> = map.keys().copied().filter(|key| key.kind == kind).collect();
                assert_eq!(keys, expected, "seed {seed}, step {step}");
            }
            for (key, value) in &map {
                assert_eq!(device.read(*key).unwrap().as_ref(), Some(value), "seed {seed}, step {step}");
            }
        }
        assert!(
            device.storage.health().records.most > 5,
            "the test went round: {:?}",
            device.storage.health()
        );
    }
}

#[test]
fn a_dropped_transaction_never_happened() {
    let mut device = fresh();
    device.put(named(1, 1), b"before").unwrap();
    for _ in 0..100 {
        let mut transaction = device.begin(Needed::nothing().put(600).delete()).unwrap();
        transaction.put(named(1, 2), &[2; 600]).unwrap();
        transaction.delete(named(1, 1)).unwrap();
        drop(transaction);
        device.put(named(1, 3), b"after").unwrap();
    }
    for _ in 0..2 {
        assert_eq!(device.read(named(1, 1)), Ok(Some(b"before".to_vec())));
        assert_eq!(device.read(named(1, 2)), Ok(None));
        assert_eq!(device.read(named(1, 3)), Ok(Some(b"after".to_vec())));
        device.mount();
    }
}

#[test]
fn absence_is_known_without_reading_flash() {
    let mut device = fresh();
    device.put(named(1, 1), b"here").unwrap();
    device.flash.reset_statistics();
    assert_eq!(device.storage.read(&mut device.flash, named(1, 2), &mut [0; 10]), Ok(None));
    assert_eq!(device.flash.statistics().bytes_read, 0);
}

#[test]
fn absent_unreadable_and_forged_are_three_answers() {
    let mut device = fresh();
    device.put(named(1, 1), &[0x55; 100]).unwrap();
    let [body] = device.bodies(named(1, 1))[..] else { panic!("it was written once") };
    let byte = device.flash.bytes()[body + 61];

    // A decayed cell.
    device.flash.tamper(body + 61, &[!byte]);
    assert_eq!(device.read(named(1, 1)), Err(StorageError::Unreadable));
    device.flash.tamper(body + 61, &[byte]);
    assert_eq!(device.read(named(1, 1)), Ok(Some(vec![0x55; 100])));

    // Another device's key: everything reads, nothing is authentic, and no plaintext is left behind.
    device.flash.remount(0);
    device.storage = Storage::mount(&mut device.flash, LAYOUT, &Secret::new([8; 32])).unwrap();
    let mut buffer = [1; 100];
    let read = device.storage.read(&mut device.flash, named(1, 1), &mut buffer);
    assert_eq!(read, Err(StorageError::Forged));
    assert_eq!(buffer, [0; 100]);
    assert_eq!(device.read(named(1, 9)), Ok(None));
}

#[test]
fn values_are_not_on_flash_in_clear() {
    let mut device = fresh();
    device.put(named(128, 1), b"a secret that nobody may read").unwrap();
    assert!(!device.contains(b"a secret"));
    assert!(!device.contains(b"nobody may read"));
}

#[test]
fn what_is_deleted_or_superseded_of_a_secret_is_erased_in_idle_time() {
    let mut device = fresh();
    for number in 0..30 {
        device.put(named(1, number), &[number; 300]).unwrap();
    }
    let mut remnants = Vec::new();
    for round in 0..3 {
        device.put(named(200, 77), &[round; 32]).unwrap();
        let at = device.flash.bytes().windows(16).rposition(|window| window == [77; 16]).unwrap();
        remnants.push(device.flash.bytes()[at + 11..at + 27].to_vec());
    }
    device.delete(named(200, 77)).unwrap();
    device.mount();
    assert!(remnants.iter().any(|remnant| device.contains(remnant)));
    device.rest();
    for remnant in &remnants {
        assert!(!device.contains(remnant));
    }
}

#[test]
fn full_is_said_before_the_first_write_and_a_renewal_still_fits() {
    let mut device = fresh();
    device.put(named(2, 0), &[0; 3800]).unwrap();
    let mut number = 0;
    let full = loop {
        match device.put(named(1, number), &[number; 900]) {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StorageError::Full { needed, free } if needed > free), "{full}");
    device.rest();
    let before = device.flash.bytes().to_vec();
    assert!(device.begin(Needed::nothing().put(900)).is_err());
    assert_eq!(device.flash.bytes(), before);
    for round in 0..50u8 {
        let needed = Needed::nothing().put(3800).put(900).reserved();
        let mut transaction = device.begin(needed).unwrap();
        transaction.put(named(2, 0), &[round; 3800]).unwrap();
        transaction.put(named(1, 0), &[round; 900]).unwrap();
        transaction.commit().unwrap();
    }
    for other in 1..number {
        assert_eq!(device.read(named(1, other)), Ok(Some(vec![other; 900])));
    }
    assert_eq!(device.read(named(2, 0)), Ok(Some(vec![49; 3800])));
}

#[test]
fn all_that_is_free_can_be_used() {
    let mut device = fresh();
    let mut refused = 0;
    for bytes in device.storage.free() - 2000..device.storage.free() {
        match device.begin(Needed::nothing().put(bytes)) {
            Ok(_) => assert_eq!(refused, 0, "what is longer than {bytes} bytes fits no better"),
            Err(StorageError::Full { needed, free }) => {
                assert!(needed > free, "{needed} bytes were refused, and {free} are free");
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!((1..2000).contains(&refused), "{refused}");
}

#[test]
fn the_longest_value_spans_pages() {
    let mut device = fresh();
    for round in 0..20u8 {
        device.put(named(1, 1), &[round; VALUE]).unwrap();
        device.put(named(1, 2), &vec![round; 13 * usize::from(round)]).unwrap();
        assert_eq!(device.read(named(1, 1)), Ok(Some(vec![round; VALUE])));
    }
    let mut transaction = device.begin(Needed::nothing().put(VALUE as u32)).unwrap();
    assert!(matches!(transaction.put(named(1, 1), &[0; VALUE + 1]), Err(StorageError::TooLong { .. })));
}

#[test]
fn deleting_for_ever_never_fills_the_index() {
    let mut device = fresh();
    for round in 0..500u64 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&round.to_le_bytes());
        let key = Key { kind: 1, id };
        device.put(key, b"short-lived").unwrap();
        device.delete(key).unwrap();
    }
    assert_eq!(device.storage.keys(1).count(), 0);
}

#[test]
fn a_blank_chip_and_a_strange_layout_are_told_apart() {
    let mount =
        |flash: &mut Chip<4, 4096>, layout| Storage::<64>::mount(flash, layout, &Secret::new([7; 32]));
    let mut flash = Chip::new(20);
    assert!(matches!(mount(&mut flash, LAYOUT), Err(StorageError::Blank)));
    let outside = Layout::consecutive(4096, 4096, 3, 3, 14);
    assert!(matches!(mount(&mut flash, outside), Err(StorageError::Layout)));
    let other = Layout::consecutive(0, 4096, 4, 3, 13);
    let found = mount(&mut fresh().flash, other);
    assert!(matches!(found, Err(StorageError::OtherFormat | StorageError::Damaged)));
}

#[test]
fn power_ups_without_idle_time_never_cost_a_record() {
    let mut device = fresh();
    let mut number = 0;
    while device.put(named(1, number), &[number; 900]).is_ok() {
        number += 1;
    }
    assert!(number > 5, "the device is full");
    for power_up in 0..3000 {
        device.mount();
        if power_up % 50 == 0 {
            for each in 0..number {
                assert_eq!(device.read(named(1, each)), Ok(Some(vec![each; 900])), "at power-up {power_up}");
            }
        }
    }
}

/// A record that is short, so that the index is full before the flash is.
fn short(number: u16) -> Key {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_le_bytes());
    Key { kind: 1, id }
}

/// Puts short records until no more are taken.
fn fill_index(device: &mut Device<4, 4096>, reserved: bool, from: u16) -> u16 {
    let mut number = from;
    loop {
        let needed = Needed::nothing().put(8);
        let begun = device.begin(if reserved { needed.reserved() } else { needed });
        match begun.and_then(|mut transaction| {
            transaction.put(short(number), &number.to_le_bytes().repeat(4))?;
            transaction.commit()
        }) {
            Ok(()) => number += 1,
            Err(StorageError::IndexFull) => return number,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_full_index_can_still_be_renewed_compacted_and_emptied() {
    let mut device = fresh();
    let plain = fill_index(&mut device, false, 0);
    let all = fill_index(&mut device, true, plain);
    assert!(plain >= 56 && all > plain, "{plain} and {all} of 64");
    // Records are superseded until all pages were compacted many times.
    let mut renewed = vec![false; usize::from(all)];
    for round in 0..2000u16 {
        let number = round * 7 % all;
        let mut transaction = device.begin(Needed::nothing().put(8).reserved());
        if transaction.as_ref().is_err_and(|error| *error == StorageError::IndexFull) {
            // One is deleted, which always works, and put again.
            drop(transaction);
            device.delete(short(number)).unwrap();
            transaction = device.begin(Needed::nothing().put(8).reserved());
        }
        let mut transaction = transaction.unwrap();
        transaction.put(short(number), b"renewed!").unwrap();
        transaction.commit().unwrap();
        renewed[usize::from(number)] = true;
    }
    assert!(renewed.iter().all(|renewed| *renewed));
    assert!(device.storage.health().records.most > 5, "{:?}", device.storage.health().records);
    for number in 0..all {
        device.delete(short(number)).unwrap();
    }
    assert_eq!(device.storage.keys(1).count(), 0);
}

#[test]
fn what_is_full_can_always_be_emptied() {
    let mut device = fresh();
    let mut number = 0;
    for needed in [Needed::nothing(), Needed::nothing().reserved()] {
        for length in [700, 70, 0] {
            while let Ok(mut transaction) = device.begin(needed.put(length)) {
                transaction.put(named(1, number), &vec![number; length as usize]).unwrap();
                transaction.commit().unwrap();
                number += 1;
            }
        }
    }
    for each in (0..number).rev() {
        device.delete(named(1, each)).unwrap();
    }
    assert_eq!(device.storage.keys(1).count(), 0);
    device.put(named(1, 0), &[1; 7000]).unwrap();
}

#[test]
fn what_one_transaction_put_and_deleted_never_comes_back() {
    for gap in 0..12u8 {
        let mut device = fresh();
        // The value ends up on one page, its deletion on the next.
        device.put(named(1, 9), &vec![9; 300 * usize::from(gap)]).unwrap();
        let needed = Needed::nothing().put(600).put(900).delete();
        let mut transaction = device.begin(needed).unwrap();
        transaction.put(named(1, 1), &[1; 600]).unwrap();
        transaction.put(named(1, 2), &[2; 900]).unwrap();
        transaction.delete(named(1, 1)).unwrap();
        transaction.commit().unwrap();
        for round in 0..40u8 {
            device.put(named(200, 1), &[round; 700]).unwrap();
            device.rest();
            device.mount();
            let found = device.read(named(1, 1));
            assert_eq!(found, Ok(None), "gap {gap}, round {round}");
        }
    }
}

#[test]
fn records_that_the_index_has_no_room_for_are_refused_before_the_first_is_written() {
    let mut device = fresh();
    let plain = fill_index(&mut device, false, 0);
    for number in 0..4 {
        device.delete(short(number)).unwrap();
    }
    device.rest();
    let before = device.flash.statistics().bytes_written;
    let needed = |count: u32| (0..count).fold(Needed::nothing(), |needed, _| needed.put(8));
    assert!(matches!(device.begin(needed(u32::from(plain))), Err(StorageError::IndexFull)));
    assert_eq!(device.flash.statistics().bytes_written, before);
    let mut transaction = device.begin(needed(4)).unwrap();
    for number in 0..4 {
        transaction.put(short(number), b"again").unwrap();
    }
    transaction.commit().unwrap();
    assert_eq!(device.storage.keys(1).count(), usize::from(plain));
}
