//! Transactions that never happened, of which granules may be on flash.
//!
//! Each is named by a granule of its own, *abandon*, and remembered in RAM while anything of it is left; what is
//! remembered is all that decides. An abandon may outlive what it is for, and then says nothing. There is always a
//! place for one more: where pages that cannot go keep too many, no transaction is begun.

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use super::Records;
use super::entry::{Entry, body_offset};
use super::room::{Needed, cost};
use crate::error::StorageError;
use crate::limits::{ABANDONED_TO_DELETE, ABANDONED_TO_FORGET, ABANDONED_TO_PUT};
use crate::log::Step;

/// The transaction that a granule with a body is of. The copy of one of an earlier page is one too: the original may be
/// torn, and read right another day.
pub(super) fn has_a_body_of(step: &Step) -> Option<u32> {
    let payload = step.payload.as_ref().filter(|payload| body_offset(payload).is_some())?;
    Entry::decode(payload).map(|entry| entry.transaction())
}

impl<const N: usize> Records<N> {
    /// Whether a transaction can be begun that may be dropped.
    pub(super) fn may_be_abandoned(&self, needed: &Needed) -> Result<(), StorageError> {
        // Who deletes what cannot be read lets its page go, and with it what it keeps.
        let most = if needed.is_only_deletions() { ABANDONED_TO_DELETE } else { ABANDONED_TO_PUT };
        if self.abandoned.len() < most {
            return Ok(());
        }
        Err(StorageError::Full { needed: self.log.shape.takes(needed), free: 0 })
    }

    /// Whether so many are remembered that what is moved is moved apart from all else.
    pub(super) fn are_many_abandoned(&self) -> bool {
        self.abandoned.len() >= ABANDONED_TO_DELETE
    }

    /// Remembers a transaction that never happened.
    pub(super) fn remember_abandoned<F: NorFlash>(
        &mut self,
        flash: &mut F,
        transaction: u32,
    ) -> Result<(), StorageError> {
        if self.abandoned.contains(&transaction) {
            return Ok(());
        }
        if self.abandoned.is_full() {
            self.forget_abandoned(flash);
        }
        self.abandoned.push(transaction).map_err(|_| StorageError::Damaged)
    }

    /// Forgets those of which nothing is left on flash.
    pub(super) fn forget_abandoned<F: NorFlash>(&mut self, flash: &mut F) {
        let mut kept = Vec::new();
        for page in 0..self.log.pages.len() {
            if kept.len() == self.abandoned.len() {
                return;
            }
            self.any_on(flash, page, &mut |_, step| {
                if let Some(of) = has_a_body_of(step).filter(|of| self.abandoned.contains(of))
                    && !kept.contains(&of)
                {
                    // As many as there were fit.
                    let _ = kept.push(of);
                }
                kept.len() == self.abandoned.len()
            });
        }
        self.abandoned = kept;
    }

    /// Compacts a page with pieces of them, if too many must be remembered; whether it did.
    pub(super) fn forget_some<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        if self.abandoned.len() > ABANDONED_TO_FORGET {
            self.forget_abandoned(flash);
        }
        if self.abandoned.len() <= ABANDONED_TO_FORGET || !self.make_spare(flash)? {
            return Ok(false);
        }
        let pages = 0..self.log.pages.len();
        let least = pages.filter_map(|at| {
            let first = self.first_to_go(at).filter(|_| self.holds_abandoned(flash, at))?;
            Some((self.moved_from(flash, first), first))
        });
        let Some((_, page)) = least.min() else { return Ok(false) };
        self.compact_any(flash, page)?;
        Ok(true)
    }

    /// Whether a page holds a piece of one.
    fn holds_abandoned<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        self.any_on(flash, page, &mut |_, step| {
            has_a_body_of(step).is_some_and(|of| self.abandoned.contains(&of))
        })
    }

    /// Bytes of records and deletions that are moved at most if a page goes.
    pub(super) fn moved_from<F: NorFlash>(&self, flash: &mut F, page: usize) -> u32 {
        let mut moved = self.live_on(page, true);
        self.any_body_on(flash, page, &mut |_, entry, place| {
            if let Entry::Tombstone { transaction, .. } = entry
                && self.is_true(transaction)
            {
                moved = moved.saturating_add(cost(&self.log.shape, u32::from(place.length)));
            }
            false
        });
        moved
    }
}
