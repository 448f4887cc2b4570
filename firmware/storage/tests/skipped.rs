//! Pages that are skipped at mount, one after the other: more than any number of bits that a header might have had for it.

use holdfast_storage::model::{Chip, Device};
use holdfast_storage::{Key, Layout, Needed};

const PAGE: usize = 1024;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

#[test]
fn thousands_of_mounts_in_a_row_use_up_no_page() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 12) };
    let mut device = Device::<4, PAGE>::new(Chip::new(18), layout);
    for number in 0..6 {
        device.put(named(number), &[number; 60]).unwrap();
    }
    let mut erased = None;
    for round in 0..9000 {
        let mut transaction = device.begin(Needed::nothing().put(700)).unwrap();
        transaction.put(named(9), &[9; 700]).unwrap();
        drop(transaction);
        device.mount();
        let pages = device.flash.bytes().chunks(PAGE).skip(6);
        let now = pages.filter(|page| page[16..].iter().all(|byte| *byte == 0xff)).count();
        assert_eq!(*erased.get_or_insert(now), now, "{round}");
    }
    assert_eq!(erased, Some(10));
    assert_eq!(device.read(named(9)), Ok(None));
    assert_eq!(device.read(named(5)), Ok(Some(vec![5; 60])));
}
