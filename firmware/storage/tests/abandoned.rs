//! Transactions that were dropped: however many there are, and whatever keeps what they wrote, the device mounts.

mod granules;

use std::collections::BTreeSet;

use holdfast_storage::model::{Chance, Chip, Device, Outcome};
use holdfast_storage::{Key, Layout, Needed, StorageError};

use granules::is_abandon;

const PAGE: usize = 4096;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn device(pages: u16) -> Device<4, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
    Device::new(Chip::new(6 + usize::from(pages)), layout)
}

fn dropped(device: &mut Device<4, PAGE>, length: usize) -> Result<(), StorageError> {
    let mut transaction = device.begin(Needed::nothing().put(length as u32))?;
    transaction.put(named(201), &vec![9; length])
}

/// How many transactions are named by granules that say they were abandoned.
fn abandons(device: &Device<4, PAGE>) -> usize {
    let granules = device.flash.bytes()[6 * PAGE..].chunks(16);
    let abandons = granules.filter(|granule| is_abandon(granule));
    abandons.map(|granule| granule[1..5].to_vec()).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_mount_abandons_what_power_cut_short() {
    let mut device = device(12);
    device.put(named(1), &[1; 10]).unwrap();
    for cut_short in 1..4 {
        dropped(&mut device, 10).unwrap();
        assert_eq!(abandons(&device), cut_short - 1);
        device.mount();
        assert_eq!(abandons(&device), cut_short);
        device.mount();
        assert_eq!(abandons(&device), cut_short);
    }
}

/// An abandon moves to a page that lives, and stays there when what it names is gone.
#[test]
fn more_abandons_than_are_remembered_stand_on_flash() {
    let mut device = device(64);
    let mut chance = Chance::new(7);
    let mut most = 0;
    for round in 0..400 {
        dropped(&mut device, 4000 + chance.below(3900) as usize).unwrap();
        let length = 500 + chance.below(3000) as usize;
        device.put(named(chance.below(30) as u8), &vec![round as u8; length]).unwrap();
        if round % 5 == 0 {
            most = most.max(abandons(&device));
            device.mount();
        }
    }
    assert!(most > 24, "{most}");
}

/// Records that decay, each on a page with what was dropped: such a page cannot go, nor what it keeps be forgotten.
#[test]
fn pages_that_cannot_go_keep_what_was_dropped_and_in_the_end_nothing_is_put() {
    let mut device = device(30);
    device.put(named(100), &[2; 10]).unwrap();
    let (mut decayed, mut accepted) = (0, 0);
    let refused = loop {
        decayed += 1;
        device.put(named(decayed), &[1; 500]).unwrap();
        let newest = device.bodies(named(decayed))[0];
        device.flash.tamper(newest + 100, &[0]);
        let mut drop_one = |_| dropped(&mut device, 10).map(|()| accepted += 1).err();
        if let Some(error) = (0..5).find_map(&mut drop_one) {
            break error;
        }
        // The rest of the page.
        device.put(named(101), &[0; 2900]).unwrap();
        assert!(decayed < 20);
    };
    assert!(decayed > 2 && matches!(refused, StorageError::Full { free: 0, .. }), "{decayed}: {refused}");
    // Of those before, some could be forgotten: not more than twelve are remembered where one more is begun.
    assert_eq!(accepted, 21);
    for _ in 0..3 {
        device.mount();
        assert_eq!(device.read(named(100)), Ok(Some(vec![2; 10])));
        assert_eq!(device.read(named(1)), Err(StorageError::Unreadable));
        assert!(matches!(device.put(named(102), &[3; 10]), Err(StorageError::Full { free: 0, .. })));
        device.rest();
    }
    // Deletions may be, and be dropped: what those write can go.
    let deletion = |device: &mut Device<4, PAGE>| {
        let mut transaction = device.begin(Needed::nothing().delete())?;
        transaction.delete(named(100))
    };
    for _ in 0..100 {
        deletion(&mut device).unwrap();
    }
    // Once what cannot be read is deleted, its page goes when power comes back.
    for number in 1..=decayed {
        device.delete(named(number)).unwrap();
    }
    device.mount();
    for _ in 0..100 {
        dropped(&mut device, 10).unwrap();
    }
    device.put(named(102), &[3; 10]).unwrap();
    device.mount();
    assert_eq!(device.read(named(100)), Ok(Some(vec![2; 10])));
    assert_eq!(device.read(named(102)), Ok(Some(vec![3; 10])));
}

/// Power fails in idle compaction, each time, and nobody begins a transaction in between.
#[test]
fn any_number_of_cuts_in_idle_time_leaves_a_device_that_writes() {
    let mut device = device(60);
    for number in 0..20 {
        device.put(named(number), &[number; 3000]).unwrap();
    }
    let secret = |number| Key { kind: 200, id: [number; 16] };
    for number in 0..12 {
        device.put(secret(number), &[number; 20]).unwrap();
    }
    for number in 0..12 {
        device.delete(secret(number)).unwrap();
    }
    for cut in 0..60 {
        device.flash.cut(device.flash.operations() + 12, Outcome::Nothing);
        for _ in 0..3 {
            if device.storage.idle(&mut device.flash).is_err() {
                break;
            }
        }
        device.mount();
        assert_eq!(device.read(named(3)), Ok(Some(vec![3; 3000])), "cut {cut}");
    }
    device.rest();
    for number in 0..12 {
        assert!(device.bodies(secret(number)).len() <= 1, "only the deletion may be left");
    }
    device.put(named(100), &[1; 10]).unwrap();
    device.delete(named(4)).unwrap();
}
