//! Beginning a log: erasing all of its pages and opening the first.

use embedded_storage::nor_flash::NorFlash;

use super::{Log, Opening, Resume, State};
use crate::chip::write_unit;
use crate::error::StorageError;
use crate::granule::Granule;
use crate::layout::{Region, Shape};
use crate::page::{Header, Kind};

impl Log {
    /// Erases all pages, the newest last: cut short, what is left is as old as can be told, or nothing. Their counts
    /// of erases are kept where they can be read.
    pub(crate) fn erase_all<F: NorFlash>(
        flash: &mut F,
        kind: Kind,
        shape: Shape,
        region: Region,
    ) -> Result<Self, StorageError> {
        let mut log = Self::new(kind);
        log.read_frames(flash, shape, region)?;
        log.header.sequence = 1;
        // What looks erased may be what a format that was cut short left, and read as it did before one day.
        for page in log.pages.iter_mut().filter(|page| page.state == State::Clean) {
            page.state = State::Dirty;
        }
        // Of the other logs none is believed once no counters are.
        let mut is_denied = kind != Kind::Counters;
        while let Some(page) = log.oldest_with_content() {
            if !is_denied
                && log.is_counted(page)
                && let Some(clean) = log.clean()
            {
                is_denied = true;
                log.deny(flash, clean);
            }
            // Not one that may be untouched: no note is burned that says otherwise.
            if let Some(entry) = log.pages.get_mut(page).filter(|entry| entry.state == State::Counted) {
                entry.state = State::Begun;
            }
            if log.erase(flash, page).is_err() {
                // Where all fail, there is none to open: that is the chip.
                log.retire(page);
            }
            // What cannot be erased, nor said not to count, would be what the next mount finds.
            let is_retired = log.pages.get(page).is_some_and(|page| page.state == State::Retired);
            if is_retired && log.read_header(flash, page).is_some() {
                return Err(StorageError::WornOut);
            }
        }
        Ok(log)
    }

    /// Opens a clean page after the newest whose totals are not those that its header names: as long as it stands, the
    /// log is damaged. Else an erase that is cut short might leave fewer granules of the newest, and that one might count.
    fn deny<F: NorFlash>(&mut self, flash: &mut F, page: usize) {
        let counted = self.pages.iter().enumerate().filter(|(_, page)| page.state == State::Counted);
        let newest = counted.max_by_key(|(_, page)| page.sequence).map(|(at, page)| (at, page.sequence));
        let Some((newest, last)) = newest else { return };
        self.active = newest;
        self.note_intent(flash);
        let header = Header { sequence: last.saturating_add(1), totals: 1, ..Header::NOTHING };
        let granule = Granule { payload: self.newest, back: 1 };
        // Where it cannot be written, all the rest is erased nonetheless: who formats wants it gone.
        let _ = write_unit(flash, self.unit_address(page, 1), self.shape.unit, &header.encode());
        let first = self.unit_address(page, self.first_unit(header.totals));
        let _ = write_unit(flash, first, self.shape.unit, &granule.encode());
        if let Some(entry) = self.pages.get_mut(page) {
            entry.state = State::Counted;
            entry.sequence = header.sequence;
        }
    }

    /// The page that a format erases next: one that does not count first, then by age.
    fn oldest_with_content(&self) -> Option<usize> {
        let mut pages = self.pages.iter().enumerate();
        let begun =
            pages.find(|(_, page)| matches!(page.state, State::Begun | State::Unfinished | State::Dirty));
        let counted = self.pages.iter().enumerate().filter(|(_, page)| page.state == State::Counted);
        begun.or_else(|| counted.min_by_key(|(_, page)| page.sequence)).map(|(at, _)| at)
    }

    /// Opens the first page of an erased log.
    pub(crate) fn open_first<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
    ) -> Result<(), StorageError> {
        let page = self.clean().ok_or(StorageError::WornOut)?;
        self.header.sequence = 0;
        let resumes = Resume::before(&Header::NOTHING, self.newest);
        if self.begin(flash, page, opening, resumes).is_err() {
            // A format that was cut short may have begun it, and left it to look erased.
            self.erase(flash, page)?;
            self.begin(flash, page, opening, resumes)?;
        }
        Ok(())
    }
}
