//! Headers of which a bit has changed: that is set right, and nothing is lost.

use core::ops::ControlFlow;

use holdfast_storage::model::{Chip, Device};
use holdfast_storage::{Found, Key, Layout, StorageError};

const PAGE: usize = 512;
const UNIT: usize = 16;
/// Bits of a header but for the count of its zeros, which come last.
const COUNTED_BITS: usize = 121;

type Small = Device<4, PAGE>;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// A device whose rings went round, and with several pages of records, of which one was deleted.
fn worked() -> Small {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 4, 24) };
    let mut device = Small::new(Chip::new(32), layout);
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
        ControlFlow::Continue(())
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
    assert!(before.charges.len() > 40 && before.records[4] == Ok(Some(vec![4; 100])));
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
