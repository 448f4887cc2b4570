//! Where on the chip the three logs lie, and what the chip's word and page sizes make of a page.

use embedded_storage::nor_flash::NorFlash;

use crate::error::StorageError;
use crate::limits::{
    COUNTER_PAGES, COUNTERS, FEWEST_PAGES, FEWEST_RECORD_PAGES, GRANULE, PAGES, POSITIONS, TIME_PAGES,
    UNIT_MAX,
};

/// A run of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Byte offset on the flash; a multiple of the page size.
    pub start: u32,
    /// How many pages.
    pub pages: u16,
}

/// Where the logs lie. The same layout must be given at every mount.
///
/// ```
/// use holdfast_storage::Layout;
/// // 64 KiB of counters, 16 KiB of time and 512 KiB of records on a chip with 4 KiB pages.
/// const LAYOUT: Layout = Layout::consecutive(0x0004_0000, 4096, 16, 4, 128);
/// assert_eq!(LAYOUT.end(), 0x0004_0000 + 148 * 4096);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of a page of a log: a multiple of what the chip erases at once, at most 64 KiB, and 16 to 1,024 of what it
    /// writes at once or of 16 bytes, whichever is more.
    pub page: u32,
    /// Pages of counters: 3 to 64. All but one of them are the memory of charges, the newest of them as far as it is written.
    pub counters: Region,
    /// Pages of time: 3 to 8.
    pub time: Region,
    /// Pages of records: 8 to 256, and on small pages as many more as one record takes, and the one it takes the place of,
    /// beside what is kept to move any page.
    pub records: Region,
    /// Bytes of records that only a [reserved](crate::Needed::reserved) transaction may use, so that one
    /// Update always fits. Where it is all there is, no other puts anything.
    pub reserve: u32,
}

impl Layout {
    /// The three regions one behind the other, with a reserve of 8 KiB for one Update.
    pub const fn consecutive(start: u32, page: u32, counters: u16, time: u16, records: u16) -> Self {
        let time_start = start.saturating_add(page.saturating_mul(counters as u32));
        let records_start = time_start.saturating_add(page.saturating_mul(time as u32));
        Self {
            page,
            counters: Region { start, pages: counters },
            time: Region { start: time_start, pages: time },
            records: Region { start: records_start, pages: records },
            reserve: 8192,
        }
    }

    /// The first byte behind the last region.
    pub const fn end(&self) -> u32 {
        let mut end = 0;
        let regions = [self.counters, self.time, self.records];
        let mut rest: &[Region] = &regions;
        while let Some((region, tail)) = rest.split_first() {
            let last = region.start.saturating_add(self.page.saturating_mul(region.pages as u32));
            if last > end {
                end = last;
            }
            rest = tail;
        }
        end
    }

    pub(crate) fn shape<F: NorFlash>(&self, flash: &F) -> Result<Shape, StorageError> {
        let unit = F::WRITE_SIZE.max(GRANULE);
        let align = F::WRITE_SIZE.max(4);
        let erase = u32::try_from(F::ERASE_SIZE).map_err(|_| StorageError::Layout)?;
        let fits = unit <= UNIT_MAX
            && unit.is_multiple_of(align)
            && align.is_multiple_of(F::READ_SIZE.max(1))
            && 64usize.is_multiple_of(F::READ_SIZE.max(1))
            && self.page.is_multiple_of(erase.max(1))
            && self.page.is_multiple_of(unit as u32)
            && self.page <= 0x1_0000
            && self.end() as usize <= flash.capacity()
            && self.regions_are_apart()
            && in_range(self.counters, FEWEST_PAGES, COUNTER_PAGES)
            && in_range(self.time, FEWEST_PAGES, TIME_PAGES)
            && in_range(self.records, FEWEST_RECORD_PAGES, PAGES);
        if !fits {
            return Err(StorageError::Layout);
        }
        let shape = Shape { page: self.page, unit: unit as u32, align: align as u32 };
        // A page must hold its frame and some granules, and as many as a bit set has room for.
        if shape.units() < 16 || shape.units() as usize > POSITIONS {
            return Err(StorageError::Layout);
        }
        if !shape.holds_a_record(self.records.pages) {
            return Err(StorageError::Layout);
        }
        Ok(shape)
    }

    fn regions_are_apart(&self) -> bool {
        let span =
            |r: Region| (r.start, r.start.saturating_add(self.page.saturating_mul(u32::from(r.pages))));
        let apart = |a: Region, b: Region| {
            let ((a, a_end), (b, b_end)) = (span(a), span(b));
            a_end <= b || b_end <= a
        };
        let aligned = |r: Region| r.start.is_multiple_of(self.page.max(1));
        apart(self.counters, self.time)
            && apart(self.counters, self.records)
            && apart(self.time, self.records)
            && aligned(self.counters)
            && aligned(self.time)
            && aligned(self.records)
    }
}

fn in_range(region: Region, fewest: usize, most: usize) -> bool {
    (fewest..=most).contains(&usize::from(region.pages))
}

/// Units of a page that are not for granules or totals: erase mark, header, note of intent.
pub(crate) const FRAME: u32 = 3;

/// A page in the terms of the chip.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Bytes of a page.
    pub(crate) page: u32,
    /// Bytes of a granule on flash: 16, or what the chip writes at once if that is more.
    pub(crate) unit: u32,
    /// What the place and length of a record's piece are rounded to.
    pub(crate) align: u32,
}

impl Shape {
    /// Units before position 0 in a page with so many totals.
    pub(crate) fn first_unit(&self, totals: u8) -> u32 {
        let bytes = u32::from(totals).saturating_mul(5);
        bytes.div_ceil(self.unit.max(1)).saturating_add(2)
    }

    /// Granules of a whole page, the frame included.
    pub(crate) const fn units(&self) -> u32 {
        match self.page.checked_div(self.unit) {
            Some(units) => units,
            None => 0,
        }
    }

    /// How many counters such pages can carry: 200, or fewer where their totals would leave no room for
    /// eight granules beside them.
    pub(crate) fn counters(&self) -> usize {
        let room = self.units().saturating_sub(FRAME).saturating_sub(8).saturating_mul(self.unit);
        COUNTERS.min(room.checked_div(5).unwrap_or(0) as usize)
    }

    /// Bytes of an opened page without totals that granules and bodies can use, its first copy not counted.
    pub(crate) fn payload(&self) -> u32 {
        self.page.saturating_sub(self.unit.saturating_mul(FRAME.saturating_add(1)))
    }

    /// Rounded up to what the chip writes at once.
    pub(crate) const fn aligned(&self, bytes: u32) -> u32 {
        match bytes.checked_next_multiple_of(self.align) {
            Some(aligned) => aligned,
            None => u32::MAX,
        }
    }
}
