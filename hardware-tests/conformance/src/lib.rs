//! One suite against anything that claims to be a dongle: in a process, on an emulated board, behind a kernel.
//!
//! Each [`Check`] is a law in one sentence and the conversation that finds out whether it holds. The suite
//! speaks reports, frames and sealed messages itself, so that it can misbehave in each of them; what a
//! well-behaved program needs is the SDK's business.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`subject`] | what a bench has to give: a cable, time that passes, a plug to pull |
//! | [`suite`] | all checks, and how to run one |
//! | [`line`](mod@line) | reports and frames, well made or not |
//! | [`peer`] | the host's end of a secure channel, well-behaved or not |
//! | `framing`, `init`, `handshake`, `sealed`, `commands`, `documents`, `charging` | the checks |
//!
//! ```
//! use holdfast_conformance::suite;
//! for check in suite::all() {
//!     println!("{}: {}", check.name, check.law);
//! }
//! ```
#![forbid(unsafe_code)]

mod charging;
mod commands;
mod documents;
mod framing;
mod handshake;
mod init;
pub mod line;
pub mod peer;
mod sealed;
pub mod subject;
pub mod suite;

pub use line::{Broken, Line};
pub use subject::{Given, Subject};
pub use suite::{Check, Needs};
