//! The first half of a mount: reading what is there, writing nothing.

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use super::{Log, Page, State};
use crate::chip::{Reading, read_cell, read_unit};
use crate::error::StorageError;
use crate::granule::{Cell, Granule};
use crate::layout::{Region, Shape};
use crate::limits::{PAGES, PAYLOAD};
use crate::page::{Header, Kind, Mark, MarkReading};
use crate::records::entry::body_offset;

/// Erases of a page whose mark cannot be read, until the others are known.
const UNKNOWN: u32 = u32::MAX;

/// What the granules of a page span.
pub(crate) struct Extent {
    /// The first position behind everything that does not look blank.
    pub(crate) next: u32,
    /// Where its bodies begin.
    pub(crate) low: u32,
    /// The last readable granule and its position.
    pub(crate) newest: Option<(u32, Granule)>,
}

impl Extent {
    /// Reads the granules of the page at `start`, from unit `first` on, to its bodies, or to `top` where there are none.
    fn read<F: NorFlash>(
        flash: &mut F,
        start: u32,
        unit: u32,
        first: u32,
        top: u32,
        may_have_bodies: bool,
    ) -> Self {
        let mut extent = Self { next: 0, low: top, newest: None };
        let mut position = 0u32;
        loop {
            let from = first.saturating_add(position).saturating_mul(unit);
            if from.saturating_add(unit) > extent.low {
                return extent;
            }
            let cell = read_cell(flash, start.saturating_add(from), unit, false);
            position = position.saturating_add(1);
            match cell {
                Cell::Blank => continue,
                Cell::Garbage => {}
                Cell::Granule(granule) => {
                    extent.newest = Some((position.saturating_sub(1), granule));
                    // The bodies of copies from an earlier page lie there.
                    let here = position > u32::from(granule.back);
                    if let (true, true, Some(offset)) = (may_have_bodies, here, body_offset(&granule.payload))
                    {
                        extent.low = extent.low.min(offset);
                    }
                }
            }
            extent.next = position;
        }
    }
}

impl Page {
    /// What the page at `start` is, by its frame. A page that counts needs no mark: the mark may have been torn, and read
    /// right when the page was opened.
    fn read<F: NorFlash>(
        flash: &mut F,
        kind: Kind,
        shape: Shape,
        start: u32,
        other_format: &mut bool,
    ) -> Self {
        let mark = match read_unit(flash, start, shape.unit) {
            Reading::Bytes(bytes) => Mark::decode(&bytes, kind),
            Reading::Blank => MarkReading::None,
        };
        let mark = match mark {
            MarkReading::Mark(mark) => Some(mark),
            MarkReading::None => None,
            MarkReading::OtherFormat => {
                *other_format = true;
                return Self::without_content(State::Begun, 0, UNKNOWN);
            }
        };
        let erases = mark.map_or(UNKNOWN, |mark| mark.erases);
        let begun = Self::without_content(State::Begun, 0, erases);
        match (read_unit(flash, start.saturating_add(shape.unit), shape.unit), mark) {
            (Reading::Blank, Some(mark)) => Self::without_content(State::Clean, mark.stamp, erases),
            (Reading::Blank, None) => begun,
            (Reading::Bytes(bytes), _) => match Header::decode(&bytes) {
                Some(header) if holds_a_granule(flash, shape, start, header.totals) => Self {
                    state: State::Counted,
                    sequence: header.sequence,
                    follows: header.follows(),
                    erases,
                    guards: header.guards,
                },
                _ => begun,
            },
        }
    }
}

/// Whether a granule can be read in the page at `start`, with so many totals.
pub(super) fn holds_a_granule<F: NorFlash>(flash: &mut F, shape: Shape, start: u32, totals: u8) -> bool {
    (shape.first_unit(totals)..shape.units().saturating_sub(1)).any(|unit| {
        let address = start.saturating_add(shape.unit.saturating_mul(unit));
        matches!(read_cell(flash, address, shape.unit, false), Cell::Granule(_))
    })
}

impl Log {
    /// Reads the frames of all pages and the granules of the newest one that counts. `false`: no page counts.
    pub(crate) fn survey<F: NorFlash>(
        &mut self,
        flash: &mut F,
        shape: Shape,
        region: Region,
    ) -> Result<bool, StorageError> {
        let other_format = self.read_frames(flash, shape, region)?;
        if !self.find_active(flash) {
            return if other_format { Err(StorageError::OtherFormat) } else { Ok(false) };
        }
        self.overrule();
        self.distrust(flash);
        Ok(true)
    }

    /// Forgets what is known of the log, and reads the frames of all pages: whether one is of another format.
    pub(crate) fn read_frames<F: NorFlash>(
        &mut self,
        flash: &mut F,
        shape: Shape,
        region: Region,
    ) -> Result<bool, StorageError> {
        *self = Self { shape, start: region.start, ..Self::new(self.kind) };
        let mut other_format = false;
        for page in 0..usize::from(region.pages) {
            let found = Page::read(flash, self.kind, shape, self.page_address(page), &mut other_format);
            self.pages.push(found).map_err(|_| StorageError::Layout)?;
        }
        // A page whose erase was cut short does not know its age: once erased, it is as old as the oldest. Were it older,
        // idle time would even out with all the others what a power cut made up.
        let known = |page: &&Page| page.erases != UNKNOWN;
        let most = self.pages.iter().filter(known).map(|page| page.erases).max().unwrap_or(0);
        for page in self.pages.iter_mut().filter(|page| page.erases == UNKNOWN) {
            page.erases = most.saturating_sub(1);
        }
        Ok(other_format)
    }

    /// Whether nothing was ever written to the log but its first page.
    pub(crate) fn is_untouched(&self) -> bool {
        self.header.sequence <= 1 && self.newest == [0xff; PAYLOAD]
    }

    /// Makes the counted page with the highest sequence the active one.
    fn find_active<F: NorFlash>(&mut self, flash: &mut F) -> bool {
        loop {
            let counted = self.pages.iter().enumerate().filter(|(_, page)| page.state == State::Counted);
            let Some(newest) = counted.max_by_key(|(_, page)| page.sequence).map(|(at, _)| at) else {
                return false;
            };
            // A torn frame may read differently from one moment to the next only across mounts, but a page
            // that does not hold up to a second look is none.
            let read = self.read_header(flash, newest);
            let extent = read.map(|header| (header, self.extent(flash, newest, &header)));
            if let Some((header, Extent { next, low, newest: Some((at, granule)) })) = extent {
                self.active = newest;
                self.header = header;
                self.next = next;
                self.low = low;
                self.newest = granule.payload;
                self.counting = at.saturating_add(1);
                let at = i32::try_from(at).unwrap_or(i32::MAX);
                self.origin = at.saturating_sub(i32::from(granule.back));
                return true;
            }
            if let Some(page) = self.pages.get_mut(newest) {
                page.state = State::Begun;
            }
        }
    }

    /// Pages that seem to count do not where the header of a later one skips them, or where another bears the same
    /// sequence: no device writes that, but a page may be copied to another. The last is taken, as the active one is.
    fn overrule(&mut self) {
        let counted: Vec<(usize, Page), PAGES> =
            self.pages.iter().copied().enumerate().filter(|(_, page)| page.state == State::Counted).collect();
        for (at, page) in &counted {
            let overrules = |(other, later): &(usize, Page)| {
                later.skips(page) || (later.sequence == page.sequence && other > at)
            };
            if counted.iter().any(overrules)
                && let Some(page) = self.pages.get_mut(*at)
            {
                page.state = State::Dirty;
            }
        }
    }

    /// Reads the granules of a page up to its bodies.
    pub(crate) fn extent<F: NorFlash>(&self, flash: &mut F, page: usize, header: &Header) -> Extent {
        let may_have_bodies = self.kind == Kind::Records;
        let first = self.first_unit(header.totals);
        Extent::read(flash, self.page_address(page), self.shape.unit, first, self.top(), may_have_bodies)
    }

    /// Erased pages that may have been touched, or whose erase may have been cut short, are erased again.
    fn distrust<F: NorFlash>(&mut self, flash: &mut F) {
        let newest = self.header.sequence;
        if self.kind != Kind::Records {
            // In a ring exactly one page is erased ahead, after the newest was opened. Another stamp is what
            // an erase that was cut short left of the mark.
            for page in self.pages.iter_mut().filter(|page| page.state == State::Clean) {
                if page.sequence != newest {
                    page.state = State::Dirty;
                }
            }
        }
        if !self.intent_is_blank(flash) {
            // It must be erased before another page becomes the active one, whose note knows nothing of it.
            let touched = self.clean();
            if let Some(page) = touched.and_then(|at| self.pages.get_mut(at)) {
                page.state = State::Begun;
            }
        }
    }
}
