//! NOR flash in memory or in a file: pages of 4 KiB, words of four bytes, writes that only clear
//! bits.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// Bytes of a page.
pub const PAGE: u32 = 4_096;

/// The flash of a simulated dongle.
#[derive(Debug)]
pub struct Flash {
    bytes: Vec<u8>,
    file: Option<File>,
    /// Operations until the one that is carried out by half and never ends.
    stall_in: Option<u64>,
}

/// Why an operation failed.
#[derive(Debug)]
pub enum FlashError {
    /// Not on a word or page, or outside of the flash.
    Bounds(NorFlashErrorKind),
    /// A bit was to be set by a write; only an erase does that.
    SetsABit,
    /// The file could not be written.
    File(io::Error),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Bounds(kind) => *kind,
            Self::SetsABit | Self::File(_) => NorFlashErrorKind::Other,
        }
    }
}

impl Flash {
    /// Pages: one of keys, then counters, time and records.
    pub const PAGES: u32 = 1 + 16 + 4 + 128;
    const BYTES: usize = (Self::PAGES * PAGE) as usize;

    /// An erased one that ends with the process.
    pub fn in_memory() -> Self {
        Self { bytes: vec![0xff; Self::BYTES], file: None, stall_in: None }
    }

    /// One that is kept in a file, which is made if it is not there.
    ///
    /// # Errors
    /// Those of the file; `InvalidData` where it has not the length of a flash.
    pub fn in_file(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = vec![0xff; Self::BYTES];
        match file.metadata()?.len() {
            0 => file.write_all_at(&bytes, 0)?,
            length if length == Self::BYTES as u64 => file.read_exact_at(&mut bytes, 0)?,
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file is not the flash of a dongle",
                ));
            }
        }
        Ok(Self { bytes, file: Some(file), stall_in: None })
    }

    /// Lets the `n`-th write or erase from now on be carried out by half, say `stalled` on standard
    /// error and never end: whoever waits for that word can kill the process in its middle.
    pub fn stall_at(&mut self, n: u64) {
        self.stall_in = Some(n);
    }

    fn change(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let offset = offset as usize;
        let stalls = match &mut self.stall_in {
            Some(left) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            None => false,
        };
        let bytes = if stalls { &bytes[..bytes.len() / 2] } else { bytes };
        self.bytes[offset..offset + bytes.len()].copy_from_slice(bytes);
        if let Some(file) = &self.file {
            file.write_all_at(bytes, offset as u64).map_err(FlashError::File)?;
        }
        if stalls {
            eprintln!("stalled");
            loop {
                std::thread::park();
            }
        }
        Ok(())
    }
}

impl ErrorType for Flash {
    type Error = FlashError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let start = offset as usize;
        let held = self.bytes.get(start..start + bytes.len());
        bytes.copy_from_slice(held.ok_or(FlashError::Bounds(NorFlashErrorKind::OutOfBounds))?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        embedded_storage::nor_flash::check_erase(self, from, to).map_err(FlashError::Bounds)?;
        for page in (from..to).step_by(PAGE as usize) {
            self.change(page, &[0xff; PAGE as usize])?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        embedded_storage::nor_flash::check_write(self, offset, bytes.len()).map_err(FlashError::Bounds)?;
        let held = &self.bytes[offset as usize..offset as usize + bytes.len()];
        if held.iter().zip(bytes).any(|(held, new)| held & new != *new) {
            return Err(FlashError::SetsABit);
        }
        self.change(offset, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_clears_bits_and_only_an_erase_sets_them() {
        let mut flash = Flash::in_memory();
        flash.write(8, &[0x0f; 4]).unwrap();
        assert!(matches!(flash.write(8, &[0x1f; 4]), Err(FlashError::SetsABit)));
        assert!(matches!(flash.write(9, &[0; 4]), Err(FlashError::Bounds(_))));
        flash.erase(0, PAGE).unwrap();
        flash.write(8, &[0x1f; 4]).unwrap();
    }

    #[test]
    fn a_file_keeps_what_was_written_and_a_foreign_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dongle.flash");
        Flash::in_file(&path).unwrap().write(4, &[1, 2, 3, 4]).unwrap();
        let mut held = [0; 4];
        Flash::in_file(&path).unwrap().read(4, &mut held).unwrap();
        assert_eq!(held, [1, 2, 3, 4]);
        std::fs::write(&path, "something else").unwrap();
        assert_eq!(Flash::in_file(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
