//! Records: named values that are written whole or not at all, several at once where they belong together.
//!
//! A transaction's granules bear its number. It is true once its commit granule stands; a page's header says
//! up to which number everything is decided, and what was abandoned below that is named by a granule of its
//! own. So a mount needs one look at each granule, and a transaction that was cut short never happened.

mod abandoned;
mod apart;
mod compact;
pub(crate) mod entry;
mod hidden;
mod idle;
pub(crate) mod index;
mod lost;
mod mount;
mod read;
mod remnants;
pub(crate) mod room;
pub(crate) mod seal;
pub(crate) mod transaction;
mod victim;
mod write;

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use crate::error::StorageError;
use crate::limits::{ABANDONED, LOST, PAGES};
use crate::log::{Log, Opening};
use crate::page::Kind;

use entry::{Entry, Key};
use index::{Index, Record};
use lost::Lost;
use room::Needed;
use seal::{SEAL, Sealer};

/// One bit for each page of records.
pub(crate) type PageSet = [u32; PAGES / 32];

const NO_PAGES: PageSet = [0; PAGES / 32];

pub(crate) fn contains(set: &PageSet, page: usize) -> bool {
    let bit = 1u32.checked_shl((page % 32) as u32).unwrap_or(0);
    set.get(page / 32).is_some_and(|word| word & bit != 0)
}

pub(crate) fn insert(set: &mut PageSet, page: usize) {
    let bit = 1u32.checked_shl((page % 32) as u32).unwrap_or(0);
    if let Some(word) = set.get_mut(page / 32) {
        *word |= bit;
    }
}

pub(crate) fn remove(set: &mut PageSet, page: usize) {
    let bit = 1u32.checked_shl((page % 32) as u32).unwrap_or(0);
    if let Some(word) = set.get_mut(page / 32) {
        *word &= !bit;
    }
}

/// The log of records and what is known of it.
pub(crate) struct Records<const N: usize> {
    pub(crate) log: Log,
    pub(crate) index: Index<N>,
    /// The number the next transaction gets.
    pub(crate) next: u32,
    /// A transaction that has begun on flash and is neither committed nor abandoned.
    pub(crate) undecided: Option<u32>,
    /// Transactions that never happened, while granules of them may be on flash.
    pub(crate) abandoned: Vec<u32, ABANDONED>,
    /// Tombstones on flash.
    pub(crate) tombstones: u32,
    /// Pages that are known to hold what is left of secrets.
    pub(crate) purge: PageSet,
    /// Whether `purge` is all of them: nothing of a secret was deleted, superseded or dropped since they were
    /// looked for.
    pub(crate) swept: bool,
    /// Compactions for room in idle time that gained none, since a transaction was written.
    pub(crate) in_vain: usize,
    /// So many bytes no compaction makes ready, nor more, as long as nothing is written.
    pub(crate) out_of_reach: u32,
    /// Pages with a live record that cannot be read: they are left alone.
    pub(crate) stuck: PageSet,
    /// Records of which a mount could not read what stands before a piece.
    pub(crate) lost: Vec<Lost, LOST>,
    pub(crate) reserve: u32,
    pub(crate) sealer: Sealer,
}

impl<const N: usize> Records<N> {
    /// A log of which nothing is known.
    pub(crate) const fn new() -> Self {
        Self {
            log: Log::new(Kind::Records),
            index: Index::new(),
            next: 1,
            undecided: None,
            abandoned: Vec::new(),
            tombstones: 0,
            purge: NO_PAGES,
            swept: false,
            in_vain: 0,
            out_of_reach: u32::MAX,
            stuck: NO_PAGES,
            lost: Vec::new(),
            reserve: 0,
            sealer: Sealer::NONE,
        }
    }

    /// Sees to it that a transaction can be written without a pause.
    pub(crate) fn prepare<F: NorFlash>(
        &mut self,
        flash: &mut F,
        needed: &Needed,
    ) -> Result<(), StorageError> {
        if self.log.is_worn_out() {
            return Err(StorageError::WornOut);
        }
        self.settle(flash)?;
        for _ in 0..self.log.pages.len() {
            if !self.forget_some(flash)? {
                break;
            }
        }
        self.may_be_abandoned(needed)?;
        self.make_index_room(flash, needed)?;
        self.make_room(flash, needed)
    }

    /// Bytes of a record's value.
    pub(crate) fn length(&self, key: &Key) -> Option<usize> {
        self.index.find(key).map(|record| usize::from(record.total).saturating_sub(SEAL))
    }

    /// What a page that is opened now says: transactions below its base are decided.
    fn opening(&self) -> Opening<'static> {
        Opening { base: self.undecided.unwrap_or(self.next), totals: &[] }
    }

    /// Appends a granule, on a new page if this one is full.
    pub(crate) fn append<F: NorFlash>(&mut self, flash: &mut F, entry: Entry) -> Result<(), StorageError> {
        if !self.log.has_room() {
            self.open(flash)?;
        }
        self.out_of_reach = u32::MAX;
        Ok(self.log.append(flash, entry.encode())?)
    }

    /// Opens the next page. One is ahead: a transaction sees to that before it begins.
    pub(crate) fn open<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        if self.log.open_any(flash, self.opening(), None)? { Ok(()) } else { Err(StorageError::NotReserved) }
    }

    /// Writes down that the transaction that was dropped never happened.
    pub(crate) fn settle<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StorageError> {
        let Some(transaction) = self.undecided else { return Ok(()) };
        self.remember_abandoned(flash, transaction)?;
        self.append(flash, Entry::Abandon { transaction })?;
        self.undecided = None;
        self.swept = false;
        self.in_vain = 0;
        Ok(())
    }

    /// The commit granule of the undecided transaction stands.
    pub(crate) fn decide(&mut self, deletions: u32) -> Result<(), StorageError> {
        self.undecided = None;
        self.in_vain = 0;
        self.tombstones = self.tombstones.saturating_add(deletions);
        self.make_true(false)
    }

    /// Makes what waits in the index true, once its commit granule stands. `moved`: it says nothing new.
    fn make_true(&mut self, moved: bool) -> Result<(), StorageError> {
        while let Some(record) = self.index.take_waiting() {
            self.make_record_true(record, moved)?;
        }
        Ok(())
    }

    /// Puts one record into the index, and sees to it that of a secret nothing outlives it.
    pub(crate) fn make_record_true(&mut self, record: Record, moved: bool) -> Result<(), StorageError> {
        let former = self.index.apply(record).map_err(|()| StorageError::IndexFull)?;
        if !self.lost.is_empty() {
            self.find_again(&record.key);
        }
        match former.filter(|_| record.key.holds_a_secret() && !moved) {
            // Put twice in one transaction: nothing on flash tells the two apart.
            Some(former) if former.version == record.version && !record.deleted => {
                former.places().iter().for_each(|place| insert(&mut self.purge, usize::from(place.page)));
            }
            Some(_) => self.swept = false,
            None => {}
        }
        Ok(())
    }

    /// Whether a transaction that is decided is true.
    pub(crate) fn is_true(&self, transaction: u32) -> bool {
        self.undecided != Some(transaction) && !self.abandoned.contains(&transaction)
    }
}
