//! What records answer where the flash under them has decayed.

use holdfast_storage::model::{Chip, Device, Rules};
use holdfast_storage::{Key, Layout, Needed, StorageError};

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn device() -> Device<4, 4096> {
    Device::new(Chip::new(18), Layout::consecutive(0, 4096, 3, 3, 12))
}

/// Where the newest body of a record begins.
fn newest_body(device: &Device<4, 4096>, number: u8) -> usize {
    // Bodies are written from the end of a page downward.
    let bodies = device.bodies(named(number));
    let page = bodies.iter().map(|at| at / 4096).max().unwrap();
    bodies.into_iter().filter(|at| at / 4096 == page).min().unwrap()
}

/// Where the commit granule of a transaction stands. It says 3, the number, and that no page was emptied.
fn commit_of(device: &Device<4, 4096>, transaction: u8) -> usize {
    let granule = [3, transaction, 0, 0, 0, 0xff, 0xff];
    let places = device.flash.bytes().chunks(16).enumerate();
    let mut found = places.filter(|(_, unit)| unit.starts_with(&granule)).map(|(at, _)| at * 16);
    found.next_back().unwrap()
}

fn decay(device: &mut Device<4, 4096>, at: usize) {
    let byte = device.flash.bytes()[at];
    device.flash.tamper(at, &[byte ^ 0x10]);
}

/// Two versions of record 1 between two others; a byte before the newer version's value has decayed.
fn decayed(byte: usize) -> Device<4, 4096> {
    let mut device = device();
    device.put(named(2), b"before").unwrap();
    device.put(named(1), b"the first version").unwrap();
    device.put(named(1), b"the second version").unwrap();
    device.put(named(3), b"after").unwrap();
    let at = newest_body(&device, 1) + byte;
    decay(&mut device, at);
    device.mount();
    device
}

#[test]
fn what_decays_before_a_value_makes_the_record_unreadable_and_no_older_version_stand() {
    for byte in 0..28 {
        let mut device = decayed(byte);
        for _ in 0..3 {
            assert_eq!(device.read(named(1)), Err(StorageError::Unreadable), "byte {byte}");
            assert_eq!(device.read(named(2)), Ok(Some(b"before".to_vec())));
            assert_eq!(device.read(named(3)), Ok(Some(b"after".to_vec())));
            assert_eq!(device.read(named(4)), Ok(None));
            assert_eq!(device.storage.keys(1).collect::<Vec<_>>(), [named(2), named(3)]);
            assert_eq!(device.storage.health().unreadable_pages, 1);
            for round in 0..60 {
                device.put(named(4), &[round; 900]).unwrap();
                device.rest();
            }
            device.delete(named(4)).unwrap();
            device.mount();
        }
    }
}

#[test]
fn a_record_that_cannot_be_told_is_written_anew_or_deleted() {
    for byte in [0, 1, 16, 18, 22, 27] {
        let mut device = decayed(byte);
        device.put(named(1), b"the third version").unwrap();
        for _ in 0..3 {
            assert_eq!(device.read(named(1)), Ok(Some(b"the third version".to_vec())), "byte {byte}");
            device.mount();
        }
        assert_eq!(device.storage.health().unreadable_pages, 0);

        let mut device = decayed(byte);
        device.delete(named(1)).unwrap();
        for round in 0..60 {
            assert_eq!(device.read(named(1)), Ok(None), "byte {byte}");
            device.put(named(4), &[round; 900]).unwrap();
            device.rest();
            device.mount();
        }
    }
}

#[test]
fn a_deletion_that_cannot_be_told_brings_nothing_back() {
    let mut device = device();
    device.put(named(1), b"deleted").unwrap();
    device.delete(named(1)).unwrap();
    let at = newest_body(&device, 1) + 20;
    decay(&mut device, at);
    for _ in 0..3 {
        device.mount();
        assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
    }
    device.delete(named(1)).unwrap();
    device.mount();
    assert_eq!(device.read(named(1)), Ok(None));
}

#[test]
fn a_page_stays_while_the_one_that_it_guards_cannot_be_moved() {
    let mut device = device();
    device.put(named(1), &[1; 900]).unwrap();
    device.put(named(2), &[2; 2850]).unwrap();
    // The mount copies the newest granule, so the page that is opened next guards this one.
    device.mount();
    device.put(named(3), &[3; 900]).unwrap();
    let at = newest_body(&device, 1);
    decay(&mut device, at + 100);
    let (guarded, guard) = (at / 4096, newest_body(&device, 3) / 4096);
    assert!(guarded != guard);
    for round in 0..200 {
        device.put(named(3), &[round; 900]).unwrap();
        device.rest();
        if round % 20 == 7 {
            device.mount();
        }
    }
    assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
    let erases = |page| device.flash.erases(page);
    let others: Vec<u32> = (6..18).filter(|page| ![guarded, guard].contains(page)).map(erases).collect();
    assert!(others.iter().all(|erases| *erases > 2), "{others:?}");
    assert_eq!((erases(guarded), erases(guard)), (1, 1));
}

#[test]
fn a_transaction_before_the_newest_is_true_though_its_commit_has_decayed_and_stays_so() {
    let mut device = device();
    for (number, value) in [(1, &b"first"[..]), (1, b"second"), (2, b"other")] {
        device.put(named(number), value).unwrap();
    }
    let mut dropped = device.begin(Needed::nothing().put(7)).unwrap();
    dropped.put(named(2), b"dropped").unwrap();
    drop(dropped);
    let at = commit_of(&device, 2);
    decay(&mut device, at);
    // The first mount settles what was dropped, the second reads what the first settled.
    for _ in 0..3 {
        device.mount();
        assert_eq!(device.read(named(1)), Ok(Some(b"second".to_vec())));
        assert_eq!(device.read(named(2)), Ok(Some(b"other".to_vec())));
    }
    let at = commit_of(&device, 3);
    decay(&mut device, at);
    device.put(named(3), b"after").unwrap();
    device.mount();
    assert_eq!(device.read(named(2)), Ok(Some(b"other".to_vec())));
}

/// Who copies a page to another place makes no second one of it: what is written into the page afterwards is found.
#[test]
fn a_page_that_was_copied_to_another_place_counts_once() {
    let mut device = device();
    device.put(named(1), b"before").unwrap();
    let (mut round, mut erased_before) = (0, Vec::new());
    // Until a page before the one that is written is erased, and has been for a while.
    let (copy, active) = loop {
        round += 1;
        device.put(named(2), &[round; 900]).unwrap();
        device.rest();
        let active = newest_body(&device, 2) / 4096;
        let is_erased = |page: &usize| device.flash.bytes()[page * 4096 + 16..][..4080] == [0xff; 4080];
        let erased: Vec<usize> = (6..active).filter(is_erased).collect();
        if let Some(page) = erased.iter().find(|page| erased_before.contains(*page)) {
            break (*page, active);
        }
        if round % 8 == 0 {
            erased_before = erased;
        }
    };
    device.put(named(1), b"copied").unwrap();
    assert_eq!(newest_body(&device, 1) / 4096, active);
    let bytes = device.flash.bytes()[active * 4096..][..4096].to_vec();
    device.flash.tamper(copy * 4096, &bytes);
    device.mount();
    assert_eq!(device.read(named(1)), Ok(Some(b"copied".to_vec())));
    device.put(named(1), b"afterwards").unwrap();
    for _ in 0..3 {
        device.mount();
        assert_eq!(device.read(named(1)), Ok(Some(b"afterwards".to_vec())));
        assert_eq!(device.read(named(2)), Ok(Some(vec![round; 900])));
    }
}

#[test]
fn what_cannot_be_told_keeps_no_deletion_of_another_record() {
    let mut device = decayed(0);
    for number in 4..=255 {
        device.put(named(number), &[number; 40]).unwrap();
        device.delete(named(number)).unwrap();
        device.rest();
    }
    assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
    assert_eq!(device.storage.keys(1).count(), 2);
}

/// A record whose older version is on a page that cannot go: its deletion has to stay, and is not carried around while
/// others could go.
#[test]
fn a_deletion_that_has_to_stay_keeps_no_other() {
    for rounds_before in 0..40u8 {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 21) };
        let mut device = Device::<4, 512, 16>::new(Chip::new(27), layout);
        for (number, length) in [(1, 40), (2, 40), (5, 200)] {
            device.put(named(number), &vec![number; length]).unwrap();
        }
        let decays = device.bodies(named(1))[0] + 50;
        device.flash.tamper(decays, &[0]);
        for round in 0..rounds_before {
            device.put(named(9), &[round; 60]).unwrap();
        }
        device.delete(named(2)).unwrap();
        for round in 0..200 {
            device.flash.reset_statistics();
            device.put(named(7), &[round; 30]).unwrap();
            device.delete(named(7)).unwrap();
            let erases = device.flash.statistics().erases;
            assert!(erases < 10, "{erases} erases in round {round} after {rounds_before}");
        }
        device.mount();
        assert_eq!((device.read(named(2)), device.read(named(7))), (Ok(None), Ok(None)));
    }
}

/// What cannot be read does not become what was deleted before it, where that deletion is moved behind it.
#[test]
fn an_older_deletion_that_is_moved_does_not_hide_what_cannot_be_read() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 1024, 3, 3, 16) };
    let mut device = Device::<8, 1024>::new(Chip::with_rules(22, Rules::ECC), layout);
    let secret = Key { kind: 200, id: [7; 16] };
    device.put(named(1), &[1; 40]).unwrap();
    device.put(named(9), &[9; 700]).unwrap();
    device.delete(named(1)).unwrap();
    device.put(secret, &[1; 40]).unwrap();
    device.put(named(8), &[8; 800]).unwrap();
    device.put(named(1), &[2; 40]).unwrap();
    let newest = device.bodies(named(1)).into_iter().max_by_key(|body| body / 1024).unwrap();
    let byte = device.flash.bytes()[newest + 20];
    device.flash.tamper(newest + 20, &[byte ^ 0x5a]);
    device.mount();
    // The page of the deletion goes, for the sake of a secret on it.
    device.delete(secret).unwrap();
    for _ in 0..3 {
        assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
        device.rest();
        device.mount();
    }
}

/// Time is looked at before anything is written to counters.
#[test]
fn a_mount_that_finds_damage_changes_nothing() {
    for (first, pages) in [(0, 3), (3, 3)] {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 1024, 3, 3, 20) };
        let mut device = Device::<4, 1024>::new(Chip::new(26), layout);
        device.storage.raise(&mut device.flash, 0, 5, [1; 7]).unwrap();
        device.storage.book(&mut device.flash, 5).unwrap();
        // The newest page is turned, so that it begins with totals.
        for total in 6..70 {
            device.storage.raise(&mut device.flash, 0, total, [1; 7]).unwrap();
            device.storage.book(&mut device.flash, total).unwrap();
        }
        let sequence = |page: &usize| {
            let header = &device.flash.bytes()[page * 1024 + 16..];
            u32::from_le_bytes(*header.first_chunk().unwrap()).wrapping_add(1)
        };
        let newest = (first..first + pages).max_by_key(sequence).unwrap();
        device.flash.tamper(newest * 1024 + 32, &[0]);
        device.flash.remount(1);
        let before = device.flash.bytes().to_vec();
        assert_eq!(device.mount_now(), Err(StorageError::Damaged), "page {newest}");
        assert!(device.flash.bytes() == before, "page {newest}");
    }
}

/// Flips so many bits of a unit, side by side.
fn flip(device: &mut Device<4, 4096>, unit: usize, bit: usize, bits: usize) {
    let mut bytes = device.flash.bytes()[16 * unit..][..16].to_vec();
    for bit in bit..bit + bits {
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    device.flash.tamper(16 * unit, &bytes);
}

/// Values that took the place of others, one of two records at once; a deletion, and a transaction that was dropped.
fn eventful() -> Device<4, 4096> {
    let mut device = device();
    for (number, value) in [(1, b"old"), (2, b"old"), (3, b"old"), (4, b"old")] {
        device.put(named(number), value).unwrap();
    }
    let mut transaction = device.begin(Needed::nothing().put(3).put(3)).unwrap();
    transaction.put(named(1), b"new").unwrap();
    transaction.put(named(2), b"new").unwrap();
    transaction.commit().unwrap();
    device.delete(named(3)).unwrap();
    let mut transaction = device.begin(Needed::nothing().put(7)).unwrap();
    transaction.put(named(4), b"dropped").unwrap();
    drop(transaction);
    device.put(named(5), b"last").unwrap();
    device.mount();
    device
}

/// Where the granules of its page of records stand.
fn granules(device: &Device<4, 4096>) -> std::ops::Range<usize> {
    let units: Vec<_> = device.flash.bytes().chunks(16).collect();
    let header = 6 * 256 + 1;
    let blank = units[header + 1..].iter().position(|unit| *unit == [0xff; 16]).unwrap();
    header + 1..header + 1 + blank
}

fn all_told(device: &mut Device<4, 4096>) -> Vec<Result<Option<Vec<u8>>, StorageError>> {
    (1..=5).map(|number| device.read(named(number))).collect()
}

#[test]
fn one_bit_that_decays_in_a_granule_of_records_is_set_right() {
    let mut whole = eventful();
    let told = all_told(&mut whole);
    assert_eq!(told[0], Ok(Some(b"new".to_vec())));
    let granules = granules(&whole);
    assert!(granules.len() > 15, "{granules:?}");
    for unit in granules {
        for bit in 0..128 {
            let mut device = eventful();
            flip(&mut device, unit, bit, 1);
            for _ in 0..2 {
                device.mount();
                assert_eq!(all_told(&mut device), told, "unit {unit}, bit {bit}");
                assert_eq!(device.storage.health().unreadable_pages, 0, "unit {unit}, bit {bit}");
                device.rest();
            }
        }
    }
}

/// Otherwise each power-up with idle time would copy what stands beside it, and wear out the pages for that.
#[test]
fn a_value_that_cannot_be_read_wears_nothing() {
    for decayed in [0, 1, 3] {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 4096, 3, 3, 24) };
        let mut device = Device::<4, 4096>::new(Chip::new(30), layout);
        for number in 0..12 {
            device.put(named(number), &[number; 900]).unwrap();
        }
        // Worn so much more than the page of the decayed value that wear would be evened out.
        for round in 0..600 {
            device.put(named(20), &[round as u8; 1000]).unwrap();
            device.rest();
        }
        for number in 0..decayed {
            let at = newest_body(&device, 4 * number + 3) + 100;
            decay(&mut device, at);
        }
        device.mount();
        for round in 0..600 {
            device.put(named(20), &[round as u8; 1000]).unwrap();
            device.rest();
        }
        let erases = |device: &Device<4, 4096>| (6..30).map(|page| device.flash.erases(page)).sum::<u32>();
        let before = erases(&device);
        for _ in 0..100 {
            device.mount();
            device.rest();
        }
        assert_eq!(device.storage.health().unreadable_pages, u16::from(decayed));
        assert!(erases(&device) - before < 5, "{decayed} decayed: {} erases", erases(&device) - before);
    }
}

/// The page behind begins with a copy of it, which tells what it said.
#[test]
fn the_last_granule_of_a_page_may_decay() {
    let mut tried = 0;
    // What stands last in the page is a piece, a commit or a deletion.
    for length in (0..900).step_by(3) {
        let mut device = device();
        device.put(named(1), b"old").unwrap();
        device.put(named(2), &vec![2; 3000 + length]).unwrap();
        device.delete(named(1)).unwrap();
        device.put(named(3), &[3; 1000]).unwrap();
        // The header of the next page says where this one ends.
        let [low, high] = device.flash.bytes()[16 * (7 * 256 + 1) + 8..][..2].try_into().unwrap();
        let last = 6 * 256 + 1 + usize::from(u16::from_le_bytes([low, high]) & 0x7ff);
        for bits in [1, 2] {
            let mut decayed = self::device();
            decayed.flash = device.flash.clone();
            flip(&mut decayed, last, 40, bits);
            for _ in 0..2 {
                decayed.mount();
                assert_eq!(decayed.read(named(1)), Ok(None), "{length}");
                assert_eq!(decayed.read(named(2)), Ok(Some(vec![2; 3000 + length])), "{length}");
                assert_eq!(decayed.read(named(3)), Ok(Some(vec![3; 1000])), "{length}");
                assert_eq!(decayed.storage.health().unreadable_pages, 0);
                decayed.rest();
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 600);
}
