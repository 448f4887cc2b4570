//! The ways a test reaches a dongle: in this process, in another that can be killed, or on an
//! emulated board whose power can be cut.
//!
//! The SDK and the dongle do not know each other; here, and only here, they are put together.
#![forbid(unsafe_code)]

pub mod in_process;
pub mod process;
pub mod qemu;

pub use in_process::InProcess;
pub use process::Process;
