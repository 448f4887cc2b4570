//! What a compaction leaves where power fails in it, and where something on its page cannot be read.

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed};

const PAGE: usize = 2048;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
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
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 20) };
        let mut device = Device::<8, PAGE>::new(Chip::with_rules(26, Rules::ECC), layout);
        device.put(named(0), &[0; 1500]).unwrap();
        for number in 1..4 {
            let mut dropped = device.begin(Needed::nothing().put(2500)).unwrap();
            dropped.put(named(100), &[9; 2500]).unwrap();
            drop(dropped);
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
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 14) };
    let mut device = Device::<8, PAGE>::new(Chip::with_rules(20, Rules::ECC), layout);
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
