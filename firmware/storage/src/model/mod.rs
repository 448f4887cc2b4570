//! A NOR flash chip in memory that behaves as badly as real ones may, and the sweep that proves power loss
//! harmless on it.
//!
//! The [chip](Chip) has words and pages, writes per word, an erase budget, refuses to turn zeros into ones, and
//! can have ECC (a word is written once, a torn one faults) or fault where it was never programmed. Power can
//! be [cut](Chip::cut) at any operation with any [`Outcome`]; then every operation fails until
//! [`remount`](Chip::remount). *Marginal* words, torn by a cut, read anew at each remount: as before, as meant,
//! or anything in between.
//!
//! A [`Script`] is what a device does between formats; [`sweep`](sweep()) cuts it everywhere and holds what a
//! mount finds against a simple [`oracle`]. A story of [`misfortune`] goes on over many cuts, with pages that die and
//! records that decay.
//!
//! For the tests of this crate and of those above it, and for simulated devices.

mod chance;
mod chip;
mod device;
pub mod misfortune;
pub mod oracle;
mod script;
mod sweep;

pub use chance::Chance;
pub use chip::{Chip, ChipError, Outcome, Rules, Statistics};
pub use device::{Device, rest};
pub use script::{Script, scripts, short_scripts};
pub use sweep::{Depth, Sweep, sweep};
