//! Charges and time held to a list of all that were ever made.

use std::vec::Vec;

use holdfast_crypto::Secret;

use super::{Choice, Told, outcome};
use crate::model::oracle::{COUNTERS, State, Step, Tested};
use crate::model::{Chip, Outcome, Rules};
use crate::{Layout, StorageError};

const PAGE: usize = 512;

/// Pages of records, which here only take part in mounts.
const RECORDS: u16 = 16;

/// What goes wrong.
#[derive(Clone, Debug)]
pub struct Misfortune {
    /// What the chip allows.
    pub rules: Rules,
    /// Pages of each ring.
    pub pages: u16,
    /// At each of these steps a page of one ring dies.
    pub deaths: Vec<usize>,
    /// Whether power fails.
    pub power_fails: bool,
}

/// One device, and what it should hold.
struct Story<'c, const WORD: usize, C> {
    chip: Chip<WORD, PAGE>,
    storage: Tested,
    layout: Layout,
    choice: &'c mut C,
    state: State,
    /// What was booked: the mark at that time, and the powered seconds.
    booked: Vec<(u64, u64)>,
}

fn key() -> Secret {
    Secret::new([7; 32])
}

/// Tells a story of so many steps at most. It ends with a panic where the device breaks a promise.
pub fn tell<const WORD: usize>(misfortune: &Misfortune, choice: &mut impl Choice, steps: usize) -> Told {
    let rings = misfortune.pages;
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, rings, rings, RECORDS) };
    let mut chip = Chip::with_rules(2 * usize::from(rings) + usize::from(RECORDS), misfortune.rules);
    Tested::format(&mut chip, layout, &key()).expect("a whole chip can be formatted");
    let storage = Tested::mount(&mut chip, layout, &key()).expect("what was formatted mounts");
    let (state, booked) = (State::default(), Vec::new());
    let mut story = Story::<WORD, _> { chip, storage, layout, choice, state, booked };
    let mut told = Told::default();
    while told.steps < steps && !story.choice.is_over() {
        for _ in misfortune.deaths.iter().filter(|at| **at == told.steps) {
            let page = story.choice.below(2 * u64::from(rings)) as usize;
            story.chip.fail_erases_of(page);
        }
        told.refused += usize::from(story.goes_on(misfortune.power_fails));
        story.holds(told.steps);
        told.steps += 1;
    }
    told
}

impl<const WORD: usize, C: Choice> Story<'_, WORD, C> {
    /// Does the next thing, to the end or until power fails; whether it was refused.
    fn goes_on(&mut self, power_fails: bool) -> bool {
        if power_fails && self.choice.below(8) == 0 {
            let outcome = outcome(self.choice);
            self.chip.cut(self.chip.operations() + self.choice.below(30), outcome);
        }
        let step = match self.choice.below(10) {
            0..=5 => Step::Raise(self.choice.below(u64::from(COUNTERS)) as u8, self.choice.below(9) as u32),
            6 | 7 => Step::Book(1 + self.choice.below(9) as u32),
            _ => Step::Idle,
        };
        let after = self.state.after(&step);
        let done = self.state.perform(&step, &mut self.chip, &mut self.storage);
        let is_dead = self.chip.is_dead();
        if is_dead || self.choice.below(16) == 0 {
            self.mount(power_fails);
        }
        let happened = match done {
            Ok(()) => true,
            Err(StorageError::Busy | StorageError::WornOut) => false,
            Err(error) => {
                assert!(is_dead, "with power, {step:?} says {error}");
                self.state.is_held_by(&mut self.chip, &self.storage).is_err()
            }
        };
        if happened {
            if let Step::Book(_) = step {
                self.booked.push((self.state.mark(), after.powered));
            }
            self.state = after;
        }
        done.is_err() && !is_dead
    }

    /// Power comes back, and may fail again on the way.
    fn mount(&mut self, power_fails: bool) {
        // A chip that refuses to burn what was begun stands one cut less than a ring has pages.
        for attempt in 0.. {
            self.chip.remount(self.choice.draw());
            if power_fails && attempt < 1 && self.choice.below(4) == 0 {
                let outcome = outcome(self.choice);
                self.chip.cut(self.choice.below(30), outcome);
            }
            let mounted = Tested::mount(&mut self.chip, self.layout, &key());
            if self.chip.is_dead() {
                continue;
            }
            self.storage = mounted.expect("with power it mounts");
            self.chip.cut(u64::MAX, Outcome::Nothing);
            return;
        }
    }

    /// The device holds all that was made, and what it says of time is so.
    fn holds(&mut self, step: usize) {
        if let Err(difference) = self.state.is_held_by(&mut self.chip, &self.storage) {
            panic!("after step {step}, {difference}");
        }
        for number in self.storage.oldest()..=self.state.mark() {
            let last = self.booked.iter().rev().find(|(mark, _)| *mark <= number);
            let said = self.storage.booked_before(&mut self.chip, number);
            let powered = last.map(|(_, powered)| *powered);
            assert!(
                said.is_none() || said == powered,
                "after step {step}, {said:?} before {number}, not {powered:?}"
            );
        }
    }
}
