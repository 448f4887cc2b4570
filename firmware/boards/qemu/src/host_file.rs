//! A file of the machine that runs QEMU, reached by semihosting.
//!
//! Semihosting is ARM's way to let a program under a debugger call its host: a breakpoint instruction with
//! a number and a pointer to arguments ("Semihosting for AArch32 and AArch64", section 6). QEMU answers it
//! with plain system calls, so what is written is with the host's kernel when the call returns.

use cortex_m_semihosting::{nr, syscall};

/// An open file. It stays open for as long as the machine runs.
pub struct HostFile {
    handle: usize,
}

/// The host refused an operation on a file. The part of it that was done stays done; a retry helps only if
/// something changes on the host (a missing folder, a full disk).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host refused to open, read or write a file")]
pub struct HostRefused;

/// What may be done with a file that is being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read a file that exists.
    Read,
    /// Read and write a file that exists.
    Update,
    /// Make a new, empty file, or empty the one that exists.
    Create,
}

impl HostFile {
    /// Opens the file at `path`, which ends with a zero byte that is not part of the name.
    pub fn open(path: &core::ffi::CStr, access: Access) -> Result<Self, HostRefused> {
        let mode = match access {
            Access::Read => nr::open::R_BINARY,
            Access::Update => nr::open::RW_BINARY,
            Access::Create => nr::open::RW_TRUNC_BINARY,
        };
        let arguments = [path.as_ptr() as usize, mode, path.to_bytes().len()];
        // SAFETY: SYS_OPEN reads three words: a pointer to a name, its mode and its length without the
        // zero. `path` outlives the call, which writes nothing.
        let handle = unsafe { syscall(nr::OPEN, &arguments) };
        if handle == usize::MAX { Err(HostRefused) } else { Ok(Self { handle }) }
    }

    /// The number of bytes in the file.
    pub fn length(&mut self) -> Result<usize, HostRefused> {
        // SAFETY: SYS_FLEN reads one word, the handle, and writes nothing.
        let length = unsafe { syscall(nr::FLEN, &[self.handle]) };
        if length == usize::MAX { Err(HostRefused) } else { Ok(length) }
    }

    /// Fills `bytes` from `offset` on. Less than all of them is an error.
    pub fn read(&mut self, offset: usize, bytes: &mut [u8]) -> Result<(), HostRefused> {
        self.seek(offset)?;
        self.read_stream(bytes)
    }

    /// Fills `bytes` with what comes next, for files that have no positions.
    pub fn read_stream(&mut self, bytes: &mut [u8]) -> Result<(), HostRefused> {
        let arguments = [self.handle, bytes.as_mut_ptr() as usize, bytes.len()];
        // SAFETY: SYS_READ writes at most the third word's number of bytes to the pointer in the second,
        // both taken from one exclusive slice that outlives the call.
        let missing = unsafe { syscall(nr::READ, &arguments) };
        if missing == 0 { Ok(()) } else { Err(HostRefused) }
    }

    /// Writes `bytes` from `offset` on. When it returns, the host's kernel has them.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), HostRefused> {
        self.seek(offset)?;
        let arguments = [self.handle, bytes.as_ptr() as usize, bytes.len()];
        // SAFETY: SYS_WRITE only reads: the third word's number of bytes from the pointer in the second,
        // both taken from one slice that outlives the call.
        let missing = unsafe { syscall(nr::WRITE, &arguments) };
        if missing == 0 { Ok(()) } else { Err(HostRefused) }
    }

    fn seek(&mut self, offset: usize) -> Result<(), HostRefused> {
        // SAFETY: SYS_SEEK reads two words, the handle and a position, and writes nothing.
        let answer = unsafe { syscall(nr::SEEK, &[self.handle, offset]) };
        if answer == 0 { Ok(()) } else { Err(HostRefused) }
    }
}
