//! Why a simulator did not start.

use std::io;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The file cannot be opened, read or completed. A retry helps once the system allows it.
    #[error("the file that keeps the flash cannot be used ({0}); choose another place for it")]
    File(#[source] io::Error),
    /// Another simulator has the file open: one flash is in one dongle. A retry helps once it has ended.
    #[error("another simulator uses this flash; end it first, or choose another file")]
    InUse,
    /// The file holds something else. It was not touched.
    #[error("the file has {found} bytes where a flash has {expected}; choose another file")]
    OtherSize {
        /// Bytes of the file.
        found: usize,
        /// Bytes of the flash.
        expected: usize,
    },
    /// The system gave no randomness. A retry may help.
    #[error("the system gives no randomness ({0})")]
    NoRandomness(#[from] getrandom::Error),
}
