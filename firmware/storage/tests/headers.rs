//! Headers of which a bit has changed: that is set right, and nothing is lost.

use core::ops::ControlFlow;

use holdfast_storage::model::{Chip, Device, Outcome, rest};
use holdfast_storage::{Found, Key, Layout, StorageError};

const PAGE: usize = 512;
const UNIT: usize = 16;
/// Bits of a header but for the count of its zeros, which come last.
const COUNTED_BITS: usize = 121;

/// Erases of each log that are cut.
const ERASES: usize = 2;
/// The newest charges, which are in memory whenever power came back.
const REMEMBERED: usize = 40;
/// The record that is put.
const PUT: u8 = 5;

type Small = Device<4, PAGE>;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn layout() -> Layout {
    Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 4, 24) }
}

/// A device whose rings went round, and with several pages of records, of which one was deleted.
fn worked() -> Small {
    let mut device = Small::new(Chip::new(32), layout());
    for charge in 1..=150u64 {
        device.storage.raise(&mut device.flash, (charge % 3) as u8, charge, [charge as u8; 7]).unwrap();
        device.storage.book(&mut device.flash, charge * 60).unwrap();
        device.rest();
    }
    for number in 0..7 {
        device.put(named(number), &[number; 100]).unwrap();
    }
    device.delete(named(3)).unwrap();
    device
}

/// What is done while power may fail: a record is put, and idle work.
fn work(device: &mut Small, value: u8) -> Result<(), StorageError> {
    device.put(named(PUT), &[value; 100])?;
    rest(&mut device.flash, &mut device.storage).map(|_| ())
}

/// Chips of which `work` erases a page, and which: so many of each log.
fn about_to_erase() -> Vec<(Chip<4, PAGE>, usize)> {
    let mut device = worked();
    let (mut found, mut of_log) = (Vec::new(), [0; 3]);
    for step in 1..=90u64 {
        let charge = 150 + step;
        device.storage.raise(&mut device.flash, (charge % 3) as u8, charge, [charge as u8; 7]).unwrap();
        device.storage.book(&mut device.flash, charge * 60).unwrap();
        let before = device.flash.clone();
        work(&mut device, step as u8).unwrap();
        for page in (0..32).filter(|page| device.flash.erases(*page) > before.erases(*page)) {
            let of_log = &mut of_log[(page / 4).min(2)];
            *of_log += 1;
            if *of_log <= ERASES {
                found.push((before.clone(), page));
            }
        }
    }
    assert!(of_log.iter().all(|erases| *erases >= ERASES), "{of_log:?}");
    found
}

/// All that it answers.
#[derive(Debug, PartialEq)]
struct Told {
    totals: Vec<u64>,
    charges: Vec<Found>,
    powered: u64,
    mark: u64,
    records: Vec<Result<Option<Vec<u8>>, StorageError>>,
}

fn told(device: &mut Small) -> Told {
    let mut charges = Vec::new();
    let each = |charge| {
        charges.push(charge);
        if charges.len() < REMEMBERED { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    device.storage.history(&mut device.flash, each).unwrap();
    Told {
        totals: (0..3).map(|index| device.storage.total(index)).collect(),
        charges,
        powered: device.storage.powered(),
        mark: device.storage.mark(),
        records: (0..8).map(|number| device.read(named(number))).collect(),
    }
}

/// Where the headers of the pages stand that were opened.
fn headers(device: &Small) -> Vec<usize> {
    let pages = device.flash.bytes().chunks(PAGE).enumerate();
    let opened = pages.filter(|(_, page)| page[UNIT..2 * UNIT] != [0xff; UNIT]);
    opened.map(|(at, _)| at * PAGE + UNIT).collect()
}

#[test]
fn one_bit_that_changes_in_a_header_is_set_right() {
    let mut device = worked();
    device.mount();
    let before = told(&mut device);
    assert!(before.charges.len() == REMEMBERED && before.records[4] == Ok(Some(vec![4; 100])));
    let whole = device.flash.clone();
    let headers = headers(&device);
    assert!(headers.len() > 9, "{headers:?}");
    for header in headers {
        for bit in 0..COUNTED_BITS {
            device.flash = whole.clone();
            let at = header + bit / 8;
            let changed = device.flash.bytes()[at] ^ 1 << (bit % 8);
            device.flash.tamper(at, &[changed]);
            device.mount();
            assert_eq!(told(&mut device), before, "{header}, bit {bit}");
        }
    }
}

/// What one bit changed before, and an erase that is cut short changed the other way, could be set right to the header of
/// another page.
#[test]
fn one_bit_that_changes_in_a_header_before_its_page_is_erased_takes_nothing() {
    let mut device = worked();
    for (whole, page) in about_to_erase() {
        let mark: u32 = whole.bytes()[page * PAGE..][..UNIT].iter().map(|byte| byte.count_zeros()).sum();
        for bit in 0..COUNTED_BITS {
            let at = page * PAGE + UNIT + bit / 8;
            let was = whole.bytes()[at];
            // The other way: of an erase all of the mark and two bits of the header, or two bits of a burn.
            let outcome = Outcome::Prefix(if was >> (bit % 8) & 1 == 1 { mark + 2 } else { 2 });
            let mut changed = whole.clone();
            changed.tamper(at, &[was ^ 1 << (bit % 8)]);
            device.flash = changed.clone();
            device.mount();
            let before = told(&mut device);
            let from = device.flash.operations();
            work(&mut device, 0).unwrap();
            let after = told(&mut device);
            for cut in from..device.flash.operations() {
                device.flash = changed.clone();
                device.mount();
                device.flash.cut(cut, outcome);
                assert_eq!(work(&mut device, 0), Err(StorageError::Flash));
                device.flash.remount(1);
                let what = format!("page {page}, bit {bit}, operation {cut}, {outcome:?}");
                assert_eq!(device.mount_now(), Ok(()), "{what}");
                let now = told(&mut device);
                assert!(now == before || now == after, "{what}: {now:?}");
            }
        }
    }
}
