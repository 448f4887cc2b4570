//! The index of live records, in RAM: what is not in it is absent, and no flash is read to say so.
//!
//! The front is sorted by key; behind it wait the records of the transaction that is being written.

use heapless::Vec;

use super::entry::Key;
use crate::limits::PIECES;

/// Where a piece of a record lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) page: u8,
    /// Of its body, in the page.
    pub(crate) offset: u16,
    /// Of its bytes of the stream.
    pub(crate) length: u16,
}

/// One live record, or one that will be.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) version: u32,
    /// Bytes of its stream.
    pub(crate) total: u16,
    /// Its pieces, in the order of the stream.
    places: [Place; PIECES],
    count: u8,
    /// It stands for a deletion.
    pub(crate) deleted: bool,
}

impl Record {
    pub(crate) fn new(key: Key, version: u32, total: u16, deleted: bool) -> Self {
        Self {
            key,
            version,
            total,
            places: [Place { page: 0, offset: 0, length: 0 }; PIECES],
            count: 0,
            deleted,
        }
    }

    pub(crate) fn places(&self) -> &[Place] {
        self.places.get(..usize::from(self.count)).unwrap_or(&[])
    }

    /// Whether a piece of it lies on this page.
    pub(crate) fn touches(&self, page: usize) -> bool {
        self.places().iter().any(|place| usize::from(place.page) == page)
    }

    /// Adds the next piece; `false` if there are as many as a record can have.
    pub(crate) fn add(&mut self, place: Place) -> bool {
        match self.places.get_mut(usize::from(self.count)) {
            Some(slot) => {
                *slot = place;
                self.count = self.count.saturating_add(1);
                true
            }
            None => false,
        }
    }

    /// Bytes of the stream that its pieces hold.
    pub(crate) fn held(&self) -> u32 {
        self.places().iter().fold(0, |sum, place| sum.saturating_add(u32::from(place.length)))
    }
}

/// All live records by key.
pub(crate) struct Index<const N: usize> {
    records: Vec<Record, N>,
    live: usize,
}

impl<const N: usize> Index<N> {
    pub(crate) const fn new() -> Self {
        Self { records: Vec::new(), live: 0 }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.live = 0;
        self.records.clear();
    }

    pub(crate) fn live(&self) -> &[Record] {
        self.records.get(..self.live).unwrap_or(&[])
    }

    pub(crate) fn pending(&self) -> &[Record] {
        self.records.get(self.live..).unwrap_or(&[])
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Record> {
        let at = self.live().binary_search_by(|record| record.key.cmp(key)).ok()?;
        self.records.get(at)
    }

    pub(crate) fn find_mut(&mut self, key: &Key) -> Option<&mut Record> {
        let at = self.live().binary_search_by(|record| record.key.cmp(key)).ok()?;
        self.records.get_mut(at)
    }

    /// Lets a record wait for its commit; `false` if the index is full.
    pub(crate) fn wait(&mut self, record: Record) -> bool {
        self.records.push(record).is_ok()
    }

    /// The first that waits, taken out to be made true.
    pub(crate) fn take_waiting(&mut self) -> Option<Record> {
        (self.records.len() > self.live).then(|| self.records.remove(self.live))
    }

    /// Forgets what waits.
    pub(crate) fn drop_waiting(&mut self) {
        self.records.truncate(self.live);
    }

    /// Makes a record true: puts it in the place of the one with its key, or removes that one. Returns the
    /// former one; `Err` if the index is full.
    pub(crate) fn apply(&mut self, record: Record) -> Result<Option<Record>, ()> {
        match (self.live().binary_search_by(|other| other.key.cmp(&record.key)), record.deleted) {
            (Ok(at), true) => {
                let former = self.records.remove(at);
                self.live = self.live.saturating_sub(1);
                Ok(Some(former))
            }
            (Ok(at), false) => {
                let slot = self.records.get_mut(at).ok_or(())?;
                Ok(Some(core::mem::replace(slot, record)))
            }
            (Err(_), true) => Ok(None),
            (Err(at), false) => {
                self.records.insert(at, record).map_err(|_| ())?;
                self.live = self.live.saturating_add(1);
                Ok(None)
            }
        }
    }

    /// Takes out the live record that granules call so.
    pub(crate) fn remove_named(&mut self, name: u32) {
        if let Some(at) = self.live().iter().position(|record| record.key.name() == name) {
            self.records.remove(at);
            self.live = self.live.saturating_sub(1);
        }
    }

    /// How many records live or wait.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}
