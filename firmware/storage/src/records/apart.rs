//! What is written on pages of its own, so that what a power cut leaves of it goes without a trace.
//!
//! A page on which nothing counts but copies and what an undecided transaction wrote is skipped at mount: the page that is
//! opened then follows the one before, and the skipped ones are erased. Nothing of them need be moved or remembered, so
//! however often power fails there, no page is used up.

use embedded_storage::nor_flash::NorFlash;

use super::Records;
use super::entry::Entry;
use crate::error::StorageError;
use crate::granule::Payload;
use crate::log::Resume;

/// What was newest before a transaction, as a page tells it.
enum Newest {
    /// It stands there; so many positions of the page count up to it, and something of the transaction is behind.
    Within(u32, Payload),
    /// It stands there, and nothing is behind.
    Last,
    /// The page only repeats it.
    Repeated(Payload),
}

impl<const N: usize> Records<N> {
    /// Recovers the log. Where a page is to be opened for it, or something of the undecided transaction is on pages of its own,
    /// that is done before all that it wrote, if there is a page to open.
    pub(super) fn recover<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        self.log.erase_begun(flash)?;
        let resumes = self.before_undecided(flash).filter(|resumes| self.log.can_resume(resumes));
        let Some(resumes) = resumes else { return Ok(self.log.recover(flash, self.opening())?) };
        if resumes.sequence == self.log.header.sequence && self.log.recover_here(flash) {
            return Ok(());
        }
        self.undecided = None;
        Ok(self.log.open_fresh(flash, self.opening(), resumes)?)
    }

    /// Where the log goes on before all that the undecided transaction wrote, if that can be told.
    fn before_undecided<F: NorFlash>(&self, flash: &mut F) -> Option<Resume> {
        let transaction = self.undecided?;
        let mut page = self.log.active;
        let mut resumes = None;
        for _ in 0..self.log.pages.len() {
            let header = self.log.read_header(flash, page)?;
            match self.newest_before(flash, page, transaction)? {
                Newest::Within(end, newest) => return Some(Resume::within(header.sequence, end, newest)),
                Newest::Last => return resumes,
                Newest::Repeated(newest) => resumes = Some(Resume::before(&header, newest)),
            }
            page = self.log.before(page)?;
        }
        None
    }

    /// Abandons behind a piece of the transaction are its own: a compaction that is cut short wrote them again for nothing.
    fn newest_before<F: NorFlash>(&self, flash: &mut F, page: usize, transaction: u32) -> Option<Newest> {
        let mut walk = self.log.walk(flash, page)?;
        let mut is_behind = false;
        let mut abandon = None;
        loop {
            let end = walk.end();
            let step = walk.step(flash)?;
            let payload = step.payload?;
            let entry = Entry::decode(&payload);
            let is_own = entry.is_some_and(|entry| entry.transaction() == transaction);
            if is_own {
                is_behind = true;
                abandon = None;
            }
            let here = if is_behind { Newest::Within(end, payload) } else { Newest::Last };
            match entry {
                _ if step.foreign => return Some(abandon.unwrap_or(Newest::Repeated(payload))),
                _ if is_own => {}
                Some(Entry::Abandon { .. }) => abandon = abandon.or(Some(here)),
                _ => return Some(abandon.unwrap_or(here)),
            }
        }
    }

    /// Opens a page for what is moved where, beside what lives, what a power cut leaves of it would be one page more that is
    /// held in vain, or one transaction more to remember, until there is room for no other. A page that holds nothing
    /// but copies will do.
    pub(super) fn open_apart<F: NorFlash>(&mut self, flash: &mut F, page: usize) -> Result<(), StorageError> {
        if self.is_apart() || self.moved_from(flash, page) == 0 {
            return Ok(());
        }
        let is_wanted = self.are_many_abandoned() || self.holds_dropped(flash, self.log.active);
        if is_wanted && self.can_be_moved(flash, page, true) {
            self.open(flash)?;
        }
        Ok(())
    }

    /// Whether nothing is on the active page but copies.
    pub(super) fn is_apart(&self) -> bool {
        self.log.low == self.log.top() && self.log.before_copies().is_some()
    }

    /// Whether something on a page was dropped, or says of a transaction that it was.
    fn holds_dropped<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        self.any_on(flash, page, &mut |_, step| {
            let entry = step.payload.as_ref().filter(|_| !step.foreign).and_then(Entry::decode);
            let is_abandon = matches!(entry, Some(Entry::Abandon { .. }));
            is_abandon || entry.is_some_and(|entry| !self.is_true(entry.transaction()))
        })
    }
}
