//! One license, signed, carried, enforced and explained: the demo and its test.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`cast`] | a maker, a vendor and its desk, made anew for each telling |
//! | [`bench`](mod@bench) | where the dongle is, and the program's machine |
//! | [`story`] | what happens, a line for each act |
#![forbid(unsafe_code)]

pub mod bench;
pub mod cast;
pub mod story;

pub use bench::{Bench, InAnotherProcess, InThisProcess};
pub use cast::Cast;
pub use story::tell;

/// What can go wrong in a telling.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;
