//! Reads a secret that may be revealed, or the scratch area of a license.

use super::command;
use holdfast_document::{Name, Time};
use serde::{Deserialize, Serialize};

/// Reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read<'a> {
    /// The license.
    pub handle: u8,
    /// What.
    #[serde(borrow)]
    pub what: Readable<'a>,
    /// As in [`Check`](super::Check).
    pub host_time: Time,
}

/// What can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readable<'a> {
    /// A secret with use *Reveal*, while its feature is granted.
    Secret {
        /// The feature.
        #[serde(borrow)]
        feature: Name<'a>,
        /// Its generation.
        epoch: u32,
    },
    /// The 256 bytes that a program may keep beside a license.
    Scratch,
}

command!(Read<'a>, 13, Sealed, ReadBytes<'b>);

/// What was read. May be a secret, so it does not print.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBytes<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
}
