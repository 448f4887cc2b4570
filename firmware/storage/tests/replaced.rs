//! Whole bodies that stand in place of others: nobody takes one for what it is not.

use holdfast_storage::model::{Chip, Device};
use holdfast_storage::{Key, Layout, Needed, StorageError};

const PAGE: usize = 4096;
/// Prefix, tag and CRC, and a value of 100 bytes.
const BODY: usize = 28 + 16 + 100 + 4;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn device() -> Device<4, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 12) };
    Device::new(Chip::new(18), layout)
}

fn replace(device: &mut Device<4, PAGE>, to: usize, from: usize) {
    let bytes = device.flash.bytes()[from..from + BODY].to_vec();
    device.flash.tamper(to, &bytes);
}

/// As long as power stays on: a mount believes what stands there, and who can write flash can put back what it said before.
#[test]
fn what_a_record_said_before_is_not_what_it_says() {
    let mut device = device();
    device.put(named(1), &[1; 100]).unwrap();
    let former = device.bodies(named(1))[0];
    device.put(named(1), &[2; 100]).unwrap();
    let newest = device.bodies(named(1)).into_iter().find(|body| *body != former).unwrap();
    replace(&mut device, newest, former);
    assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
}

#[test]
fn what_another_record_says_of_the_same_transaction_is_not_what_it_says() {
    let mut device = device();
    let mut both = device.begin(Needed::nothing().put(100).put(100)).unwrap();
    both.put(named(1), &[1; 100]).unwrap();
    both.put(named(2), &[2; 100]).unwrap();
    both.commit().unwrap();
    let (one, other) = (device.bodies(named(1))[0], device.bodies(named(2))[0]);
    replace(&mut device, other, one);
    for _ in 0..2 {
        assert_eq!(device.read(named(1)), Ok(Some(vec![1; 100])));
        assert_eq!(device.read(named(2)), Err(StorageError::Unreadable));
        device.mount();
    }
}
