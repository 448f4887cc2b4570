//! Flash that behaves as the flash of an nRF52840 does, kept in memory or in a file.
//!
//! Pages of 4 KiB, words of 4 bytes; erasing sets bits, writing only clears them, and a write that would set
//! one is refused: on a chip it would be silently lost. Each word reaches the file before the next is begun,
//! so whoever kills the process at any moment leaves what a power cut leaves.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_read, check_write,
};

use crate::error::SimulatorError;
use crate::fuse::{Fuse, Interruption};

/// Bytes that are erased together.
pub const PAGE: usize = 4096;

/// Pages: one of keys, then counters, time and records.
pub const PAGES: usize = 1 + 16 + 4 + 128;

/// Bytes of the flash.
const CAPACITY: usize = PAGES * PAGE;
/// Bytes that are written together.
pub const WORD: usize = 4;

/// The flash of the simulator.
#[derive(Debug)]
pub struct Flash {
    cells: Vec<u8>,
    file: Option<File>,
    fuse: Arc<Fuse>,
    powered: bool,
}

/// Why the flash did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum FlashError {
    /// The range does not lie on the flash, or not on its words or pages. Nothing was touched; a retry cannot
    /// help.
    #[error("the range does not fit the flash")]
    Range(NorFlashErrorKind),
    /// The write would set a bit that is clear. Nothing was touched; the page must be erased first.
    #[error("the word at {offset:#x} would have to set a bit, and only an erase can")]
    WouldSet {
        /// Where the word lies.
        offset: usize,
    },
    /// Power was cut in this operation or an earlier one. A part of this one may be done; nothing more is,
    /// until power is back.
    #[error("power is gone")]
    PowerCut,
    /// The host's file failed. A part of the operation may be done.
    #[error("the file that keeps the flash failed: {0}")]
    File(#[from] io::Error),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Range(kind) => *kind,
            Self::WouldSet { .. } | Self::PowerCut | Self::File(_) => NorFlashErrorKind::Other,
        }
    }
}

impl Flash {
    /// An erased one that ends with the process.
    pub fn in_memory() -> Self {
        Self { cells: vec![0xFF; CAPACITY], file: None, fuse: Arc::default(), powered: true }
    }

    /// One that is kept in the file at `path`, which is made if there is none. A file that is shorter than a
    /// flash (the process ended while it was being made) is completed with erased bytes.
    ///
    /// # Errors
    /// [`SimulatorError`]; the file was not changed, or is shorter than it should be and can be opened again.
    pub fn in_file(path: &Path) -> Result<Self, SimulatorError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(SimulatorError::File)?;
        file.try_lock().map_err(|refusal| match refusal {
            std::fs::TryLockError::WouldBlock => SimulatorError::InUse,
            std::fs::TryLockError::Error(error) => SimulatorError::File(error),
        })?;
        let mut cells = Vec::with_capacity(CAPACITY);
        file.read_to_end(&mut cells).map_err(SimulatorError::File)?;
        let found = cells.len();
        if found > CAPACITY {
            return Err(SimulatorError::OtherSize { found, expected: CAPACITY });
        }
        cells.resize(CAPACITY, 0xFF);
        file.write_all(&cells[found..]).map_err(SimulatorError::File)?;
        Ok(Self { cells, file: Some(file), fuse: Arc::default(), powered: true })
    }

    /// Lets the `n`-th write or page erase from now on be carried out by half, say `stalled` on standard error
    /// and never end: whoever waits for that word can kill the process in its middle.
    pub fn stall_at(&self, n: u64) {
        self.fuse.blow_at(n, Interruption::Stall(stall));
    }

    /// What interrupts it; stays in reach when the flash is in a dongle.
    pub fn fuse(&self) -> Arc<Fuse> {
        Arc::clone(&self.fuse)
    }

    /// Power comes back after it was cut.
    pub fn power_up(&mut self) {
        self.powered = true;
    }

    /// Begins a write or an erase: whether all of it is to be carried out, or what interrupts it half-way.
    fn begin(&mut self) -> Result<Option<Interruption>, FlashError> {
        if !self.powered {
            return Err(FlashError::PowerCut);
        }
        Ok(self.fuse.count())
    }

    fn interrupted(&mut self, how: Interruption) -> FlashError {
        match how {
            Interruption::PowerCut => self.powered = false,
            Interruption::Stall(park) => park(),
        }
        FlashError::PowerCut
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) -> Result<(), FlashError> {
        self.cells[offset..offset + bytes.len()].copy_from_slice(bytes);
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(offset as u64))?;
            file.write_all(bytes)?;
        }
        Ok(())
    }
}

fn stall() -> ! {
    eprintln!("stalled");
    loop {
        std::thread::park();
    }
}

impl ErrorType for Flash {
    type Error = FlashError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        check_read(self, offset, bytes.len()).map_err(FlashError::Range)?;
        if !self.powered {
            return Err(FlashError::PowerCut);
        }
        let offset = offset as usize;
        bytes.copy_from_slice(&self.cells[offset..offset + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.cells.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        check_erase(self, from, to).map_err(FlashError::Range)?;
        for page in (from as usize..to as usize).step_by(PAGE) {
            match self.begin()? {
                None => self.put(page, &[0xFF; PAGE])?,
                Some(how) => {
                    self.put(page, &[0xFF; PAGE / 2])?;
                    return Err(self.interrupted(how));
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        check_write(self, offset, bytes.len()).map_err(FlashError::Range)?;
        let offset = offset as usize;
        let cells = &self.cells[offset..offset + bytes.len()];
        if let Some(first) = cells.iter().zip(bytes).position(|(cell, byte)| byte & !cell != 0) {
            return Err(FlashError::WouldSet { offset: offset + first / WORD * WORD });
        }
        match self.begin()? {
            None => {
                for (position, word) in (offset..).step_by(WORD).zip(bytes.chunks_exact(WORD)) {
                    self.put(position, word)?;
                }
                Ok(())
            }
            Some(how) => {
                self.put(offset, &bytes[..bytes.len() / 2])?;
                Err(self.interrupted(how))
            }
        }
    }
}

/// A word may be written again to clear more of its bits.
impl MultiwriteNorFlash for Flash {}

#[cfg(test)]
mod laws {
    use super::*;

    fn chip() -> (Flash, Arc<Fuse>) {
        let flash = Flash::in_memory();
        let fuse = flash.fuse();
        (flash, fuse)
    }

    fn bytes_at<const N: usize>(flash: &mut Flash, offset: u32) -> [u8; N] {
        let mut bytes = [0; N];
        flash.read(offset, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_write_clears_bits_and_never_sets_one() {
        let (mut flash, _) = chip();
        flash.write(8, &[0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0xFF, 0xFF]).unwrap();
        flash.write(8, &[0x30, 0xFF, 0xFF, 0xFF]).unwrap();
        let refusal = flash.write(8, &[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0xFF, 0x00]);
        assert!(matches!(refusal, Err(FlashError::WouldSet { offset: 12 })), "{refusal:?}");
        assert_eq!(bytes_at::<8>(&mut flash, 8), [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0xFF, 0xFF]);
    }

    #[test]
    fn an_erase_sets_every_bit_of_its_pages_and_of_no_other() {
        let (mut flash, _) = chip();
        for page in 0..4 {
            flash.write(page * PAGE as u32 + 4092, &[page as u8; 4]).unwrap();
        }
        flash.erase(PAGE as u32, 3 * PAGE as u32).unwrap();
        let last = |page: u32| page * PAGE as u32 + 4092;
        assert_eq!(bytes_at::<4>(&mut flash, last(0)), [0; 4]);
        assert_eq!(bytes_at::<4>(&mut flash, last(1)), [0xFF; 4]);
        assert_eq!(bytes_at::<4>(&mut flash, last(2)), [0xFF; 4]);
        assert_eq!(bytes_at::<4>(&mut flash, last(3)), [3; 4]);
    }

    #[test]
    fn what_lies_off_the_words_or_the_flash_is_refused() {
        let (mut flash, _) = chip();
        assert!(matches!(flash.write(2, &[0; 4]), Err(FlashError::Range(NorFlashErrorKind::NotAligned))));
        assert!(matches!(flash.write(0, &[0; 3]), Err(FlashError::Range(NorFlashErrorKind::NotAligned))));
        let end = CAPACITY as u32;
        assert!(matches!(flash.write(end, &[0; 4]), Err(FlashError::Range(NorFlashErrorKind::OutOfBounds))));
        assert!(matches!(flash.erase(0, end + 4096), Err(FlashError::Range(NorFlashErrorKind::OutOfBounds))));
        assert!(matches!(flash.read(end, &mut [0]), Err(FlashError::Range(NorFlashErrorKind::OutOfBounds))));
    }

    #[test]
    fn a_cut_write_leaves_its_first_half_and_a_dead_chip_until_power_is_back() {
        let (mut flash, fuse) = chip();
        fuse.blow_at(2, Interruption::PowerCut);
        flash.write(0, &[1; 4]).unwrap();
        assert!(matches!(flash.write(4, &[0; 12]), Err(FlashError::PowerCut)));
        assert!(matches!(flash.write(16, &[0; 4]), Err(FlashError::PowerCut)));
        assert!(matches!(flash.read(0, &mut [0]), Err(FlashError::PowerCut)));
        flash.power_up();
        assert_eq!(
            bytes_at::<16>(&mut flash, 0),
            [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255]
        );
        flash.write(16, &[0; 4]).unwrap();
    }

    #[test]
    fn a_cut_erase_leaves_the_second_half_of_its_page() {
        let (mut flash, fuse) = chip();
        flash.write(0, &[0; PAGE]).unwrap();
        fuse.blow_at(1, Interruption::PowerCut);
        assert!(matches!(flash.erase(0, PAGE as u32), Err(FlashError::PowerCut)));
        flash.power_up();
        assert_eq!(bytes_at::<1>(&mut flash, 0), [0xFF]);
        assert_eq!(bytes_at::<2>(&mut flash, PAGE as u32 / 2 - 1), [0xFF, 0]);
    }

    #[test]
    fn a_file_keeps_every_word_and_serves_one_process_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash");
        let open = || Flash::in_file(&path);
        let mut flash = open().unwrap();
        flash.write(4096, b"kept").unwrap();
        assert_eq!(std::fs::read(&path).unwrap()[4096..4100], *b"kept", "before the file is closed");
        assert!(matches!(open(), Err(SimulatorError::InUse)));
        drop(flash);
        let mut flash = open().unwrap();
        assert_eq!(bytes_at::<5>(&mut flash, 4096), *b"kept\xFF");
        flash.erase(4096, 8192).unwrap();
        drop(flash);
        assert!(std::fs::read(&path).unwrap().iter().all(|byte| *byte == 0xFF));
    }

    #[test]
    fn a_file_of_another_size_is_completed_or_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flash");
        std::fs::write(&path, [0xFF; 100]).unwrap();
        drop(Flash::in_file(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), [0xFF; CAPACITY]);
        std::fs::write(&path, [0xFF; CAPACITY + 1]).unwrap();
        let refusal = Flash::in_file(&path).err();
        assert!(matches!(refusal, Some(SimulatorError::OtherSize { .. })), "{refusal:?}");
    }
}
