//! Takes, keeps and gives back one concurrent use of a license.

use super::command;
use holdfast_crypto::fixed_bytes;
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// Names a lease; random.
    LeaseId, 16
}

/// Takes, keeps or gives back a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The license.
    pub handle: u8,
    /// What to do.
    pub act: SeatAct,
}

/// What to do about a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatAct {
    /// Take one; the one that this channel holds already, if it does.
    Acquire,
    /// Keep it for another lease, and bind it to this channel.
    Renew(LeaseId),
    /// Give it back.
    Release(LeaseId),
}

command!(Seat, 11, Sealed, Lease);

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Which one.
    pub id: LeaseId,
    /// Seconds until it ends; 0 when it was given back.
    pub seconds: u16,
}
