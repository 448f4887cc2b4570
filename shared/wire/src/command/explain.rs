//! The facts that a verdict rests on, so that the program can decide and explain for itself.

use super::command;
use holdfast_document::Time;
use holdfast_license::Facts;
use serde::{Deserialize, Serialize};

/// Asks for the facts about a license on this channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explain {
    /// The license.
    pub handle: u8,
    /// What the host's clock says; 0: not told.
    pub host_time: Time,
}

command!(Explain, 7, Sealed, Explained);

/// The facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// What the dongle knows.
    pub facts: Facts,
    /// As in [`Granted`](super::check::Granted).
    pub state: u32,
}
