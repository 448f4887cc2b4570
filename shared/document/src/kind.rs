//! The ten kinds of document, and what every body has in common.

use crate::{Authority, Delegation, DocumentError, Limit, Time, limits};
use holdfast_crypto::{Hash, Label, label};
use serde::{Deserialize, Serialize};

/// What a document says. The number is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A vendor's root key, and its succession.
    Vendor = 1,
    /// A device's keys, stated by its maker.
    Device = 2,
    /// The right to sign some kinds, within limits.
    Delegation = 3,
    /// What one device may unlock of one product.
    License = 4,
    /// One seat of a license, lent by one device to another.
    Loan = 5,
    /// A change of what a device holds.
    Update = 6,
    /// Signed time.
    TimeToken = 7,
    /// What no longer counts.
    Revocations = 8,
    /// What a device says about itself.
    Statement = 9,
    /// A firmware image.
    Manifest = 10,
}

impl Kind {
    /// All kinds, by number.
    pub const ALL: [Self; 10] = [
        Self::Vendor,
        Self::Device,
        Self::Delegation,
        Self::License,
        Self::Loan,
        Self::Update,
        Self::TimeToken,
        Self::Revocations,
        Self::Statement,
        Self::Manifest,
    ];

    /// The kind with this number.
    ///
    /// # Errors
    /// [`DocumentError::UnknownKind`].
    pub fn from_number(number: u8) -> Result<Self, DocumentError> {
        let known = Self::ALL.into_iter().find(|kind| *kind as u8 == number);
        known.ok_or(DocumentError::UnknownKind { found: number })
    }

    /// The label that stands before a body of this kind in its digest.
    pub const fn label(self) -> Label {
        match self {
            Self::Vendor => label::VENDOR,
            Self::Device => label::DEVICE,
            Self::Delegation => label::DELEGATION,
            Self::License => label::LICENSE,
            Self::Loan => label::LOAN,
            Self::Update => label::UPDATE,
            Self::TimeToken => label::TIME_TOKEN,
            Self::Revocations => label::REVOCATIONS,
            Self::Statement => label::STATEMENT,
            Self::Manifest => label::MANIFEST,
        }
    }

    /// The most bytes that a body of this kind may have.
    pub const fn limit(self) -> usize {
        match self {
            Self::Vendor => limits::VENDOR,
            Self::Device => limits::DEVICE,
            Self::Delegation => limits::DELEGATION,
            Self::License => limits::LICENSE,
            Self::Loan => limits::LOAN,
            Self::Update => limits::UPDATE,
            Self::TimeToken => limits::TIME_TOKEN,
            Self::Revocations => limits::REVOCATIONS,
            Self::Statement => limits::STATEMENT,
            Self::Manifest => limits::MANIFEST,
        }
    }

    /// Whether a device, rather than a vendor or maker, signs it; its Device document is then the
    /// last link of the chain.
    pub const fn signed_by_device(self) -> bool {
        matches!(self, Self::Statement | Self::Loan)
    }

    /// Whether only a maker's root may stand above it: all that is said of and by devices.
    pub const fn is_of_maker(self) -> bool {
        matches!(self, Self::Device | Self::Loan | Self::Statement | Self::Manifest)
    }

    /// The kind of document whose holder makes this one out of it, so that both chains travel with it.
    pub const fn stands_on(self) -> Option<Self> {
        match self {
            Self::Loan => Some(Self::License),
            _ => None,
        }
    }

    /// The digest of a body: what is signed, what `signer` and all other hashes of bodies mean,
    /// and what ids are cut from.
    pub fn digest(self, body: &[u8]) -> Hash {
        holdfast_crypto::digest::labeled(self.label(), &[body])
    }

    /// The word for it in sentences and file headings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Device => "device",
            Self::Delegation => "delegation",
            Self::License => "license",
            Self::Loan => "loan",
            Self::Update => "update",
            Self::TimeToken => "time token",
            Self::Revocations => "revocations",
            Self::Statement => "statement",
            Self::Manifest => "manifest",
        }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

/// What every body has in common.
pub trait Body<'a>: Serialize + Deserialize<'a> {
    /// Its kind.
    const KIND: Kind;

    /// The digest of the body that names the key which signs this one; zeros where a maker's root
    /// or a vendor's own root signs.
    fn signer(&self) -> Hash;

    /// When it was signed, by the signer's clock.
    fn issued(&self) -> Time;

    /// Its number in the quota of who signs it, for kinds that are counted.
    fn number(&self) -> Option<u32> {
        None
    }

    /// Whether it says of a device that it is a production one; none for what says no such thing.
    fn production(&self) -> Option<bool> {
        None
    }

    /// Whom it speaks for, if it says so; the chain must then belong to the same.
    fn authority(&self) -> Option<Authority>;

    /// What its fields and lists must satisfy beyond being decodable.
    ///
    /// # Errors
    /// [`DocumentError::TooMany`], [`DocumentError::Malformed`], [`DocumentError::Inconsistent`].
    fn check(&self) -> Result<(), DocumentError>;

    /// Whether a delegate under `delegation` may say this. The right to sign this kind at all,
    /// and the time of validity, are looked at elsewhere.
    ///
    /// # Errors
    /// The limit that it goes beyond.
    fn within(&self, delegation: &Delegation<'_>) -> Result<(), Limit>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kinds_label_is_its_name_without_spaces() {
        extern crate std;
        for kind in Kind::ALL {
            let expected = std::format!("holdfast/v1/{}", kind.name().replace(' ', ""));
            assert_eq!(kind.label().as_bytes(), expected.as_bytes());
            assert_eq!(Kind::from_number(kind as u8), Ok(kind));
        }
        assert_eq!(Kind::from_number(11), Err(DocumentError::UnknownKind { found: 11 }));
    }
}
