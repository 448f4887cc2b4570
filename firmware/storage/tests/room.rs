//! How much fits, to the byte and to the place, how much is written for it, and how wear spreads.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, rest};
use holdfast_storage::{Key, Layout, Needed, Storage, StorageError, VALUE};

const LAYOUT: Layout = Layout { reserve: 1000, ..Layout::consecutive(0, 4096, 3, 3, 14) };

type Flash = Chip<4, 4096>;
type Tested = Storage<64>;

fn key() -> Secret {
    Secret::new([7; 32])
}

fn named(number: u16) -> Key {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_le_bytes());
    Key { kind: 1, id }
}

fn fresh() -> (Flash, Tested) {
    let mut flash = Flash::new(20);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    (flash, storage)
}

fn put(
    flash: &mut Flash,
    storage: &mut Tested,
    needed: Needed,
    number: u16,
    length: u32,
) -> Result<(), StorageError> {
    let mut transaction = storage.begin(flash, needed.put(length))?;
    transaction.put(named(number), &vec![number as u8; length as usize])?;
    transaction.commit()
}

#[test]
fn what_needs_just_what_is_free_fits_and_a_byte_more_does_not() {
    for needed in [Needed::nothing(), Needed::nothing().reserved()] {
        let (mut flash, mut storage) = fresh();
        let mut number = 0;
        while put(&mut flash, &mut storage, needed, number, 700).is_ok() {
            number += 1;
        }
        assert!(number > 10);
        let mut transaction = storage.begin(&mut flash, Needed::nothing().delete()).unwrap();
        transaction.delete(named(0)).unwrap();
        transaction.commit().unwrap();
        let refused = storage.begin(&mut flash, needed.put(2000)).map(|_| ());
        let Err(StorageError::Full { needed: needs, free }) = refused else { panic!("{refused:?}") };
        let fits = 2000 + free - needs;
        let before = flash.statistics();
        let more = storage.begin(&mut flash, needed.put(fits + 1)).map(|_| ());
        assert_eq!(more, Err(StorageError::Full { needed: free + 1, free }));
        assert_eq!(flash.statistics(), before);
        put(&mut flash, &mut storage, needed, number, fits).unwrap();
        let mut buffer = [0; 2000];
        for each in 1..=number {
            assert!(storage.read(&mut flash, named(each), &mut buffer).unwrap().is_some());
        }
    }
}

#[test]
fn a_value_takes_64_bytes_more_than_it_is_long() {
    let (mut flash, mut storage) = fresh();
    for (number, length) in [(0, 0), (1, 1), (2, 4), (3, 899), (4, 900)] {
        let free = storage.free();
        put(&mut flash, &mut storage, Needed::nothing(), number, length).unwrap();
        assert_eq!(free - storage.free(), 64 + length.next_multiple_of(4), "{length} bytes");
    }
}

#[test]
fn of_the_index_an_eighth_is_kept_half_of_it_for_what_is_reserved() {
    let (mut flash, mut storage) = fresh();
    let mut number = 0;
    let mut fill = |needed: Needed| {
        loop {
            match put(&mut flash, &mut storage, needed, number, 8) {
                Ok(()) => number += 1,
                Err(error) => break (error, number),
            }
        }
    };
    assert_eq!(fill(Needed::nothing()), (StorageError::IndexFull, 56));
    assert_eq!(fill(Needed::nothing().reserved()), (StorageError::IndexFull, 60));
}

#[test]
fn the_longest_value_is_told_before_anything_is_written() {
    let (mut flash, mut storage) = fresh();
    put(&mut flash, &mut storage, Needed::nothing(), 1, VALUE as u32).unwrap();
    let longer = VALUE as u32 + 1;
    let before = flash.statistics().bytes_written;
    let refused = put(&mut flash, &mut storage, Needed::nothing(), 1, longer);
    assert_eq!(refused, Err(StorageError::TooLong { length: longer }));
    assert_eq!(flash.statistics().bytes_written, before);
}

/// Writes for a transaction, each read back.
fn writes(storage: &mut Tested, flash: &mut Flash, puts: &[(u16, u32)], deletes: &[u16]) -> u64 {
    let needed = puts.iter().fold(Needed::nothing(), |needed, (_, length)| needed.put(*length));
    let needed = deletes.iter().fold(needed, |needed, _| needed.delete());
    let mut transaction = storage.begin(flash, needed).unwrap();
    for (number, length) in puts {
        transaction.put(named(*number), &vec![1; *length as usize]).unwrap();
    }
    for number in deletes {
        transaction.delete(named(*number)).unwrap();
    }
    transaction.commit().unwrap();
    let writes = flash.statistics().writes;
    flash.reset_statistics();
    writes
}

#[test]
fn a_record_is_written_as_its_granule_its_body_in_steps_of_64_bytes_and_the_commit() {
    let (mut flash, mut storage) = fresh();
    flash.reset_statistics();
    // A body is 48 bytes longer than its value.
    for (length, steps) in [(0, 1), (16, 1), (17, 2), (80, 2), (81, 3)] {
        assert_eq!(writes(&mut storage, &mut flash, &[(1, length)], &[]), 1 + steps + 1, "{length} bytes");
    }
}

#[test]
fn deleting_what_is_not_there_writes_nothing() {
    let (mut flash, mut storage) = fresh();
    flash.reset_statistics();
    assert_eq!(writes(&mut storage, &mut flash, &[], &[5]), 0);
    assert_eq!(writes(&mut storage, &mut flash, &[(1, 0)], &[5]), 3);
    assert_eq!(writes(&mut storage, &mut flash, &[(1, 0)], &[1]), 5);
    assert_eq!(writes(&mut storage, &mut flash, &[], &[1]), 0);
}

/// A page of what never changes is moved once others were erased eight times more, not before.
#[test]
fn wear_of_records_spreads_by_eight_erases() {
    let (mut flash, mut storage) = fresh();
    for number in 1..=4 {
        put(&mut flash, &mut storage, Needed::nothing(), number, 900).unwrap();
    }
    let mut widest = 0;
    for _ in 0..3000 {
        put(&mut flash, &mut storage, Needed::nothing(), 5, 900).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        let wear = storage.health().records;
        widest = widest.max(wear.most - wear.least);
    }
    assert_eq!(widest, 8, "{:?}", storage.health().records);
}

#[test]
fn a_transaction_that_was_dropped_is_remembered_once_however_often_its_end_is_copied() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 60) };
    let mut flash = Chip::<4, 512>::new(66);
    Tested::format(&mut flash, layout, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, layout, &key()).unwrap();
    let mut transaction = storage.begin(&mut flash, Needed::nothing().put(40)).unwrap();
    transaction.put(named(1), &[1; 40]).unwrap();
    drop(transaction);
    for power_up in 0..1000 {
        flash.remount(power_up);
        let storage = Tested::mount(&mut flash, layout, &key()).unwrap();
        assert_eq!(storage.keys(1).count(), 0);
    }
}

/// A mount makes no room: power that fails in it must take none.
#[test]
fn what_power_ups_take_of_the_spare_idle_time_makes_good() {
    let layout = Layout { reserve: 0, ..LAYOUT };
    let mut flash = Flash::new(20);
    Tested::format(&mut flash, layout, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, layout, &key()).unwrap();
    let mut number = 0;
    while put(&mut flash, &mut storage, Needed::nothing(), number, 700).is_ok() {
        number += 1;
    }
    // Now a page is half dead, and what is ahead just suffices.
    for each in 0..4 {
        put(&mut flash, &mut storage, Needed::nothing(), each, 100).unwrap();
    }
    flash.reset_statistics();
    for power_up in 0..60 {
        flash.remount(power_up);
        storage = Tested::mount(&mut flash, layout, &key()).unwrap();
    }
    assert_eq!(flash.statistics().erases, 0);
    assert!(rest(&mut flash, &mut storage).unwrap() > 0);
    flash.reset_statistics();
    put(&mut flash, &mut storage, Needed::nothing(), 0, 10).unwrap();
    assert_eq!(flash.statistics().erases, 0);
}

#[test]
fn a_few_transactions_that_were_dropped_cost_no_erase() {
    let (mut flash, mut storage) = fresh();
    flash.reset_statistics();
    for number in 0..8 {
        let mut transaction = storage.begin(&mut flash, Needed::nothing().put(20)).unwrap();
        transaction.put(named(number), &[1; 20]).unwrap();
    }
    put(&mut flash, &mut storage, Needed::nothing(), 1, 20).unwrap();
    assert_eq!(flash.statistics().erases, 0);
}

#[test]
fn idle_time_makes_room_for_the_reserve_so_that_no_write_waits_for_an_erase() {
    let layout = Layout { reserve: 8192, ..Layout::consecutive(0, 4096, 3, 3, 25) };
    let mut flash = Flash::new(31);
    Tested::format(&mut flash, layout, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, layout, &key()).unwrap();
    // Without idle time, until each page holds something that lives and something that does not.
    for round in 0..200 {
        put(&mut flash, &mut storage, Needed::nothing(), round * 7 % 23, 300).unwrap();
    }
    let mut most = 0;
    for _ in 0..20 {
        most = most.max(rest(&mut flash, &mut storage).unwrap());
        flash.reset_statistics();
        for number in 0..20 {
            put(&mut flash, &mut storage, Needed::nothing(), number, 300).unwrap();
        }
        assert_eq!(flash.statistics().erases, 0);
    }
    assert!(most > 1, "{most}");
}

#[test]
fn what_is_left_of_what_is_no_secret_is_not_worth_an_erase() {
    let (mut flash, mut storage) = fresh();
    put(&mut flash, &mut storage, Needed::nothing(), 1, 100).unwrap();
    put(&mut flash, &mut storage, Needed::nothing(), 1, 100).unwrap();
    flash.reset_statistics();
    rest(&mut flash, &mut storage).unwrap();
    assert_eq!(flash.statistics().erases, 0);
}

#[test]
fn more_transactions_that_were_dropped_than_can_be_remembered_are_cleared_away() {
    let (mut flash, mut storage) = fresh();
    for number in 0..5 {
        put(&mut flash, &mut storage, Needed::nothing(), number, 100).unwrap();
    }
    let drop_some = |storage: &mut Tested, flash: &mut Flash, count: u16| {
        for number in 0..count {
            let mut transaction = storage.begin(flash, Needed::nothing().put(20)).unwrap();
            transaction.put(named(number % 7), &[0xee; 20]).unwrap();
        }
    };
    // All of them, and what lives, on the page that is written.
    drop_some(&mut storage, &mut flash, 40);
    put(&mut flash, &mut storage, Needed::nothing(), 5, 100).unwrap();
    for _ in 0..2 {
        for number in 0..6 {
            let mut buffer = [0; 100];
            let value = storage.read(&mut flash, named(number), &mut buffer);
            assert_eq!(value, Ok(Some(&[number as u8; 100][..])));
        }
        assert_eq!(storage.length(named(6)), None);
        flash.remount(1);
        storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    }
}

/// A deletion takes a place in the index while its tombstone stands. Where each stands on a page that is full of what
/// lives, and so not worth compacting otherwise, such a page is compacted for it.
#[test]
fn places_that_deletions_take_are_given_back_when_they_are_needed() {
    let (mut flash, mut storage) = fresh();
    // A page takes 4,032 bytes, a value 64 more than it is long, a deletion 80, a commit 16, and the mount took 32.
    let first = (0..4).fold(Needed::nothing().put(3584), |needed, _| needed.put(20));
    let mut transaction = storage.begin(&mut flash, first).unwrap();
    for number in 0..4 {
        transaction.put(named(number), &[1; 20]).unwrap();
    }
    transaction.put(named(50), &[50; 3584]).unwrap();
    transaction.commit().unwrap();
    for number in 0..4 {
        let page = (0..3).fold(Needed::nothing().delete(), |needed, _| needed.put(1248));
        let mut transaction = storage.begin(&mut flash, page).unwrap();
        for filler in 0..3 {
            transaction.put(named(100 + 3 * number + filler), &[2; 1248]).unwrap();
        }
        transaction.delete(named(number)).unwrap();
        transaction.commit().unwrap();
    }
    let mut number = 200;
    let refused = loop {
        match put(&mut flash, &mut storage, Needed::nothing(), number, 0) {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((refused, storage.keys(1).count()), (StorageError::IndexFull, 56));
}
