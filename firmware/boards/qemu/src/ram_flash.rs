//! Flash that costs nothing but instructions: memory that behaves as flash, for what is counted.
//!
//! A host's file would add the instructions of talking to it to every figure. It lies in the part of the
//! machine's memory that the linker leaves alone (`memory.x`).

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};

use crate::flash::{PAGE, WORD};

/// The first byte behind what `memory.x` gives to the linker.
const START: usize = 0x2010_0000;
/// What the machine has behind it: 3 MiB, of which this takes one.
const LENGTH: usize = 1024 * 1024;

/// The flash, and what was read of it.
pub struct RamFlash {
    memory: &'static mut [u8],
    /// Bytes read since the start.
    pub bytes_read: usize,
}

impl RamFlash {
    /// Takes the memory, erased.
    ///
    /// # Safety
    /// At most once in a program's life: two would share their bytes.
    pub unsafe fn take() -> Self {
        // SAFETY: the machine has 4 MiB from 0x2000_0000 on, of which the linker knows the first; the caller
        // promises that this is the only reference to this part of it.
        let memory = unsafe { core::slice::from_raw_parts_mut(START as *mut u8, LENGTH) };
        memory.fill(0xFF);
        Self { memory, bytes_read: 0 }
    }
}

impl ErrorType for RamFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for RamFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let from = self.memory.iter().skip(offset as usize);
        bytes.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        self.bytes_read = self.bytes_read.saturating_add(bytes.len());
        Ok(())
    }

    fn capacity(&self) -> usize {
        LENGTH
    }
}

impl NorFlash for RamFlash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        self.memory.get_mut(from as usize..to as usize).unwrap_or_default().fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let cells = self.memory.iter_mut().skip(offset as usize);
        cells.zip(bytes).for_each(|(cell, bits)| *cell &= bits);
        Ok(())
    }
}

/// A word may be written again to clear more of its bits.
impl MultiwriteNorFlash for RamFlash {}
