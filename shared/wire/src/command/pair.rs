//! Makes a secret that this host and the dongle share; takes one touch.

use super::command;
use holdfast_crypto::fixed_bytes;
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// Names a pairing.
    PairingId, 8
}

/// Asks for a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {}

command!(Pair, 18, Sealed, Paired<'b>);

/// A pairing. Holds a secret, so it does not print.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired<'a> {
    /// Which one.
    pub id: PairingId,
    /// The 32 bytes that are shared from now on.
    pub secret: &'a [u8],
}
