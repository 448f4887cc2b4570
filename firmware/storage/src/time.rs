//! Powered time, in pages of its own, so that a dongle that only sits there forgets no charge.
//!
//! ```text
//! granule: | 0 | powered seconds 5 | mark at that time 5 | 0 0 |
//! ```

use embedded_storage::nor_flash::NorFlash;

use crate::error::StorageError;
use crate::granule::Payload;
use crate::limits::TOTAL_LIMIT;
use crate::log::{Log, Opening};
use crate::page::Kind;

/// The log of time and what is known of it.
pub(crate) struct Time {
    pub(crate) log: Log,
    powered: u64,
}

impl Time {
    /// A log of which nothing is known.
    pub(crate) const fn new() -> Self {
        Self { log: Log::new(Kind::Time), powered: 0 }
    }

    /// Reads the log, once it is surveyed.
    pub(crate) fn read<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        let header = self.log.header;
        let mut powered = [0; 1];
        if !self.log.read_totals(flash, self.log.active, &header, &mut powered) {
            return Err(StorageError::Damaged);
        }
        let [begun] = powered;
        self.powered = decode(&self.log.newest).map_or(begun, |(powered, _)| powered);
        Ok(())
    }

    /// Makes what was read true for ever.
    pub(crate) fn recover<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        Ok(self.log.recover(flash, Opening { base: 0, totals: &[self.powered] })?)
    }

    pub(crate) fn powered(&self) -> u64 {
        self.powered
    }

    /// Makes powered time durable.
    pub(crate) fn book<F: NorFlash>(
        &mut self,
        flash: &mut F,
        powered: u64,
        mark: u64,
    ) -> Result<(), StorageError> {
        if powered < self.powered || powered >= TOTAL_LIMIT {
            return Err(StorageError::Total);
        }
        if self.log.is_worn_out() {
            return Err(StorageError::WornOut);
        }
        if !self.log.has_room() {
            self.log.turn(flash, Opening { base: 0, totals: &[self.powered] })?;
        }
        self.log.append(flash, encode(powered, mark))?;
        self.powered = powered;
        Ok(())
    }

    /// The powered time booked last before a charge was made; `None` if that is no longer in memory.
    pub(crate) fn before<F: NorFlash>(&self, flash: &mut F, number: u64) -> Option<u64> {
        let mut at = Some(self.log.active);
        for nth in 0..self.log.header.memory {
            let page = at.filter(|page| self.log.is_remembered_whole(flash, *page, nth))?;
            let mut walk = self.log.walk(flash, page)?;
            while let Some(step) = walk.step(flash) {
                if let Some((powered, mark)) = step.payload.as_ref().and_then(decode)
                    && mark <= number
                {
                    return Some(powered);
                }
            }
            at = self.log.before(page);
        }
        None
    }

    /// Erases a page ahead if none is.
    pub(crate) fn idle<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        self.log.erase_ahead(flash)
    }
}

fn encode(powered: u64, mark: u64) -> Payload {
    let [a, b, c, d, e, ..] = powered.to_le_bytes();
    let [m0, m1, m2, m3, m4, ..] = mark.to_le_bytes();
    [0, a, b, c, d, e, m0, m1, m2, m3, m4, 0, 0]
}

/// `None` for the granule of a log that has none yet.
fn decode(payload: &Payload) -> Option<(u64, u64)> {
    let [what, a, b, c, d, e, m0, m1, m2, m3, m4, _, _] = *payload;
    let powered = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
    (what == 0).then_some((powered, u64::from_le_bytes([m0, m1, m2, m3, m4, 0, 0, 0])))
}
