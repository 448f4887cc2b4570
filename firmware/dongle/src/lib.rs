//! What a dongle does: commands, sessions, policy; generic over one [`Platform`].
//!
//! ```text
//! reports ─▶ Port ─▶ Dongle ─▶ channels ─▶ commands ─▶ Core: storage, keys, clock
//!            frames   clear or   open and    one file    what all commands share
//!                     sealed     seal        each
//! ```
//! A board's loop gives reports and clock readings to a [`Port`] and takes reports from it; there
//! is nothing else to call, no thread, no allocation and no panic.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`port`] | frames in, frames out |
//! | [`mod@dongle`] | which road a message takes, and who may speak on it |
//! | [`channels`] | the table of secure channels and their handles |
//! | `commands/` | what each command does |
//! | `apply/` | how a document changes what the dongle holds |
//! | [`core`](mod@core) | storage, keys and configuration, mounted at power-up |
//! | `records` | what is stored, under which keys |
//! | `clock` | powered time, booked before it is used |
//! | `floor` | a vendor's time floor |
//! | `facts` | what is known when it decides |
//! | [`platform`], [`software_keys`] | what a board gives |
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod apply;
pub mod channels;
mod clock;
mod commands;
pub mod core;
pub mod dongle;
mod facts;
mod floor;
pub mod platform;
pub mod port;
mod records;
pub mod software_keys;
mod stop;
mod tag;

pub use dongle::{Dongle, Reply};
pub use holdfast_storage::MoreWork;
pub use platform::{AgreementKey, Board, Platform, PlatformError, PublicKeys};
pub use port::Port;
pub use software_keys::SoftwareKeys;
