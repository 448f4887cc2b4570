//! Signed time: the answer of a time authority to a statement of purpose *Time*.

use crate::{Authority, Body, Delegation, DocumentError, Kind, Limit, Time, V1, VendorId};
use holdfast_crypto::Hash;
use serde::{Deserialize, Serialize};

/// Body of a TimeToken. It raises a vendor's time floor to its own time, however late it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeToken {
    /// Version 1.
    pub version: V1,
    /// Digest of the body whose key signs.
    pub signer: Hash,
    /// The vendor whose time it is.
    pub vendor: VendorId,
    /// Digest of the Statement that it answers: all that an authority sees of a device.
    pub answers: Hash,
    /// The time; also its own time of issue.
    pub time: Time,
}

impl<'a> Body<'a> for TimeToken {
    const KIND: Kind = Kind::TimeToken;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.time
    }

    fn authority(&self) -> Option<Authority> {
        Some(Authority::Vendor(self.vendor))
    }

    fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }

    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Ok(())
    }
}
