//! What a device knows at the moment it decides.
//!
//! Facts travel: a refused program asks for them and runs the same decision itself, so that it can
//! say why in its own words.

use holdfast_crypto::fixed_bytes;
use holdfast_document::{Class, Time, Units, limits};
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// x ‖ y of a machine's binding key.
    MachineKey, 64
}

/// What a device knows about one license and one channel at one moment. Lengths of time are in
/// seconds of powered time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The earliest that now can be, as far as the device can prove.
    pub floor: Time,
    /// What the host's clock says; 0 when it is not told. It can only tighten.
    pub host_time: Time,
    /// Age of the proof of time by whomever: since the statement that was answered last, or since
    /// installation before any answer.
    pub age: u64,
    /// The same, counting the issuer's own answers only.
    pub age_by_issuer: u64,
    /// Time since first use; none before it.
    pub first_use: Option<u64>,
    /// Powered time since installation, and what was carried over from an earlier device.
    pub usage_time: u64,
    /// Units used, a number for each meter of the license in its order.
    pub used: heapless::Vec<Units, { limits::METERS }>,
    /// What is left of this channel's live lease; none: no lease.
    pub lease: Option<u32>,
    /// Time since the last touch for this channel; none: no touch.
    pub touched: Option<u32>,
    /// Whether this channel has proven a pairing.
    pub paired: bool,
    /// The machine that has proven itself over this channel.
    pub machine: Option<MachineKey>,
    /// Version of the firmware.
    pub firmware: u32,
    /// Class of the device.
    pub class: Class,
    /// Bit n is set if the device has capability n.
    pub capabilities: u64,
    /// What the host says of itself; believed as far as one believes a host.
    pub claims: Claims,
}

/// What a program says of itself and its host when it opens a license.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The day the program was released.
    pub released: Option<Time>,
    /// Whether it runs in a virtual machine.
    pub virtual_machine: Option<bool>,
    /// Whether it is used over a remote session.
    pub remote_session: Option<bool>,
}

impl Facts {
    /// The time that an end is held against: the later of floor and host's clock.
    pub fn latest(&self) -> Time {
        self.floor.max(self.host_time)
    }

    /// Units used of the meter with this index; none used when the device never counted it.
    pub fn used(&self, meter: usize) -> Units {
        self.used.get(meter).copied().unwrap_or_default()
    }
}
