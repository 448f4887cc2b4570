//! Sends a dongle out of the factory. There is no way back but through a format.

use super::command;
use serde::{Deserialize, Serialize};

/// Locks a dongle that has its Device document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {}

command!(Lock, 22, Clear, Locked<'b>);

/// It is in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked<'a> {
    /// The Statement of purpose *Enrolled*, with its chain: for the lot file.
    pub statement: &'a [u8],
}
