//! Records held to a map.

use std::collections::{BTreeMap, BTreeSet};
use std::vec;
use std::vec::Vec;

use super::{Choice, Told, outcome};
use crate::model::{Chip, Device, Outcome, Rules, rest};
use crate::{Key, Layout, Needed, StorageError};

const PAGE: usize = 512;
const KEYS: u8 = 15;

type Value = Option<Vec<u8>>;

/// What goes wrong.
#[derive(Clone, Debug)]
pub struct Misfortune {
    /// What the chip allows.
    pub rules: Rules,
    /// Pages of records.
    pub pages: u16,
    /// At each of these steps a page dies.
    pub deaths: Vec<usize>,
    /// At each of these steps a record decays, so many bytes behind the beginning of a body.
    pub decays: Vec<(usize, usize)>,
    /// Whether power fails.
    pub power_fails: bool,
}

/// One device, and what it should hold.
struct Story<'c, const WORD: usize, C> {
    device: Device<WORD, PAGE, 24>,
    choice: &'c mut C,
    map: BTreeMap<Key, Vec<u8>>,
    /// Records that cannot be read, until they are put or deleted.
    unreadable: BTreeSet<Key>,
}

/// Tells a story of so many steps at most. It ends with a panic where the device breaks a promise.
pub fn tell<const WORD: usize>(misfortune: &Misfortune, choice: &mut impl Choice, steps: usize) -> Told {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, misfortune.pages) };
    let flash = Chip::with_rules(6 + usize::from(misfortune.pages), misfortune.rules);
    let (map, unreadable) = (BTreeMap::new(), BTreeSet::new());
    let mut story = Story::<WORD, _> { device: Device::new(flash, layout), choice, map, unreadable };
    let mut told = Told::default();
    while told.steps < steps && !story.choice.is_over() {
        story.happens(misfortune, told.steps);
        told.refused += usize::from(story.goes_on(misfortune));
        story.holds(told.steps);
        told.steps += 1;
    }
    told
}

fn keys() -> impl Iterator<Item = Key> {
    (0..KEYS).map(|number| Key { kind: if number < 10 { 1 } else { 200 }, id: [number; 16] })
}

impl<const WORD: usize, C: Choice> Story<'_, WORD, C> {
    fn any_key(&mut self) -> Key {
        keys().nth(self.choice.below(u64::from(KEYS)) as usize).expect("it is below their number")
    }

    /// What goes wrong at a step.
    fn happens(&mut self, misfortune: &Misfortune, step: usize) {
        for _ in misfortune.deaths.iter().filter(|at| **at == step) {
            self.a_page_dies();
        }
        for (_, byte) in misfortune.decays.iter().filter(|(at, _)| *at == step) {
            self.a_record_decays(*byte);
        }
        if misfortune.power_fails && self.choice.below(6) == 0 {
            let outcome = outcome(self.choice);
            let at = self.device.flash.operations() + self.choice.below(40);
            self.device.flash.cut(at, outcome);
        }
    }

    /// A page on which something of a record stands can no longer be erased.
    fn a_page_dies(&mut self) {
        let key = self.any_key();
        if let Some(body) = self.device.bodies(key).last() {
            self.device.flash.fail_erases_of(body / PAGE);
        }
    }

    /// A byte of a record that lives changes, and power comes back.
    fn a_record_decays(&mut self, byte: usize) {
        let nth = self.choice.below(self.map.len().max(1) as u64) as usize;
        let Some(key) = self.map.keys().nth(nth).copied() else { return };
        for body in self.device.bodies(key) {
            let whole = self.device.flash.clone();
            let Some(now) = self.device.flash.bytes().get(body + byte) else { continue };
            let decayed = now ^ 0x5a;
            self.device.flash.tamper(body + byte, &[decayed]);
            self.mount(false);
            if self.device.read(key) == Err(StorageError::Unreadable) {
                self.map.remove(&key);
                self.unreadable.insert(key);
                return;
            }
            self.device.flash = whole;
            self.mount(false);
        }
    }

    /// Power comes back, and may fail again on the way.
    fn mount(&mut self, power_fails: bool) {
        for attempt in 0.. {
            self.device.flash.remount(self.choice.draw());
            if power_fails && attempt < 3 && self.choice.below(4) == 0 {
                self.device.flash.cut(self.choice.below(30), Outcome::Subset(self.choice.draw()));
            }
            let mounted = self.device.mount_now();
            if self.device.flash.is_dead() {
                continue;
            }
            mounted.expect("with power it mounts");
            self.device.flash.cut(u64::MAX, Outcome::Nothing);
            return;
        }
    }

    /// Does the next thing, to the end or until power fails; whether there was no room for it.
    fn goes_on(&mut self, misfortune: &Misfortune) -> bool {
        let key = self.any_key();
        let (meant, done) = self.work(key);
        let refused = match done {
            Ok(()) => false,
            Err(StorageError::Full { .. } | StorageError::IndexFull) => true,
            Err(error) => {
                assert!(self.device.flash.is_dead(), "with power: {error}");
                false
            }
        };
        let is_dead = self.device.flash.is_dead();
        if is_dead || self.choice.below(12) == 0 {
            self.mount(misfortune.power_fails);
        }
        if let Some(meant) = meant.filter(|_| done.is_ok() || is_dead) {
            self.take(key, meant, done.is_ok());
        }
        refused
    }

    /// What is done next: what a record is then, and how that went.
    fn work(&mut self, key: Key) -> (Option<Value>, Result<(), StorageError>) {
        let longest = if self.choice.below(4) == 0 { PAGE as u64 } else { 60 };
        let value = vec![self.choice.draw() as u8; self.choice.below(longest) as usize];
        let put = Needed::nothing().put(value.len() as u32);
        let device = &mut self.device;
        match self.choice.below(11) {
            0..=3 => {
                let done = device.put(key, &value);
                (Some(Some(value)), done)
            }
            4..=6 => (Some(None), device.delete(key)),
            7 => {
                let begun = device.begin(put.delete().delete());
                let done = begun.and_then(|mut transaction| {
                    transaction.delete(key)?;
                    transaction.put(key, &value)?;
                    transaction.delete(key)?;
                    transaction.commit()
                });
                (Some(None), done)
            }
            8 => {
                let dropped = device.begin(put.delete()).and_then(|mut transaction| {
                    transaction.delete(key)?;
                    transaction.put(key, &value)
                });
                (None, dropped)
            }
            _ => (None, rest(&mut device.flash, &mut device.storage).map(|_| ())),
        }
    }

    /// Takes what was done, or what a mount says was done, into the map.
    fn take(&mut self, key: Key, meant: Value, done: bool) {
        let found = if done { Ok(meant.clone()) } else { self.device.read(key) };
        let was_unreadable = self.unreadable.contains(&key);
        if was_unreadable && found == Err(StorageError::Unreadable) {
            return;
        }
        let found = found.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        let was = self.map.get(&key).cloned();
        assert!(found == meant || (!was_unreadable && found == was), "{key:?} is neither");
        self.unreadable.remove(&key);
        match found {
            Some(value) => drop(self.map.insert(key, value)),
            None => drop(self.map.remove(&key)),
        }
    }

    /// Every record is what the map says.
    fn holds(&mut self, step: usize) {
        for key in keys() {
            let expected = match self.unreadable.contains(&key) {
                true => Err(StorageError::Unreadable),
                false => Ok(self.map.get(&key).cloned()),
            };
            assert_eq!(self.device.read(key), expected, "{key:?} after step {step}");
        }
    }
}
