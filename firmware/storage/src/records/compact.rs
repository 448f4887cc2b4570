//! Compaction: moving what lives out of a page so that it can be erased, and with it what was deleted.

use embedded_storage::nor_flash::NorFlash;

use super::entry::Entry;
use super::index::{Place, Record};
use super::room::Needed;
use super::write::Stream;
use super::{Records, insert, remove};
use crate::error::StorageError;

impl<const N: usize> Records<N> {
    /// Compacts until a transaction can be written at once, with the spare kept.
    pub(crate) fn make_room<F: NorFlash>(
        &mut self,
        flash: &mut F,
        needed: &Needed,
    ) -> Result<(), StorageError> {
        let takes = self.log.shape.takes(needed);
        self.make_free(flash, needed, takes)?;
        let free = self.free(needed);
        let full = StorageError::Full { needed: takes, free: free.min(takes.saturating_sub(1)) };
        if takes > free {
            return Err(full);
        }
        let wanted = takes.saturating_add(self.log.shape.spare());
        // Who deletes may use what is left to recover on: a deletion makes room.
        let kept = if needed.is_only_deletions() { self.log.shape.effective() } else { 0 };
        let is_ready = self.reach(flash, wanted)? || self.at_once() >= wanted.saturating_sub(kept);
        if is_ready { Ok(()) } else { Err(full) }
    }

    /// Compacts until so many bytes can be written at once, unless it was tried in vain since anything was written; whether
    /// they can. So whoever asks again for what is refused wears nothing.
    fn reach<F: NorFlash>(&mut self, flash: &mut F, wanted: u32) -> Result<bool, StorageError> {
        if wanted >= self.out_of_reach {
            return Ok(false);
        }
        if self.compact_until(flash, wanted)? {
            return Ok(true);
        }
        // Of a device that is full to the brim, what the page that is written holds in vain may be all that is missing.
        if let Some(page) = self.active(flash) {
            self.compact_any(flash, page)?;
            if self.compact_until(flash, wanted)? {
                return Ok(true);
            }
        }
        self.out_of_reach = wanted;
        Ok(false)
    }

    /// Compacts until so many bytes can be written at once; whether they can.
    fn compact_until<F: NorFlash>(&mut self, flash: &mut F, wanted: u32) -> Result<bool, StorageError> {
        for _ in 0..self.most_compactions() {
            if self.compact_what_gains(flash, wanted)? {
                return Ok(true);
            }
            // To move what is oldest leaves everything side by side; to move anything else may go in circles.
            let Some(oldest) = self.oldest(flash) else { return Ok(false) };
            self.compact(flash, oldest)?;
        }
        self.compact_what_gains(flash, wanted)
    }

    /// As [`compact_until`](Self::compact_until), but only pages that gain room.
    fn compact_what_gains<F: NorFlash>(&mut self, flash: &mut F, wanted: u32) -> Result<bool, StorageError> {
        for _ in 0..self.most_compactions() {
            if self.at_once() >= wanted {
                return Ok(true);
            }
            match self.log.dirty() {
                Some(page) => self.log.erase(flash, page)?,
                None => {
                    let Some(victim) = self.worthwhile(flash) else { return Ok(false) };
                    self.compact(flash, victim)?;
                }
            }
        }
        Ok(false)
    }

    /// Compacts for room until any page can be moved; whether it can. For the sake of secrets, of what is remembered or
    /// of the index no page is moved before: one may take more than it gains.
    pub(super) fn make_spare<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        self.reach(flash, self.log.shape.spare())
    }

    /// Each page twice: more would be going in circles.
    pub(super) fn most_compactions(&self) -> usize {
        self.log.pages.len().saturating_mul(2)
    }

    /// Compacts pages of deletions that can go, as long as there are too few bytes: each takes some of them.
    fn make_free<F: NorFlash>(
        &mut self,
        flash: &mut F,
        needed: &Needed,
        takes: u32,
    ) -> Result<(), StorageError> {
        for _ in 0..self.most_compactions() {
            if takes <= self.free(needed) || self.tombstones == 0 || !self.make_spare(flash)? {
                return Ok(());
            }
            let Some(page) = self.page_that_keeps_a_tombstone(flash) else { return Ok(()) };
            self.compact_any(flash, page)?;
        }
        Ok(())
    }

    /// As [`compact`](Self::compact), also the page that is written: after another was opened.
    pub(super) fn compact_any<F: NorFlash>(
        &mut self,
        flash: &mut F,
        page: usize,
    ) -> Result<(), StorageError> {
        if page == self.log.active {
            self.open(flash)?;
        }
        self.compact(flash, page)
    }

    /// Moves the records of a page, whole, and erases it. Where one cannot be read, none is moved, and the page stays.
    pub(crate) fn compact<F: NorFlash>(&mut self, flash: &mut F, page: usize) -> Result<(), StorageError> {
        if self.cannot_be_read(flash, page) {
            insert(&mut self.stuck, page);
            return Ok(());
        }
        self.open_apart(flash, page)?;
        let mut transaction = self.start()?;
        let mut rest = Rest { tombstones: 0, kept: 0 };
        let moved = self.move_records(flash, page, &mut transaction);
        if let Err(error) = moved.and_then(|()| self.move_the_rest(flash, page, &mut transaction, &mut rest))
        {
            self.index.drop_waiting();
            // Some of the copies may be true already.
            self.tombstones = self.tombstones.saturating_add(rest.kept);
            if error == StorageError::Unreadable {
                insert(&mut self.stuck, page);
                // What it copied is not in the index, so the pages of it may go, one before the other.
                return self.settle(flash);
            }
            return Err(error);
        }
        self.append(flash, Entry::Commit { transaction, emptied: u8::try_from(page).ok() })?;
        self.undecided = None;
        self.make_true(true)?;
        self.tombstones = self.tombstones.saturating_sub(rest.tombstones).saturating_add(rest.kept);
        remove(&mut self.purge, page);
        Ok(self.log.erase(flash, page)?)
    }

    /// Takes the next transaction number, if there is a place to remember that it was abandoned.
    pub(crate) fn start(&mut self) -> Result<u32, StorageError> {
        if self.abandoned.is_full() {
            return Err(StorageError::Full { needed: 1, free: 0 });
        }
        let transaction = self.next;
        self.next = self.next.checked_add(1).ok_or(StorageError::WornOut)?;
        self.undecided = Some(transaction);
        Ok(transaction)
    }

    /// Sees to it that one more record can wait in the index: if it is full, what was moved so far becomes true by
    /// itself. To move a record changes nothing that anyone can see, so it need not all be at once.
    fn make_waiting_room<F: NorFlash>(
        &mut self,
        flash: &mut F,
        transaction: &mut u32,
    ) -> Result<(), StorageError> {
        if self.index.len() < N || self.index.pending().is_empty() {
            return Ok(());
        }
        self.append(flash, Entry::Commit { transaction: *transaction, emptied: None })?;
        self.undecided = None;
        self.make_true(true)?;
        *transaction = self.start()?;
        Ok(())
    }

    fn move_records<F: NorFlash>(
        &mut self,
        flash: &mut F,
        page: usize,
        transaction: &mut u32,
    ) -> Result<(), StorageError> {
        let mut at = 0usize;
        while let Some(record) = self.index.live().get(at).copied() {
            at = at.saturating_add(1);
            if record.touches(page) {
                self.make_waiting_room(flash, transaction)?;
                self.move_stream(flash, &record, *transaction)?;
            }
        }
        Ok(())
    }

    /// Whether one of the records of a page cannot be read.
    fn cannot_be_read<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        let mut here = self.index.live().iter().filter(|record| record.touches(page));
        here.any(|record| self.check_record(flash, record).is_err())
    }

    /// Writes a record's bytes again, as they are, under a new transaction.
    fn move_stream<F: NorFlash>(
        &mut self,
        flash: &mut F,
        record: &Record,
        transaction: u32,
    ) -> Result<(), StorageError> {
        let stream = Stream {
            transaction,
            key: record.key,
            version: record.version,
            total: record.total,
            deleted: record.deleted,
        };
        let from = self.pieces(record);
        self.write_stream(flash, stream, &mut |flash, start, into| from.read(flash, start, into))
    }

    /// Writes again those tombstones and abandonments of a page that are still needed.
    fn move_the_rest<F: NorFlash>(
        &mut self,
        flash: &mut F,
        page: usize,
        transaction: &mut u32,
        rest: &mut Rest,
    ) -> Result<(), StorageError> {
        let Some(mut walk) = self.log.walk(flash, page) else { return Ok(()) };
        while let Some(step) = walk.step(flash) {
            match step.payload.as_ref().and_then(Entry::decode) {
                Some(entry @ Entry::Tombstone { transaction: of, name, .. })
                    if !step.foreign && self.is_true(of) =>
                {
                    rest.tombstones = rest.tombstones.saturating_add(1);
                    let Some(place) = entry.body(page) else { continue };
                    if self.move_tombstone(flash, &place, name, transaction)? {
                        rest.kept = rest.kept.saturating_add(1);
                    }
                }
                // One that is not remembered has no granules left. Of one on the page before the copy may be all that
                // can be read.
                Some(Entry::Abandon { transaction: of })
                    if self.abandoned.contains(&of)
                        && self.has_granules_elsewhere(flash, of, page)
                        && !self.is_abandoned_later(flash, of, page) =>
                {
                    self.append(flash, Entry::Abandon { transaction: of })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves a tombstone if an older version of its record is still on flash, and nothing newer hides it; whether it was.
    fn move_tombstone<F: NorFlash>(
        &mut self,
        flash: &mut F,
        place: &Place,
        name: u32,
        transaction: &mut u32,
    ) -> Result<bool, StorageError> {
        let prefix = self.read_named(flash, place, name).ok_or(StorageError::Unreadable)?;
        let own = usize::from(place.page);
        if !self.is_needed(flash, &prefix, own) {
            return Ok(false);
        }
        let mut tombstone = Record::new(prefix.key, prefix.version, prefix.total, true);
        tombstone.add(*place);
        self.make_waiting_room(flash, transaction)?;
        self.move_stream(flash, &tombstone, *transaction)?;
        Ok(true)
    }

    /// Compacts until what is needed can be told apart from what was deleted.
    pub(crate) fn make_index_room<F: NorFlash>(
        &mut self,
        flash: &mut F,
        needed: &Needed,
    ) -> Result<(), StorageError> {
        let more = needed.records().saturating_add(Self::kept_slots(needed));
        let most = u32::try_from(N).unwrap_or(u32::MAX);
        for _ in 0..self.most_compactions() {
            let live = u32::try_from(self.index.len()).unwrap_or(u32::MAX);
            if live.saturating_add(self.tombstones).saturating_add(more) <= most {
                return Ok(());
            }
            if live.saturating_add(more) > most || !self.make_spare(flash)? {
                return Err(StorageError::IndexFull);
            }
            let page = self.page_that_keeps_a_tombstone(flash).ok_or(StorageError::IndexFull)?;
            self.compact_any(flash, page)?;
        }
        Err(StorageError::IndexFull)
    }

    /// A page that must be compacted for a tombstone to go.
    fn page_that_keeps_a_tombstone<F: NorFlash>(&self, flash: &mut F) -> Option<usize> {
        let mut found = None;
        for page in (0..self.log.pages.len()).filter(|at| self.can_go(*at)) {
            self.any_body_on(flash, page, &mut |flash, entry, place| match entry {
                Entry::Tombstone { transaction, name, .. } if self.is_true(transaction) => {
                    found = self.what_keeps(flash, place, name);
                    found.is_some()
                }
                _ => false,
            });
            if found.is_some() {
                break;
            }
        }
        found
    }

    /// What must be compacted for this tombstone to go: the page of an older version of its record, as long as there is
    /// one that nothing newer hides, and then its own. `None` where that is only where it cannot go: to move the
    /// tombstone gains nothing.
    fn what_keeps<F: NorFlash>(&self, flash: &mut F, tombstone: &Place, name: u32) -> Option<usize> {
        let own = usize::from(tombstone.page);
        let prefix = self.read_named(flash, tombstone, name)?;
        if !self.is_needed(flash, &prefix, own) {
            return self.first_to_go(own);
        }
        let others = (0..self.log.pages.len()).filter(|at| *at != own);
        others.filter_map(|at| Some((at, self.first_to_go(at)?))).find_map(|(at, first)| {
            let keeps = self.any_body_on(flash, at, &mut |flash, entry, place| {
                self.is_hidden_by(flash, entry, place, &prefix)
            });
            keeps.then_some(first)
        })
    }
}

/// A page's tombstones, and how many of them go on.
struct Rest {
    tombstones: u32,
    kept: u32,
}
