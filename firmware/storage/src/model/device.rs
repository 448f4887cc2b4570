//! A chip with its storage, for tests that hold what is read against what was written.

use std::vec;
use std::vec::Vec;

use embedded_storage::nor_flash::NorFlash;
use holdfast_crypto::Secret;

use super::Chip;
use crate::{Key, Layout, MoreWork, Needed, Storage, StorageError, Transaction, VALUE};

/// A chip and the storage on it. What no test expects to fail ends the test.
pub struct Device<const WORD: usize, const PAGE: usize, const RECORDS: usize = 64> {
    /// The chip.
    pub flash: Chip<WORD, PAGE>,
    /// What is mounted on it.
    pub storage: Storage<RECORDS>,
    layout: Layout,
}

/// Does idle work until there is none, or it fails; how many steps that took.
pub fn rest<F: NorFlash, const RECORDS: usize>(
    flash: &mut F,
    storage: &mut Storage<RECORDS>,
) -> Result<usize, StorageError> {
    for steps in 0..1000 {
        if storage.idle(flash)? == MoreWork::No {
            return Ok(steps);
        }
    }
    panic!("idle work must end");
}

fn key() -> Secret {
    Secret::new([7; 32])
}

impl<const WORD: usize, const PAGE: usize, const RECORDS: usize> Device<WORD, PAGE, RECORDS> {
    /// Formats a chip and mounts it.
    pub fn new(mut flash: Chip<WORD, PAGE>, layout: Layout) -> Self {
        Storage::<RECORDS>::format(&mut flash, layout, &key()).expect("a whole chip can be formatted");
        let storage = Storage::mount(&mut flash, layout, &key()).expect("what was formatted mounts");
        Self { flash, storage, layout }
    }

    /// Takes power away, and gives it back.
    pub fn mount(&mut self) {
        self.flash.remount(1);
        self.mount_now().expect("it mounts");
    }

    /// Mounts the chip as it is: without power, too.
    pub fn mount_now(&mut self) -> Result<(), StorageError> {
        self.storage = Storage::mount(&mut self.flash, self.layout, &key())?;
        Ok(())
    }

    /// Begins a transaction.
    pub fn begin(
        &mut self,
        needed: Needed,
    ) -> Result<Transaction<'_, Chip<WORD, PAGE>, RECORDS>, StorageError> {
        self.storage.begin(&mut self.flash, needed)
    }

    /// Writes a record by a transaction of its own.
    pub fn put(&mut self, key: Key, value: &[u8]) -> Result<(), StorageError> {
        self.put_within(Needed::nothing().put(value.len() as u32), key, value)
    }

    /// As [`put`](Self::put), from what is kept for the device itself.
    pub fn put_reserved(&mut self, key: Key, value: &[u8]) -> Result<(), StorageError> {
        self.put_within(Needed::nothing().put(value.len() as u32).reserved(), key, value)
    }

    fn put_within(&mut self, needed: Needed, key: Key, value: &[u8]) -> Result<(), StorageError> {
        let mut transaction = self.begin(needed)?;
        transaction.put(key, value)?;
        transaction.commit()
    }

    /// Deletes a record by a transaction of its own.
    pub fn delete(&mut self, key: Key) -> Result<(), StorageError> {
        let mut transaction = self.begin(Needed::nothing().delete())?;
        transaction.delete(key)?;
        transaction.commit()
    }

    /// A record's value; `None` where there is none.
    pub fn read(&mut self, key: Key) -> Result<Option<Vec<u8>>, StorageError> {
        let mut buffer = vec![0; VALUE];
        let read = self.storage.read(&mut self.flash, key, &mut buffer);
        read.map(|value| value.map(<[u8]>::to_vec))
    }

    /// Does idle work until there is none; how many steps that took.
    pub fn rest(&mut self) -> usize {
        rest(&mut self.flash, &mut self.storage).expect("idle work succeeds")
    }

    /// Where bodies of a record begin on the chip, those that no longer live too: their first bytes are its key.
    pub fn bodies(&self, key: Key) -> Vec<usize> {
        let begins = |bytes: &[u8]| bytes.first() == Some(&key.kind) && bytes.get(1..) == Some(&key.id);
        let places = self.flash.bytes().windows(17).enumerate();
        places.filter(|(_, bytes)| begins(bytes)).map(|(at, _)| at).collect()
    }

    /// Bytes of the value that a body is of, as it says itself: with its tag.
    pub fn total_of(&self, body: usize) -> Option<u16> {
        let bytes = self.flash.bytes().get(body.checked_add(24)?..)?;
        Some(u16::from_le_bytes(*bytes.first_chunk()?))
    }

    /// Whether these bytes stand anywhere on the chip.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.flash.bytes().windows(bytes.len()).any(|window| window == bytes)
    }
}
