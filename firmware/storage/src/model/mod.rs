//! A NOR flash chip in memory that behaves as badly as real ones may.
//!
//! It has words and pages, writes per word, an erase budget, refuses to turn zeros into ones, and can have ECC
//! (a word is written once, a torn one faults) or fault where it was never programmed. Power can be
//! [cut](Chip::cut) at any operation with any [`Outcome`]; then every operation fails until
//! [`remount`](Chip::remount). *Marginal* words, torn by a cut, read anew at each remount: as before, as meant,
//! or anything in between.
//!
//! For the tests of this crate and of those above it, and for simulated devices.

mod chance;
mod chip;

pub use chance::Chance;
pub use chip::{Chip, ChipError, Outcome, Rules, Statistics};
