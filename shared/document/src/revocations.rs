//! What no longer counts: delegations, devices, firmware.

use crate::{
    Authority, Body, Delegation, DeviceId, DocumentError, Kind, Limit, List, Time, V1, limits, tagged_items,
};
use holdfast_crypto::Hash;
use serde::{Deserialize, Serialize};

/// Body of one part of Revocations. Parts compare as (root, number); older ones are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocations<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the body whose key signs; zeros for a maker's root.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// The vendor or maker whose documents are revoked.
    pub root: Authority,
    /// Rises with each issue.
    pub number: u32,
    /// Which part this is.
    pub part: Part,
    /// What is revoked.
    #[serde(borrow)]
    pub entries: List<'a, Revoked<'a>>,
}

/// A part of the revocations of one vendor or maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Delegations and firmware, at most 100 entries: kept by every device.
    Zero,
    /// Devices whose ids lie in a span, both ends included: a device takes the part that spans its
    /// own id, and keeps its number and whether it is named.
    Span {
        /// The lowest id.
        from: DeviceId,
        /// The highest id.
        to: DeviceId,
    },
}

impl Part {
    /// Whether it is the part that says whether this device is revoked.
    pub fn spans(&self, id: &DeviceId) -> bool {
        let Self::Span { from, to } = self else { return false };
        let sort = core::mem::discriminant(id);
        let ends = [from, to].map(core::mem::discriminant);
        ends == [sort, sort] && (from.as_bytes()..=to.as_bytes()).contains(&id.as_bytes())
    }
}

tagged_items! {
    /// One entry of [`Revocations`].
    pub enum Revoked<'a> {
        /// A delegation, wholly or from a license number on.
        1 => Delegation(RevokedDelegation),
        /// A version of the firmware and all before it.
        2 => Firmware(RevokedFirmware<'a>),
        /// A device.
        3 => Device(DeviceId),
    }
}

/// A delegation that no longer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedDelegation {
    /// The digest of its body.
    pub body: Hash,
    /// Licenses with this number or a higher one do not count; 0 revokes it wholly.
    pub from_number: u32,
}

/// Firmware that is no longer trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedFirmware<'a> {
    /// The board that it runs on.
    #[serde(borrow)]
    pub board: crate::Name<'a>,
    /// This version, and all before it.
    pub version: u32,
}

impl<'a> Body<'a> for Revocations<'a> {
    const KIND: Kind = Kind::Revocations;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn authority(&self) -> Option<Authority> {
        Some(self.root)
    }

    fn check(&self) -> Result<(), DocumentError> {
        let most = match self.part {
            Part::Zero => limits::REVOCATIONS_KEPT,
            Part::Span { .. } => Self::KIND.limit(),
        };
        if matches!(self.part, Part::Span { from, .. } if !self.part.spans(&from)) {
            return Err(DocumentError::Inconsistent);
        }
        self.entries.check(most, |entry| match (self.part, entry) {
            (Part::Zero, Revoked::Delegation(_) | Revoked::Firmware(_)) => Ok(()),
            (part, Revoked::Device(id)) if part.spans(&id) => Ok(()),
            _ => Err(DocumentError::Inconsistent),
        })
    }

    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Ok(())
    }
}
