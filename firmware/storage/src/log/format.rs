//! Beginning a log: erasing all of its pages and opening the first.

use embedded_storage::nor_flash::NorFlash;

use super::{Log, Opening, State};
use crate::error::StorageError;
use crate::layout::{Region, Shape};
use crate::page::Kind;

impl<const PAGES: usize> Log<PAGES> {
    /// Erases all pages; their counts of erases are kept where they can be read.
    pub(crate) fn erase_all<F: NorFlash>(
        flash: &mut F,
        kind: Kind,
        shape: Shape,
        region: Region,
    ) -> Result<Self, StorageError> {
        let (mut log, _) = Self::read_frames(flash, kind, shape, region)?;
        log.header.sequence = 1;
        for page in 0..log.pages.len() {
            if let Some(entry) = log.pages.get_mut(page) {
                entry.state = State::Begun;
            }
            log.active = page;
            log.erase(flash, page)?;
        }
        Ok(log)
    }

    /// Opens the first page of an erased log.
    pub(crate) fn open_first<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
    ) -> Result<(), StorageError> {
        let page = self.clean().ok_or(StorageError::WornOut)?;
        Ok(self.begin(flash, page, opening, 1, 0, false)?)
    }
}
