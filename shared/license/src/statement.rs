//! What a device says about itself, signed, numbered and chained.

use crate::LicenseId;
use holdfast_crypto::{Hash, fixed_bytes};
use holdfast_document::{
    Authority, Body, Class, Delegation, DeviceId, DocumentError, Kind, Limit, List, Seconds, StorageId, Time,
    Units, V1, VendorId, limits, tagged_items,
};
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// Chosen by who asks, so that an old statement is not taken for a new one.
    Nonce, 32
}

/// Units used, a number for each meter of a license in its order.
pub type Used = heapless::Vec<Units, { limits::METERS }>;

/// Body of a Statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the device's Device body, whose identity key signs.
    pub signer: Hash,
    /// The vendor that it is for; zeros for *Enrolled*.
    pub vendor: VendorId,
    /// The device.
    pub device: DeviceId,
    /// The format of its storage.
    pub storage: StorageId,
    /// What it is for.
    pub purpose: Purpose,
    /// From who asked.
    pub nonce: Nonce,
    /// Its number in this vendor's chain, from 1; 0 for *Enrolled*, which is outside every chain.
    pub number: u32,
    /// Digest of the statement before.
    pub previous: Hash,
    /// Digest of the last request whose answer was taken: proof of life.
    pub answered: Hash,
    /// Version of the firmware, as the running image claims.
    pub firmware: u32,
    /// The device's class.
    pub class: Class,
    /// How many of this vendor's updates it has applied.
    pub update: u32,
    /// Digest of the last one.
    pub applied: Hash,
    /// The vendor's time floor.
    pub floor: Time,
    /// Wear of the most worn page, in ten-thousandths of its rated erases.
    pub wear: u16,
    /// Digest over all that the device holds of this vendor, by id.
    pub digest: Hash,
    /// What was asked for.
    #[serde(borrow)]
    pub state: List<'a, State>,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// For the record.
    Report,
    /// Asks the issuer for an answer.
    Request,
    /// Asks a time authority for a token.
    Time,
    /// Says that an update was applied.
    Applied,
    /// Says which keys and storage a device left the factory with.
    Enrolled,
}

tagged_items! {
    /// One item of what a device holds, or held.
    pub enum State {
        /// A license that it holds.
        1 => Held(Held),
        /// A license that it gave up.
        2 => Departed(Departed),
        /// A loan that came home; the digest of its body.
        3 => Returned(Hash),
    }
}

/// A license that a device holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The license.
    pub id: LicenseId,
    /// Its hop.
    pub hop: u16,
    /// Its revision.
    pub revision: u32,
    /// Units used.
    pub used: Used,
    /// Powered time used.
    pub usage_time: Seconds,
    /// When it was first used.
    pub first_use: Option<Time>,
}

/// A license that a device gave up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// The license.
    pub id: LicenseId,
    /// The hop that ended.
    pub hop: u16,
    /// Where it went; none: it was removed.
    pub to: Option<DeviceId>,
    /// Units used when it left.
    pub used: Used,
    /// Powered time used when it left.
    pub usage_time: Seconds,
    /// When it was first used.
    pub first_use: Option<Time>,
}

impl<'a> Body<'a> for Statement<'a> {
    const KIND: Kind = Kind::Statement;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.floor
    }

    /// The chain is the maker's; the vendor is only whom it is for.
    fn authority(&self) -> Option<Authority> {
        None
    }

    fn check(&self) -> Result<(), DocumentError> {
        let enrolled = self.purpose == Purpose::Enrolled;
        if enrolled != (self.number == 0) || enrolled != self.vendor.is_zero() {
            return Err(DocumentError::Inconsistent);
        }
        // The body limit bounds the number of items.
        self.state.check(limits::STATEMENT, |_| Ok(()))
    }

    /// A device signs for itself.
    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Err(Limit::Kinds)
    }
}
