//! Records held to a map while everything happens at once: a page that can no longer be erased, a record that decays,
//! and power that fails at any operation.

use std::collections::BTreeMap;

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chance, Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

const PAGE: usize = 512;
const STEPS: usize = 300;

type Tested = Storage<24>;
type Value = Option<Vec<u8>>;

/// What goes wrong besides.
#[derive(Clone, Copy)]
struct Misfortune {
    rules: Rules,
    pages: u16,
    page_dies: bool,
    /// So many bytes behind the beginning of a body.
    decays: Option<usize>,
    power_fails: bool,
}

struct Story<const WORD: usize> {
    flash: Chip<WORD, PAGE>,
    storage: Tested,
    layout: Layout,
    chance: Chance,
    map: BTreeMap<Key, Vec<u8>>,
    /// The record that cannot be read, until it is put or deleted.
    unreadable: Option<Key>,
}

fn key() -> Secret {
    Secret::new([7; 32])
}

fn keys() -> impl Iterator<Item = Key> {
    (0..15).map(|number| Key { kind: if number < 10 { 1 } else { 200 }, id: [number; 16] })
}

impl<const WORD: usize> Story<WORD> {
    fn new(misfortune: Misfortune, seed: u64) -> Self {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, misfortune.pages) };
        let mut flash = Chip::with_rules(6 + usize::from(misfortune.pages), misfortune.rules);
        Tested::format(&mut flash, layout, &key()).unwrap();
        let storage = Tested::mount(&mut flash, layout, &key()).unwrap();
        let (map, unreadable) = (BTreeMap::new(), None);
        Self { flash, storage, layout, chance: Chance::new(seed), map, unreadable }
    }

    fn any_key(&mut self) -> Key {
        keys().nth(self.chance.below(15) as usize).unwrap()
    }

    fn bodies(&self, key: Key) -> Vec<usize> {
        let begins = |bytes: &[u8]| bytes[0] == key.kind && bytes[1..] == key.id;
        let places = self.flash.bytes().windows(17).enumerate();
        places.filter(|(_, bytes)| begins(bytes)).map(|(at, _)| at).collect()
    }

    fn read(&mut self, key: Key) -> Result<Value, StorageError> {
        let mut buffer = [0; 8000];
        let read = self.storage.read(&mut self.flash, key, &mut buffer);
        read.map(|value| value.map(<[u8]>::to_vec))
    }

    /// A page on which something of a record stands can no longer be erased.
    fn a_page_dies(&mut self) {
        let key = self.any_key();
        if let Some(body) = self.bodies(key).last() {
            self.flash.fail_erases_of(body / PAGE);
        }
    }

    /// A byte of a record that lives changes, and power comes back.
    fn a_record_decays(&mut self, byte: usize) {
        let Some(key) =
            self.map.keys().nth(self.chance.below(self.map.len().max(1) as u64) as usize).copied()
        else {
            return;
        };
        for body in self.bodies(key) {
            let whole = self.flash.clone();
            let decayed = self.flash.bytes()[body + byte] ^ 0x5a;
            self.flash.tamper(body + byte, &[decayed]);
            self.mount(false);
            if self.read(key) == Err(StorageError::Unreadable) {
                self.map.remove(&key);
                self.unreadable = Some(key);
                return;
            }
            self.flash = whole;
            self.mount(false);
        }
    }

    /// Power comes back, and may fail again on the way.
    fn mount(&mut self, power_fails: bool) {
        for attempt in 0.. {
            self.flash.remount(self.chance.draw());
            if power_fails && attempt < 3 && self.chance.below(4) == 0 {
                self.flash.cut(self.chance.below(30), Outcome::Subset(self.chance.draw()));
            }
            let mounted = Tested::mount(&mut self.flash, self.layout, &key());
            if self.flash.is_dead() {
                continue;
            }
            self.storage = mounted.expect("with power it mounts");
            self.flash.cut(u64::MAX, Outcome::Nothing);
            return;
        }
    }

    fn outcome(&mut self) -> Outcome {
        match self.chance.below(5) {
            0 => Outcome::Nothing,
            1 => Outcome::All,
            2 => Outcome::Subset(self.chance.draw()),
            3 => Outcome::Marginal,
            _ => Outcome::MarginalWord(self.chance.below(3) as u32),
        }
    }

    /// What is done next: what a record is then, and how that went.
    fn work(&mut self, key: Key) -> (Option<Value>, Result<(), StorageError>) {
        let longest = if self.chance.below(4) == 0 { PAGE as u64 } else { 60 };
        let value = vec![self.chance.draw() as u8; self.chance.below(longest) as usize];
        let put = Needed::nothing().put(value.len() as u32);
        let (storage, flash) = (&mut self.storage, &mut self.flash);
        match self.chance.below(11) {
            0..=3 => {
                let done = storage.begin(flash, put).and_then(|mut transaction| {
                    transaction.put(key, &value)?;
                    transaction.commit()
                });
                (Some(Some(value)), done)
            }
            4..=6 => {
                let begun = storage.begin(flash, Needed::nothing().delete());
                let done = begun.and_then(|mut transaction| {
                    transaction.delete(key)?;
                    transaction.commit()
                });
                (Some(None), done)
            }
            7 => {
                let begun = storage.begin(flash, put.delete().delete());
                let done = begun.and_then(|mut transaction| {
                    transaction.delete(key)?;
                    transaction.put(key, &value)?;
                    transaction.delete(key)?;
                    transaction.commit()
                });
                (Some(None), done)
            }
            8 => {
                let dropped = storage.begin(flash, put.delete()).and_then(|mut transaction| {
                    transaction.delete(key)?;
                    transaction.put(key, &value)
                });
                (None, dropped)
            }
            _ => {
                for _ in 0..200 {
                    match storage.idle(flash) {
                        Ok(MoreWork::Yes) => {}
                        Ok(MoreWork::No) => return (None, Ok(())),
                        Err(error) => return (None, Err(error)),
                    }
                }
                panic!("idle work has no end");
            }
        }
    }

    /// Takes what was done, or what a mount says was done, into the map.
    fn take(&mut self, key: Key, meant: Value, done: bool) {
        let found = if done { Ok(meant.clone()) } else { self.read(key) };
        if self.unreadable == Some(key) && found == Err(StorageError::Unreadable) {
            return;
        }
        let found = found.unwrap();
        let was = self.map.get(&key).cloned();
        assert!(found == meant || (self.unreadable != Some(key) && found == was), "{key:?} is neither");
        if self.unreadable == Some(key) {
            self.unreadable = None;
        }
        match found {
            Some(value) => drop(self.map.insert(key, value)),
            None => drop(self.map.remove(&key)),
        }
    }

    /// How many times there was no room.
    fn tell(&mut self, misfortune: Misfortune) -> usize {
        let mut refused = 0;
        for step in 0..STEPS {
            if misfortune.page_dies && step == STEPS / 6 {
                self.a_page_dies();
            }
            if let Some(byte) = misfortune.decays.filter(|_| step == STEPS / 5) {
                self.a_record_decays(byte);
            }
            if misfortune.power_fails && self.chance.below(6) == 0 {
                let outcome = self.outcome();
                self.flash.cut(self.flash.operations() + self.chance.below(40), outcome);
            }
            let key = self.any_key();
            let (meant, done) = self.work(key);
            match done {
                Ok(()) => {}
                Err(StorageError::Full { .. } | StorageError::IndexFull) => refused += 1,
                Err(error) => assert!(self.flash.is_dead(), "with power: {error}"),
            }
            let is_dead = self.flash.is_dead();
            if is_dead || self.chance.below(12) == 0 {
                self.mount(misfortune.power_fails);
            }
            if let Some(meant) = meant.filter(|_| done.is_ok() || is_dead) {
                self.take(key, meant, done.is_ok());
            }
            for key in keys() {
                let expected = match self.unreadable {
                    Some(unreadable) if unreadable == key => Err(StorageError::Unreadable),
                    _ => Ok(self.map.get(&key).cloned()),
                };
                assert_eq!(self.read(key), expected, "{key:?} after step {step}");
            }
        }
        refused
    }
}

fn stories<const WORD: usize>(misfortune: Misfortune, seeds: impl IntoIterator<Item = u64>) {
    let (mut refused, mut steps) = (0, 0);
    for seed in seeds {
        println!("seed {seed}");
        refused += Story::<WORD>::new(misfortune, seed).tell(misfortune);
        steps += STEPS;
    }
    assert!(refused < steps / 2, "there was room: {refused} of {steps}");
}

const ECC: Misfortune =
    Misfortune { rules: Rules::ECC, pages: 16, page_dies: true, decays: Some(40), power_fails: true };

#[test]
fn a_page_dies_a_value_decays_and_power_fails() {
    // The last is one in which the page before a dead one is to go.
    stories::<8>(ECC, (0..200).chain([536]));
}

#[test]
fn a_page_dies_what_stands_before_a_value_decays_and_power_fails() {
    stories::<8>(Misfortune { decays: Some(20), ..ECC }, 0..200);
}

#[test]
fn a_page_dies_and_a_value_decays() {
    stories::<8>(Misfortune { power_fails: false, ..ECC }, 0..40);
}

/// A move of a record in several pieces that had to stop, since another on the page cannot be read.
#[test]
fn a_page_dies_and_a_value_decays_where_words_are_written_twice() {
    stories::<4>(Misfortune { rules: Rules::NRF52, ..ECC }, 80..90);
}

#[test]
fn power_fails_where_words_are_written_twice_and_little_is_free() {
    let little = Misfortune { rules: Rules::NRF52, pages: 13, page_dies: false, decays: None, ..ECC };
    stories::<4>(little, 0..40);
}
