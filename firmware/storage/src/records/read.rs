//! Reading a record: absent, unreadable and forged are three different answers.

use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroize;

use super::Records;
use super::entry::{Key, PREFIX, Prefix};
use super::index::{Place, Record};
use super::seal::SEAL;
use super::write::body_length;
use crate::check::crc32;
use crate::error::StorageError;

impl<const N: usize> Records<N> {
    /// The value of a record, decrypted into the front of `buffer`.
    pub(crate) fn read<'b, F: NorFlash>(
        &self,
        flash: &mut F,
        key: &Key,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, StorageError> {
        let Some(record) = self.index.find(key) else {
            return if self.is_lost(key) { Err(StorageError::Unreadable) } else { Ok(None) };
        };
        let length = usize::from(record.total).saturating_sub(SEAL);
        let value = buffer.get_mut(..length).ok_or(StorageError::TooLong { length: length as u32 })?;
        let opened = self.open_record(flash, record, value);
        if opened.is_err() {
            value.zeroize();
        }
        opened?;
        Ok(Some(value))
    }

    fn open_record<F: NorFlash>(
        &self,
        flash: &mut F,
        record: &Record,
        value: &mut [u8],
    ) -> Result<(), StorageError> {
        let mut tag = [0; SEAL];
        self.check_record(flash, record)?;
        self.read_stream(flash, record, 0, &mut tag)?;
        self.read_stream(flash, record, SEAL as u32, value)?;
        self.sealer.cipher(&tag).apply(0, value);
        if self.sealer.holds(&tag, &record.key, value) { Ok(()) } else { Err(StorageError::Forged) }
    }

    /// Whether all pieces of a record are there and whole.
    pub(crate) fn check_record<F: NorFlash>(
        &self,
        flash: &mut F,
        record: &Record,
    ) -> Result<(), StorageError> {
        let mut start = 0u16;
        for place in record.places() {
            let prefix = self.read_prefix(flash, place).ok_or(StorageError::Unreadable)?;
            let is_next = prefix.key == record.key
                && prefix.version == record.version
                && prefix.start == start
                && prefix.total == record.total;
            if !is_next || !self.body_is_whole(flash, place) {
                return Err(StorageError::Unreadable);
            }
            start = start.saturating_add(place.length);
        }
        if start == record.total { Ok(()) } else { Err(StorageError::Unreadable) }
    }

    fn body_address(&self, place: &Place) -> u32 {
        self.log.page_address(usize::from(place.page)).saturating_add(u32::from(place.offset))
    }

    /// What stands before a piece, if it is of the record that the piece's granule names.
    pub(crate) fn read_named<F: NorFlash>(&self, flash: &mut F, place: &Place, name: u32) -> Option<Prefix> {
        self.read_prefix(flash, place).filter(|prefix| prefix.key.name() == name)
    }

    /// What stands before a piece.
    pub(crate) fn read_prefix<F: NorFlash>(&self, flash: &mut F, place: &Place) -> Option<Prefix> {
        let mut bytes = [0; PREFIX];
        read_bytes(flash, self.body_address(place), &mut bytes).then(|| Prefix::decode(&bytes))?
    }

    fn body_is_whole<F: NorFlash>(&self, flash: &mut F, place: &Place) -> bool {
        let guarded = body_length(place.length).saturating_sub(4);
        let mut crc = 0;
        let mut done = 0u32;
        let mut chunk = [0; 64];
        while done < guarded {
            let take = guarded.saturating_sub(done).min(64);
            let Some(part) = chunk.get_mut(..take as usize) else { return false };
            if !read_bytes(flash, self.body_address(place).saturating_add(done), part) {
                return false;
            }
            crc = crc32(crc, part);
            done = done.saturating_add(take);
        }
        let mut stored = [0; 4];
        read_bytes(flash, self.body_address(place).saturating_add(guarded), &mut stored)
            && u32::from_le_bytes(stored) == crc
    }

    /// Bytes of a record's stream from `start` on.
    fn read_stream<F: NorFlash>(
        &self,
        flash: &mut F,
        record: &Record,
        start: u32,
        into: &mut [u8],
    ) -> Result<(), StorageError> {
        self.pieces(record).read(flash, start, into)
    }

    /// The pieces of a record, to be read while others are written.
    pub(crate) fn pieces(&self, record: &Record) -> Pieces {
        Pieces { region: self.log.start, page: self.log.shape.page, record: *record }
    }
}

/// The pieces of a record as one stream.
pub(crate) struct Pieces {
    region: u32,
    page: u32,
    record: Record,
}

impl Pieces {
    /// Bytes of the stream from `start` on.
    pub(crate) fn read<F: NorFlash>(
        &self,
        flash: &mut F,
        start: u32,
        into: &mut [u8],
    ) -> Result<(), StorageError> {
        let mut skip = start;
        let mut rest = into;
        for place in self.record.places() {
            let length = u32::from(place.length);
            if skip >= length {
                skip = skip.saturating_sub(length);
                continue;
            }
            let take = length.saturating_sub(skip).min(rest.len() as u32);
            let (part, tail) = rest.split_at_mut_checked(take as usize).ok_or(StorageError::Unreadable)?;
            let page = self.region.saturating_add(self.page.saturating_mul(u32::from(place.page)));
            let body = page.saturating_add(u32::from(place.offset));
            if !read_bytes(flash, body.saturating_add(PREFIX as u32).saturating_add(skip), part) {
                return Err(StorageError::Unreadable);
            }
            rest = tail;
            skip = 0;
        }
        if rest.is_empty() { Ok(()) } else { Err(StorageError::Unreadable) }
    }
}

/// Reads bytes from anywhere, whatever the chip reads at once.
fn read_bytes<F: NorFlash>(flash: &mut F, address: u32, mut into: &mut [u8]) -> bool {
    let size = F::READ_SIZE.max(1) as u32;
    let mut address = address;
    let mut word = [0; 64];
    while !into.is_empty() {
        let lead = address.checked_rem(size).unwrap_or(0);
        let begin = address.saturating_sub(lead);
        let wanted = lead.saturating_add(into.len() as u32).min(64);
        let span = wanted.next_multiple_of(size).min(64);
        let Some(read) = word.get_mut(..span as usize) else { return false };
        if span == 0 || flash.read(begin, read).is_err() {
            return false;
        }
        let Some(useful) = read.get(lead as usize..) else { return false };
        let take = useful.len().min(into.len());
        let (Some(from), Some((to, tail))) = (useful.get(..take), into.split_at_mut_checked(take)) else {
            return false;
        };
        to.copy_from_slice(from);
        into = tail;
        address = address.saturating_add(take as u32);
    }
    true
}
