//! Flash that survives: a file of the host, which behaves as the flash of an nRF52840 does.
//!
//! Pages of 4 KiB, words of 4 bytes; erasing sets bits, writing only clears them. Words reach the file one
//! by one, in order, so killing QEMU leaves what a power cut leaves: some words written, the rest not.

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_read, check_write,
};

use crate::host_file::{Access, HostFile, HostRefused};

/// Bytes that are erased together.
pub const PAGE: usize = 4096;
/// Bytes that are written together.
pub const WORD: usize = 4;

/// The flash of the emulated board.
pub struct FileFlash {
    file: HostFile,
    capacity: usize,
}

/// Why the flash did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlashError {
    /// The range does not lie on the flash or not on its words or pages. Nothing was touched; a retry
    /// cannot help.
    #[error("the range does not fit the flash")]
    Range(NorFlashErrorKind),
    /// The host failed. Any part of the range may have been written, as after a power cut.
    #[error(transparent)]
    Host(#[from] HostRefused),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Range(kind) => *kind,
            Self::Host(_) => NorFlashErrorKind::Other,
        }
    }
}

impl FileFlash {
    /// Opens the file at `path`, or makes one of `capacity` erased bytes. A file that is shorter than
    /// `capacity` (power was cut while it was being made) is erased to its full length first.
    pub fn open(path: &core::ffi::CStr, capacity: usize) -> Result<Self, HostRefused> {
        let mut file =
            HostFile::open(path, Access::Update).or_else(|_| HostFile::open(path, Access::Create))?;
        let length = file.length()?;
        for page in (length.next_multiple_of(PAGE).saturating_sub(PAGE)..capacity).step_by(PAGE) {
            if page.saturating_add(PAGE) > length {
                file.write(page, &[0xFF; PAGE])?;
            }
        }
        Ok(Self { file, capacity })
    }
}

impl ErrorType for FileFlash {
    type Error = FlashError;
}

impl ReadNorFlash for FileFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        check_read(self, offset, bytes.len()).map_err(FlashError::Range)?;
        Ok(self.file.read(offset as usize, bytes)?)
    }

    fn capacity(&self) -> usize {
        self.capacity
    }
}

impl NorFlash for FileFlash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        check_erase(self, from, to).map_err(FlashError::Range)?;
        for page in (from as usize..to as usize).step_by(PAGE) {
            self.file.write(page, &[0xFF; PAGE])?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        check_write(self, offset, bytes.len()).map_err(FlashError::Range)?;
        for (position, word) in (offset as usize..).step_by(WORD).zip(bytes.chunks_exact(WORD)) {
            let mut cells = [0; WORD];
            self.file.read(position, &mut cells)?;
            for (cell, bits) in cells.iter_mut().zip(word) {
                *cell &= bits;
            }
            self.file.write(position, &cells)?;
        }
        Ok(())
    }
}

/// A word may be written again to clear more of its bits.
impl MultiwriteNorFlash for FileFlash {}
