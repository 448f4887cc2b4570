//! What no longer counts: delegations and earlier roots, devices, firmware.
//!
//! Each vendor and each maker has its own. They come in numbered parts, so that a device need not
//! hold what concerns others: it keeps part 0 whole, and of the part that spans its own id only the
//! number and whether it is named.

use crate::{
    Authority, Body, Delegation, DeviceId, DocumentError, Kind, Limit, List, Time, V1, Verified, limits,
    tagged_items,
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

/// A delegation that no longer counts, or an earlier root of the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedDelegation {
    /// The digest of its body, or of the Vendor record that names the root.
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

/// Which of two revocations of one vendor or maker, and of one part, is newer: the one under the
/// later root, then the one with the higher number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edition {
    /// The number of the root.
    pub root: u8,
    /// The number of the revocations.
    pub number: u32,
}

impl<'a> Verified<'a, Revocations<'a>> {
    /// Its place among others of the same part.
    pub fn edition(&self) -> Edition {
        Edition { root: self.document().root, number: self.number }
    }

    /// Whether it takes the place of what is `known` of the same part.
    ///
    /// # Errors
    /// [`DocumentError::Overtaken`]; also for the same once more, which who took it knows by its
    /// digest.
    pub fn follows(&self, known: Option<Edition>) -> Result<Edition, DocumentError> {
        match known {
            Some(known) if self.edition() <= known => Err(DocumentError::Overtaken { number: known.number }),
            _ => Ok(self.edition()),
        }
    }
}

impl Revocations<'_> {
    /// Whether the device is named.
    pub fn revokes_device(&self, id: &DeviceId) -> bool {
        self.entries.known().any(|entry| matches!(entry, Revoked::Device(named) if named == *id))
    }

    /// Whether this version of the firmware of that board is named, or one after it.
    pub fn revokes_firmware(&self, board: crate::Name<'_>, version: u32) -> bool {
        let named =
            |entry| matches!(entry, Revoked::Firmware(of) if of.board == board && version <= of.version);
        self.entries.known().any(named)
    }

    /// Whether what was signed with the key that this body names is revoked, if it has that number
    /// in a quota.
    fn revokes_key(&self, body: Hash, number: Option<u32>) -> bool {
        let named = |entry| match entry {
            Revoked::Delegation(of) if of.body == body => {
                of.from_number == 0 || number.is_some_and(|number| number >= of.from_number)
            }
            _ => false,
        };
        self.entries.known().any(named)
    }
}

impl<'a, B: Body<'a>> Verified<'a, B> {
    /// Holds the keys above it against part 0 of the revocations of whom it speaks for: its root and
    /// each delegation. What others revoke says nothing of them, even where it names them: before this, hold
    /// [`root`](Revocations::root) of the revocations against its [`authority`](Self::authority).
    ///
    /// # Errors
    /// [`DocumentError::Revoked`], from the root on.
    pub fn check_not_revoked(&self, revocations: &Revocations<'_>) -> Result<(), DocumentError> {
        let number = self.body().number();
        let root = core::iter::once(self.root_record());
        let delegations = self.document().chain.known().map(|link| Kind::Delegation.digest(link.body));
        let revoked = |(place, body)| (revocations.revokes_key(body, number)).then_some(place);
        match (0u8..).zip(root.chain(delegations)).find_map(revoked) {
            Some(above) => Err(DocumentError::Revoked { above }),
            None => Ok(()),
        }
    }
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
