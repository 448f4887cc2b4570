//! A transaction: several records that become true together, or never.

use embedded_storage::nor_flash::NorFlash;

use super::entry::{Entry, Key};
use super::room::Needed;
use super::seal::SEAL;
use super::write::Stream;
use crate::Storage;
use crate::error::StorageError;

/// Records being written. Nothing of it is true before [`commit`](Self::commit); dropped, it never happened.
#[must_use = "a transaction that is not committed never happened"]
pub struct Transaction<'a, F: NorFlash, const RECORDS: usize> {
    storage: &'a mut Storage<RECORDS>,
    flash: &'a mut F,
    left: Needed,
    number: Option<u32>,
    deletions: u32,
    /// Why it can only be dropped.
    refused: Option<StorageError>,
}

impl<'a, F: NorFlash, const RECORDS: usize> Transaction<'a, F, RECORDS> {
    pub(crate) fn new(storage: &'a mut Storage<RECORDS>, flash: &'a mut F, needed: Needed) -> Self {
        Self { storage, flash, left: needed, number: None, deletions: 0, refused: None }
    }

    /// Writes a value, instead of the one that the key has now if there is one.
    ///
    /// # Errors
    /// `NotReserved` and `TooLong`: nothing was written. `Flash`: see there. In every case the transaction can
    /// only be dropped; whatever else is asked of it answers the same.
    pub fn put(&mut self, key: Key, value: &[u8]) -> Result<(), StorageError> {
        self.unless_refused(|it| it.write_value(key, value))
    }

    fn unless_refused(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let done = self.refused.map_or_else(|| step(self), Err);
        self.refused = done.err();
        done
    }

    fn write_value(&mut self, key: Key, value: &[u8]) -> Result<(), StorageError> {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        let total = u16::try_from(value.len().saturating_add(SEAL))
            .ok()
            .filter(|_| length <= self.storage.records.log.shape.longest());
        let total = total.ok_or(StorageError::TooLong { length })?;
        self.left = self.left.take(length).ok_or(StorageError::NotReserved)?;
        let tag = self.storage.records.sealer.tag(&key, false, value);
        self.write(key, total, false, tag, value)
    }

    /// Deletes a record; changes nothing where there is none.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn delete(&mut self, key: Key) -> Result<(), StorageError> {
        self.unless_refused(|it| it.write_deletion(key))
    }

    fn write_deletion(&mut self, key: Key) -> Result<(), StorageError> {
        self.left = self.left.take_deletion().ok_or(StorageError::NotReserved)?;
        let records = &self.storage.records;
        let exists = records.index.find(&key).is_some()
            || records.is_lost(&key)
            || records.index.pending().iter().any(|record| record.key == key && !record.deleted);
        if !exists {
            return Ok(());
        }
        let tag = records.sealer.tag(&key, true, &[]);
        self.deletions = self.deletions.saturating_add(1);
        self.write(key, SEAL as u16, true, tag, &[])
    }

    fn write(
        &mut self,
        key: Key,
        total: u16,
        deleted: bool,
        tag: [u8; SEAL],
        value: &[u8],
    ) -> Result<(), StorageError> {
        let Self { storage, flash, number, .. } = self;
        storage.guarded(|storage| {
            let records = &mut storage.records;
            let transaction = match *number {
                Some(number) => number,
                None => *number.insert(records.start()?),
            };
            let stream = Stream { transaction, key, version: transaction, total, deleted };
            let mut cipher = records.sealer.cipher(&tag);
            records.write_stream(*flash, stream, &mut |_, start, into| {
                let plain = tag.iter().chain(value).skip(start as usize);
                into.iter_mut().zip(plain).for_each(|(to, from)| *to = *from);
                let lead = (SEAL as u32).saturating_sub(start) as usize;
                if let Some(sealed) = into.get_mut(lead..) {
                    cipher.apply(start.saturating_sub(SEAL as u32), sealed);
                }
                Ok(())
            })
        })
    }

    /// Makes all of it true, durably.
    ///
    /// # Errors
    /// `Flash`: it may be true or not; a mount finds out, and never anything in between. What a
    /// [`put`](Self::put) or [`delete`](Self::delete) answered that failed: nothing of it is true.
    pub fn commit(self) -> Result<(), StorageError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let Some(transaction) = self.number else { return Ok(()) };
        let mut this = self;
        let deletions = this.deletions;
        let Self { storage, flash, .. } = &mut this;
        storage.guarded(|storage| {
            storage.records.append(*flash, Entry::Commit { transaction, emptied: None })?;
            storage.records.decide(deletions)
        })
    }
}

impl<F: NorFlash, const RECORDS: usize> Drop for Transaction<'_, F, RECORDS> {
    fn drop(&mut self) {
        self.storage.records.index.drop_waiting();
    }
}
