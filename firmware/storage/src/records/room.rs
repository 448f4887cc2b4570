//! How much fits: what a transaction takes, what is free, and what is kept for compaction.
//!
//! Everything is counted in bytes of flash, overhead included. Of each page a little is never counted, because
//! a piece too short to be worth it is not begun at its end; and room for moving one page, and the two records
//! that may reach over its ends, is always kept, and two pages besides.

use super::Records;
use super::entry::AROUND;
use super::seal::SEAL;
use crate::layout::Shape;
use crate::limits::VALUE;

/// The shortest piece that is begun at the end of a page.
pub(crate) const SHORTEST: u32 = 64;

/// Places of the index that are kept free at most.
const SLOTS: u32 = 16;

/// What a transaction will write, told before it begins, so that it never fails for want of room half-way.
///
/// ```
/// use holdfast_storage::Needed;
/// let needed = Needed::nothing().put(900).put(40).delete();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// Puts and deletions.
    records: u32,
    puts: u32,
    bytes: u32,
    reserved: bool,
}

impl Needed {
    /// An empty transaction.
    pub const fn nothing() -> Self {
        Self { records: 0, puts: 0, bytes: 0, reserved: false }
    }

    /// A value of so many bytes, also where it takes the place of another.
    pub const fn put(self, bytes: u32) -> Self {
        Self {
            records: self.records.saturating_add(1),
            puts: self.puts.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
            ..self
        }
    }

    /// A deletion. A transaction of nothing else may use the reserve: what is full can always be emptied.
    pub const fn delete(self) -> Self {
        Self { records: self.records.saturating_add(1), ..self }
    }

    /// The transaction may use the reserve, of bytes and of places in the index: for what must fit though the device
    /// is full, such as a renewal.
    pub const fn reserved(self) -> Self {
        Self { reserved: true, ..self }
    }

    /// What is left once a value of so many bytes is put; `None` if that is more than was asked for.
    pub(crate) fn take(self, bytes: u32) -> Option<Self> {
        let (records, puts) = (self.records.checked_sub(1)?, self.puts.checked_sub(1)?);
        Some(Self { records, puts, bytes: self.bytes.checked_sub(bytes)?, ..self })
    }

    /// What is left once a record is deleted, if need be in place of a put.
    pub(crate) fn take_deletion(self) -> Option<Self> {
        Some(Self { records: self.records.checked_sub(1)?, ..self })
    }

    pub(crate) const fn is_only_deletions(&self) -> bool {
        self.records > 0 && self.puts == 0
    }

    pub(crate) const fn records(&self) -> u32 {
        self.records
    }
}

/// Bytes of flash that a stream takes, apart from being cut where a page ends.
pub(crate) fn cost(shape: &Shape, stream: u32) -> u32 {
    shape.unit.saturating_add(shape.aligned(stream.saturating_add(AROUND)))
}

impl Shape {
    /// Bytes of a page that are counted on.
    pub(crate) fn effective(&self) -> u32 {
        self.payload().saturating_sub(self.uncounted())
    }

    /// Bytes of a page that are not: its end, the beginning of one more piece, and a few granules of commits and copies.
    pub(crate) fn uncounted(&self) -> u32 {
        cost(self, SHORTEST).saturating_add(self.overhead())
    }

    /// What of a page no compaction gains: a few granules of commits and copies.
    pub(crate) fn overhead(&self) -> u32 {
        self.unit.saturating_mul(8)
    }

    /// Bytes that must be erased so that a page can be moved of whose records so much is on it, and so much on others: two
    /// pages are left, one that a cut in between may cost, and one that a mount recovers on.
    pub(crate) fn room_to_move(&self, here: u32, elsewhere: u32) -> u32 {
        let moved = here.saturating_add(elsewhere).saturating_add(self.overhead());
        self.effective().saturating_mul(2).saturating_add(moved)
    }

    /// Bytes that must stay erased so that any page can be moved, also where two of the longest records reach over its ends.
    pub(crate) fn spare(&self) -> u32 {
        let longest = self.longest().saturating_add(SEAL as u32);
        self.room_to_move(self.payload(), cost(self, longest).saturating_mul(2))
    }

    /// The longest value on such pages: it is cut in three at most.
    pub(crate) fn longest(&self) -> u32 {
        let piece = self.payload().saturating_sub(cost(self, 0));
        piece.saturating_mul(2).saturating_sub(SEAL as u32).min(VALUE as u32)
    }

    /// What a transaction takes.
    pub(crate) fn takes(&self, needed: &Needed) -> u32 {
        let each = cost(self, SEAL as u32).saturating_add(self.align);
        let cuts = needed.bytes.checked_div(self.effective().max(1)).unwrap_or(0).saturating_add(1);
        needed
            .bytes
            .saturating_add(each.saturating_mul(needed.records))
            .saturating_add(cost(self, 0).saturating_mul(cuts))
            .saturating_add(self.unit.saturating_mul(2))
    }

    /// Whether so many pages hold a record that can be replaced, though there is no reserve.
    pub(crate) fn holds_a_record(&self, pages: u16) -> bool {
        let deletion = self.takes(&Needed::nothing().delete());
        let value = self.takes(&Needed::nothing().put(1));
        let replaced = cost(self, (SEAL as u32).saturating_add(1));
        let kept = self.spare().saturating_add(deletion).saturating_add(value).saturating_add(replaced);
        u32::from(pages).saturating_mul(self.effective()) >= kept
    }
}

impl<const N: usize> Records<N> {
    /// Bytes that the live records take.
    pub(crate) fn live(&self) -> u32 {
        let records = self.index.live().iter();
        let live = records
            .fold(0u32, |sum, record| sum.saturating_add(cost(&self.log.shape, u32::from(record.total))));
        let tombstones = cost(&self.log.shape, SEAL as u32).saturating_mul(self.tombstones);
        live.saturating_add(tombstones)
    }

    /// Bytes that can be written before anything is compacted.
    pub(crate) fn at_once(&self) -> u32 {
        let here = self.log.left().saturating_sub(self.log.shape.unit).min(self.log.shape.effective());
        here.saturating_add(self.ahead())
    }

    /// Of them those on pages that are erased.
    pub(super) fn ahead(&self) -> u32 {
        u32::try_from(self.log.clean_pages()).unwrap_or(0).saturating_mul(self.log.shape.effective())
    }

    /// What is free for such a transaction, compaction supposed.
    pub(crate) fn free(&self, needed: &Needed) -> u32 {
        let pages = u32::try_from(self.log.usable()).unwrap_or(0);
        let kept = self.live().saturating_add(self.log.shape.spare());
        let for_a_deletion = self.log.shape.takes(&Needed::nothing().delete());
        let reserve = match (needed.is_only_deletions(), needed.reserved) {
            (true, _) => 0,
            (false, true) => for_a_deletion,
            (false, false) => self.reserve.saturating_add(for_a_deletion),
        };
        pages.saturating_mul(self.log.shape.effective()).saturating_sub(kept).saturating_sub(reserve)
    }

    /// Of what is free, what compaction may still reach.
    pub(crate) fn in_reach(&self) -> u32 {
        self.out_of_reach.saturating_sub(self.log.shape.spare()).saturating_sub(1)
    }

    /// Places in the index that such a transaction must leave free. Without any, nothing could be written that
    /// takes the place of something, nothing moved, and nothing deleted.
    pub(crate) fn kept_slots(needed: &Needed) -> u32 {
        let slots = u32::try_from(N / 8).unwrap_or(u32::MAX).clamp(2, SLOTS);
        match (needed.is_only_deletions(), needed.reserved) {
            (true, _) => 0,
            (false, true) => slots / 2,
            (false, false) => slots,
        }
    }
}
