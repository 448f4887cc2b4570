//! What the person who starts QEMU wants of the board, as `name=value` words of its command line.
//!
//! `-semihosting-config enable=on,target=native,arg=flash=/tmp/a.flash,arg=touch=never`

use core::ffi::CStr;

use cortex_m_semihosting::{nr, syscall};

/// Room for the whole command line; a longer one is treated as none.
const LONGEST: usize = 1024;

/// The command line, with each blank turned into a zero byte, so that every word is a C string.
pub struct Arguments {
    words: [u8; LONGEST],
}

impl Arguments {
    /// Asks the host for the command line. Empty where the host has none to give.
    pub fn from_host() -> Self {
        let mut words = [0u8; LONGEST];
        // The last byte is kept out of the host's reach: it ends the last word.
        let mut block = [words.as_mut_ptr() as usize, LONGEST.saturating_sub(1)];
        // SAFETY: SYS_GET_CMDLINE writes at most the second word's number of bytes to the pointer in the
        // first, and the length into the block itself. The block is passed as the exclusive reference it
        // is written through; it and `words` outlive the call.
        let answer = unsafe { cortex_m_semihosting_mut(nr::GET_CMDLINE, &mut block) };
        if answer != 0 {
            words = [0; LONGEST];
        }
        for byte in &mut words {
            if *byte == b' ' {
                *byte = 0;
            }
        }
        Self { words }
    }

    /// The value of the word `name=value`, if there is one. Values hold no blanks.
    pub fn value(&self, name: &str) -> Option<&CStr> {
        let mut rest = self.words.as_slice();
        while let Ok(word) = CStr::from_bytes_until_nul(rest) {
            if let Some(value) = word.to_bytes_with_nul().strip_prefix(name.as_bytes()).and_then(after_equals)
            {
                return CStr::from_bytes_with_nul(value).ok();
            }
            rest = rest.get(word.to_bytes_with_nul().len()..)?;
        }
        None
    }
}

fn after_equals(word: &[u8]) -> Option<&[u8]> {
    word.strip_prefix(b"=")
}

/// A semihosting call that answers into its argument block.
///
/// # Safety
///
/// As for [`syscall`]; and the call may write no more of the block than it has words.
unsafe fn cortex_m_semihosting_mut(number: usize, block: &mut [usize; 2]) -> usize {
    let block = core::cell::UnsafeCell::from_mut(block);
    // SAFETY: the caller's promise; the cell tells the compiler that the block may change.
    unsafe { syscall(number, block) }
}
