//! Device documents: a maker states a dongle's keys.

use holdfast_crypto::Key;
use holdfast_document::{Authority, Class, Device, Name, Time, V1};
use rand_core::CryptoRng;

use crate::{IssueError, Office};

/// What a station knows of a dongle that it has provisioned.
#[derive(Clone, Debug)]
pub struct Station<'a> {
    /// The model.
    pub model: &'a str,
    /// Its class.
    pub class: Class,
    /// Whether it is a production device.
    pub production: bool,
    /// Signs statements.
    pub identity: Key,
    /// Ends the secure channel.
    pub channel: Key,
    /// Secrets are sealed to it.
    pub sealing: Key,
    /// When.
    pub issued: Time,
}

/// Certifies a dongle, with a batch key.
///
/// # Errors
/// [`IssueError::Name`], [`IssueError::Refused`]; of a vendor's office, [`IssueError::UnknownMaker`].
pub fn certify(
    batch: &Office,
    station: &Station<'_>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let Authority::Maker(maker) = batch.authority() else { return Err(IssueError::UnknownMaker) };
    let body = Device {
        version: V1,
        signer: batch.signer(),
        issued: station.issued,
        maker,
        identity: station.identity,
        channel: station.channel,
        sealing: station.sealing,
        class: station.class,
        model: Name::new(station.model).ok_or(IssueError::Name)?,
        production: station.production,
    };
    batch.sign(&body, rng)
}
