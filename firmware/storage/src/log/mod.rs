//! The log: the one mechanism under counters, time and records.
//!
//! A log is a set of pages. Granules are appended to the *active* page; when it is full, an erased page is
//! opened with the next sequence number. What the rules are for is power loss with *marginal* cells: a word
//! torn by it may read right at one mount and wrong at the next, so nothing is trusted because it once read
//! right.
//!
//! 1. A granule that a write reported done was read back, so it is whole.
//! 2. At [mount](Log::recover) the first position that looks blank is burned, and the newest granule is written
//!    again, naming its original: what lies between is void for ever.
//! 3. A page counts once it holds a readable granule; its first one is a copy of the newest.
//! 4. Its header names where the page before ends.
//! 5. Newer pages that do not count are erased before anything is written, all places of granules that may have been
//!    begun burned before. One where that cannot be done is *unfinished*: it may seem to count one day, above all while
//!    it is erased. So a page that skips its sequence number is opened first.
//! 6. Before a page is touched, the note of intent in the active page is burned, whatever it reads as: a page that looks
//!    erased is either untouched or erased again.
//! 7. What looks blank in a page that looks erased is not burned, and a header that is whole is not torn on purpose: a
//!    burn that is cut short would leave one that is there on some days only.
//! 8. Pages at the end on which nothing counts but copies, or what never happened, are skipped by the page that a mount
//!    opens, and erased: so cuts in a row use up none.

mod format;
mod recover;
mod survey;
mod walk;
mod write;

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use crate::chip::looks_blank;
use crate::granule::Payload;
use crate::layout::Shape;
use crate::limits::{FEWEST_PAGES, PAGES, PAYLOAD};
use crate::page::{Header, Kind};

pub(crate) use walk::Step;
pub(crate) use write::{Opening, Resume};

/// What a page is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It holds granules. Its sequence number stands beside.
    Counted,
    /// Erased and untouched.
    Clean,
    /// Begun, but it does not count, or its erase was cut short: to be erased before anything is written.
    Begun,
    /// To be erased before use.
    Dirty,
    /// Begun, and it could not be marked: one day it may seem to count. Before it is erased, a page must be
    /// opened whose header skips it.
    Unfinished,
    /// It failed twice.
    Retired,
}

/// What is known of a page without reading it again.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) state: State,
    /// Of a counted or unfinished page its sequence, and of a retired one that may count at the next mount; of a clean
    /// one the stamp of its erase mark.
    pub(crate) sequence: u32,
    /// Of a counted page the sequence of the one before.
    pub(crate) follows: u32,
    /// Erases so far.
    pub(crate) erases: u32,
    /// The page before it must be erased no later than this one.
    pub(crate) guards: bool,
}

impl Page {
    /// A page without content, or without any that matters.
    const fn without_content(state: State, stamp: u32, erases: u32) -> Self {
        Self { state, sequence: stamp, follows: 0, erases, guards: false }
    }

    /// Whether what the other holds does not count while this page does.
    pub(crate) const fn skips(&self, other: &Self) -> bool {
        self.follows < other.sequence && other.sequence < self.sequence
    }
}

/// A log as it stands between two calls.
pub(crate) struct Log {
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    pub(crate) start: u32,
    pub(crate) pages: Vec<Page, PAGES>,
    /// The page written to.
    pub(crate) active: usize,
    /// Its header.
    pub(crate) header: Header,
    /// The next position in it.
    pub(crate) next: u32,
    /// Where the bodies in it begin (bytes from its start); its granules end before.
    pub(crate) low: u32,
    /// How many of its positions count: the newest granule is the last of them.
    pub(crate) counting: u32,
    /// The newest granule.
    pub(crate) newest: Payload,
    /// Where its original stands in the active page; -1 where that is in a page before.
    pub(crate) origin: i32,
    /// Whether its note of intent was burned since power came on.
    pub(crate) noted: bool,
    /// Whether a mount found no page to recover on: it can only be read, as one that is worn out.
    pub(crate) exhausted: bool,
    /// The page that could not be turned to, and is tried once more when it has been erased again.
    pub(crate) refused: Option<usize>,
}

impl Log {
    /// A log of which nothing is known.
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            shape: Shape { page: 0, unit: 0, align: 0 },
            start: 0,
            pages: Vec::new(),
            active: 0,
            header: Header::NOTHING,
            next: 0,
            low: 0,
            counting: 0,
            newest: [0xff; PAYLOAD],
            origin: -1,
            noted: false,
            exhausted: false,
            refused: None,
        }
    }

    /// The byte address of a page.
    pub(crate) fn page_address(&self, page: usize) -> u32 {
        self.start.saturating_add(self.shape.page.saturating_mul(page as u32))
    }

    /// The byte address of a unit of a page.
    fn unit_address(&self, page: usize, unit: u32) -> u32 {
        self.page_address(page).saturating_add(self.shape.unit.saturating_mul(unit))
    }

    /// Units before position 0 in a page with so many totals.
    fn first_unit(&self, totals: u8) -> u32 {
        self.shape.first_unit(totals)
    }

    /// The byte address of a position in the active page.
    fn position_address(&self, position: u32) -> u32 {
        self.unit_address(self.active, self.first_unit(self.header.totals).saturating_add(position))
    }

    /// Where the bodies of an empty page end: before its note of intent.
    pub(crate) fn top(&self) -> u32 {
        self.shape.page.saturating_sub(self.shape.unit)
    }

    /// Bytes left in the active page, for granules from below and bodies from above.
    pub(crate) fn left(&self) -> u32 {
        let used =
            self.first_unit(self.header.totals).saturating_add(self.next).saturating_mul(self.shape.unit);
        self.low.saturating_sub(used)
    }

    /// Whether one more granule fits the active page.
    pub(crate) fn has_room(&self) -> bool {
        self.left() >= self.shape.unit
    }

    /// Pages that have not failed.
    pub(crate) fn usable(&self) -> usize {
        self.pages.iter().filter(|page| page.state != State::Retired).count()
    }

    /// Whether fewer pages are left than the log needs, or none to recover on.
    pub(crate) fn is_worn_out(&self) -> bool {
        self.exhausted || self.usable() < FEWEST_PAGES
    }

    /// The erased page that will be opened next: the least worn.
    pub(crate) fn clean(&self) -> Option<usize> {
        let clean = self.pages.iter().enumerate().filter(|(_, page)| page.state == State::Clean);
        clean.min_by_key(|(_, page)| page.erases).map(|(at, _)| at)
    }

    /// A page that waits to be erased.
    pub(crate) fn dirty(&self) -> Option<usize> {
        self.pages.iter().position(|page| matches!(page.state, State::Begun | State::Dirty))
    }

    /// How many erased pages are ahead.
    pub(crate) fn clean_pages(&self) -> usize {
        self.pages.iter().filter(|page| page.state == State::Clean).count()
    }

    /// Whether a page counts.
    pub(crate) fn is_counted(&self, page: usize) -> bool {
        self.pages.get(page).is_some_and(|page| page.state == State::Counted)
    }

    /// Whether one page counts and was opened after the other.
    pub(crate) fn is_later(&self, page: usize, than: usize) -> bool {
        let sequence = |at: usize| self.pages.get(at).map_or(0, |page| page.sequence);
        self.is_counted(page) && sequence(page) > sequence(than)
    }

    /// Whether the page with this sequence was retired, and may count at the next mount.
    pub(crate) fn was_retired(&self, sequence: u32) -> bool {
        self.pages.iter().any(|page| page.state == State::Retired && page.sequence == sequence)
    }

    /// Whether one of the pages that this one skips was retired, and may count at the next mount, were it not for this one.
    pub(crate) fn skips_a_retired(&self, page: &Page) -> bool {
        self.pages.iter().any(|other| other.state == State::Retired && page.skips(other))
    }

    /// The counted page before a counted one.
    pub(crate) fn before(&self, page: usize) -> Option<usize> {
        let follows = self.pages.get(page)?.follows;
        self.pages.iter().position(|page| page.state == State::Counted && page.sequence == follows)
    }

    /// The counted page after the one with this sequence.
    pub(crate) fn after(&self, sequence: u32) -> Option<usize> {
        self.pages.iter().position(|page| page.state == State::Counted && page.follows == sequence)
    }

    /// The highest sequence of an unfinished page.
    pub(crate) fn unfinished(&self) -> Option<u32> {
        let unfinished = self.pages.iter().filter(|page| page.state == State::Unfinished);
        unfinished.map(|page| page.sequence).max()
    }

    /// How many pages will be the memory of charges once another page is opened.
    pub(crate) fn memory(&self) -> u8 {
        u8::try_from(self.usable().saturating_sub(1).max(1)).unwrap_or(u8::MAX)
    }

    /// The page of a ring that is erased next: one without content first, else the oldest that counts. While no page
    /// has failed or is unfinished, one more counts than the memory holds; else the oldest of the memory has to
    /// go. Never the page before the active one, of which the active one may be a torn copy. Records are no ring:
    /// however old a page of theirs is, what lives on it was written nowhere else.
    pub(crate) fn expendable(&self) -> Option<usize> {
        if self.kind == Kind::Records {
            return None;
        }
        self.dirty().or_else(|| {
            let before = self.before(self.active);
            let counted = self.pages.iter().enumerate().filter(|(at, page)| {
                page.state == State::Counted && *at != self.active && Some(*at) != before
            });
            counted.min_by_key(|(_, page)| page.sequence).map(|(at, _)| at)
        })
    }

    /// The oldest of the pages that the active one skips, and that wait to be erased.
    fn oldest_skipped(&self) -> Option<usize> {
        let active = self.pages.get(self.active)?;
        let is_skipped = |page: &Page| page.state == State::Dirty && active.skips(page);
        let skipped = self.pages.iter().enumerate().filter(|(_, page)| is_skipped(page));
        skipped.min_by_key(|(_, page)| page.sequence).map(|(at, _)| at)
    }

    /// The page that a mount erases to recover on where none is erased: of records one that is skipped, since what it holds
    /// is not believed while the active one counts, or one that is unfinished.
    fn last_resort(&self) -> Option<usize> {
        let unfinished = || self.pages.iter().position(|page| page.state == State::Unfinished);
        self.expendable().or_else(|| self.oldest_skipped()).or_else(unfinished)
    }

    /// Whether the note of intent of the active page looks untouched.
    fn intent_is_blank<F: NorFlash>(&self, flash: &mut F) -> bool {
        looks_blank(flash, self.page_address(self.active).saturating_add(self.top()), self.shape.unit)
    }

    /// New granules that a page takes, with as many totals as the active one has.
    pub(crate) fn granules_per_page(&self) -> u32 {
        self.shape.units().saturating_sub(self.first_unit(self.header.totals)).saturating_sub(2)
    }
}
