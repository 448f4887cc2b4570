//! Power fails in mount after mount, at two places in turn. Among all pairs of places there are those where one cut comes
//! when a page was opened and the other tears what the next mount writes there again, so that it must open one more: each
//! two take an erased page and leave one that is skipped, until none is erased, and a mount erases what is skipped. Left in
//! peace, the device holds all that it held, and works.

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout};

/// So many that each two could take a page, and none would be left.
const MOUNTS: u64 = 48;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn cornered<const WORD: usize, const PAGE: usize>(rules: Rules, pages: u16) {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
    let mut device = Device::<WORD, PAGE>::new(Chip::with_rules(6 + usize::from(pages), rules), layout);
    let value = |number| vec![number; PAGE / 3];
    let records = (0..).find(|number| device.put(named(*number), &value(*number)).is_err()).unwrap();
    let full = device.flash.clone();
    for first in 0..8 {
        for second in 0..8 {
            for outcome in Outcome::few(7) {
                device.flash = full.clone();
                for mount in 0..MOUNTS {
                    let operations = if mount % 2 == 0 { first } else { second };
                    device.flash.remount(mount);
                    device.flash.cut(device.flash.operations() + operations, outcome);
                    let _ = device.mount_now();
                }
                device.flash.remount(MOUNTS);
                let story = format!("{pages} pages of {PAGE}, {outcome:?} at {first} and {second}");
                device.mount_now().unwrap_or_else(|error| panic!("{story}: {error}"));
                device.rest();
                for number in 0..records {
                    assert_eq!(device.read(named(number)), Ok(Some(value(number))), "{story}");
                }
                device.delete(named(0)).unwrap_or_else(|error| panic!("{story}: {error}"));
                device.put(named(0), &value(0)).unwrap_or_else(|error| panic!("{story}: {error}"));
            }
        }
    }
}

#[test]
fn four_byte_words_with_two_writes() {
    cornered::<4, 4096>(Rules::NRF52, 8);
}

#[test]
fn words_with_ecc() {
    cornered::<8, 512>(Rules::ECC, 16);
    cornered::<16, 2048>(Rules::ECC, 9);
}

#[test]
fn words_that_fault_when_blank() {
    cornered::<16, 1024>(Rules::LPC55, 14);
}
