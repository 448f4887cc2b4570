//! What both ends must have seen alike before they share a key.

use holdfast_crypto::{Hash, digest};

/// The prologue of the handshake: `holdfast/v1/channel ‖ 00 ‖ DongleId ‖ SHA-256(version offer) ‖
/// SHA-256(Hello answer)`.
///
/// Version offer and Hello travel in clear. Whoever changes a byte of either to talk the two down
/// to something older makes the handshake fail, and neither end has to remember anything for it:
/// the offer is sent again with the first handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prologue {
    /// The dongle's id: 16 bytes over its three public keys.
    pub dongle: [u8; 16],
    /// SHA-256 of the version offer.
    pub offer: Hash,
    /// SHA-256 of the whole Hello answer, constant from power-up to power-down.
    pub hello: Hash,
}

impl Prologue {
    /// The prologue for a dongle's id, the version offer as sent and the Hello answer as received.
    pub fn new(dongle: &[u8; 16], offer: &[u8], hello: &[u8]) -> Self {
        Self { dongle: *dongle, offer: digest::plain(&[offer]), hello: digest::plain(&[hello]) }
    }
}
