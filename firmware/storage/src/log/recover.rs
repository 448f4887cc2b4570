//! The second half of a mount: making what was read true for ever, before anyone is told of it.

use embedded_storage::nor_flash::NorFlash;

use super::{Log, Opening, Resume, State};
use crate::error::Failed;
use crate::granule::Granule;
use crate::limits::FARTHEST;
use crate::page::{Kind, SKIPPED_MOST};

impl Log {
    /// Erases newer pages that do not count, burns the first position that looks blank, and writes the newest
    /// granule again, on a fresh page where that cannot be done here.
    ///
    /// A log that is worn out stays readable as it is: nothing is written to it any more.
    pub(crate) fn recover<F: NorFlash>(&mut self, flash: &mut F, opening: Opening<'_>) -> Result<(), Failed> {
        self.erase_begun(flash)?;
        if self.recover_here(flash) {
            return Ok(());
        }
        let before_copies =
            self.before_copies().filter(|it| self.passes_over(it, opening.totals.len()).is_some());
        self.open_fresh(flash, opening, before_copies.unwrap_or(self.end(true)))
    }

    /// Writes the newest granule again in the active page; whether that is all that was to be done.
    pub(crate) fn recover_here<F: NorFlash>(&mut self, flash: &mut F) -> bool {
        // While a page is about that may seem to count one day, only a page that skips it can be trusted.
        self.is_worn_out() || self.unfinished().is_none() && self.write_newest_again(flash)
    }

    /// Whether a page without totals can be opened where the log resumes.
    pub(crate) fn can_resume(&self, resumes: &Resume) -> bool {
        let page = self.clean().or_else(|| self.last_resort());
        page.is_some() && !self.is_worn_out() && self.passes_over(resumes, 0).is_some()
    }

    /// Erases newer pages that do not count, all but those that are unfinished.
    pub(crate) fn erase_begun<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), Failed> {
        while let Some(begun) = self.pages.iter().position(|page| page.state == State::Begun) {
            if !self.mark_unfinished(flash, begun) {
                self.erase(flash, begun)?;
            }
        }
        Ok(())
    }

    /// Burns the granules of a begun page that might come before all others if it seemed to count: all that may have been
    /// begun while it did. Its header may be whole, and a cut that tore it would leave a page that counts on some days
    /// only. Where that cannot be done, the page is unfinished from now on: an erase that was cut short could make it seem
    /// to count.
    fn mark_unfinished<F: NorFlash>(&mut self, flash: &mut F, page: usize) -> bool {
        let Some(header) = self.read_header(flash, page) else { return false };
        let beyond = header.sequence.saturating_sub(self.header.sequence);
        if !(1..=SKIPPED_MOST).contains(&beyond) {
            return false;
        }
        let first = self.first_unit(header.totals);
        // The last that was begun may look blank.
        let next = self.extent(flash, page, &header).next;
        let end = first.saturating_add(next).saturating_add(1).min(self.shape.units().saturating_sub(1));
        if self.burn(flash, page, first..end) {
            return false;
        }
        if let Some(entry) = self.pages.get_mut(page) {
            entry.state = State::Unfinished;
            entry.sequence = header.sequence;
        }
        true
    }

    /// Burns and copies in the active page; whether that worked. In records all that was begun behind the newest granule is
    /// burned: a granule of a record says where its body lies, so a torn one that read right one day would hide what was
    /// written after it.
    fn write_newest_again<F: NorFlash>(&mut self, flash: &mut F) -> bool {
        if !self.has_room() {
            return false;
        }
        let first = self.first_unit(self.header.totals);
        let from = if self.kind == Kind::Records { self.counting } else { self.next };
        self.next = self.next.saturating_add(1);
        if !self.burn(flash, self.active, first.saturating_add(from)..first.saturating_add(self.next)) {
            return false;
        }
        let back = i64::from(self.next).saturating_sub(i64::from(self.origin));
        match u8::try_from(back) {
            Ok(back) if usize::from(back) <= FARTHEST => {
                let written = self.write_granule(flash, Granule { payload: self.newest, back }).is_ok();
                if written {
                    self.counting = self.next;
                }
                written
            }
            _ => false,
        }
    }

    /// Opens a fresh page, erasing one if none is ahead. Then nothing unfinished is left. Where there is none, nothing is
    /// written any more, and all can be read.
    pub(crate) fn open_fresh<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
        resumes: Resume,
    ) -> Result<(), Failed> {
        while !self.is_worn_out() {
            if self.open_any(flash, opening, Some(resumes))? {
                while let Some(page) = self.pages.iter().position(|page| page.state == State::Unfinished) {
                    self.erase(flash, page)?;
                }
                return Ok(());
            }
            let Some(page) = self.last_resort() else {
                self.exhausted = true;
                return Ok(());
            };
            self.erase(flash, page)?;
        }
        Ok(())
    }
}
