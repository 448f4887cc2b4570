//! Why storage could not do what was asked.

/// What went wrong, what state is left, and whether a retry helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The flash was never formatted (or a format was cut short). Nothing was changed. Format it.
    #[error("the flash was never formatted")]
    Blank,
    /// Formatted once, but no page of one of the logs can be read any more, or not the totals that the newest begins
    /// with; or more transactions were dropped than can be told apart. Nothing that was told was changed, a retry
    /// does not help; only a format, which forgets everything, makes the device usable again.
    #[error("the flash was formatted, but of a whole log of it what is true cannot be told")]
    Damaged,
    /// The flash was formatted by a version, or with a layout, that this one does not know. Nothing was changed.
    #[error("the flash holds another format")]
    OtherFormat,
    /// The layout does not fit the chip: regions overlap, are too small, or lie outside. Nothing was changed;
    /// a mistake of the board's author.
    #[error("the layout does not fit the chip")]
    Layout,
    /// The chip refused an operation or read back something else than was written; power may have failed.
    /// The operation in flight may or may not have happened. Every write answers `Remount` until a new
    /// [`mount`](crate::Storage::mount), which finds out.
    #[error("the flash failed")]
    Flash,
    /// An earlier write failed. Nothing was changed. Mount again.
    #[error("mount again after a failed write")]
    Remount,
    /// No erased page is ahead that can be written, and erasing would take too long here. Nothing that counts was changed.
    /// Call [`idle`](crate::Storage::idle) and try again.
    #[error("no erased page is ahead yet")]
    Busy,
    /// Fewer than three pages of a log can still be erased, or the mount found none to go on with. Nothing was changed.
    /// Everything that only reads goes on working; no retry helps, at most another mount. Of a format: a page can neither
    /// be erased nor said not to count; the device may no longer mount.
    #[error("the flash is worn out")]
    WornOut,
    /// The records do not fit, even after compaction. Nothing was written. Retry after deleting.
    #[error("{needed} bytes needed, {free} free")]
    Full {
        /// What the transaction takes, overhead included.
        needed: u32,
        /// What is free for it.
        free: u32,
    },
    /// As many records live as the index holds; or with the deletions that cannot go yet, since what they hide is still
    /// on flash and there is no room to move it. Nothing was written. Retry after deleting.
    #[error("the index of records is full")]
    IndexFull,
    /// More was put into a transaction than it was begun for. Nothing more was written; the transaction can
    /// only be dropped.
    #[error("more than the transaction was begun for")]
    NotReserved,
    /// The value is longer than a record can be, or than the buffer. Nothing was changed.
    #[error("a value of {length} bytes does not fit")]
    TooLong {
        /// Bytes of the value.
        length: u32,
    },
    /// The record is there, but the flash under it cannot be read, or reads wrong. A retry seldom helps.
    #[error("the record is there but cannot be read")]
    Unreadable,
    /// The record reads as it was written, but not by this device under this key: someone wrote to the flash,
    /// or the storage key is another. A retry does not help.
    #[error("the record is not authentic")]
    Forged,
    /// No counter has this index. Nothing was changed.
    #[error("no such counter")]
    NoSuchCounter,
    /// The total is lower than the one stored, or not below 2⁴⁰; or total and tag are those of a start anew. Nothing was
    /// changed.
    #[error("a total only rises, and stays below 2^40")]
    Total,
    /// The counter still has a granule in memory, so its index cannot start anew. Nothing was changed.
    /// Retry when the memory has moved on, or take another index.
    #[error("the counter is still in memory")]
    InMemory,
}

/// One flash operation failed. What it means depends on who asked, so it never leaves the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;

impl From<Failed> for StorageError {
    fn from(_: Failed) -> Self {
        Self::Flash
    }
}
