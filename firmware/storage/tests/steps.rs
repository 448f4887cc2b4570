//! After every step of long work a mount finds exactly what a map would hold: with records put, superseded, deleted and
//! dropped, moved by compaction, and short of room.

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chance, Chip, Rules};
use holdfast_storage::{Key, Layout, StorageError};

fn key() -> Secret {
    Secret::new([7; 32])
}

struct Device<const WORD: usize> {
    flash: Chip<WORD, 512>,
    storage: Tested,
    layout: Layout,
    state: State,
}

impl<const WORD: usize> Device<WORD> {
    fn new(rules: Rules, record_pages: u16) -> Self {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, record_pages) };
        let mut flash = Chip::with_rules(6 + usize::from(record_pages), rules);
        Tested::format(&mut flash, layout, &key()).unwrap();
        let storage = Tested::mount(&mut flash, layout, &key()).unwrap();
        Self { flash, storage, layout, state: State::default() }
    }

    fn mount(&mut self) {
        self.flash.remount(1);
        self.storage = Tested::mount(&mut self.flash, self.layout, &key()).unwrap();
    }

    /// Does a step; whether there was room for it. Power then fails, and what is found is what should be.
    fn perform(&mut self, step: &Step) -> bool {
        let done = match self.state.perform(step, &mut self.flash, &mut self.storage) {
            Ok(()) => true,
            Err(StorageError::Full { .. } | StorageError::IndexFull) => false,
            Err(error) => panic!("{step:?}: {error}"),
        };
        if done {
            self.state = self.state.after(step);
        }
        let mut flash = self.flash.clone();
        flash.remount(1);
        let storage = Tested::mount(&mut flash, self.layout, &key()).unwrap();
        self.state.is_held_by(&mut flash, &storage).unwrap_or_else(|what| panic!("after {step:?}: {what}"));
        done
    }
}

fn step(chance: &mut Chance, longest: u64) -> Step {
    match chance.below(10) {
        0 => Step::Idle,
        1..=3 => Step::Drop(changes(chance, longest)),
        _ => Step::Commit(changes(chance, longest)),
    }
}

fn changes(chance: &mut Chance, longest: u64) -> Vec<Change> {
    let change = |chance: &mut Chance| {
        let kind = [1, 1, 200][chance.below(3) as usize];
        let key = Key { kind, id: [chance.below(7) as u8; 16] };
        match chance.below(3) {
            0 => Change::Delete(key),
            _ => Change::Put(key, chance.below(longest) as u16, chance.draw() as u8),
        }
    };
    (0..1 + chance.below(3)).map(|_| change(chance)).collect()
}

/// How many steps there was no room for.
fn work<const WORD: usize>(rules: Rules, record_pages: u16, longest: u64, seed: u64) -> usize {
    let mut device = Device::<WORD>::new(rules, record_pages);
    let mut chance = Chance::new(seed);
    let mut refused = 0;
    for _ in 0..150 {
        refused += usize::from(!device.perform(&step(&mut chance, longest)));
        if chance.below(5) == 0 {
            device.mount();
        }
    }
    refused
}

#[test]
fn with_room_to_spare() {
    for seed in 0..30 {
        assert_eq!(work::<4>(Rules::NRF52, 30, 150, seed), 0);
        assert_eq!(work::<16>(Rules::LPC55, 30, 150, 1000 + seed), 0);
    }
}

#[test]
fn and_nearly_full() {
    let refused: usize = (0..30).map(|seed| work::<4>(Rules::NRF52, 21, 400, seed)).sum();
    assert!(refused > 100, "{refused}");
}
