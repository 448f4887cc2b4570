//! Beginning a log: erasing all of its pages and opening the first.

use embedded_storage::nor_flash::NorFlash;

use super::{Log, Opening, State};
use crate::error::StorageError;
use crate::layout::{Region, Shape};
use crate::page::Kind;

impl<const PAGES: usize> Log<PAGES> {
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
        while let Some(page) = log.oldest_with_content() {
            if let Some(entry) = log.pages.get_mut(page) {
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
        if self.begin(flash, page, opening, 0, 0, false).is_err() {
            // A format that was cut short may have begun it, and left it to look erased.
            self.erase(flash, page)?;
            self.begin(flash, page, opening, 0, 0, false)?;
        }
        Ok(())
    }
}
