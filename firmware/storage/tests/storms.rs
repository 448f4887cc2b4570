//! Storms: power fails time and again, each time before the device is done with what idle time, or a mount, is for. However
//! many cuts there were, a device that is left in peace works: it mounts, idle work ends, all is as it was put, what is
//! there can be deleted and what fits be put. Where pages wear out meanwhile, it can be read.

use std::ops::Range;

use holdfast_storage::model::misfortune::outcome;
use holdfast_storage::model::{Chance, Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, StorageError};

/// What keeps its value through a storm.
fn lasting(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// A secret that does not.
fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
}

/// What is put, deleted and dropped in it: every other one a secret.
fn passing(number: u8) -> Key {
    if number.is_multiple_of(2) { secret(number) } else { Key { kind: 2, id: [number; 16] } }
}

struct Storm<const WORD: usize, const PAGE: usize> {
    device: Device<WORD, PAGE>,
    chance: Chance,
    /// Of the records that last, the bytes of each.
    lasting: Vec<usize>,
    /// Operations until the next cut; 0: another number each time.
    usual: u64,
    /// Whether power fails in mounts too.
    in_mounts: bool,
}

impl<const WORD: usize, const PAGE: usize> Storm<WORD, PAGE> {
    /// A device that holds as much as chance wants, be it all that fits.
    fn new(rules: Rules, pages: u16, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
        let flash = Chip::with_rules(6 + usize::from(pages), rules);
        let mut device = Device::<WORD, PAGE>::new(flash, layout);
        let left = device.storage.free() / 4 * chance.below(4) as u32;
        let mut lasting_records = Vec::new();
        while device.storage.free() > left && lasting_records.len() < 30 {
            let length = chance.below(PAGE as u64 + PAGE as u64 / 8) as usize;
            let number = lasting_records.len() as u8;
            if device.put(lasting(number), &vec![number; length]).is_err() {
                break;
            }
            lasting_records.push(length);
        }
        let usual = if chance.below(2) == 0 { 0 } else { 1 + chance.below(80) };
        let in_mounts = chance.below(2) == 0;
        Self { device, chance, lasting: lasting_records, usual, in_mounts }
    }

    fn cut_in(&mut self, operations: u64) {
        let outcome = if self.chance.below(2) == 0 { Outcome::Nothing } else { outcome(&mut self.chance) };
        self.device.flash.cut(self.device.flash.operations() + operations, outcome);
    }

    /// Power comes back, is there for so many operations, and goes.
    fn blows(&mut self) {
        let operations = if self.usual == 0 { self.chance.below(80) } else { self.usual };
        self.cut_in(operations);
        let key = passing(self.chance.below(6) as u8);
        let length = self.chance.below(PAGE as u64 / 12) as usize;
        let needed = Needed::nothing().put(length as u32);
        // Whether there was room or power for it is all the same here.
        let _ = match self.chance.below(8) {
            0 => self.device.put(key, &vec![3; length]),
            1 => self.device.delete(key),
            2 => self.device.begin(needed).and_then(|mut dropped| dropped.put(key, &vec![4; length])),
            _ => Ok(()),
        };
        while self.device.storage.idle(&mut self.device.flash) == Ok(MoreWork::Yes) {}
        self.device.flash.remount(self.chance.draw());
        if self.in_mounts && self.chance.below(4) == 0 {
            let operations = self.chance.below(9);
            self.cut_in(operations);
            let _ = self.device.mount_now();
            self.device.flash.remount(self.chance.draw());
        }
        self.device.mount_now().expect("it mounts");
    }

    fn tells_what_lasts(&mut self) {
        for (number, length) in (0u8..).zip(&self.lasting) {
            assert_eq!(self.device.read(lasting(number)), Ok(Some(vec![number; *length])), "{number}");
        }
    }

    /// In peace again.
    fn holds(&mut self) -> Result<(), StorageError> {
        for steps in 0.. {
            // Evening out what a storm wore takes many.
            assert!(steps < 20_000, "idle work has no end");
            if self.device.storage.idle(&mut self.device.flash)? == MoreWork::No {
                break;
            }
        }
        self.tells_what_lasts();
        if !self.lasting.is_empty() {
            self.device.delete(lasting(0))?;
            self.device.put(lasting(0), &[])?;
            assert_eq!(self.device.read(lasting(0))?, Some(vec![]));
        }
        Ok(())
    }
}

/// Storms on one kind of chip, one with each seed, of so many cuts; half of them over a device of few pages.
fn storms<const WORD: usize, const PAGE: usize>(rules: Rules, fewest: u16, seeds: Range<u64>) {
    for seed in seeds {
        let pages = [fewest, fewest + 1, fewest + 4, 20, 40][seed as usize % 5];
        let mut storm = Storm::<WORD, PAGE>::new(rules, pages, seed);
        for _ in 0..300 {
            storm.blows();
        }
        storm.holds().unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
    }
}

#[test]
fn four_byte_words_with_two_writes() {
    storms::<4, 4096>(Rules::NRF52, 8, 95..105);
    storms::<4, 4096>(Rules::NRF52, 8, 168..175);
    storms::<4, 512>(Rules::NRF52, 12, 0..60);
}

#[test]
fn words_with_ecc() {
    storms::<8, 512>(Rules::ECC, 13, 0..60);
    storms::<16, 8192>(Rules::ECC, 8, 0..10);
    storms::<16, 8192>(Rules::ECC, 8, 3337..3338);
    storms::<8, 2048>(Rules::ECC, 9, 61..62);
    storms::<8, 2048>(Rules::ECC, 9, 636..637);
}

#[test]
fn words_that_fault_when_blank() {
    storms::<16, 1024>(Rules::LPC55, 12, 0..40);
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
        let usual = storm.chance.below(12);
        for _ in 0..1000 {
            storm.device.flash.remount(storm.chance.draw());
            let operations = if storm.usual == 0 { storm.chance.below(12) } else { usual };
            storm.cut_in(operations);
            let _ = storm.device.mount_now();
        }
        storm.device.flash.remount(seed);
        storm.device.mount_now().unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
        storm.holds().unwrap_or_else(|error| panic!("seed {seed}, {pages} pages: {error}"));
    }
}

#[test]
fn power_fails_in_every_mount() {
    boots::<4, 4096>(Rules::NRF52, 8, 0..8);
    boots::<4, 4096>(Rules::NRF52, 13, 0..8);
    boots::<8, 512>(Rules::ECC, 13, 0..8);
    boots::<16, 8192>(Rules::ECC, 8, 225..233);
    boots::<16, 1024>(Rules::LPC55, 12, 0..8);
    boots::<4, 4096>(Rules::NRF52, 60, 0..4);
    boots::<16, 1024>(Rules::LPC55, 60, 0..4);
}

/// Pages wear out while power fails, until nothing can be written any more: all that lasts is there to the end.
fn wears_out<const WORD: usize, const PAGE: usize>(rules: Rules, fewest: u16, seeds: Range<u64>) {
    for seed in seeds {
        let rules = Rules { endurance: 4 + (seed as u32 * 7) % 40, ..rules };
        let pages = [fewest, fewest + 1, fewest + 4][seed as usize % 3];
        let mut storm = Storm::<WORD, PAGE>::new(rules, pages, seed);
        for _ in 0..400 {
            storm.blows();
            storm.tells_what_lasts();
        }
    }
}

#[test]
fn a_device_that_wears_out_can_be_read() {
    wears_out::<4, 4096>(Rules::NRF52, 8, 0..9);
    wears_out::<4, 512>(Rules::NRF52, 12, 20..26);
    wears_out::<8, 2048>(Rules::ECC, 9, 28..34);
    wears_out::<8, 2048>(Rules::ECC, 9, 47..48);
    wears_out::<16, 1024>(Rules::LPC55, 12, 0..7);
}
