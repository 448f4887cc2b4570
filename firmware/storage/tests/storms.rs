//! Storms: power fails time and again, each time before the device is done with what idle time, or a mount, is for. However
//! many cuts there were, a device that is left in peace works: it mounts, idle work ends, all is as it was put, what is
//! there can be deleted and what fits be put. Where pages wear out meanwhile, it can be read.

mod storm;

use std::ops::Range;

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Layout, MoreWork, Needed, StorageError};

use storm::{Storm, lasting, secret};

/// When power fails.
struct Supply {
    /// Operations until the next cut; 0: another number each time.
    usual: u64,
    /// Whether it fails in mounts too.
    fails_in_mounts: bool,
}

impl Supply {
    fn of<const WORD: usize, const PAGE: usize>(storm: &mut Storm<WORD, PAGE>) -> Self {
        let usual = if storm.chance.below(2) == 0 { 0 } else { 1 + storm.chance.below(80) };
        Self { usual, fails_in_mounts: storm.chance.below(2) == 0 }
    }

    /// Power is there for so many operations, goes, and comes back.
    fn fails<const WORD: usize, const PAGE: usize>(&self, storm: &mut Storm<WORD, PAGE>) {
        let operations = if self.usual == 0 { storm.chance.below(80) } else { self.usual };
        storm.cut_in(operations);
        storm.passes();
        storm.idles();
        storm.calms();
        if self.fails_in_mounts && storm.chance.below(4) == 0 {
            let operations = storm.chance.below(9);
            storm.cut_in(operations);
            let _ = storm.device.mount_now();
            storm.calms();
        }
        storm.device.mount_now().expect("it mounts");
    }
}

/// Left in peace.
fn holds<const WORD: usize, const PAGE: usize>(storm: &mut Storm<WORD, PAGE>) -> Result<(), StorageError> {
    for steps in 0.. {
        // Evening out what a storm wore takes many.
        assert!(steps < 20_000, "idle work has no end");
        if storm.device.storage.idle(&mut storm.device.flash)? == MoreWork::No {
            break;
        }
    }
    storm.tells_what_lasts();
    if !storm.lasting.is_empty() {
        storm.device.delete(lasting(0))?;
        storm.device.put(lasting(0), &[])?;
        assert_eq!(storm.device.read(lasting(0))?, Some(vec![]));
    }
    Ok(())
}

/// Storms on one kind of chip, one with each seed, of so many cuts; half of them over a device of few pages.
fn storms<const WORD: usize, const PAGE: usize>(rules: Rules, fewest: u16, seeds: Range<u64>) {
    for seed in seeds {
        let pages = [fewest, fewest + 1, fewest + 4, 20, 40][seed as usize % 5];
        let mut storm = Storm::<WORD, PAGE>::new(rules, pages, seed);
        let supply = Supply::of(&mut storm);
        for _ in 0..300 {
            supply.fails(&mut storm);
        }
        holds(&mut storm).unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
    }
}

#[test]
fn four_byte_words_with_two_writes() {
    storms::<4, 4096>(Rules::NRF52, 8, 95..105);
    storms::<4, 4096>(Rules::NRF52, 8, 168..175);
    storms::<4, 512>(Rules::NRF52, 15, 0..60);
}

#[test]
fn words_with_ecc() {
    storms::<8, 512>(Rules::ECC, 16, 0..60);
    storms::<16, 8192>(Rules::ECC, 8, 0..10);
    storms::<16, 8192>(Rules::ECC, 8, 3337..3338);
    storms::<8, 2048>(Rules::ECC, 9, 61..62);
    storms::<8, 2048>(Rules::ECC, 9, 636..637);
}

#[test]
fn words_that_fault_when_blank() {
    storms::<16, 1024>(Rules::LPC55, 14, 0..40);
}

/// Power is there for just as long each time: each compaction that idle time begins is cut short at the same place.
#[test]
fn the_same_cut_a_hundred_times() {
    for operations in (1..60).step_by(3) {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 4096, 3, 3, 60) };
        let mut device = Device::<4, 4096>::new(Chip::new(66), layout);
        for number in 0..20 {
            device.put(lasting(number), &[number; 3000]).unwrap();
        }
        for number in 0..25 {
            device.put(secret(number), &[number; 20]).unwrap();
        }
        for number in 0..25 {
            device.delete(secret(number)).unwrap();
        }
        for _ in 0..100 {
            device.flash.cut(device.flash.operations() + operations, Outcome::Nothing);
            while device.storage.idle(&mut device.flash) == Ok(MoreWork::Yes) {}
            device.mount();
        }
        device.rest();
        for number in 0..25 {
            let bodies = device.bodies(secret(number));
            let is_value = |body: &usize| device.total_of(*body) == Some(36);
            assert!(!bodies.iter().any(is_value), "{operations}, {number}: only deletions may be left");
        }
        assert_eq!(device.read(lasting(19)), Ok(Some(vec![19; 3000])));
        device.put(lasting(30), &[1; 10]).unwrap();
        device.delete(lasting(4)).unwrap();
    }
}

/// A supply that gives way in each mount, however many times in a row: nothing is used up.
fn boots<const WORD: usize, const PAGE: usize>(rules: Rules, pages: u16, seeds: Range<u64>) {
    for seed in seeds {
        let mut storm = Storm::<WORD, PAGE>::new(rules, pages, seed);
        let changes = Supply::of(&mut storm).usual == 0;
        let usual = storm.chance.below(12);
        for _ in 0..1000 {
            storm.calms();
            let operations = if changes { storm.chance.below(12) } else { usual };
            storm.cut_in(operations);
            let _ = storm.device.mount_now();
        }
        storm.device.flash.remount(seed);
        storm.device.mount_now().unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
        holds(&mut storm).unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
    }
}

#[test]
fn power_fails_in_every_mount() {
    boots::<4, 4096>(Rules::NRF52, 8, 0..8);
    boots::<4, 4096>(Rules::NRF52, 13, 0..8);
    boots::<8, 512>(Rules::ECC, 16, 0..8);
    boots::<16, 8192>(Rules::ECC, 8, 225..233);
    boots::<16, 1024>(Rules::LPC55, 14, 0..8);
    boots::<4, 4096>(Rules::NRF52, 60, 0..4);
    boots::<16, 1024>(Rules::LPC55, 60, 0..4);
}

/// Pages wear out while power fails, until nothing can be written any more: all that lasts is there to the end.
fn wears_out<const WORD: usize, const PAGE: usize>(rules: Rules, fewest: u16, seeds: Range<u64>) {
    for seed in seeds {
        let rules = Rules { endurance: 4 + (seed as u32 * 7) % 40, ..rules };
        let pages = [fewest, fewest + 1, fewest + 4][seed as usize % 3];
        let mut storm = Storm::<WORD, PAGE>::new(rules, pages, seed);
        let supply = Supply::of(&mut storm);
        for _ in 0..400 {
            supply.fails(&mut storm);
            storm.tells_what_lasts();
            let begun = storm.device.begin(Needed::nothing()).map(|_| ());
            let health = storm.device.storage.health().records;
            assert!(begun != Err(StorageError::WornOut) || health.worn_out, "seed {seed}: {health:?}");
        }
    }
}

#[test]
fn a_device_that_wears_out_can_be_read() {
    wears_out::<4, 4096>(Rules::NRF52, 8, 0..9);
    wears_out::<4, 512>(Rules::NRF52, 15, 20..26);
    wears_out::<8, 2048>(Rules::ECC, 9, 28..34);
    wears_out::<8, 2048>(Rules::ECC, 9, 47..48);
    wears_out::<16, 1024>(Rules::LPC55, 14, 0..7);
}
