//! Building the index from flash, and deciding what a power cut left undecided.

use embedded_storage::nor_flash::NorFlash;
use holdfast_crypto::Secret;

use super::entry::{Entry, Key};
use super::index::{Place, Record};
use super::seal::Sealer;
use super::{NO_PAGES, Records};
use crate::error::StorageError;
use crate::limits::POSITIONS;
use crate::log::State;

impl<const N: usize> Records<N> {
    /// Mounts the log, once it is surveyed.
    pub(crate) fn mount<F: NorFlash>(
        &mut self,
        flash: &mut F,
        reserve: u32,
        key: &Secret,
    ) -> Result<(), StorageError> {
        self.forget();
        self.reserve = reserve;
        self.sealer = Sealer::new(key);
        self.next = self.log.header.base;
        self.condemn(flash)?;
        let mut sequence = 0;
        while let Some((page, at)) = self.next_page(sequence) {
            self.read_page(flash, page)?;
            sequence = at;
        }
        self.keep_what_is_lost();
        // Its only granule may be torn and read as garbage now, though a copy of it stands.
        self.is_decided_true(flash, self.next.saturating_sub(1));
        self.recover(flash)?;
        // Only now: the commit that emptied the page may have been torn, and stands twice since the recovery.
        while let Some(emptied) = self.log.dirty().filter(|_| !self.log.is_worn_out()) {
            self.log.erase(flash, emptied)?;
        }
        self.forget_abandoned(flash);
        if !self.log.is_worn_out() {
            unless_it_is_the_flash(self.settle(flash))?;
        }
        Ok(())
    }

    /// Forgets what an earlier mount found, but for the log itself.
    fn forget(&mut self) {
        self.index.clear();
        self.undecided = None;
        self.abandoned.clear();
        self.tombstones = 0;
        self.purge = NO_PAGES;
        self.swept = false;
        self.in_vain = 0;
        self.out_of_reach = u32::MAX;
        self.stuck = NO_PAGES;
        self.lost.clear();
    }

    /// Finds what was abandoned, the highest number used, and the page that the newest compaction emptied:
    /// unless its erase is known to be complete, nothing on that page is believed.
    fn condemn<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        let mut emptied: Option<(u8, u32)> = None;
        let mut sequence = 0;
        while let Some((page, at)) = self.next_page(sequence) {
            sequence = at;
            let mut newest_here = None;
            let Some(mut walk) = self.log.walk(flash, page) else { continue };
            while let Some(step) = walk.step(flash) {
                let Some(entry) = step.payload.as_ref().and_then(Entry::decode) else { continue };
                self.next = self.next.max(entry.transaction().saturating_add(1));
                match entry {
                    Entry::Commit { emptied: Some(emptied), .. } => {
                        // A copy from the page before says when the original was written.
                        let before = self.log.pages.get(page).map_or(0, |page| page.follows);
                        let since = if step.foreign { before } else { at };
                        newest_here = newest_here.or(Some((emptied, since)));
                    }
                    Entry::Abandon { transaction } => self.remember_abandoned(flash, transaction)?,
                    _ => {}
                }
            }
            emptied = newest_here.or(emptied);
        }
        let Some((page, since)) = emptied else { return Ok(()) };
        if let Some(page) = self.log.pages.get_mut(usize::from(page)) {
            let erased = match page.state {
                State::Counted => page.sequence > since,
                State::Clean => page.sequence >= since,
                // Erased, and touched again; or its erase began: either way the commit stands, and recovery
                // erases the page with the care that one which may seem to count needs.
                State::Begun | State::Unfinished => true,
                State::Dirty | State::Retired => false,
            };
            if !erased {
                page.state = State::Dirty;
            }
        }
        Ok(())
    }

    /// The counted page with the next higher sequence.
    fn next_page(&self, after: u32) -> Option<(usize, u32)> {
        let counted = self.log.pages.iter().enumerate().filter(|(_, page)| page.state == State::Counted);
        let later = counted.filter(|(_, page)| page.sequence > after);
        later.min_by_key(|(_, page)| page.sequence).map(|(at, page)| (at, page.sequence))
    }

    /// Takes the granules of a page into the index, oldest first.
    fn read_page<F: NorFlash>(&mut self, flash: &mut F, page: usize) -> Result<(), StorageError> {
        // The chain can only be walked backward, and the index only be built forward.
        let mut counts = [0u32; POSITIONS / 32];
        let Some(mut walk) = self.log.walk(flash, page) else { return Ok(()) };
        let mut newest = None;
        while let Some(step) = walk.step(flash) {
            if step.foreign {
                continue;
            }
            newest = newest.or(Some((step.position, step.payload)));
            if let Some(word) = counts.get_mut((step.position / 32) as usize) {
                *word |= 1u32.checked_shl(step.position % 32).unwrap_or(0);
            }
        }
        let Some((last, said_last)) = newest else { return Ok(()) };
        for position in 0..=last {
            let word = counts.get((position / 32) as usize).copied().unwrap_or(0);
            if word & 1u32.checked_shl(position % 32).unwrap_or(0) == 0 {
                continue;
            }
            // The last may be torn, and only the page behind tell it.
            let payload = match position == last {
                true => said_last,
                false => self.log.read_position(flash, page, position, true),
            };
            if let Some(entry) = payload.as_ref().and_then(Entry::decode) {
                self.take(flash, page, entry)?;
            }
        }
        Ok(())
    }

    /// Takes one granule into the index.
    fn take<F: NorFlash>(&mut self, flash: &mut F, page: usize, entry: Entry) -> Result<(), StorageError> {
        let (transaction, name, deleted) = match entry {
            Entry::Piece { transaction, name, .. } => (transaction, name, false),
            Entry::Tombstone { transaction, name, .. } => (transaction, name, true),
            Entry::Commit { .. } | Entry::Abandon { .. } => return Ok(()),
        };
        let place = entry.body(page).ok_or(StorageError::Layout)?;
        if !self.is_decided_true(flash, transaction) {
            return Ok(());
        }
        let Some(prefix) = self.read_named(flash, &place, name) else {
            self.lose(name, place.page);
            return Ok(());
        };
        let moved = transaction != prefix.version;
        if deleted {
            self.tombstones = self.tombstones.saturating_add(1);
            return self.make_record_true(Record::new(prefix.key, prefix.version, prefix.total, true), moved);
        }
        if prefix.start == 0 {
            let mut record = Record::new(prefix.key, prefix.version, prefix.total, false);
            record.add(place);
            return self.make_record_true(record, moved);
        }
        self.add_piece(&prefix.key, prefix.version, prefix.start, place);
        Ok(())
    }

    fn add_piece(&mut self, key: &Key, version: u32, start: u16, place: Place) {
        if let Some(record) = self.index.find_mut(key)
            && record.version == version
            && record.held() == u32::from(start)
        {
            // A record never has more pieces than fit; one that claims to will not read.
            let _ = record.add(place);
        }
    }

    /// Whether a transaction is true. Only the one with the highest number can be undecided: a device decides each
    /// before it begins the next. So one before it that nothing decides had a commit, which has decayed.
    fn is_decided_true<F: NorFlash>(&mut self, flash: &mut F, transaction: u32) -> bool {
        if self.abandoned.contains(&transaction) {
            return false;
        }
        let is_newest = transaction.saturating_add(1) == self.next;
        if !is_newest || transaction < self.log.header.base || self.is_committed_in_active(flash, transaction)
        {
            return true;
        }
        self.undecided = Some(transaction);
        false
    }

    fn is_committed_in_active<F: NorFlash>(&self, flash: &mut F, transaction: u32) -> bool {
        let Some(mut walk) = self.log.walk(flash, self.log.active) else { return false };
        while let Some(step) = walk.step(flash) {
            let entry = step.payload.as_ref().and_then(Entry::decode);
            if matches!(entry, Some(Entry::Commit { transaction: of, .. }) if of == transaction) {
                return true;
            }
        }
        false
    }
}

/// What only stands in the way of writing must not keep anyone from reading: the next write says it again.
fn unless_it_is_the_flash(done: Result<(), StorageError>) -> Result<(), StorageError> {
    done.or_else(|error| if error == StorageError::Flash { Err(error) } else { Ok(()) })
}
