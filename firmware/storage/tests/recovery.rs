//! A mount in which power fails says so.

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, StorageError};

const PAGE: usize = 2048;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// Power fails in a put, and then with each operation of the mount that recovers from it.
#[test]
fn a_mount_without_power_fails_whatever_it_was_writing() {
    let mut most = 0;
    for put in 0..12 {
        for recovery in 0.. {
            let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 14) };
            let mut device = Device::<8, PAGE>::new(Chip::with_rules(20, Rules::ECC), layout);
            device.put(named(0), &[1; 100]).unwrap();
            device.flash.cut(device.flash.operations() + put, Outcome::Nothing);
            let done = device.put(named(1), &[2; 300]);
            device.flash.remount(1);
            device.flash.cut(device.flash.operations() + recovery, Outcome::Nothing);
            let mounted = device.mount_now();
            if !device.flash.is_dead() {
                assert_eq!(mounted, Ok(()));
                most = most.max(recovery);
                break;
            }
            assert_eq!(mounted, Err(StorageError::Flash), "{put}, {recovery}, {done:?}");
        }
    }
    assert!(most > 5, "{most}");
}
