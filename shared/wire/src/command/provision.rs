//! Gives a blank dongle its keys and its storage. In the factory only.

use super::command;
use holdfast_crypto::Key;
use holdfast_document::StorageId;
use serde::{Deserialize, Serialize};

/// Formats the storage and makes the three key pairs, which never leave the dongle. Asked again
/// before Lock, it makes everything anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provision {
    /// The root key of the maker, from which the Device document must come.
    pub maker: Key,
    /// Whether this will be a production device. Development and production never mix.
    pub production: bool,
}

command!(Provision, 21, Clear, Provisioned);

/// What a station puts into the Device document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// Signs statements.
    pub identity: Key,
    /// Ends the secure channel.
    pub channel: Key,
    /// Secrets are sealed to it.
    pub sealing: Key,
    /// The format of its storage.
    pub storage: StorageId,
}
