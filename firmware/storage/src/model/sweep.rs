//! The sweep: a script, cut at every operation with every outcome, cut again while it recovers, and a third time
//! while it recovers from that.

use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec::Vec;

use holdfast_crypto::Secret;

use super::oracle::{State, Step, Tested};
use super::{Chance, Chip, Outcome, Script};
use crate::{Layout, StorageError};

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every outcome at every operation, and a second cut at every operation of the recovery, in each way in which what the
    /// first left is read.
    Exhaustive {
        /// Of so many second cuts in the first of those ways one, picked by chance, is followed by a third cut at every
        /// operation of the recovery from it. 1: all of them. 0: none.
        one_third_in: u64,
    },
    /// At one operation in so many, so many outcomes, as this seed picks them, and with one of them a second cut
    /// and a third.
    Sample {
        /// One operation in so many is cut.
        every: u64,
        /// Outcomes at each operation.
        outcomes: u64,
        /// What picks them.
        seed: u64,
    },
}

/// What a sweep tried and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// First cuts.
    pub cuts: u64,
    /// Second cuts, while the device recovered from the first.
    pub second_cuts: u64,
    /// Third cuts, while it recovered from the second.
    pub third_cuts: u64,
    /// Mounts after a cut.
    pub mounts: u64,
    /// After a cut, the step in flight had not happened. Counted where it would change something.
    pub before: u64,
    /// After a cut, it had.
    pub after: u64,
    /// What should not be, if anything: the first of them.
    pub failures: Vec<String>,
}

impl Sweep {
    /// Adds what another sweep tried.
    pub fn add(&mut self, other: Sweep) {
        self.cuts += other.cuts;
        self.second_cuts += other.second_cuts;
        self.third_cuts += other.third_cuts;
        self.mounts += other.mounts;
        self.before += other.before;
        self.after += other.after;
        self.failures.extend(other.failures);
    }
}

/// In how many ways the words that a first or a second cut tore are read, before what comes next.
const READINGS: u64 = 3;

fn key() -> Secret {
    Secret::new([0x5a; 32])
}

/// What a session came to when power failed in it.
struct Stopped {
    before: State,
    after: State,
    what: String,
}

/// Cuts a script everywhere, on a chip that is formatted for it.
pub fn sweep<const WORD: usize, const PAGE: usize>(
    script: &Script,
    chip: &Chip<WORD, PAGE>,
    layout: Layout,
    depth: Depth,
) -> Sweep {
    let mut chip = chip.clone();
    Tested::format(&mut chip, layout, &key()).expect("a whole chip can be formatted");
    let mut state = State::default();
    let mut total = Sweep::default();
    for (number, session) in script.sessions.iter().enumerate() {
        let name = format!("{}, session {number}", script.name);
        let cutter = Cutter { name, chip: &chip, state: &state, session, layout, depth };
        if number >= script.uncut {
            total.add(cutter.cut_everywhere());
        }
        let (next, held) = cutter.run_whole();
        chip = next;
        state = held;
    }
    total
}

/// One session, to be cut.
struct Cutter<'a, const WORD: usize, const PAGE: usize> {
    name: String,
    chip: &'a Chip<WORD, PAGE>,
    state: &'a State,
    session: &'a [Step],
    layout: Layout,
    depth: Depth,
}

impl<const WORD: usize, const PAGE: usize> Cutter<'_, WORD, PAGE> {
    /// The session without a cut.
    fn run_whole(&self) -> (Chip<WORD, PAGE>, State) {
        let mut chip = self.chip.clone();
        chip.remount(0);
        match self.run(&mut chip) {
            Ok(state) => {
                chip.power_off();
                (chip, state)
            }
            Err(stopped) => panic!("{}: stopped without a cut in {}", self.name, stopped.what),
        }
    }

    /// Mounts and does the steps until power fails.
    fn run(&self, chip: &mut Chip<WORD, PAGE>) -> Result<State, Box<Stopped>> {
        let mut state = self.state.clone();
        let stopped = |before: &State, after: &State, what: String| {
            Box::new(Stopped { before: before.clone(), after: after.clone(), what })
        };
        let mut storage = match Tested::mount(chip, self.layout, &key()) {
            Ok(storage) => storage,
            Err(StorageError::Flash) if chip.is_dead() => {
                return Err(stopped(&state, &state, "mount".into()));
            }
            Err(error) => panic!("{}: mount says {error}", self.name),
        };
        for step in self.session {
            let after = state.after(step);
            match state.perform(step, chip, &mut storage) {
                Ok(()) => state = after,
                Err(StorageError::Flash) if chip.is_dead() => {
                    return Err(stopped(&state, &after, format!("{step:?}")));
                }
                Err(error) => panic!("{}: {step:?} says {error}", self.name),
            }
        }
        if chip.is_dead() {
            // Power failed in the last operation, which may do without success: a page that is dead is burned.
            return Err(stopped(&state, &state, "its last operation".into()));
        }
        if let Err(what) = state.is_held_by(chip, &storage) {
            panic!("{}: without a cut, {what}", self.name);
        }
        Ok(state)
    }

    /// Cuts at every operation.
    fn cut_everywhere(&self) -> Sweep {
        let (whole, _) = self.run_whole();
        let mut sweep = Sweep::default();
        for at in 0..whole.operations() {
            if let Depth::Sample { every, seed, .. } = self.depth
                && Chance::new(seed.wrapping_add(at * 977)).below(every) != 0
            {
                continue;
            }
            let mut probe = self.chip.clone();
            probe.remount(0);
            probe.cut(at, Outcome::Nothing);
            let _ = self.run(&mut probe);
            for outcome in self.outcomes(probe.differing(), at) {
                self.cut_once(at, outcome, &mut sweep);
            }
            for outcome in self.few(at, 1, 2) {
                self.cut_twice(at, outcome, &mut sweep);
            }
            if sweep.failures.len() > 5 {
                break;
            }
        }
        sweep
    }

    /// The outcomes to try of an operation that changes so many bits.
    fn outcomes(&self, differing: u32, at: u64) -> Vec<Outcome> {
        let mut all = Vec::from([Outcome::Nothing, Outcome::All, Outcome::Marginal]);
        all.extend((0..16).map(Outcome::Subset));
        all.extend((0..differing).map(Outcome::Prefix));
        all.extend((0..differing).map(Outcome::Bit));
        let words = (differing as usize).min(PAGE / WORD) as u32;
        all.extend((0..words).map(Outcome::MarginalWord));
        if let Depth::Sample { outcomes, seed, .. } = self.depth {
            let mut chance = Chance::new(seed ^ at.wrapping_mul(0x1_0001));
            return (0..outcomes).map(|_| all[chance.below(all.len() as u64) as usize]).collect();
        }
        all
    }

    /// None, all, marginal, so many seeded, and so many words that are marginal alone: of the four of a granule on
    /// chips with the shortest.
    fn few(&self, at: u64, seeded: u64, words: u64) -> Vec<Outcome> {
        let mut few = Vec::from([Outcome::Nothing, Outcome::All, Outcome::Marginal]);
        few.extend((0..seeded).map(|seed| Outcome::Subset(at * 31 + seed)));
        let first = Chance::new(at).below(4);
        few.extend((0..words).map(|word| Outcome::MarginalWord(((first + word) % 4) as u32)));
        if let Depth::Sample { seed, .. } = self.depth {
            let one = Chance::new(seed ^ at).below(few.len() as u64) as usize;
            return Vec::from([few[one]]);
        }
        few
    }

    /// Runs the session to the cut.
    fn cut_at(&self, at: u64, outcome: Outcome) -> (Chip<WORD, PAGE>, Box<Stopped>) {
        let mut chip = self.chip.clone();
        chip.remount(0);
        chip.cut(at, outcome);
        match self.run(&mut chip) {
            Err(stopped) => (chip, stopped),
            Ok(_) => panic!("{}: the cut at {at} was not noticed", self.name),
        }
    }

    fn cut_once(&self, at: u64, outcome: Outcome, sweep: &mut Sweep) {
        let (chip, stopped) = self.cut_at(at, outcome);
        sweep.cuts += 1;
        let seeds = if chip.is_marginal() { 4 } else { 1 };
        for seed in 0..seeds {
            let what =
                format!("{}: cut at {at} in {} leaving {outcome:?}, seed {seed}", self.name, stopped.what);
            self.judge(&what, chip.clone(), &stopped, seed * 7919 + at, sweep);
        }
    }

    /// Cuts the recovery from a cut, at each of its operations, and with words that read differently.
    fn cut_twice(&self, at: u64, outcome: Outcome, sweep: &mut Sweep) {
        let (chip, stopped) = self.cut_at(at, outcome);
        let what = format!("{}: cut at {at} in {} leaving {outcome:?}", self.name, stopped.what);
        for reading in (0..self.readings(&chip)).map(|nth| at + nth * 7919) {
            for second in 0..self.operations_of_recovery(&what, &chip, reading, sweep) {
                for again in self.few(reading ^ second, 1, 1) {
                    let chip = self.cut_recovery(&chip, reading, second, again);
                    let what = format!("{what}, then, read by {reading}, at {second} leaving {again:?}");
                    let seed = second * 104_729 + reading;
                    sweep.second_cuts += 1;
                    if reading == at && self.is_cut_a_third_time(at, sweep.second_cuts) {
                        self.cut_thrice(&what, &chip, &stopped, seed, sweep);
                    }
                    for nth in 0..self.readings(&chip) {
                        self.judge(&what, chip.clone(), &stopped, seed + nth * 15_485_863, sweep);
                    }
                }
            }
        }
    }

    /// In how many ways what was cut is read.
    fn readings(&self, chip: &Chip<WORD, PAGE>) -> u64 {
        match self.depth {
            Depth::Exhaustive { .. } if chip.is_marginal() => READINGS,
            _ => 1,
        }
    }

    /// Cuts the recovery from a second cut, at each of its operations, and with words that read differently.
    fn cut_thrice(
        &self,
        what: &str,
        chip: &Chip<WORD, PAGE>,
        stopped: &Stopped,
        seed: u64,
        sweep: &mut Sweep,
    ) {
        let readings = if chip.is_marginal() { 2 } else { 1 };
        for reading in (0..readings).map(|nth| seed * 31 + nth) {
            for third in 0..self.operations_of_recovery(what, chip, reading, sweep) {
                for again in self.few(reading ^ third, (reading ^ third) % 2, (reading ^ third ^ 1) % 2) {
                    let chip = self.cut_recovery(chip, reading, third, again);
                    sweep.third_cuts += 1;
                    let what = format!("{what}, then, read by {reading}, at {third} leaving {again:?}");
                    self.judge(&what, chip, stopped, seed + third * 7919 + reading, sweep);
                }
            }
        }
    }

    fn is_cut_a_third_time(&self, at: u64, nth: u64) -> bool {
        match self.depth {
            Depth::Exhaustive { one_third_in } => {
                one_third_in != 0 && Chance::new(at << 32 | nth).below(one_third_in) == 0
            }
            Depth::Sample { seed, .. } => Chance::new(seed ^ (at << 32 | nth)).below(8) == 0,
        }
    }

    /// How many operations the recovery of a chip takes; none, and a failure noted, if it does not mount.
    fn operations_of_recovery(
        &self,
        what: &str,
        chip: &Chip<WORD, PAGE>,
        reading: u64,
        sweep: &mut Sweep,
    ) -> u64 {
        let mut recovering = chip.clone();
        recovering.remount(reading);
        match Tested::mount(&mut recovering, self.layout, &key()) {
            Ok(_) => recovering.operations(),
            Err(error) => {
                sweep.failures.push(format!("{what}: mount says {error}"));
                0
            }
        }
    }

    /// Cuts a recovery at one of its operations.
    fn cut_recovery(
        &self,
        chip: &Chip<WORD, PAGE>,
        reading: u64,
        at: u64,
        outcome: Outcome,
    ) -> Chip<WORD, PAGE> {
        let mut chip = chip.clone();
        chip.remount(reading);
        chip.cut(at, outcome);
        let mounted = Tested::mount(&mut chip, self.layout, &key());
        assert!(chip.is_dead(), "the recovery was not cut, and says {:?}", mounted.err());
        chip
    }

    /// Mounts, holds what is found against both states, and sees that it stays so: over further mounts, and
    /// with further work.
    fn judge(&self, what: &str, mut chip: Chip<WORD, PAGE>, stopped: &Stopped, seed: u64, sweep: &mut Sweep) {
        let mut found: Option<State> = None;
        for round in 0..4 {
            chip.remount(seed + round);
            sweep.mounts += 1;
            let mut storage = match Tested::mount(&mut chip, self.layout, &key()) {
                Ok(storage) => storage,
                Err(error) => return sweep.failures.push(format!("{what}: mount {round} says {error}")),
            };
            let mut state = match &found {
                None => match self.decide(&mut chip, &storage, stopped, sweep) {
                    Ok(state) => state,
                    Err(difference) => return sweep.failures.push(format!("{what}: {difference}")),
                },
                Some(state) => match state.is_held_by(&mut chip, &storage) {
                    Ok(()) => state.clone(),
                    Err(difference) => {
                        return sweep.failures.push(format!("{what}: at mount {round}, {difference}"));
                    }
                },
            };
            if round > 0 {
                for step in further(round) {
                    let after = state.after(&step);
                    if let Err(error) = state.perform(&step, &mut chip, &mut storage) {
                        return sweep.failures.push(format!("{what}: later, {step:?} says {error}"));
                    }
                    state = after;
                }
            }
            found = Some(state);
            chip.power_off();
        }
    }

    /// Whether the step in flight happened.
    fn decide(
        &self,
        chip: &mut Chip<WORD, PAGE>,
        storage: &Tested,
        stopped: &Stopped,
        sweep: &mut Sweep,
    ) -> Result<State, String> {
        let before = stopped.before.is_held_by(chip, storage);
        if before.is_ok() {
            sweep.before += u64::from(stopped.before != stopped.after);
            return Ok(stopped.before.clone());
        }
        match (stopped.after.is_held_by(chip, storage), before) {
            (Ok(()), _) => {
                sweep.after += 1;
                Ok(stopped.after.clone())
            }
            (Err(after), Err(before)) => Err(format!("neither before ({before}) nor after ({after})")),
            (Err(_), Ok(())) => unreachable!("answered above"),
        }
    }
}

/// What a device does after a cut, so that what the cut left behind can do harm.
fn further(round: u64) -> Vec<Step> {
    use super::oracle::Change::Put;
    let key = crate::Key { kind: 1, id: [0xee; 16] };
    match round {
        1 => Vec::from([Step::Raise(0, 1), Step::Commit(Vec::from([Put(key, 20, 1)])), Step::Book(1)]),
        _ => Vec::from([Step::Idle, Step::Raise(1, 1), Step::Commit(Vec::from([Put(key, 30, 2)]))]),
    }
}
