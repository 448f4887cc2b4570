//! Writing a stream of bytes as pieces of a record.

use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

use super::Records;
use super::entry::{AROUND, Entry, Key, PREFIX, Prefix};
use super::index::{Place, Record};
use super::room::SHORTEST;
use crate::check::crc32;
use crate::error::{Failed, StorageError};
use crate::limits::UNIT_MAX;

/// Fills a buffer with a stream's bytes from a place on.
pub(crate) type Source<'s, F> = dyn FnMut(&mut F, u32, &mut [u8]) -> Result<(), StorageError> + 's;

/// What is written, and as which record.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) transaction: u32,
    pub(crate) key: Key,
    pub(crate) version: u32,
    pub(crate) total: u16,
    pub(crate) deleted: bool,
}

impl<const N: usize> Records<N> {
    /// Writes a record's stream. The record then waits in the index for its commit.
    pub(crate) fn write_stream<F: NorFlash>(
        &mut self,
        flash: &mut F,
        stream: Stream,
        source: &mut Source<'_, F>,
    ) -> Result<(), StorageError> {
        let mut record = Record::new(stream.key, stream.version, stream.total, stream.deleted);
        let total = u32::from(stream.total);
        let mut start = 0u32;
        while start < total {
            let length = self.next_piece(flash, total.saturating_sub(start))?;
            let place = self.write_piece(flash, stream, start, length, source)?;
            if !record.add(place) {
                return Err(StorageError::TooLong { length: total });
            }
            start = start.saturating_add(length);
        }
        if self.index.wait(record) { Ok(()) } else { Err(StorageError::IndexFull) }
    }

    /// How much of the rest goes into the active page; opens the next one if too little would.
    fn next_piece<F: NorFlash>(&mut self, flash: &mut F, rest: u32) -> Result<u32, StorageError> {
        let around = self.log.shape.unit.saturating_add(self.log.shape.aligned(AROUND));
        let fits = |left: u32| left.saturating_sub(around).min(rest);
        let length = fits(self.log.left());
        if length == rest || length >= SHORTEST {
            return Ok(length);
        }
        self.open(flash)?;
        Ok(fits(self.log.left()))
    }

    fn write_piece<F: NorFlash>(
        &mut self,
        flash: &mut F,
        stream: Stream,
        start: u32,
        length: u32,
        source: &mut Source<'_, F>,
    ) -> Result<Place, StorageError> {
        let body = self.log.shape.aligned(length.saturating_add(AROUND));
        let at = self.log.low.saturating_sub(body);
        let offset = u16::try_from(at).map_err(|_| StorageError::Layout)?;
        let short = u16::try_from(length).map_err(|_| StorageError::Layout)?;
        let transaction = stream.transaction;
        let name = stream.key.name();
        let entry = if stream.deleted {
            Entry::Tombstone { transaction, offset, length: short, name }
        } else {
            Entry::Piece { transaction, offset, length: short, name }
        };
        self.log.append(flash, entry.encode())?;
        self.log.low = at;
        let page = u8::try_from(self.log.active).map_err(|_| StorageError::Layout)?;
        let start_short = u16::try_from(start).map_err(|_| StorageError::Layout)?;
        let prefix =
            Prefix { key: stream.key, version: stream.version, start: start_short, total: stream.total };
        let mut out =
            Body::new(self.log.page_address(self.log.active).saturating_add(at), self.log.shape.align);
        out.push(flash, &prefix.encode())?;
        let mut done = 0u32;
        let mut chunk = Zeroizing::new([0u8; 64]);
        while done < length {
            let take = length.saturating_sub(done).min(64);
            let part = chunk.get_mut(..take as usize).ok_or(Failed)?;
            source(flash, start.saturating_add(done), part)?;
            out.push(flash, part)?;
            done = done.saturating_add(take);
        }
        out.finish(flash)?;
        Ok(Place { page, offset, length: short })
    }
}

/// A body on its way to flash: gathered to whole words, read back as it goes, ended by its CRC.
struct Body {
    address: u32,
    step: usize,
    held: [u8; UNIT_MAX],
    filled: usize,
    crc: u32,
}

impl Body {
    fn new(address: u32, align: u32) -> Self {
        // Small words are gathered, so that a body is a few operations, not hundreds.
        let step = if align >= 64 { align as usize } else { 64 };
        Self { address, step, held: [0xff; UNIT_MAX], filled: 0, crc: 0 }
    }

    fn push<F: NorFlash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<(), Failed> {
        self.crc = crc32(self.crc, bytes);
        self.gather(flash, bytes)
    }

    fn gather<F: NorFlash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<(), Failed> {
        for byte in bytes {
            *self.held.get_mut(self.filled).ok_or(Failed)? = *byte;
            self.filled = self.filled.saturating_add(1);
            if self.filled == self.step {
                self.flush(flash)?;
            }
        }
        Ok(())
    }

    fn finish<F: NorFlash>(mut self, flash: &mut F) -> Result<(), Failed> {
        let crc = self.crc.to_le_bytes();
        self.gather(flash, &crc)?;
        if self.filled > 0 {
            let align = F::WRITE_SIZE.max(4);
            self.filled = self.filled.next_multiple_of(align).min(self.step);
            self.flush(flash)?;
        }
        Ok(())
    }

    fn flush<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), Failed> {
        let bytes = self.held.get(..self.filled).ok_or(Failed)?;
        flash.write(self.address, bytes).map_err(|_| Failed)?;
        let mut back = [0; UNIT_MAX];
        let back = back.get_mut(..bytes.len()).ok_or(Failed)?;
        flash.read(self.address, back).map_err(|_| Failed)?;
        if back != bytes {
            return Err(Failed);
        }
        self.address = self.address.saturating_add(self.filled as u32);
        self.held = [0xff; UNIT_MAX];
        self.filled = 0;
        Ok(())
    }
}

/// Bytes of a body up to where its CRC ends.
pub(crate) const fn body_length(length: u16) -> u32 {
    AROUND.saturating_add(length as u32)
}

const _: () = assert!(PREFIX + 4 == AROUND as usize);
