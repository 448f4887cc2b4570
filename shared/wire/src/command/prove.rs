//! The second proof of a channel: a machine by its TPM, or a host by its pairing.

use super::command;
use super::pair::PairingId;
use holdfast_crypto::{Hash, Signature};
use holdfast_license::{LicenseId, facts::MachineKey};
use serde::{Deserialize, Serialize};

/// Proves something about the host of this channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prove {
    /// What.
    pub proof: Proof,
}

/// A proof, bound to this channel by its handshake hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// A TPM's binding key signs SHA-256(`holdfast/v1/machine` ‖ 00 ‖ license id ‖ handshake hash).
    Machine {
        /// The license.
        license: LicenseId,
        /// The binding key.
        key: MachineKey,
        /// Its signature; a high s is accepted, since TPMs make it.
        signature: Signature,
    },
    /// HMAC-SHA256 under the pairing's secret over `holdfast/v1/pair` ‖ 00 ‖ handshake hash.
    Pairing {
        /// The pairing.
        id: PairingId,
        /// The MAC.
        mac: Hash,
    },
}

command!(Prove, 19, Sealed, Proven);

/// It holds for this channel from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {}
