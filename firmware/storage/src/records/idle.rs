//! What records do while no host waits: erasing what is left of secrets, making room, evening out wear.
//!
//! It always ends. Each page is purged at most once for what was deleted before; each compaction for room must
//! gain some, or is the last one before something is written; and evening out brings the least worn page nearer
//! to the others, and is no reason to make room again.

use embedded_storage::nor_flash::NorFlash;

use super::Records;
use crate::error::StorageError;

impl<const N: usize> Records<N> {
    /// One step of what need not be done while a host waits. `true`: there may be more.
    pub(crate) fn idle<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        if self.log.is_worn_out() {
            return Ok(false);
        }
        self.settle(flash)?;
        if let Some(page) = self.log.dirty() {
            self.log.erase(flash, page)?;
            return Ok(true);
        }
        if self.forget_some(flash)? {
            return Ok(true);
        }
        if self.are_many_abandoned() {
            return Ok(false);
        }
        if let Some(page) = self.page_to_purge(flash) {
            self.compact_any(flash, page)?;
            return Ok(true);
        }
        let wanted = self.log.shape.spare().saturating_add(self.reserve);
        let before = self.at_once();
        let makes_room = before < wanted;
        let victim = match makes_room {
            true if self.rested => None,
            true => self.worthwhile(),
            false => self.uneven(),
        };
        let Some(page) = victim else { return Ok(false) };
        self.compact(flash, page)?;
        let now = self.at_once();
        self.rested |= now < wanted && (!makes_room || now <= before);
        Ok(true)
    }
}
