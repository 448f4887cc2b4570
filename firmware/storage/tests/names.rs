//! Two records that granules call by one name, since the CRC-32 of their keys is the same: only the bodies tell them apart.

use holdfast_storage::model::{Chip, Device, Rules};
use holdfast_storage::{Key, Layout};

const PAGE: usize = 2048;
const NAME: u32 = 0xdafb_b1cb;
const ONE: Key = Key { kind: 1, id: 0x0a93_e178_6c85_7973_9073_acd8_b3c5_d7cc_u128.to_be_bytes() };
const OTHER: Key = Key { kind: 1, id: 0x5513_22ce_1135_be00_484b_c0c3_0f8e_2572_u128.to_be_bytes() };

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn secret() -> Key {
    Key { kind: 200, id: [0; 16] }
}

fn device() -> Device<8, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 20) };
    Device::new(Chip::with_rules(26, Rules::ECC), layout)
}

#[test]
fn each_has_its_own_value_and_its_own_deletion() {
    let mut device = device();
    device.put(ONE, &[1; 20]).unwrap();
    device.put(OTHER, &[2; 30]).unwrap();
    let names = device.flash.bytes().windows(4).filter(|bytes| *bytes == NAME.to_le_bytes());
    assert_eq!(names.count(), 2);
    for _ in 0..2 {
        assert_eq!(device.read(ONE), Ok(Some(vec![1; 20])));
        assert_eq!(device.read(OTHER), Ok(Some(vec![2; 30])));
        device.mount();
    }
    device.delete(ONE).unwrap();
    for _ in 0..2 {
        assert_eq!(device.read(ONE), Ok(None));
        assert_eq!(device.read(OTHER), Ok(Some(vec![2; 30])));
        device.mount();
    }
}

/// Of a record that came and went on one page nothing is left but its deletion, which then hides nothing.
#[test]
fn a_value_of_the_one_needs_no_deletion_of_the_other() {
    for (kept, remain) in [(named(2), 0), (OTHER, 0), (ONE, 1)] {
        let mut device = device();
        device.put(kept, &[1; 20]).unwrap();
        device.put(named(3), &[0; 1800]).unwrap();
        device.put(ONE, &[2; 20]).unwrap();
        device.delete(ONE).unwrap();
        device.put(secret(), &[3; 20]).unwrap();
        device.put(named(4), &[0; 1800]).unwrap();
        device.delete(secret()).unwrap();
        device.rest();
        let bodies = device.bodies(ONE).into_iter();
        let deletions = bodies.filter(|body| device.total_of(*body) == Some(16)).count();
        assert_eq!(deletions, remain, "{kept:?}");
        device.mount();
        assert_eq!(device.read(ONE), Ok(None));
    }
}
