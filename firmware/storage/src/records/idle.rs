//! What records do while no host waits: erasing what is left of secrets, making room, evening out wear.
//!
//! It always ends. Each page is purged at most once for what was deleted before; each compaction for room must
//! gain some, or is the last one before a transaction is written, or, where a secret waits for the spare, one of as
//! many as that transaction would try; and evening out brings the least worn page nearer to the others, and is no
//! reason to make room again.

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
        let spare = self.log.shape.spare();
        let before = self.at_once();
        // With less, a page is moved for room, and for nothing else.
        let any_can_move = before >= spare;
        if any_can_move && self.forget_some(flash)? {
            return Ok(true);
        }
        let to_purge = self.page_to_purge(flash);
        if any_can_move && let Some(page) = to_purge {
            self.compact_any(flash, page)?;
            return Ok(true);
        }
        let wanted = spare.saturating_add(self.reserve);
        // The next transaction would go on until there is the spare.
        let most_in_vain = if any_can_move { 1 } else { self.most_compactions() };
        let missing = wanted.saturating_sub(before);
        let victim = match missing {
            0 => self.uneven(),
            _ if self.in_vain >= most_in_vain => None,
            // For the sake of a secret all is moved that the next transaction might move.
            _ => self.worthwhile(flash).or_else(|| to_purge.and_then(|_| self.oldest(flash))),
        };
        let Some(page) = victim else { return Ok(false) };
        self.compact(flash, page)?;
        let now = self.at_once();
        if now < wanted && (missing == 0 || now <= before) {
            self.in_vain = self.in_vain.saturating_add(1);
        }
        Ok(true)
    }
}
