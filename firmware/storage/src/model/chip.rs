//! The chip.

use std::collections::BTreeMap;
use std::vec::Vec;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

use super::Chance;

/// What the chip allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Writes of one word between two erases.
    pub writes_per_word: u8,
    /// Erases of one page; further ones fail.
    pub endurance: u32,
    /// A torn word faults when it is read; a word is written once, whatever `writes_per_word` says.
    pub ecc: bool,
    /// A word that was never programmed faults when it is read.
    pub faults_when_blank: bool,
}

impl Rules {
    /// nRF52840: two writes a word, 10,000 erases.
    pub const NRF52: Self =
        Self { writes_per_word: 2, endurance: 10_000, ecc: false, faults_when_blank: false };
    /// STM32 L4, H5, U5: ECC.
    pub const ECC: Self = Self { writes_per_word: 1, endurance: 10_000, ecc: true, faults_when_blank: false };
    /// LPC55: ECC, and a blank page cannot be read.
    pub const LPC55: Self =
        Self { writes_per_word: 1, endurance: 10_000, ecc: true, faults_when_blank: true };
}

/// Why the chip refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipError {
    /// Power failed during this operation, or before it.
    Cut,
    /// The page has been erased as often as it can be, or was told to fail.
    WornOut,
    /// One of the words has been written as often as it may be.
    WrittenBefore,
    /// A zero would have had to become a one.
    ZeroToOne,
    /// The word cannot be read: torn under ECC, or never programmed.
    Fault,
    /// Wrong place or length.
    Arguments(NorFlashErrorKind),
}

impl NorFlashError for ChipError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Arguments(kind) => *kind,
            _ => NorFlashErrorKind::Other,
        }
    }
}

/// What a cut leaves of the operation in flight, of whose bits some differ from what was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// None of the differing bits changed.
    Nothing,
    /// All did: the operation was done, but nobody was told.
    All,
    /// The first so many.
    Prefix(u32),
    /// Only this one.
    Bit(u32),
    /// Those that chance picks.
    Subset(u64),
    /// All words of the operation that differ are marginal.
    Marginal,
    /// So many words are done, the next is marginal, the others untouched.
    MarginalWord(u32),
}

impl Outcome {
    /// A few that differ, for tests that cut everywhere but have no time for all.
    pub const fn few(seed: u64) -> [Self; 5] {
        [Self::Nothing, Self::All, Self::Marginal, Self::MarginalWord(0), Self::Subset(seed)]
    }
}

#[derive(Clone)]
struct Torn {
    was: Vec<u8>,
    meant: Vec<u8>,
}

/// What the chip was asked for since [`Chip::reset_statistics`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls of `read`.
    pub reads: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Calls of `write`.
    pub writes: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// Pages erased.
    pub erases: u64,
}

/// A NOR flash of `WORD` bytes written and `PAGE` bytes erased at once.
#[derive(Clone)]
pub struct Chip<const WORD: usize, const PAGE: usize> {
    bytes: Vec<u8>,
    writes: Vec<u8>,
    faults: Vec<bool>,
    torn: BTreeMap<usize, Torn>,
    erases: Vec<u32>,
    failing: Vec<bool>,
    rules: Rules,
    cut: Option<(u64, Outcome)>,
    operations: u64,
    differing: u32,
    dead: bool,
    statistics: Statistics,
}

impl<const WORD: usize, const PAGE: usize> Chip<WORD, PAGE> {
    /// A new chip of so many pages, with the rules of an nRF52840.
    pub fn new(pages: usize) -> Self {
        Self::with_rules(pages, Rules::NRF52)
    }

    /// A new chip with rules of its own.
    pub fn with_rules(pages: usize, rules: Rules) -> Self {
        let words = pages * PAGE / WORD;
        Self {
            bytes: vec![0xff; pages * PAGE],
            writes: vec![0; words],
            faults: vec![false; words],
            torn: BTreeMap::new(),
            erases: vec![0; pages],
            failing: vec![false; pages],
            rules,
            cut: None,
            operations: 0,
            differing: 0,
            dead: false,
            statistics: Statistics::default(),
        }
    }

    /// A chip that holds these bytes, as if each had been written once where it is not blank.
    pub fn from_bytes(bytes: &[u8], rules: Rules) -> Self {
        let mut chip = Self::with_rules(bytes.len() / PAGE, rules);
        chip.bytes.copy_from_slice(bytes);
        for (word, writes) in chip.writes.iter_mut().enumerate() {
            *writes = u8::from(bytes[word * WORD..(word + 1) * WORD].iter().any(|byte| *byte != 0xff));
        }
        chip
    }

    /// All bytes as they read now.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Cuts power at the operation (write or erase) with this number, counted from 0 since the last remount.
    pub fn cut(&mut self, at: u64, outcome: Outcome) {
        self.cut = Some((at, outcome));
    }

    /// Writes and erases since the last remount.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// How many bits the last operation, or the one that was cut, had to change.
    pub fn differing(&self) -> u32 {
        self.differing
    }

    /// Whether power is out.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Takes power away between two operations.
    pub fn power_off(&mut self) {
        self.dead = true;
    }

    /// Power comes back: marginal words read anew, as the seed has it.
    pub fn remount(&mut self, seed: u64) {
        let mut chance = Chance::new(seed);
        self.dead = false;
        self.cut = None;
        self.operations = 0;
        for (word, torn) in &self.torn {
            let reading = chance.below(3);
            self.faults[*word] = self.rules.ecc && reading == 2;
            let now = &mut self.bytes[word * WORD..(word + 1) * WORD];
            for (at, byte) in now.iter_mut().enumerate() {
                *byte = match reading {
                    0 => torn.was[at],
                    1 => torn.meant[at],
                    _ => torn.was[at] ^ ((torn.was[at] ^ torn.meant[at]) & chance.draw() as u8),
                };
            }
        }
    }

    /// Whether words are left that read anew at each remount.
    pub fn is_marginal(&self) -> bool {
        !self.torn.is_empty()
    }

    /// From now on a page cannot be erased.
    pub fn fail_erases_of(&mut self, page: usize) {
        self.failing[page] = true;
    }

    /// Erases of a page so far.
    pub fn erases(&self, page: usize) -> u32 {
        self.erases[page]
    }

    /// Sets the erases of a page, to begin with a worn chip.
    pub fn set_erases(&mut self, page: usize, erases: u32) {
        self.erases[page] = erases;
    }

    /// Overwrites bytes past all rules: someone soldered at the chip, or a cell decayed.
    pub fn tamper(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// What was asked since the last reset.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Counts from 0 again.
    pub fn reset_statistics(&mut self) {
        self.statistics = Statistics::default();
    }

    /// Whether the operation that begins, which the chip does not refuse, is the one that is cut.
    fn begins(&mut self) -> Result<Option<Outcome>, ChipError> {
        if self.dead {
            return Err(ChipError::Cut);
        }
        let number = self.operations;
        self.operations += 1;
        Ok(self.cut.filter(|(at, _)| *at == number).map(|(_, outcome)| outcome))
    }

    /// Changes the bytes from `at` on to `meant`, or to what the cut leaves of that.
    fn change(&mut self, at: usize, meant: &[u8], outcome: Option<Outcome>) -> Result<(), ChipError> {
        let now = &self.bytes[at..at + meant.len()];
        let differing: u32 = now.iter().zip(meant).map(|(now, meant)| (now ^ meant).count_ones()).sum();
        self.differing = differing;
        match outcome {
            None => self.settle(at, meant),
            Some(Outcome::Marginal) => self.tear(at, meant, 0, usize::MAX),
            Some(Outcome::MarginalWord(word)) => self.tear(at, meant, word as usize, 1),
            Some(outcome) => self.leave(at, meant, outcome),
        }
        if outcome.is_some() {
            self.dead = true;
            return Err(ChipError::Cut);
        }
        Ok(())
    }

    /// All of it is done.
    fn settle(&mut self, at: usize, meant: &[u8]) {
        for word in at / WORD..(at + meant.len()) / WORD {
            let from = word * WORD - at;
            self.set_word(word, &meant[from..from + WORD]);
        }
    }

    /// Sets a word for good, as far as it is not marginal.
    fn set_word(&mut self, word: usize, meant: &[u8]) {
        let erased = self.writes[word] == 0;
        if let Some(torn) = self.torn.get_mut(&word).filter(|_| !erased) {
            for (at, byte) in meant.iter().enumerate() {
                // A programmed zero is a zero; a marginal one that nobody programmed again stays marginal.
                torn.was[at] &= byte;
                torn.meant[at] &= byte;
            }
            let (was, same) = (torn.was.clone(), torn.was == torn.meant);
            if same {
                self.torn.remove(&word);
                self.bytes[word * WORD..(word + 1) * WORD].copy_from_slice(&was);
                return;
            }
        } else {
            self.torn.remove(&word);
        }
        self.faults[word] = false;
        self.bytes[word * WORD..(word + 1) * WORD].copy_from_slice(meant);
    }

    /// Some of the differing bits change, and stay as they are.
    fn leave(&mut self, at: usize, meant: &[u8], outcome: Outcome) {
        let mut number = 0;
        let mut chance = Chance::new(if let Outcome::Subset(seed) = outcome { seed } else { 0 });
        for word in at / WORD..(at + meant.len()) / WORD {
            let from = word * WORD - at;
            let mut left = self.bytes[word * WORD..(word + 1) * WORD].to_vec();
            let (mut changed, mut kept) = (false, false);
            for (byte, meant) in left.iter_mut().zip(&meant[from..from + WORD]) {
                for bit in 0..8 {
                    let mask = 1u8 << bit;
                    if (*byte ^ meant) & mask == 0 {
                        continue;
                    }
                    let change = match outcome {
                        Outcome::All => true,
                        Outcome::Prefix(bits) => number < bits,
                        Outcome::Bit(only) => number == only,
                        Outcome::Subset(_) => chance.draw() & 1 == 1,
                        _ => false,
                    };
                    number += 1;
                    if change {
                        *byte ^= mask;
                        changed = true;
                    } else {
                        kept = true;
                    }
                }
            }
            if changed {
                self.set_word(word, &left);
                self.faults[word] = self.rules.ecc && kept;
            }
        }
    }

    /// So many words are done, the next ones marginal.
    fn tear(&mut self, at: usize, meant: &[u8], done: usize, marginal: usize) {
        let mut nth = 0usize;
        for word in at / WORD..(at + meant.len()) / WORD {
            let from = word * WORD - at;
            let meant = &meant[from..from + WORD];
            let was = self.bytes[word * WORD..(word + 1) * WORD].to_vec();
            if was == meant {
                continue;
            }
            if nth < done {
                self.set_word(word, meant);
            } else if nth - done < marginal {
                let was = self.torn.get(&word).map_or(was, |torn| torn.was.clone());
                self.torn.insert(word, Torn { was, meant: meant.to_vec() });
            }
            nth += 1;
        }
    }
}

impl<const WORD: usize, const PAGE: usize> ErrorType for Chip<WORD, PAGE> {
    type Error = ChipError;
}

impl<const WORD: usize, const PAGE: usize> ReadNorFlash for Chip<WORD, PAGE> {
    const READ_SIZE: usize = if WORD < 4 { WORD } else { 4 };

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ChipError> {
        embedded_storage::nor_flash::check_read(self, offset, bytes.len()).map_err(ChipError::Arguments)?;
        if self.dead {
            return Err(ChipError::Cut);
        }
        let at = offset as usize;
        self.statistics.reads += 1;
        self.statistics.bytes_read += bytes.len() as u64;
        for word in at / WORD..(at + bytes.len()).div_ceil(WORD) {
            if self.faults[word] || (self.rules.faults_when_blank && self.writes[word] == 0) {
                return Err(ChipError::Fault);
            }
        }
        bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WORD: usize, const PAGE: usize> NorFlash for Chip<WORD, PAGE> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), ChipError> {
        embedded_storage::nor_flash::check_erase(self, from, to).map_err(ChipError::Arguments)?;
        for page in from as usize / PAGE..to as usize / PAGE {
            if !self.dead && (self.failing[page] || self.erases[page] >= self.rules.endurance) {
                return Err(ChipError::WornOut);
            }
            let outcome = self.begins()?;
            self.statistics.erases += 1;
            self.erases[page] += 1;
            if outcome.is_none() {
                self.writes[page * PAGE / WORD..(page + 1) * PAGE / WORD].fill(0);
                for word in page * PAGE / WORD..(page + 1) * PAGE / WORD {
                    self.torn.remove(&word);
                    self.faults[word] = false;
                }
            }
            let changed = self.change(page * PAGE, &[0xff; PAGE], outcome);
            if outcome == Some(Outcome::All) {
                self.writes[page * PAGE / WORD..(page + 1) * PAGE / WORD].fill(0);
            }
            changed?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ChipError> {
        embedded_storage::nor_flash::check_write(self, offset, bytes.len()).map_err(ChipError::Arguments)?;
        let at = offset as usize;
        if self.dead {
            return Err(ChipError::Cut);
        }
        let words = at / WORD..(at + bytes.len()) / WORD;
        let most = if self.rules.ecc { 1 } else { self.rules.writes_per_word };
        if self.writes[words.clone()].iter().any(|writes| *writes >= most) {
            return Err(ChipError::WrittenBefore);
        }
        if self.bytes[at..at + bytes.len()].iter().zip(bytes).any(|(now, new)| !now & new != 0) {
            return Err(ChipError::ZeroToOne);
        }
        let outcome = self.begins()?;
        self.statistics.writes += 1;
        self.statistics.bytes_written += bytes.len() as u64;
        self.writes[words].iter_mut().for_each(|writes| *writes += 1);
        self.change(at, bytes, outcome)
    }
}
