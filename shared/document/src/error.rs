//! Why a document was not taken.

use crate::{Kind, Time, VendorId};

/// Why a document was not taken. In every case nothing that it says was believed or stored; the
/// same bytes get the same answer, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is longer than any document, or its body longer than its kind allows.
    #[error("{length} bytes, where at most {limit} are allowed")]
    TooLong {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are not an encoding of what they should be, or not the only one: cut short,
    /// followed by more, or with an integer longer than need be.
    #[error("not a well-formed document")]
    Malformed,
    /// A body's version is not 1. A newer Holdfast may read it.
    #[error("version {found} is not known; a newer Holdfast may read it")]
    UnknownVersion {
        /// The version found.
        found: u8,
    },
    /// The kind's number is not known. A newer Holdfast may read it.
    #[error("kind {found} is not known; a newer Holdfast may read it")]
    UnknownKind {
        /// The number found.
        found: u8,
    },
    /// The signature's algorithm is not the one of the signer's key.
    #[error("signature algorithm {found} is not that of the signer's key")]
    WrongAlgorithm {
        /// The number found.
        found: u8,
    },
    /// Another kind of document was asked for here.
    #[error("this is a {found}, and a {expected} is needed here")]
    WrongKind {
        /// The kind needed.
        expected: Kind,
        /// The kind found.
        found: Kind,
    },
    /// The chain starts at a root that is not known here. Once the vendor's newer Vendor document
    /// is known, the same bytes may be taken.
    #[error("it starts at root number {number}, which is not known here; apply the vendor's documents first")]
    UnknownRoot {
        /// Number of the Vendor document whose key starts the chain.
        number: u8,
    },
    /// A signature does not hold. `link` counts from the root; the document itself comes last.
    #[error("the signature of link {link} does not hold: it was changed, or another key made it")]
    BadSignature {
        /// Which signature.
        link: u8,
    },
    /// A body's `signer` does not name the body whose key signed it.
    #[error("link {link} names another signer than the one that signed it")]
    WrongSigner {
        /// Which body.
        link: u8,
    },
    /// The chain has more links than are allowed, or one of a kind that may not stand there.
    #[error("the chain is not one that may stand under this document")]
    BadChain,
    /// The signer was not given the right to sign this.
    #[error("the signer's delegation does not reach that far: {0}")]
    OverReach(Limit),
    /// A delegation was not in force when this was signed or installed.
    #[error("the signer's delegation runs from {from} until {until}, and now is {now}")]
    OutOfForce {
        /// Start of the delegation.
        from: Time,
        /// Its end.
        until: Time,
        /// The later of time of issue and time floor.
        now: Time,
    },
    /// It speaks for another vendor, or another maker, than the chain belongs to.
    #[error("it belongs to another vendor or maker")]
    WrongAuthority,
    /// A Vendor document does not follow the one before it: its number, the hash of the one
    /// before, or the revealed recovery key do not fit.
    #[error("this vendor's document {number} does not follow the one before it")]
    BadSuccession {
        /// Its number.
        number: u8,
    },
    /// A founding record is of another vendor than the one expected.
    #[error("this founds vendor {found}")]
    OtherVendor {
        /// The vendor that it founds.
        found: VendorId,
    },
    /// Development and production were to be mixed.
    #[error("development and production never mix")]
    Mixed,
    /// It holds an item that must be understood and is not known here.
    #[error("item {tag} must be understood and is not known here; a newer Holdfast may know it")]
    UnknownItem {
        /// Its tag, below 128.
        tag: u8,
    },
    /// A list has more items, or a text more bytes, than is allowed.
    #[error("a list or text in it is longer than allowed")]
    TooMany,
    /// Newer revocations of the same vendor or maker, and of the same part, are known here.
    #[error("revocations number {number} are known here, and these are not newer")]
    Overtaken {
        /// The number that is known.
        number: u32,
    },
    /// A key above it was revoked. What was installed before may be kept until it is asked for.
    #[error("{} was revoked; ask the vendor for a new one", Above(*above))]
    Revoked {
        /// 0: the root; else which link of the chain, counted from 1.
        above: u8,
    },
    /// Two parts of it contradict each other, such as a condition on a meter that is not there.
    #[error("its parts contradict each other")]
    Inconsistent,
}

/// A key above a document, in words.
struct Above(u8);

impl core::fmt::Display for Above {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            0 => f.write_str("the root above it"),
            place => write!(f, "the delegation in link {place} above it"),
        }
    }
}

/// A limit of a delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Limit {
    /// The kinds of document that it may sign.
    #[error("kinds")]
    Kinds = 1,
    /// Its time of validity, inside that of its parent.
    #[error("validity")]
    Validity = 2,
    /// The numbers of its quota.
    #[error("quota numbers")]
    Numbers = 3,
    /// Products.
    #[error("products")]
    Products = 4,
    /// Regions.
    #[error("regions")]
    Regions = 5,
    /// Features.
    #[error("features")]
    Features = 6,
    /// Models of device.
    #[error("models")]
    Models = 7,
    /// The best class of device.
    #[error("class")]
    Class = 8,
    /// Production devices.
    #[error("production")]
    Production = 9,
    /// Delegating further.
    #[error("delegating further")]
    Delegating = 10,
    /// Its scope is of the other sort: a vendor's under a maker's, or the reverse.
    #[error("scope")]
    Scope = 11,
}

impl DocumentError {
    /// The same where so many more links stand before: positions count from the first root.
    #[must_use]
    pub(crate) const fn behind(self, links: u8) -> Self {
        match self {
            Self::BadSignature { link } => Self::BadSignature { link: link.saturating_add(links) },
            Self::WrongSigner { link } => Self::WrongSigner { link: link.saturating_add(links) },
            other => other,
        }
    }

    /// The number on the wire (200s: documents) with its two arguments. Never reordered.
    pub const fn code(&self) -> (u16, u64, u64) {
        match *self {
            Self::TooLong { length, limit } => (201, length as u64, limit as u64),
            Self::Malformed => (202, 0, 0),
            Self::UnknownVersion { found } => (203, found as u64, 0),
            Self::UnknownKind { found } => (204, found as u64, 0),
            Self::WrongAlgorithm { found } => (205, found as u64, 0),
            Self::WrongKind { expected, found } => (206, expected as u64, found as u64),
            Self::UnknownRoot { number } => (207, number as u64, 0),
            Self::BadSignature { link } => (208, link as u64, 0),
            Self::WrongSigner { link } => (209, link as u64, 0),
            Self::BadChain => (210, 0, 0),
            Self::OverReach(limit) => (211, limit as u64, 0),
            Self::OutOfForce { now, .. } => (212, now.0, 0),
            Self::WrongAuthority => (213, 0, 0),
            Self::BadSuccession { number } => (214, number as u64, 0),
            Self::OtherVendor { .. } => (215, 0, 0),
            Self::Mixed => (216, 0, 0),
            Self::UnknownItem { tag } => (217, tag as u64, 0),
            Self::TooMany => (218, 0, 0),
            Self::Inconsistent => (219, 0, 0),
            Self::Overtaken { number } => (220, number as u64, 0),
            Self::Revoked { above } => (221, above as u64, 0),
        }
    }
}
