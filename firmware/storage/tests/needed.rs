//! A transaction writes what it asked room for, and no more.

use holdfast_storage::model::{Chip, Device};
use holdfast_storage::{Key, Layout, Needed, StorageError};

const PAGE: usize = 4096;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn empty() -> Device<4, PAGE> {
    Device::new(Chip::new(18), Layout::consecutive(0, PAGE as u32, 3, 3, 12))
}

fn device() -> Device<4, PAGE> {
    let mut device = empty();
    for number in 1..4 {
        device.put(named(number), &[number; 10]).unwrap();
    }
    device
}

#[test]
fn more_than_was_asked_for_is_refused() {
    let mut device = empty();
    let mut transaction = device.begin(Needed::nothing().put(10)).unwrap();
    assert_eq!(transaction.put(named(1), &[0; 11]), Err(StorageError::NotReserved));
    drop(transaction);
    let mut transaction = device.begin(Needed::nothing().put(10)).unwrap();
    transaction.put(named(1), &[0; 5]).unwrap();
    assert_eq!(transaction.put(named(2), &[0; 5]), Err(StorageError::NotReserved));
    // It can only be dropped: half of what was meant is not made true.
    assert_eq!(transaction.delete(named(1)), Err(StorageError::NotReserved));
    assert_eq!(transaction.commit(), Err(StorageError::NotReserved));
    assert_eq!(device.read(named(1)), Ok(None));
    // What is kept free for deletions is for nothing else, not even an empty value.
    let mut transaction = device.begin(Needed::nothing().delete()).unwrap();
    assert_eq!(transaction.put(named(1), &[]), Err(StorageError::NotReserved));
    drop(transaction);
    let mut transaction = device.begin(Needed::nothing().delete()).unwrap();
    transaction.delete(named(1)).unwrap();
    assert_eq!(transaction.delete(named(2)), Err(StorageError::NotReserved));
    drop(transaction);
    // A put that turns out to be a deletion is no more than was asked for.
    let mut transaction = device.begin(Needed::nothing().put(4)).unwrap();
    transaction.delete(named(1)).unwrap();
    assert_eq!(transaction.put(named(1), &[]), Err(StorageError::NotReserved));
}

#[test]
fn no_value_is_put_in_place_of_a_deletion() {
    let mut device = device();
    let mut transaction = device.begin(Needed::nothing().put(20).delete()).unwrap();
    transaction.put(named(1), &[7; 10]).unwrap();
    assert_eq!(transaction.put(named(2), &[8; 10]), Err(StorageError::NotReserved));
}

#[test]
fn a_record_is_deleted_in_place_of_a_value_which_is_then_not_put() {
    let mut device = device();
    let mut transaction = device.begin(Needed::nothing().put(10).put(10)).unwrap();
    transaction.delete(named(1)).unwrap();
    transaction.put(named(2), &[8; 10]).unwrap();
    transaction.commit().unwrap();
    assert_eq!(device.read(named(1)), Ok(None));
    let mut transaction = device.begin(Needed::nothing().put(10).put(10)).unwrap();
    transaction.delete(named(2)).unwrap();
    transaction.delete(named(3)).unwrap();
    assert_eq!(transaction.put(named(4), &[8; 10]), Err(StorageError::NotReserved));
}

#[test]
fn nothing_is_deleted_beside_a_value_that_alone_was_asked_for() {
    let mut device = device();
    let mut transaction = device.begin(Needed::nothing().put(10)).unwrap();
    transaction.put(named(1), &[7; 10]).unwrap();
    assert_eq!(transaction.delete(named(2)), Err(StorageError::NotReserved));
}
