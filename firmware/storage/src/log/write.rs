//! Appending a granule, opening a page, erasing one.

use core::mem;
use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::survey::holds_a_granule;
use super::{Log, Page, State};
use crate::check::crc16;
use crate::chip::{Reading, burn_units, looks_blank, read_unit, write_unit};
use crate::error::{Failed, StorageError};
use crate::granule::{Granule, Payload};
use crate::limits::{PAGES, UNIT_MAX};
use crate::page::{Header, Mark, most_skipped};

/// What a page that is opened says of the log so far.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    /// See [`Header::base`].
    pub(crate) base: u32,
    /// The totals of all counters in use.
    pub(crate) totals: &'a [u64],
}

/// Where a log goes on: a page that is opened there says that what was begun behind it is void.
#[derive(Clone, Copy)]
pub(crate) struct Resume {
    /// The sequence of the page that it follows.
    pub(crate) sequence: u32,
    /// Positions of that page that count.
    pub(super) end: u32,
    /// The newest granule up to there.
    pub(super) newest: Payload,
    /// See [`Header::guards`].
    pub(super) guards: bool,
}

impl Resume {
    /// Before the page with this header, where `newest` says what its first granule does.
    pub(crate) fn before(header: &Header, newest: Payload) -> Self {
        let end = u32::from(header.previous_end);
        Self { sequence: header.follows(), end, newest, guards: header.guards }
    }

    /// Behind so many positions of the page with this sequence, of which more were written.
    pub(crate) const fn within(sequence: u32, end: u32, newest: Payload) -> Self {
        Self { sequence, end, newest, guards: true }
    }
}

impl Log {
    /// Writes a granule at the next position of the active page and reads it back. The caller has seen to it
    /// that there [is room](Self::has_room), and mounts again after a failure.
    pub(crate) fn append<F: NorFlash>(&mut self, flash: &mut F, payload: Payload) -> Result<(), Failed> {
        self.write_granule(flash, Granule { payload, back: 0 })?;
        self.newest = payload;
        self.counting = self.next;
        self.origin = i32::try_from(self.next).map_err(|_| Failed)?.saturating_sub(1);
        Ok(())
    }

    /// Writes a granule as it is. The position is used up even if it fails.
    pub(crate) fn write_granule<F: NorFlash>(
        &mut self,
        flash: &mut F,
        granule: Granule,
    ) -> Result<(), Failed> {
        if !self.has_room() {
            return Err(Failed);
        }
        let address = self.position_address(self.next);
        self.next = self.next.saturating_add(1);
        write_unit(flash, address, self.shape.unit, &granule.encode())
    }

    /// Opens the erased page ahead. After a failure the page is [begun](State::Begun), and the caller mounts
    /// again. What counts behind where the log `resumes` does no more.
    pub(crate) fn open<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
        resumes: Option<Resume>,
    ) -> Result<(), Failed> {
        let page = self.clean().ok_or(Failed)?;
        self.note_intent(flash);
        if let Some(entry) = self.pages.get_mut(page) {
            entry.state = State::Begun;
        }
        let resumes = resumes.unwrap_or(self.end(false));
        self.begin(flash, page, opening, resumes)?;
        for (at, entry) in self.pages.iter_mut().enumerate() {
            if at != page && entry.state == State::Counted && entry.sequence > resumes.sequence {
                entry.state = State::Unfinished;
            }
        }
        Ok(())
    }

    /// Where the log goes on, all of it. `in_doubt`: the newest granule was not written, and read back, since power came
    /// on.
    pub(super) fn end(&self, in_doubt: bool) -> Resume {
        let counting = u32::try_from(self.origin.saturating_add(1).max(0)).unwrap_or(0);
        Resume {
            sequence: self.header.sequence,
            end: counting,
            newest: self.newest,
            guards: in_doubt || counting < self.next,
        }
    }

    /// Opens an erased page, whichever can be opened; whether there was one.
    ///
    /// Where a chip faults on torn words, a page that was touched before power failed may look erased, and only refuse to be
    /// written: then it is erased and tried once more. One that fails twice is retired.
    pub(crate) fn open_any<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
        resumes: Option<Resume>,
    ) -> Result<bool, Failed> {
        let mut failed = [false; PAGES];
        while let Some(page) = self.clean().filter(|_| !self.is_worn_out()) {
            if self.open(flash, opening, resumes).is_ok() {
                return Ok(true);
            }
            self.erase(flash, page)?;
            let failed_before = failed.get_mut(page).map(|failed| mem::replace(failed, true));
            if failed_before == Some(true) {
                self.retire(page);
            }
        }
        Ok(false)
    }

    /// Burns the note of intent of the active page, before another is touched: once since power came on, whatever it reads
    /// as, since it may be torn.
    pub(super) fn note_intent<F: NorFlash>(&mut self, flash: &mut F) {
        if !self.noted {
            self.noted = true;
            let units = self.shape.units();
            // A chip that refuses to program a torn note again also refuses to program a page that is not
            // erased; so there, nothing is lost without it.
            let _ = self.burn(flash, self.active, units.saturating_sub(1)..units);
        }
    }

    /// Burns units of a page, each whatever became of those before; whether all are burned.
    pub(super) fn burn<F: NorFlash>(&self, flash: &mut F, page: usize, units: Range<u32>) -> bool {
        burn_units(flash, self.page_address(page), self.shape.unit, units)
    }

    /// Where the log goes on if the active page is skipped, of which nothing counts but copies of what an earlier one holds.
    /// Its first granule may be torn, and the page count today and not tomorrow; and it says nothing that the one before
    /// does not.
    pub(crate) fn before_copies(&self) -> Option<Resume> {
        self.before(self.active).filter(|_| self.origin < 0)?;
        Some(Resume::before(&self.header, self.newest))
    }

    /// Sequence numbers that a page skips which is opened where the log resumes: all that was begun behind. `None`: more
    /// than a header with so many totals can say.
    pub(super) fn passes_over(&self, resumes: &Resume, totals: usize) -> Option<u32> {
        let newest = self.unfinished().unwrap_or(0).max(self.header.sequence);
        Some(newest.saturating_sub(resumes.sequence)).filter(|skipped| *skipped <= most_skipped(totals))
    }

    /// Opens the erased page ahead of a ring, when the active one is full. Nothing is erased: so where there is no
    /// such page, or it cannot be written (it was touched before power failed, and the chip reads what is torn as
    /// blank), the answer is `Busy`, and idle time erases one.
    pub(crate) fn turn<F: NorFlash>(
        &mut self,
        flash: &mut F,
        opening: Opening<'_>,
    ) -> Result<(), StorageError> {
        let page = self.clean().ok_or(StorageError::Busy)?;
        let opened = self.open(flash, opening, None);
        if opened.is_err() && self.refused != Some(page) && self.is_alive(flash) {
            self.refused = Some(page);
            return Err(StorageError::Busy);
        }
        self.refused = None;
        Ok(opened?)
    }

    /// Whether the chip answers: without power it does not, with a dead page it does.
    fn is_alive<F: NorFlash>(&self, flash: &mut F) -> bool {
        // The header alone: behind it may lie what was never programmed, which some chips refuse to read.
        let mut header = [0; UNIT_MAX];
        let header = header.get_mut(..self.shape.unit as usize);
        header.is_some_and(|header| flash.read(self.unit_address(self.active, 1), header).is_ok())
    }

    /// Writes totals, header and first granule of an erased page and makes it the active one.
    pub(crate) fn begin<F: NorFlash>(
        &mut self,
        flash: &mut F,
        page: usize,
        opening: Opening<'_>,
        resumes: Resume,
    ) -> Result<(), Failed> {
        // The mark says that it is erased; what was changed since would come to count with it.
        let behind_the_mark = self.shape.page.saturating_sub(self.shape.unit);
        if !looks_blank(flash, self.unit_address(page, 1), behind_the_mark) {
            return Err(Failed);
        }
        let skipped = self.passes_over(&resumes, opening.totals.len()).ok_or(Failed)?;
        let totals = self.unit_address(page, 2);
        let totals_check = write_totals(flash, totals, self.shape.unit, opening.totals)?;
        let header = Header {
            sequence: resumes.sequence.saturating_add(skipped).saturating_add(1),
            skipped,
            base: opening.base,
            previous_end: u16::try_from(resumes.end).map_err(|_| Failed)?,
            guards: resumes.guards,
            totals: u8::try_from(opening.totals.len()).map_err(|_| Failed)?,
            memory: self.memory(),
            totals_check,
        };
        write_unit(flash, self.unit_address(page, 1), self.shape.unit, &header.encode())?;
        let first = Granule { payload: resumes.newest, back: 1 };
        let address = self.unit_address(page, self.first_unit(header.totals));
        write_unit(flash, address, self.shape.unit, &first.encode())?;
        if let Some(entry) = self.pages.get_mut(page) {
            entry.state = State::Counted;
            entry.sequence = header.sequence;
            entry.follows = header.follows();
            entry.guards = header.guards;
        }
        self.active = page;
        self.noted = false;
        self.header = header;
        self.newest = resumes.newest;
        self.next = 1;
        self.counting = 1;
        self.low = self.top();
        self.origin = -1;
        Ok(())
    }

    /// Erases a page and marks it erased; tries twice, then retires the page. A page that may have been begun
    /// loses its header first, so that an erase cut short never leaves one that counts; one that looks blank is left so:
    /// nothing stands behind it, and a burn cut short could leave a torn header where the page seems untouched.
    pub(crate) fn erase<F: NorFlash>(&mut self, flash: &mut F, page: usize) -> Result<(), Failed> {
        let Some(Page { state, sequence, erases, .. }) = self.pages.get(page).copied() else {
            return Err(Failed);
        };
        let is_disowned = self.disown(flash, page, state == State::Begun);
        let from = self.page_address(page);
        let mark = Mark { kind: self.kind, erases: erases.saturating_add(1), stamp: self.header.sequence };
        for _ in 0..2 {
            let erased = flash.erase(from, from.saturating_add(self.shape.page)).is_ok()
                && looks_blank(flash, from, self.shape.page)
                && write_unit(flash, from, self.shape.unit, &mark.encode()).is_ok();
            if erased {
                self.set(page, Page::without_content(State::Clean, mark.stamp, mark.erases));
                return Ok(());
            }
        }
        if !self.is_alive(flash) {
            return Err(Failed);
        }
        // Whatever it still holds shall not count again.
        let sequence = if is_disowned || self.burn_page(flash, page) { 0 } else { sequence };
        self.set(page, Page::without_content(State::Retired, sequence, mark.erases));
        Ok(())
    }

    /// Burns the header of a page that is to be erased, if it `is_begun`, or is not as it was written; whether the page can
    /// never count again. A burn or an erase that is cut short changes more bits of a header, and what changed both ways
    /// could be [set right](Header::decode) to that of another page: so all that stands behind such a header is burned first.
    /// Without a granule no page counts.
    ///
    /// Chips that refuse a second write leave all that. Their torn words read as faults, and what changed is erased in
    /// part: it changed one way.
    fn disown<F: NorFlash>(&self, flash: &mut F, page: usize, is_begun: bool) -> bool {
        let header = self.unit_address(page, 1);
        let Reading::Bytes(header) = read_unit(flash, header, self.shape.unit) else { return false };
        let is_changed = Header::decode_whole(&header).is_none();
        if is_changed && holds_a_granule(flash, self.shape, self.page_address(page), 0) {
            self.burn(flash, page, 2..self.shape.units());
        }
        (is_changed || is_begun) && self.burn(flash, page, 1..2)
    }

    /// Burns the header of a page, or where that is refused and it cannot be read, all that stands behind it; whether
    /// the page can never count again. A header whose burn was cut short is refused ever after, and may read right one
    /// day.
    fn burn_page<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        let is_torn = |flash: &mut F| self.read_header(flash, page).is_none();
        self.burn(flash, page, 1..2) || (is_torn(flash) && self.burn(flash, page, 2..self.shape.units()))
    }

    /// Of a ring: erases one page ahead, if none is; whether it did.
    pub(crate) fn erase_ahead<F: NorFlash>(&mut self, flash: &mut F) -> Result<bool, StorageError> {
        if self.clean().is_some() || self.is_worn_out() {
            return Ok(false);
        }
        let Some(page) = self.expendable() else { return Ok(false) };
        if self.pages.get(page).is_some_and(|page| self.was_retired(page.follows)) {
            // That one counts again at the next mount, so this will not be the last that does.
            self.note_intent(flash);
        }
        self.erase(flash, page)?;
        Ok(true)
    }

    /// Gives up a page on which nothing counts.
    pub(super) fn retire(&mut self, page: usize) {
        let erases = self.pages.get(page).map_or(0, |page| page.erases);
        self.set(page, Page::without_content(State::Retired, 0, erases));
    }

    pub(crate) fn set(&mut self, page: usize, to: Page) {
        if let Some(entry) = self.pages.get_mut(page) {
            *entry = to;
        }
    }
}

/// Writes totals, five bytes each, into units of this size from `address` on, and returns their CRC.
fn write_totals<F: NorFlash>(
    flash: &mut F,
    mut address: u32,
    unit: u32,
    totals: &[u64],
) -> Result<u16, Failed> {
    let mut crc = 0xffff;
    let mut buffer = [0xff; UNIT_MAX];
    let bytes = buffer.get_mut(..unit as usize).ok_or(Failed)?;
    let mut filled = 0usize;
    for total in totals {
        for byte in total.to_le_bytes().into_iter().take(5) {
            *bytes.get_mut(filled).ok_or(Failed)? = byte;
            filled = filled.saturating_add(1);
            crc = crc16(crc, &[byte]);
            if filled == bytes.len() {
                write_back(flash, address, bytes)?;
                address = address.saturating_add(unit);
                bytes.fill(0xff);
                filled = 0;
            }
        }
    }
    if filled > 0 {
        write_back(flash, address, bytes)?;
    }
    Ok(crc)
}

/// Writes whole units and reads them back.
fn write_back<F: NorFlash>(flash: &mut F, address: u32, bytes: &[u8]) -> Result<(), Failed> {
    flash.write(address, bytes).map_err(|_| Failed)?;
    let mut buffer = [0; UNIT_MAX];
    let read = buffer.get_mut(..bytes.len()).ok_or(Failed)?;
    flash.read(address, read).map_err(|_| Failed)?;
    if read == bytes { Ok(()) } else { Err(Failed) }
}
