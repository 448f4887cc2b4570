//! Counters: totals that only rise, and the memory of every charge that raised them.
//!
//! ```text
//! granule: | index 1 | total 5 | tag 7 |
//! ```
//! Each granule holds the new *total*, not a difference, so that a later one heals a lost one. A page begins
//! with the totals of all counters, so only the newest page is read at mount. The tags stay readable in all
//! pages that are the memory; the page before those may be half erased, so it is never asked.
//!
//! A charge's number is how many are before it. A position that cannot be read takes none: of what was answered each
//! is readable, or its copy is. The last position that counts of a page before may be torn, and its copy is
//! what the page behind begins with.

use core::ops::ControlFlow;

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use crate::error::StorageError;
use crate::granule::Payload;
use crate::limits::{COUNTERS, TAG, TOTAL_LIMIT};
use crate::log::{Log, Opening};
use crate::page::Kind;

/// A charge, as the memory holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The counter it raised.
    pub index: u8,
    /// The counter's total after it.
    pub total: u64,
    /// Its device-wide number, counted from 1.
    pub number: u64,
    /// What it is recognized by.
    pub tag: [u8; TAG],
}

/// Total and tag of a granule that is not a charge: it starts a counter anew.
const ANEW: (u64, [u8; TAG]) = (0, [0xff; TAG]);

/// The log of counters and what is known of it.
pub(crate) struct Counters {
    pub(crate) log: Log,
    totals: Vec<u64, COUNTERS>,
    /// The number of the newest charge.
    newest: u32,
    /// The oldest number in memory.
    oldest: u32,
}

impl Counters {
    /// A log of which nothing is known.
    pub(crate) const fn new() -> Self {
        Self { log: Log::new(Kind::Counters), totals: Vec::new(), newest: 0, oldest: 1 }
    }

    /// Reads the log, once it is surveyed.
    pub(crate) fn read<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        self.totals.clear();
        self.newest = self.log.header.base;
        self.read_totals(flash)
    }

    /// Makes what was read true for ever.
    pub(crate) fn recover<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        let opening = Opening { base: self.newest, totals: &self.totals };
        self.log.recover(flash, opening)?;
        self.refresh_oldest(flash);
        Ok(())
    }

    /// The totals as the newest page tells them: those it began with, raised by its granules.
    fn read_totals<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        let header = self.log.header;
        let mut totals = [0u64; COUNTERS];
        if !self.log.read_totals(flash, self.log.active, &header, &mut totals) {
            return Err(StorageError::Damaged);
        }
        let begun = totals.get(..usize::from(header.totals)).ok_or(StorageError::Damaged)?;
        self.totals.extend_from_slice(begun).map_err(|_| StorageError::Damaged)?;
        let mut seen = [false; COUNTERS];
        let Some(mut walk) = self.log.walk(flash, self.log.active) else { return Err(StorageError::Damaged) };
        while let Some(step) = walk.step(flash) {
            let Some(payload) = step.payload else { continue };
            if !step.foreign {
                self.newest = self.newest.saturating_add(1);
            }
            let Some((index, total, _)) = decode(&payload) else { continue };
            if let Some(seen) = seen.get_mut(usize::from(index)).filter(|seen| !**seen) {
                *seen = true;
                self.set(index, total);
            }
        }
        Ok(())
    }

    fn set(&mut self, index: u8, total: u64) {
        while self.totals.len() <= usize::from(index) {
            if self.totals.push(0).is_err() {
                return;
            }
        }
        if let Some(slot) = self.totals.get_mut(usize::from(index)) {
            *slot = total;
        }
    }

    pub(crate) fn total(&self, index: u8) -> u64 {
        self.totals.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// How many counters the layout has room for.
    pub(crate) fn capacity(&self) -> usize {
        self.log.shape.counters()
    }

    pub(crate) fn mark(&self) -> u64 {
        u64::from(self.newest).saturating_add(1)
    }

    pub(crate) fn oldest(&self) -> u64 {
        u64::from(self.oldest)
    }

    /// Makes a new total durable, and remembers its tag.
    pub(crate) fn raise<F: NorFlash>(
        &mut self,
        flash: &mut F,
        index: u8,
        total: u64,
        tag: [u8; TAG],
    ) -> Result<u64, StorageError> {
        if usize::from(index) >= self.capacity() {
            return Err(StorageError::NoSuchCounter);
        }
        if total < self.total(index) || total >= TOTAL_LIMIT || (total, tag) == ANEW {
            return Err(StorageError::Total);
        }
        self.write(flash, index, total, tag)
    }

    /// Starts a counter anew from 0, for another owner.
    pub(crate) fn start_anew<F: NorFlash>(&mut self, flash: &mut F, index: u8) -> Result<(), StorageError> {
        if usize::from(index) >= self.capacity() {
            return Err(StorageError::NoSuchCounter);
        }
        if self.is_in_memory(flash, index) {
            return Err(StorageError::InMemory);
        }
        if self.total(index) == 0 {
            return Ok(());
        }
        let (total, tag) = ANEW;
        self.write(flash, index, total, tag).map(|_| ())
    }

    fn write<F: NorFlash>(
        &mut self,
        flash: &mut F,
        index: u8,
        total: u64,
        tag: [u8; TAG],
    ) -> Result<u64, StorageError> {
        if self.log.is_worn_out() {
            return Err(StorageError::WornOut);
        }
        let number = self.newest.checked_add(1).ok_or(StorageError::WornOut)?;
        if !self.log.has_room() {
            self.turn_page(flash)?;
        }
        self.log.append(flash, encode(index, total, tag))?;
        self.newest = number;
        self.set(index, total);
        Ok(u64::from(number))
    }

    /// Opens the page ahead; there is none if idle time never came.
    fn turn_page<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        self.log.turn(flash, Opening { base: self.newest, totals: &self.totals })?;
        self.refresh_oldest(flash);
        Ok(())
    }

    /// The oldest number of the pages that are in memory without a gap.
    fn refresh_oldest<F: NorFlash>(&mut self, flash: &mut F) {
        let mut oldest = self.log.header.base;
        let mut at = self.log.active;
        for nth in 1..self.log.header.memory {
            let Some(page) = self.log.before(at) else { break };
            at = page;
            let Some(header) = self.log.read_header(flash, page) else { break };
            if !self.log.is_remembered_whole(flash, page, nth) {
                break;
            }
            oldest = header.base;
        }
        self.oldest = oldest.max(1);
    }

    /// Shows every charge in memory, newest first, until told to stop.
    pub(crate) fn visit<F: NorFlash>(
        &self,
        flash: &mut F,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let mut number = self.newest;
        let mut shown = None;
        let mut at = Some(self.log.active);
        for nth in 0..self.log.header.memory {
            let Some(page) = at else { return Ok(()) };
            let mut is_copied = nth > 0;
            let Some(mut walk) = self.log.walk(flash, page) else { return Err(StorageError::Unreadable) };
            while let Some(step) = walk.step(flash) {
                if number < self.oldest {
                    return Ok(());
                }
                if let Some((index, total, tag)) = step.payload.as_ref().and_then(decode)
                    && shown != Some(number)
                    && (total, tag) != ANEW
                {
                    shown = Some(number);
                    if each(Found { index, total, number: u64::from(number), tag }).is_break() {
                        return Ok(());
                    }
                }
                if !step.foreign && (step.payload.is_some() || is_copied) {
                    number = number.saturating_sub(1);
                }
                is_copied = false;
            }
            at = self.log.before(page);
        }
        Ok(())
    }

    pub(crate) fn is_in_memory<F: NorFlash>(&self, flash: &mut F, index: u8) -> bool {
        let mut found = false;
        let visited = self.visit(flash, &mut |charge| {
            found = charge.index == index;
            if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found || visited.is_err()
    }

    /// Erases a page ahead if none is.
    pub(crate) fn idle<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        let erased = self.log.erase_ahead(flash)?;
        if erased {
            self.refresh_oldest(flash);
        }
        Ok(erased)
    }
}

fn encode(index: u8, total: u64, tag: [u8; TAG]) -> Payload {
    let [a, b, c, d, e, ..] = total.to_le_bytes();
    let [t0, t1, t2, t3, t4, t5, t6] = tag;
    [index, a, b, c, d, e, t0, t1, t2, t3, t4, t5, t6]
}

/// `None` for what is no charge: the granule of a log that has none yet.
fn decode(payload: &Payload) -> Option<(u8, u64, [u8; TAG])> {
    let [index, a, b, c, d, e, t0, t1, t2, t3, t4, t5, t6] = *payload;
    let total = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
    (usize::from(index) < COUNTERS).then_some((index, total, [t0, t1, t2, t3, t4, t5, t6]))
}
