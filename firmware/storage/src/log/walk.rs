//! Walking a page backward from its end, by the chain: what a copy skips is never seen.

use embedded_storage::nor_flash::NorFlash;

use super::Log;
use crate::chip::{Reading, read_cell, read_unit};
use crate::granule::{Cell, Granule, Payload};
use crate::page::{Header, Kind};

/// One granule that counts.
pub(crate) struct Step {
    /// Where in the page it can be read.
    pub(crate) position: u32,
    /// What it says; `None` where neither it nor its copy can be read.
    pub(crate) payload: Option<Payload>,
    /// It only repeats a granule of an earlier page: places in it are places there.
    pub(crate) foreign: bool,
}

/// A walk through one page, newest granule first. A granule and its copy are one step.
pub(crate) struct Walk {
    /// Address of position 0.
    first: u32,
    unit: u32,
    at: i32,
    /// Whether all that the chain reaches was whole once.
    was_whole: bool,
    /// What the page behind begins with: the last position says the same, and may be torn.
    repeated: Option<Payload>,
}

impl Walk {
    /// Positions of the page up to the next step, its own included.
    pub(crate) fn end(&self) -> u32 {
        u32::try_from(self.at.saturating_add(1)).unwrap_or(0)
    }

    /// The next older granule that counts.
    pub(crate) fn step<F: NorFlash>(&mut self, flash: &mut F) -> Option<Step> {
        let mut copied = self.repeated.take().and_then(|it| Some((u32::try_from(self.at).ok()?, Some(it))));
        loop {
            let position = u32::try_from(self.at).ok()?;
            let address = self.first.saturating_add(self.unit.saturating_mul(position));
            // Not an original of which a copy stands, nor a copy of what the page before says: those may be torn.
            let was_whole = self.was_whole && copied.is_none() && position > 0;
            let (payload, back) = match read_cell(flash, address, self.unit, was_whole) {
                Cell::Granule(granule) => (Some(granule.payload), granule.back),
                // The page's first granule is always a copy of what came before the page.
                Cell::Blank | Cell::Garbage => (None, u8::from(position == 0)),
            };
            self.at = self.at.saturating_sub(i32::from(back.max(1)));
            let foreign = back != 0 && self.at < 0;
            if back != 0 && !foreign {
                copied = Some((position, payload));
                continue;
            }
            // Where the original was torn, its copy stands in for it.
            let (position, payload) = match (payload, copied) {
                (None, Some((position, payload))) => (position, payload),
                (payload, _) => (position, payload),
            };
            return Some(Step { position, payload, foreign });
        }
    }
}

impl Log {
    /// The header of a page, read again.
    pub(crate) fn read_header<F: NorFlash>(&self, flash: &mut F, page: usize) -> Option<Header> {
        match read_unit(flash, self.unit_address(page, 1), self.shape.unit) {
            Reading::Bytes(bytes) => Header::decode(&bytes),
            Reading::Blank => None,
        }
    }

    /// What a position of a page of records says, if it is known to have been whole once.
    pub(crate) fn read_position<F: NorFlash>(
        &self,
        flash: &mut F,
        page: usize,
        position: u32,
        was_whole: bool,
    ) -> Option<Payload> {
        // No page of records has totals.
        let unit = self.first_unit(0).saturating_add(position);
        match read_cell(flash, self.unit_address(page, unit), self.shape.unit, was_whole) {
            Cell::Granule(granule) => Some(granule.payload),
            Cell::Blank | Cell::Garbage => None,
        }
    }

    /// Walks a page from the last position that counts.
    pub(crate) fn walk<F: NorFlash>(&self, flash: &mut F, page: usize) -> Option<Walk> {
        let header = if page == self.active { self.header } else { self.read_header(flash, page)? };
        let end = self.end_of(flash, page, &header);
        let first = self.unit_address(page, self.first_unit(header.totals));
        let at = i32::try_from(end).ok()?.saturating_sub(1);
        // No page of records is read that may have been erased in part.
        let was_whole = self.kind == Kind::Records;
        let behind = if was_whole { self.after(header.sequence) } else { None };
        let repeated = behind.and_then(|behind| self.read_position(flash, behind, 0, false));
        Some(Walk { first, unit: self.shape.unit, at, was_whole, repeated })
    }

    /// Whether everything can be told of a page of the memory, which is so many before the active one. The last of the
    /// memory, or of all pages, may have been erased in part, where one had to go for want of others; any, where the
    /// note of intent says so.
    pub(crate) fn is_remembered_whole<F: NorFlash>(&self, flash: &mut F, page: usize, nth: u8) -> bool {
        let is_last = nth.saturating_add(1) == self.header.memory || self.before(page).is_none();
        let may_be_partial = is_last || !self.intent_is_blank(flash);
        page == self.active || !may_be_partial || self.is_whole(flash, page)
    }

    /// Whether every granule of a page before the active one can be read, or its copy: the last is repeated by the page
    /// behind. The first repeats what the page before tells, if that is still there.
    fn is_whole<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        let Some(mut walk) = self.walk(flash, page) else { return false };
        let mut is_repeated = true;
        while let Some(step) = walk.step(flash) {
            if step.payload.is_none() && !is_repeated {
                return false;
            }
            is_repeated = false;
        }
        true
    }

    /// How many positions of a page count: what the next page's header says, or what was written.
    fn end_of<F: NorFlash>(&self, flash: &mut F, page: usize, header: &Header) -> u32 {
        if page == self.active {
            return self.counting;
        }
        match self.after(header.sequence).and_then(|next| self.read_header(flash, next)) {
            Some(next) => u32::from(next.previous_end),
            None => self.extent(flash, page, header).newest.map_or(0, |(at, _)| at.saturating_add(1)),
        }
    }

    /// Whether one of the granules behind what counts of a page is it; copies left out.
    pub(crate) fn any_void<F: NorFlash>(
        &self,
        flash: &mut F,
        page: usize,
        is_it: &mut dyn FnMut(&mut F, &Payload) -> bool,
    ) -> bool {
        let Some(header) = self.read_header(flash, page) else { return false };
        let first = self.first_unit(header.totals);
        let void = self.end_of(flash, page, &header)..self.extent(flash, page, &header).next;
        void.into_iter().any(|position| {
            let address = self.unit_address(page, first.saturating_add(position));
            match read_cell(flash, address, self.shape.unit, false) {
                Cell::Granule(Granule { payload, back: 0 }) => is_it(flash, &payload),
                _ => false,
            }
        })
    }

    /// The totals that stand in a page behind its header, if they are whole.
    pub(crate) fn read_totals<F: NorFlash>(
        &self,
        flash: &mut F,
        page: usize,
        header: &Header,
        totals: &mut [u64],
    ) -> bool {
        let mut address = self.unit_address(page, 2);
        let mut crc = 0xffff;
        let mut rest = usize::from(header.totals);
        let mut slots = totals.iter_mut();
        // 20 bytes at a time: four totals, and whole words of every chip that reads less than a unit.
        let mut unit = [0; crate::limits::UNIT_MAX];
        let mut held: &[u8] = &[];
        let mut total = [0; 8];
        let mut have = 0usize;
        while rest > 0 {
            let Some((byte, tail)) = held.split_first() else {
                let Some(bytes) = unit.get_mut(..self.shape.unit as usize) else { return false };
                if flash.read(address, bytes).is_err() {
                    return false;
                }
                address = address.saturating_add(self.shape.unit);
                held = bytes;
                continue;
            };
            crc = crate::check::crc16(crc, &[*byte]);
            if let Some(slot) = total.get_mut(have) {
                *slot = *byte;
            }
            held = tail;
            have = have.saturating_add(1);
            if have == 5 {
                if let Some(slot) = slots.next() {
                    *slot = u64::from_le_bytes(total);
                }
                have = 0;
                rest = rest.saturating_sub(1);
            }
        }
        crc == header.totals_check
    }
}
