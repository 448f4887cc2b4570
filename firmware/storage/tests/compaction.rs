//! What a compaction leaves where power fails in it, and where something on its page cannot be read.

mod granules;

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed};

use granules::is_abandon;

const PAGE: usize = 2048;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
}

fn device(pages: u16) -> Device<8, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
    Device::new(Chip::with_rules(6 + usize::from(pages), Rules::ECC), layout)
}

fn drop_one(device: &mut Device<8, PAGE>, length: usize) {
    let mut dropped = device.begin(Needed::nothing().put(length as u32)).unwrap();
    dropped.put(named(100), &vec![9; length]).unwrap();
}

/// Puts and deletes a secret, and lets idle time move what else is on its page; whether it did.
fn purge(device: &mut Device<8, PAGE>) -> bool {
    device.put(secret(0), &[1; 20]).unwrap();
    device.put(named(50), &[5; 1900]).unwrap();
    device.delete(secret(0)).unwrap();
    device.rest() > 0
}

/// Pages of records with nothing behind their mark.
fn erased(device: &Device<8, PAGE>) -> usize {
    let pages = device.flash.bytes().chunks(PAGE).skip(6);
    pages.filter(|page| page[16..].iter().all(|byte| *byte == 0xff)).count()
}

/// A page goes whose records and abandons, of transactions that other pages hold pieces of, are written again; each time cut
/// short at the same place. What that leaves never happened, abandons too, so however often it is tried, no page is used up.
#[test]
fn abandons_that_a_compaction_writes_again_are_skipped_with_it() {
    for operations in 30..44 {
        let mut device = device(20);
        device.put(named(0), &[0; 1500]).unwrap();
        for number in 1..4 {
            drop_one(&mut device, 2500);
            device.put(named(number), &[number; 300]).unwrap();
        }
        device.put(secret(0), &[1; 20]).unwrap();
        device.put(named(4), &[4; 1500]).unwrap();
        device.put(named(5), &[4; 1500]).unwrap();
        device.delete(secret(0)).unwrap();
        device.put(named(6), &[4; 1500]).unwrap();
        device.mount();
        // The page that the first cut compaction went to.
        let before = erased(&device) - 1;
        for _ in 0..60 {
            device.flash.cut(device.flash.operations() + operations, Outcome::Nothing);
            while device.storage.idle(&mut device.flash) == Ok(MoreWork::Yes) {}
            device.mount();
        }
        assert!(erased(&device) >= before, "{operations}: {} of {before} pages", erased(&device));
        device.rest();
        for number in 1..4 {
            assert_eq!(device.read(named(number)), Ok(Some(vec![number; 300])));
        }
        device.put(named(7), &[7; 10]).unwrap();
    }
}

/// A deletion decays on a page that would be moved for room. It stays, since what it hid may be anywhere; all else goes on.
#[test]
fn a_deletion_that_cannot_be_read_keeps_its_page_and_nothing_else() {
    let mut device = device(14);
    device.put(named(0), &[0; 500]).unwrap();
    device.put(named(1), &[1; 100]).unwrap();
    device.delete(named(0)).unwrap();
    let deletion = device.bodies(named(0))[0];
    assert_eq!(device.total_of(deletion), Some(16));
    device.flash.tamper(deletion + 20, &[0xff, 0xff]);
    let mut number = 10;
    while device.put(named(number), &[number; 400]).is_ok() {
        number += 1;
    }
    device.delete(named(10)).unwrap();
    for round in 0..50 {
        device.put(named(2), &[round; 100]).unwrap();
    }
    for _ in 0..2 {
        assert_eq!(device.bodies(named(0))[0], deletion);
        assert_eq!(device.read(named(1)), Ok(Some(vec![1; 100])));
        assert_eq!(device.read(named(2)), Ok(Some(vec![49; 100])));
        device.mount();
    }
}

/// Says on flash that a transaction never happened, as long as it says so for something.
#[test]
fn an_abandon_is_written_again_while_another_page_holds_what_it_is_for() {
    let abandons = |device: &Device<8, PAGE>| {
        device.flash.bytes().chunks(16).filter(|granule| is_abandon(granule)).count()
    };
    for (length, remain) in [(20, 0), (2500, 1)] {
        let mut device = device(20);
        device.put(named(0), &[0; 1000]).unwrap();
        drop_one(&mut device, length);
        device.put(named(1), &[1; 20]).unwrap();
        assert_eq!(abandons(&device), 1);
        assert!(purge(&mut device));
        assert_eq!(abandons(&device), remain, "{length}");
        device.mount();
        assert_eq!(device.read(named(100)), Ok(None));
        assert_eq!(device.read(named(0)), Ok(Some(vec![0; 1000])));
    }
}

#[test]
fn each_deletion_of_a_page_is_written_again_and_each_once() {
    let mut device = device(20);
    for number in 0..4 {
        device.put(named(number), &[number; 20]).unwrap();
    }
    device.put(named(10), &[0; 1600]).unwrap();
    device.delete(named(0)).unwrap();
    let mut both = device.begin(Needed::nothing().delete().delete()).unwrap();
    both.delete(named(1)).unwrap();
    both.delete(named(2)).unwrap();
    both.commit().unwrap();
    // By one transaction, so that nothing tells the two deletions apart.
    let mut twice = device.begin(Needed::nothing().delete().put(20).delete()).unwrap();
    twice.delete(named(3)).unwrap();
    twice.put(named(3), &[4; 20]).unwrap();
    twice.delete(named(3)).unwrap();
    twice.commit().unwrap();
    let deletions = |device: &Device<8, PAGE>, number| {
        let bodies = device.bodies(named(number));
        bodies.into_iter().filter(|body| device.total_of(*body) == Some(16)).count()
    };
    assert_eq!(deletions(&device, 3), 2);
    assert!(purge(&mut device));
    for number in 0..4 {
        assert_eq!(deletions(&device, number), 1, "{number}");
    }
    device.mount();
    for number in 0..4 {
        assert_eq!(device.read(named(number)), Ok(None), "{number}");
    }
}
