//! First contact: what a dongle is, constant from power-up to power-down.
//!
//! Its bytes go into the prologue of the secure channel, so they cannot be forged unnoticed.

use super::command;
use holdfast_crypto::Key;
use holdfast_document::Name;
use serde::{Deserialize, Serialize};

/// Asks what this dongle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {}

command!(Hello, 1, Clear, Greeting<'b>);

/// What a dongle is; at most 300 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting<'a> {
    /// Versions of the protocol that it speaks, best first.
    pub versions: &'a [u8],
    /// Its model.
    pub model: Name<'a>,
    /// The version of its firmware.
    pub firmware: u32,
    /// How far it is on its way out of the factory.
    pub stage: Stage,
    /// Its capacities, in the order of [`Capacity`]; a longer list is from a newer firmware.
    pub limits: heapless::Vec<u32, 16>,
    /// Signs statements; zeros while blank.
    pub identity: Key,
    /// Ends the secure channel; zeros while blank.
    pub channel: Key,
    /// Secrets are sealed to it; zeros while blank.
    pub sealing: Key,
}

/// How far a dongle is on its way out of the factory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// No keys yet, or nothing that can be read: asked for its certificate, it says why.
    Blank,
    /// It has keys, and takes the manufacturer's commands.
    Provisioned,
    /// In the field.
    Locked,
}

/// Positions in [`Greeting::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Capacity {
    /// Bytes of a message.
    Message = 0,
    /// Charges that are remembered at least.
    Memory = 1,
    /// Channels at once.
    Channels = 2,
    /// Handles of a channel.
    Handles = 3,
    /// Seat leases at once.
    Leases = 4,
    /// Counters for meters.
    Counters = 5,
    /// Unanswered requests of a vendor, of each purpose.
    Requests = 6,
}
