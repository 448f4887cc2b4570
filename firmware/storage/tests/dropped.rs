//! Where what is moved goes once transactions were dropped, and what changes with how many are remembered.

mod granules;

use holdfast_storage::model::{Chip, Device, Outcome};
use holdfast_storage::{Key, Layout, MoreWork, Needed, StorageError};

use granules::is_abandon;

const PAGE: usize = 4096;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
}

fn device() -> Device<4, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 50) };
    let mut device = Device::new(Chip::new(56), layout);
    for number in 0..2 {
        device.put(secret(number), &[1; 20]).unwrap();
        device.put(named(number), &[2; 1000]).unwrap();
        device.put(named(10 + number), &[3; 2800]).unwrap();
    }
    // So that another page has room for what is left on two.
    for number in 0..2 {
        device.put(named(10 + number), &[3; 10]).unwrap();
    }
    for number in 112..116 {
        device.put(named(number), &[4; 100]).unwrap();
    }
    device.put(named(51), &[6; 10]).unwrap();
    device
}

/// Puts a record, or deletes one, and drops a transaction. No value is put any more where twelve are remembered.
fn drop_one(device: &mut Device<4, PAGE>, remembered: u8) {
    let key = named(100 + remembered);
    if remembered < 12 {
        device.put(key, &[4; 100]).unwrap();
        let mut dropped = device.begin(Needed::nothing().put(10)).unwrap();
        dropped.put(named(50), &[5; 10]).unwrap();
    } else {
        device.delete(key).unwrap();
        let mut dropped = device.begin(Needed::nothing().delete()).unwrap();
        dropped.delete(named(51)).unwrap();
    }
}

/// Drops transactions until so many are remembered: with each, something on its page can no longer be read, so the page
/// cannot go, and something of each stays.
fn drop_for_good(device: &mut Device<4, PAGE>, those: std::ops::Range<u8>) {
    for remembered in those {
        drop_one(device, remembered);
        let newest = *device.bodies(named(100 + remembered)).last().unwrap();
        let at = if remembered < 12 { 60 } else { 20 };
        device.flash.tamper(newest + at, &[0xff; 2]);
    }
}

/// Two pages are purged. From sixteen on, what lives on the second is not moved to where what lives on the first went, so
/// of a cut there nothing is left.
#[test]
fn what_is_moved_is_moved_apart_where_sixteen_are_remembered() {
    for many in [15, 16] {
        let mut device = device();
        for number in 0..2 {
            device.delete(secret(number)).unwrap();
        }
        drop_for_good(&mut device, 0..many);
        let refused = device.begin(Needed::nothing().delete()).err();
        assert_eq!(matches!(refused, Some(StorageError::Full { free: 0, .. })), many == 16);
        assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::Yes));
        let first = device.bodies(named(0))[0] / PAGE;
        let before = device.bodies(named(1));
        device.flash.cut(device.flash.operations() + 8, Outcome::Nothing);
        assert!(device.storage.idle(&mut device.flash).is_err());
        let after = device.bodies(named(1));
        let moved = after.iter().find(|body| !before.contains(body)).unwrap();
        assert_eq!(moved / PAGE == first, many < 16, "{many}");
        device.mount();
        assert_eq!(device.bodies(named(1)) == before, many == 16, "{many}");
        device.rest();
        for number in 0..2 {
            assert_eq!(device.read(named(number)), Ok(Some(vec![2; 1000])));
        }
    }
}

/// What was dropped last is on a page that can go, with a deletion that goes on. For that a page is opened, and one only.
#[test]
fn a_page_that_was_opened_for_what_is_moved_is_apart() {
    let mut device = device();
    drop_for_good(&mut device, 0..15);
    drop_one(&mut device, 15);
    let deletion = *device.bodies(named(115)).last().unwrap();
    assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::Yes));
    let moved = *device.bodies(named(115)).last().unwrap();
    assert_eq!(moved / PAGE, deletion / PAGE + 1);
}

/// A drop leaves something on the page that is written, and then says so. Either is enough: what is moved is moved apart.
#[test]
fn what_is_moved_is_moved_apart_from_what_was_dropped() {
    for can_be_read in [true, false] {
        let mut device = device();
        device.delete(secret(0)).unwrap();
        let mut dropped = device.begin(Needed::nothing().put(10)).unwrap();
        dropped.put(named(50), &[5; 10]).unwrap();
        drop(dropped);
        let newest = device.bodies(named(50))[0] / PAGE;
        drop(device.begin(Needed::nothing().delete()).unwrap());
        let abandon = device.flash.bytes().chunks(16).position(is_abandon).unwrap();
        assert_eq!(abandon * 16 / PAGE, newest);
        if !can_be_read {
            device.flash.tamper(abandon * 16 + 13, &[0x55; 3]);
        }
        assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::Yes));
        assert_eq!(device.bodies(named(0))[0] / PAGE, newest + 1, "{can_be_read}");
    }
}

/// The index is full of deletions that can go. The page of one that was dropped has nothing to do with that.
#[test]
fn for_a_deletion_that_was_dropped_no_page_is_moved() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 20) };
    let mut device = Device::<4, PAGE, 16>::new(Chip::new(26), layout);
    device.put(named(1), &[1; 2000]).unwrap();
    let mut dropped = device.begin(Needed::nothing().delete()).unwrap();
    dropped.delete(named(1)).unwrap();
    drop(dropped);
    let page = device.bodies(named(1))[0] / PAGE;
    assert!(device.bodies(named(1)).iter().all(|body| body / PAGE == page));
    device.put(named(2), &[2; 6000]).unwrap();
    let erases = device.flash.erases(page);
    for number in 10..50 {
        device.put(named(number), &[1; 20]).unwrap();
        device.delete(named(number)).unwrap();
    }
    // What fills the index went.
    assert!(device.flash.statistics().erases > 26);
    assert_eq!(device.flash.erases(page), erases);
    assert_eq!(device.read(named(1)), Ok(Some(vec![1; 2000])));
}

/// To forget takes a walk through all that was written.
#[test]
fn up_to_eight_are_remembered_without_a_look_whether_anything_is_left() {
    let mut device = device();
    let mut reads = Vec::new();
    for remembered in 0..10 {
        device.rest();
        device.flash.reset_statistics();
        assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::No));
        reads.push(device.flash.statistics().reads);
        drop_for_good(&mut device, remembered..remembered + 1);
    }
    let looks = reads.iter().position(|reads| *reads > 0);
    assert_eq!(looks, Some(9), "{reads:?}");
}
