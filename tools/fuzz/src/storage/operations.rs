//! A device that works, is cut anywhere, cut again while it recovers, and works on.
//!
//! Held to the oracle of the storage's own proof of power: after each cut the device holds exactly what it held
//! before the step in flight, or after it; it goes on holding that over further mounts, at which torn words
//! read anew; and no step fails but for want of room, which changes nothing.

use crate::draw::Draw;
use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{COUNTERS, Change, KINDS, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout, StorageError};

/// Small pages, so that pages turn often.
const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 21) };
const PAGES: usize = 27;

fn key() -> Secret {
    Secret::new([0x5a; 32])
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    match draw.byte() % 3 {
        0 => Device::<4>::new(Rules::NRF52).live(&mut draw),
        1 => Device::<8>::new(Rules::ECC).live(&mut draw),
        _ => Device::<16>::new(Rules::LPC55).live(&mut draw),
    }
}

/// Lives of every sort of chip: much of one thing, and of everything.
pub fn inputs() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for chip in 0..3u8 {
        let mixed = [
            0, 1, 5, 5, 2, 9, 7, 1, 3, 0, 1, 40, 9, 8, 30, 3, 12, 4, 20, 1, 7, 9, 0, 2, 200, 8, 90, 2, 6, 5,
            3, 3,
        ];
        inputs.push([&[chip][..], &mixed, &mixed].concat());
        inputs.extend((0..6u8).map(|fill| {
            std::iter::once(chip)
                .chain((0..150).map(|at: u8| at.wrapping_mul(fill * 2 + 31) ^ fill))
                .collect()
        }));
    }
    inputs
}

struct Device<const WORD: usize> {
    chip: Chip<WORD, 512>,
    state: State,
}

impl<const WORD: usize> Device<WORD> {
    fn new(rules: Rules) -> Self {
        let mut chip = Chip::with_rules(PAGES, rules);
        Tested::format(&mut chip, LAYOUT, &key()).expect("a whole chip can be formatted");
        Self { chip, state: State::default() }
    }

    /// Sessions from power-on to power-off or a cut, until nothing is left to draw from.
    fn live(mut self, draw: &mut Draw<'_>) {
        let mut steps = 0;
        while !draw.is_empty() && steps < 120 {
            self.chip.remount(u64::from(draw.byte()));
            if draw.flag() {
                self.chip.cut(u64::from(draw.byte() % 48), outcome(draw));
            }
            let mut storage = match Tested::mount(&mut self.chip, LAYOUT, &key()) {
                Ok(storage) => storage,
                Err(StorageError::Flash) if self.chip.is_dead() => {
                    let state = self.state.clone();
                    self.judge(draw, &state);
                    continue;
                }
                Err(error) => panic!("a mount says {error}"),
            };
            for _ in 0..draw.below(10) {
                steps += 1;
                let step = step(draw);
                let after = self.state.after(&step);
                match self.state.perform(&step, &mut self.chip, &mut storage) {
                    Ok(()) => self.state = after,
                    Err(StorageError::Flash) if self.chip.is_dead() => {
                        self.judge(draw, &after);
                        break;
                    }
                    // Nothing has come of what has no room.
                    Err(StorageError::Full { .. } | StorageError::TooLong { .. } | StorageError::Busy) => {}
                    Err(error) => panic!("{step:?} says {error}"),
                }
            }
            if !self.chip.is_dead() {
                self.state.is_held_by(&mut self.chip, &storage).expect("it holds what it was given");
                self.chip.power_off();
            }
        }
        self.holds_over_mounts(2);
    }

    /// After a cut: which of the two it was, which then stays. Its mount may be cut once more.
    fn judge(&mut self, draw: &mut Draw<'_>, after: &State) {
        if draw.rarely(3) {
            self.chip.remount(u64::from(draw.byte()));
            self.chip.cut(u64::from(draw.byte() % 12), outcome(draw));
            let _ = Tested::mount(&mut self.chip, LAYOUT, &key());
            self.chip.power_off();
        }
        self.chip.remount(u64::from(draw.byte()));
        let storage = Tested::mount(&mut self.chip, LAYOUT, &key()).expect("after a cut it mounts");
        if let Err(before) = self.state.is_held_by(&mut self.chip, &storage) {
            let held = after.is_held_by(&mut self.chip, &storage);
            held.unwrap_or_else(|after| panic!("neither before ({before}) nor after ({after})"));
            self.state = after.clone();
        }
        self.chip.power_off();
        self.holds_over_mounts(1);
    }

    fn holds_over_mounts(&mut self, mounts: u64) {
        for seed in 0..mounts {
            self.chip.remount(seed * 7_919 + 1);
            let storage = Tested::mount(&mut self.chip, LAYOUT, &key()).expect("it mounts again");
            self.state.is_held_by(&mut self.chip, &storage).expect("what it held once it holds");
            self.chip.power_off();
        }
    }
}

fn outcome(draw: &mut Draw<'_>) -> Outcome {
    match draw.below(8) {
        0 => Outcome::Nothing,
        1 => Outcome::All,
        2 => Outcome::Prefix(u32::from(draw.byte())),
        3 => Outcome::Bit(u32::from(draw.byte())),
        4 | 5 => Outcome::Subset(u64::from(draw.byte())),
        6 => Outcome::Marginal,
        _ => Outcome::MarginalWord(u32::from(draw.byte() % 16)),
    }
}

fn step(draw: &mut Draw<'_>) -> Step {
    match draw.below(10) {
        0..=3 => Step::Raise(draw.byte() % COUNTERS, u32::from(draw.short())),
        4 => Step::Book(u32::from(draw.short())),
        5..=7 => Step::Commit(changes(draw)),
        8 => Step::Drop(changes(draw)),
        _ => Step::Idle,
    }
}

fn changes(draw: &mut Draw<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for _ in 0..=draw.below(3) {
        let key = Key { kind: draw.pick(&KINDS), id: [draw.byte() % 6; 16] };
        let length = match draw.byte() {
            short @ 0..=199 => u16::from(short) % 140,
            _ => draw.short() % 900,
        };
        let deleted = draw.rarely(4);
        changes.push(if deleted { Change::Delete(key) } else { Change::Put(key, length, draw.byte()) });
    }
    changes
}
