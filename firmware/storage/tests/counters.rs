//! What the counters and the memory of charges promise, without power loss.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, rest};
use holdfast_storage::{Layout, Storage, StorageError};

const LAYOUT: Layout = Layout::consecutive(0, 1024, 4, 3, 10);

fn key() -> Secret {
    Secret::new([7; 32])
}

fn fresh() -> (Chip<4, 1024>, Storage<16>) {
    let mut flash = Chip::new(17);
    Storage::<16>::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
    (flash, storage)
}

fn tag(number: u64) -> [u8; 7] {
    let mut tag = [0; 7];
    tag.copy_from_slice(&number.to_le_bytes()[..7]);
    tag
}

#[test]
fn what_was_raised_is_there_after_every_mount() {
    let (mut flash, mut storage) = fresh();
    let mut totals = [0u64; 8];
    for number in 1..=2000u64 {
        let index = (number * 7 % 8) as u8;
        totals[usize::from(index)] += number;
        assert_eq!(storage.raise(&mut flash, index, totals[usize::from(index)], tag(number)), Ok(number));
        rest(&mut flash, &mut storage).unwrap();
        if number % 37 == 0 {
            flash.remount(number);
            storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        }
        for (index, total) in totals.iter().enumerate() {
            assert_eq!(storage.total(index as u8), *total);
        }
        assert_eq!(storage.mark(), number + 1);
    }
    assert!(storage.health().counters.most > 8, "the test turned the ring over many times");
}

#[test]
fn the_memory_is_exactly_what_is_not_older_than_the_oldest() {
    let (mut flash, mut storage) = fresh();
    for number in 1..=700u64 {
        storage.raise(&mut flash, 1, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        if number % 61 == 0 {
            flash.remount(number);
            storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        }
        for asked in (1..=number).rev().step_by(13).chain([storage.oldest()]) {
            let found = storage.find(&mut flash, tag(asked)).unwrap();
            assert_eq!(found.is_some(), asked >= storage.oldest(), "{asked} of {number}");
            if let Some(found) = found {
                assert_eq!((found.number, found.total, found.index), (asked, asked, 1));
            }
        }
    }
    assert!(storage.oldest() > 500);
    assert!(storage.mark() - storage.oldest() >= u64::from(storage.memory()));
}

#[test]
fn a_charge_never_erases_and_says_busy_where_idle_time_never_came() {
    let (mut flash, mut storage) = fresh();
    rest(&mut flash, &mut storage).unwrap();
    flash.reset_statistics();
    let mut number = 0;
    let stopped = loop {
        match storage.raise(&mut flash, 0, number + 1, tag(number)) {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(stopped, StorageError::Busy);
    assert_eq!(flash.statistics().erases, 0);
    assert_eq!(storage.total(0), number);
    rest(&mut flash, &mut storage).unwrap();
    assert!(storage.raise(&mut flash, 0, number + 1, tag(number)).is_ok());
}

#[test]
fn a_total_never_falls() {
    let (mut flash, mut storage) = fresh();
    storage.raise(&mut flash, 2, 10, tag(1)).unwrap();
    assert_eq!(storage.raise(&mut flash, 2, 9, tag(2)), Err(StorageError::Total));
    assert_eq!(storage.raise(&mut flash, 2, 1 << 40, tag(2)), Err(StorageError::Total));
    assert_eq!(storage.raise(&mut flash, storage.counters(), 1, tag(2)), Err(StorageError::NoSuchCounter));
    assert_eq!((storage.total(2), storage.mark()), (10, 2));
}

#[test]
fn an_index_starts_anew_only_once_it_left_the_memory() {
    let (mut flash, mut storage) = fresh();
    storage.raise(&mut flash, 5, 10, tag(1)).unwrap();
    assert_eq!(storage.start_anew(&mut flash, 5), Err(StorageError::InMemory));
    let mut number = 1;
    while storage.index_in_memory(&mut flash, 5) {
        number += 1;
        storage.raise(&mut flash, 6, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    storage.start_anew(&mut flash, 5).unwrap();
    assert_eq!(storage.total(5), 0);
    assert_eq!(storage.find(&mut flash, [0xff; 7]).unwrap(), None);
    flash.remount(0);
    let storage = Storage::<16>::mount(&mut flash, LAYOUT, &key()).unwrap();
    assert_eq!((storage.total(5), storage.total(6)), (0, number));
}

#[test]
fn time_forgets_no_charge_and_only_rises() {
    let (mut flash, mut storage) = fresh();
    storage.raise(&mut flash, 0, 1, tag(1)).unwrap();
    for step in 1..=500 {
        storage.book(&mut flash, step * 300).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    assert_eq!(storage.book(&mut flash, 299), Err(StorageError::Total));
    assert_eq!(storage.oldest(), 1);
    flash.remount(0);
    let mut storage = Storage::<16>::mount(&mut flash, LAYOUT, &key()).unwrap();
    assert_eq!(storage.powered(), 150_000);
    assert!(storage.find(&mut flash, tag(1)).unwrap().is_some());
    storage.raise(&mut flash, 0, 2, tag(2)).unwrap();
    storage.book(&mut flash, 150_300).unwrap();
    assert_eq!(storage.booked_before(&mut flash, 2), Some(150_000));
}

#[test]
fn erases_of_counter_pages_lie_at_most_two_apart() {
    let (mut flash, mut storage) = fresh();
    for number in 1..=5000u64 {
        storage.raise(&mut flash, 1, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        let wear = storage.health().counters;
        assert!(wear.most - wear.least <= 2, "{wear:?}");
    }
}

#[test]
fn a_page_that_fails_is_retired_and_the_rest_goes_on() {
    let (mut flash, mut storage) = fresh();
    for number in 1..=2000u64 {
        if number == 100 {
            flash.fail_erases_of(2);
        }
        storage.raise(&mut flash, 1, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        if number % 97 == 0 {
            flash.remount(number);
            storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        }
        let oldest = storage.oldest();
        assert!(storage.find(&mut flash, tag(oldest)).unwrap().is_some());
        assert!(storage.find(&mut flash, tag(oldest - 1)).unwrap().is_none());
        assert!(oldest == 1 || number - oldest >= 47, "{oldest} of {number}");
    }
    assert_eq!(storage.total(1), 2000);
}

#[test]
fn a_worn_out_ring_goes_on_being_read() {
    let (mut flash, mut storage) = fresh();
    let mut number = 0u64;
    let stopped = loop {
        for page in 0..4 {
            if number == 100 {
                flash.fail_erases_of(page);
            }
        }
        match storage.raise(&mut flash, 1, number + 1, tag(number + 1)) {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
        rest(&mut flash, &mut storage).unwrap();
    };
    assert_eq!(stopped, StorageError::WornOut);
    flash.remount(0);
    let mut storage = Storage::<16>::mount(&mut flash, LAYOUT, &key()).unwrap();
    assert_eq!(storage.total(1), number);
    assert!(storage.find(&mut flash, tag(number)).unwrap().is_some());
    assert_eq!(storage.raise(&mut flash, 1, number + 1, tag(number + 1)), Err(StorageError::WornOut));
    let wear = storage.health().counters;
    assert!(wear.worn_out, "{wear:?}");
}

/// Makes a unit of a page unreadable, as a torn word that reads wrong at this mount.
fn garble(flash: &mut Chip<4, 1024>, page: usize, unit: usize) {
    flash.tamper(page * 1024 + unit * 16, &[0x0f; 16]);
}

/// The numbers of all charges in memory, oldest first.
fn numbers(flash: &mut Chip<4, 1024>, storage: &Storage<16>) -> Vec<(u64, [u8; 7])> {
    let mut found = Vec::new();
    let each = |charge: holdfast_storage::Found| {
        found.insert(0, (charge.number, charge.tag));
        std::ops::ControlFlow::Continue(())
    };
    storage.history(flash, each).unwrap();
    found
}

#[test]
fn a_position_that_cannot_be_read_takes_no_number() {
    let (mut flash, mut storage) = fresh();
    // Units 0 and 1 are the page's frame; position 0, and two that the first mount took, come before the charges.
    for number in 1..=5 {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
    }
    flash.remount(1);
    let mut storage = Storage::<16>::mount(&mut flash, LAYOUT, &key()).unwrap();
    storage.raise(&mut flash, 0, 6, tag(6)).unwrap();
    let expected: Vec<_> = (1..=6).map(|number| (number, tag(number))).collect();
    assert_eq!(numbers(&mut flash, &storage), expected);
    // The copy that the mount wrote of the fifth charge, between the burned position and the sixth.
    garble(&mut flash, 0, 11);
    for round in 0..3 {
        flash.remount(round);
        storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        assert_eq!(storage.mark(), 7);
        assert_eq!(numbers(&mut flash, &storage), expected);
    }
    assert_eq!(storage.raise(&mut flash, 0, 7, tag(7)), Ok(7));
}

#[test]
fn a_charge_that_can_only_be_read_where_the_page_behind_copies_it_keeps_its_number() {
    let (mut flash, mut storage) = fresh();
    let last = 58;
    for number in 1..=last {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
    }
    let expected: Vec<_> = (1..=last).map(|number| (number, tag(number))).collect();
    // The page is full, so that the mount opens the next.
    flash.remount(1);
    storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
    assert_eq!(numbers(&mut flash, &storage), expected);
    garble(&mut flash, 0, 62);
    for round in 0..3 {
        flash.remount(round);
        storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        assert_eq!(storage.mark(), last + 1);
        assert_eq!(numbers(&mut flash, &storage), expected);
    }
}

/// Zero and a tag of ones start a counter anew; ones alone are a tag like others.
#[test]
fn a_charge_with_a_tag_of_ones_is_found() {
    let (mut flash, mut storage) = fresh();
    storage.raise(&mut flash, 0, 5, [0xff; 7]).unwrap();
    assert_eq!(storage.find(&mut flash, [0xff; 7]).unwrap().map(|it| (it.number, it.total)), Some((1, 5)));
    assert!(storage.index_in_memory(&mut flash, 0));
}
