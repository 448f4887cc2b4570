//! A firmware image, as its maker signs it.

use crate::{Authority, Body, Delegation, DocumentError, Kind, Limit, Name, Time, V1};
use holdfast_crypto::Hash;
use serde::{Deserialize, Serialize};

/// Body of a Manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the Delegation whose key signs; zeros for the maker's root.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// The board it is for.
    #[serde(borrow)]
    pub board: Name<'a>,
    /// The version of the firmware.
    pub firmware: u32,
    /// The security counter: a board never starts an image with a lower one than it has confirmed.
    pub counter: u32,
    /// Bytes of the image.
    pub length: u32,
    /// SHA-256 of the image.
    pub hash: Hash,
}

impl<'a> Body<'a> for Manifest<'a> {
    const KIND: Kind = Kind::Manifest;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn authority(&self) -> Option<Authority> {
        None
    }

    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }

    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Ok(())
    }
}
