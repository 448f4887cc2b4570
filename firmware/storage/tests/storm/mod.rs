//! A device with records that must outlast whatever power does, and others that come and go.

use holdfast_storage::model::misfortune::outcome;
use holdfast_storage::model::{Chance, Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed};

/// What keeps its value through a storm.
pub(crate) fn lasting(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// A secret that does not.
pub(crate) fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
}

/// What is put, deleted and dropped in it: every other one a secret.
fn passing(number: u8) -> Key {
    if number.is_multiple_of(2) { secret(number) } else { Key { kind: 2, id: [number; 16] } }
}

pub(crate) struct Storm<const WORD: usize, const PAGE: usize> {
    pub(crate) device: Device<WORD, PAGE>,
    pub(crate) chance: Chance,
    /// Of the records that last, the bytes of each.
    pub(crate) lasting: Vec<usize>,
}

impl<const WORD: usize, const PAGE: usize> Storm<WORD, PAGE> {
    /// A device that holds as much as chance wants, be it all that fits.
    pub(crate) fn new(rules: Rules, pages: u16, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
        let flash = Chip::with_rules(6 + usize::from(pages), rules);
        let device = Device::<WORD, PAGE>::new(flash, layout);
        let left = device.storage.free() / 4 * chance.below(4) as u32;
        let mut storm = Self { device, chance, lasting: Vec::new() };
        while storm.device.storage.free() > left && storm.lasting.len() < 30 {
            let length = storm.chance.below(PAGE as u64 + PAGE as u64 / 8) as usize;
            if !storm.lasts(length) {
                break;
            }
        }
        storm
    }

    /// Puts one more record that lasts; whether it fits.
    pub(crate) fn lasts(&mut self, length: usize) -> bool {
        let number = self.lasting.len() as u8;
        let fits = self.device.put(lasting(number), &vec![number; length]).is_ok();
        if fits {
            self.lasting.push(length);
        }
        fits
    }

    pub(crate) fn cut_in(&mut self, operations: u64) {
        let outcome = if self.chance.below(2) == 0 { Outcome::Nothing } else { outcome(&mut self.chance) };
        self.device.flash.cut(self.device.flash.operations() + operations, outcome);
    }

    /// Puts, deletes or drops something, or nothing: whether there was room or power for it is all the same.
    pub(crate) fn passes(&mut self) {
        let key = passing(self.chance.below(6) as u8);
        let length = self.chance.below(PAGE as u64 / 12) as usize;
        let needed = Needed::nothing().put(length as u32);
        let _ = match self.chance.below(8) {
            0 => self.device.put(key, &vec![3; length]),
            1 => self.device.delete(key),
            2 => self.device.begin(needed).and_then(|mut dropped| dropped.put(key, &vec![4; length])),
            _ => Ok(()),
        };
    }

    /// Idle work, as long as there is power.
    pub(crate) fn idles(&mut self) {
        while self.device.storage.idle(&mut self.device.flash) == Ok(MoreWork::Yes) {}
    }

    /// Power comes back.
    pub(crate) fn calms(&mut self) {
        self.device.flash.remount(self.chance.draw());
    }

    pub(crate) fn tells_what_lasts(&mut self) {
        for (number, length) in (0u8..).zip(&self.lasting) {
            assert_eq!(self.device.read(lasting(number)), Ok(Some(vec![number; *length])), "{number}");
        }
    }
}
