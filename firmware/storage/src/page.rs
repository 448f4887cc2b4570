//! The frame of a page: what tells an erased one from a begun one, and which came before it.
//!
//! ```text
//! unit 0           1        2 …                                       last
//! | erase mark   | header | totals of all counters | granules … → |  … bodies | note of intent |
//! ```
//! - The **erase mark** is written when an erase is complete: format, region, erases so far, and the sequence
//!   of the newest page at that time. A page without one is never written into.
//! - **Totals** and **header** are written when the page is opened; the header says where the page before it
//!   ends, and from which number on this page counts.
//! - The page **counts** once it also holds a readable granule.
//! - The **note of intent** is burned before the *next* page is touched. So at mount a page that looks erased
//!   is known to be untouched, or is erased again.

use crate::check::{COUNTED_BITS, Frame};
use crate::granule::{open, seal, set_right};
use crate::limits::GRANULE;

/// The version of the format that this crate writes.
pub(crate) const VERSION: u8 = 1;

const MAGIC: [u8; 2] = *b"HF";

/// Which log a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Charges.
    Counters = 1,
    /// Powered time.
    Time = 2,
    /// Records.
    Records = 3,
}

/// Written when an erase is complete.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    /// Erases of this page, this one included.
    pub(crate) erases: u32,
    /// The sequence of the newest page when this one was erased.
    pub(crate) stamp: u32,
}

/// What the first unit of a page says.
pub(crate) enum MarkReading {
    None,
    OtherFormat,
    Mark(Mark),
}

impl Mark {
    pub(crate) fn encode(&self) -> [u8; GRANULE] {
        let [m0, m1] = MAGIC;
        let [e0, e1, e2, e3] = self.erases.to_le_bytes();
        let [s0, s1, s2, s3] = self.stamp.to_le_bytes();
        seal(Frame::Mark, &[m0, m1, VERSION, self.kind as u8, e0, e1, e2, e3, s0, s1, s2, s3, 0, 0])
    }

    pub(crate) fn decode(bytes: &[u8; GRANULE], kind: Kind) -> MarkReading {
        let Some([m0, m1, version, of, e0, e1, e2, e3, s0, s1, s2, s3, _, _]) = open(Frame::Mark, bytes)
        else {
            return MarkReading::None;
        };
        if [m0, m1] != MAGIC || version != VERSION || of != kind as u8 {
            return MarkReading::OtherFormat;
        }
        MarkReading::Mark(Self {
            kind,
            erases: u32::from_le_bytes([e0, e1, e2, e3]),
            stamp: u32::from_le_bytes([s0, s1, s2, s3]),
        })
    }
}

/// Written when a page is opened, after its totals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// One more than that of the page before, and as many more as are skipped.
    pub(crate) sequence: u32,
    /// Counters: the number of the charge that the first granule copies. Records: transactions below this
    /// are decided.
    pub(crate) base: u32,
    /// So many sequence numbers before this one are void: pages of which nothing counts, and pages begun and never
    /// finished, on a chip that did not let them be marked. They may seem to count one day, until they are erased.
    pub(crate) skipped: u32,
    /// Positions of the page before that count.
    pub(crate) previous_end: u16,
    /// Something in the page before does not count, or was in doubt: that page must be erased no later than
    /// this one.
    pub(crate) guards: bool,
    /// How many totals stand behind the header.
    pub(crate) totals: u8,
    /// How many pages, this one included, are the memory of charges.
    pub(crate) memory: u8,
    /// CRC-16 of the totals.
    pub(crate) totals_check: u16,
}

const GUARDS: u16 = 0x8000;
const END: u16 = 0x07ff;

/// How many sequence numbers any header can skip: four bits, between where the page before ends and `guards`.
pub(crate) const SKIPPED_MOST: u32 = 15;

/// The CRC of no totals. Where there are none, its place holds the upper bits of what is skipped, each as a zero.
const NO_TOTALS: u16 = 0xffff;

/// How many sequence numbers a header can skip on a page with so many totals.
pub(crate) const fn most_skipped(totals: usize) -> u32 {
    if totals == 0 { (NO_TOTALS as u32) << SKIPPED_MOST.trailing_ones() | SKIPPED_MOST } else { SKIPPED_MOST }
}

impl Header {
    /// Of a log of which nothing is known.
    pub(crate) const NOTHING: Self = Self {
        sequence: 0,
        base: 0,
        skipped: 0,
        previous_end: 0,
        guards: false,
        totals: 0,
        memory: 1,
        totals_check: 0,
    };

    pub(crate) fn encode(&self) -> [u8; GRANULE] {
        let [s0, s1, s2, s3] = self.sequence.to_le_bytes();
        let [b0, b1, b2, b3] = self.base.to_le_bytes();
        let lower = ((self.skipped & SKIPPED_MOST) as u16).unbounded_shl(END.trailing_ones());
        let upper = self.skipped.unbounded_shr(SKIPPED_MOST.trailing_ones()) as u16;
        let guards = if self.guards { GUARDS } else { 0 };
        let [p0, p1] = (self.previous_end & END | lower | guards).to_le_bytes();
        let [c0, c1] = (self.totals_check ^ upper).to_le_bytes();
        seal(Frame::Header, &[s0, s1, s2, s3, b0, b1, b2, b3, p0, p1, self.totals, self.memory, c0, c1])
    }

    /// The header in `bytes`, of which one bit may have changed since it was whole. That may be what a power cut left: one that
    /// changed so much could have changed nothing, so what reads it must bear that too. Were the count of zeros set right, what
    /// cuts left of many bits could pass.
    pub(crate) fn decode(bytes: &[u8; GRANULE]) -> Option<Self> {
        set_right(bytes, COUNTED_BITS, Self::decode_whole)
    }

    /// The header in `bytes`, if all of it is as it was written.
    pub(crate) fn decode_whole(bytes: &[u8; GRANULE]) -> Option<Self> {
        let [s0, s1, s2, s3, b0, b1, b2, b3, p0, p1, totals, memory, c0, c1] = open(Frame::Header, bytes)?;
        let end = u16::from_le_bytes([p0, p1]);
        let check = u16::from_le_bytes([c0, c1]);
        let totals_check = if totals == 0 { NO_TOTALS } else { check };
        let upper = u32::from(check ^ totals_check).unbounded_shl(SKIPPED_MOST.trailing_ones());
        let lower = u32::from((end & !GUARDS).unbounded_shr(END.trailing_ones()));
        Some(Self {
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            base: u32::from_le_bytes([b0, b1, b2, b3]),
            skipped: upper | lower,
            previous_end: end & END,
            guards: end & GUARDS != 0,
            totals,
            memory,
            totals_check,
        })
    }

    /// The sequence of the page before.
    pub(crate) fn follows(&self) -> u32 {
        self.sequence.saturating_sub(1).saturating_sub(self.skipped)
    }
}

#[cfg(test)]
mod laws {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        /// Of an erase that is cut short some zeros became ones, of a burn some ones zeros.
        #[test]
        fn a_header_of_which_a_cut_left_more_than_one_bit_changed_never_passes(
            guarded: [u8; 14], bits in vec(0..128u32, 1..8), erased: bool
        ) {
            let whole = seal(Frame::Header, &guarded);
            let was = u128::from_le_bytes(whole);
            let mask = bits.iter().fold(0, |mask, bit| mask | 1u128 << bit);
            let torn = if erased { was | mask } else { was & !mask };
            let changed = torn ^ was;
            let read = Header::decode(&torn.to_le_bytes());
            let is_known = changed == 0 || changed.is_power_of_two() && changed.trailing_zeros() < COUNTED_BITS;
            let expected = Header::decode(&whole).filter(|_| is_known);
            prop_assert!(read == expected);
        }
    }
}
