//! Every capacity of the crate, each with its reason.

/// Live counters on one device. Their totals, 5 bytes each, must fit one page beside its granules.
pub const COUNTERS: usize = 200;

/// A counter's total stays below this: five bytes on flash.
pub const TOTAL_LIMIT: u64 = 1 << 40;

/// Bytes of the tag that a charge is recognized by.
pub const TAG: usize = 7;

/// Content of one granule: everything but the byte that names its predecessor and the check.
pub(crate) const PAYLOAD: usize = 13;

/// A granule on flash, before it is rounded up to what the chip writes at once.
pub(crate) const GRANULE: usize = 16;

/// The largest unit any supported chip writes at once (LPC55: 512 bytes).
pub(crate) const UNIT_MAX: usize = 512;

/// Pages of counters: 64 of 4 KiB are a quarter of an nRF52840's flash.
pub(crate) const COUNTER_PAGES: usize = 64;

/// Pages of time. Three would do; more only spread the wear.
pub(crate) const TIME_PAGES: usize = 8;

/// Pages of records: 256 of 4 KiB are 1 MiB. Any log has room to know as many, so that one body of code runs all three:
/// that saves 7 kB of flash, and costs 6 of RAM.
pub(crate) const PAGES: usize = 256;

/// The fewest pages a log works with: the one written, the one before it, one erased ahead.
pub(crate) const FEWEST_PAGES: usize = 3;

/// The fewest pages of records: the three of every log, and room to move the largest record.
pub(crate) const FEWEST_RECORD_PAGES: usize = 8;

/// A granule can skip this many positions back at most: 7 bits.
pub(crate) const FARTHEST: usize = 127;

/// Positions of one page, as a bit set holds them.
pub(crate) const POSITIONS: usize = 1024;

/// Pieces one record is cut into: the rest of a page, a whole one, the beginning of a third.
pub(crate) const PIECES: usize = 3;

/// Abandoned transactions that are remembered at once; each is forgotten when its pages are compacted. With more than the
/// first of the next three, their pages are; with as many as the second, no value is put; with as many as the third nothing is
/// deleted, and what is moved is moved apart, so that power loss leaves nothing of it to remember. The others are for devices
/// with no room for that.
pub(crate) const ABANDONED: usize = 24;
pub(crate) const ABANDONED_TO_FORGET: usize = 8;
pub(crate) const ABANDONED_TO_PUT: usize = 12;
pub(crate) const ABANDONED_TO_DELETE: usize = 16;

/// Records that are remembered at once as there and unreadable, by name: more than one page of them is past help.
pub(crate) const LOST: usize = 16;

/// The longest value of a record.
pub const VALUE: usize = 7_936;
