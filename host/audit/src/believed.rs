//! What is believed of a document, or why it is not: a sentence that ends with what to do.

use holdfast_document::{
    Authority, Body, Delegation, Device, DocumentError, Kind, Manifest, Received, Revocations, Scope,
    TimeToken, Vendor, VendorId, Verified, strict,
};
use holdfast_license::explain::Date;
use holdfast_license::{Breach, Lent, License, LicenseId, LoanError, Statement, Update};

/// A document that holds, with all that it stands on.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a loan has two chains; there is one of these for each file")]
pub enum Believed<'a> {
    /// A vendor's founding record, or one that follows another.
    Vendor(Verified<'a, Vendor<'a>>),
    /// A device of a maker that a vendor accepts.
    Device(Verified<'a, Device<'a>>),
    /// A delegation, by a vendor or by such a maker.
    Delegation(Verified<'a, Delegation<'a>>),
    /// A license.
    License(Verified<'a, License<'a>>),
    /// A loan, its parent and both their chains.
    Loan(Lent<'a>),
    /// An update and every license inside it.
    Update {
        /// The update.
        update: Verified<'a, Update<'a>>,
        /// The licenses that it installs.
        licenses: Vec<Verified<'a, License<'a>>>,
    },
    /// A time token.
    TimeToken(Verified<'a, TimeToken>),
    /// Revocations, of a vendor or of a maker.
    Revocations(Verified<'a, Revocations<'a>>),
    /// A statement by a device of a maker that a vendor accepts.
    Statement(Verified<'a, Statement<'a>>),
    /// A firmware image of such a maker.
    Manifest(Verified<'a, Manifest<'a>>),
}

/// Why a document is not believed. The same bytes among the same others get the same answer; what
/// else is brought may change it, where the sentence says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBelieved {
    /// The document by itself, or its chain, does not hold.
    #[error("{}; {}", InWords(.0), remedy(.0))]
    Document(#[from] DocumentError),
    /// The bytes are no document: what they begin with has no end, or something else follows.
    #[error(
        "not a well-formed document; it was cut short or changed on its way: copy it once more from where it came"
    )]
    Unreadable,
    /// Both chains of a loan hold, and its parent does not allow it.
    #[error(
        "the license it comes out of does not allow the loan: {0}; do not use it, and have the device that \
         lent it examined, since an honest one signs no such loan"
    )]
    NotAllowed(Breach),
    /// It names a vendor that is not among those asked for. What it says was not verified.
    #[error(
        "it names vendor {named}, whose founding record is not among those given; bring that vendor's record, \
         or leave this out"
    )]
    OtherVendor {
        /// The vendor that it names.
        named: VendorId,
    },
    /// The first signature of what a device or its maker signed is by no maker that the vendor's
    /// newest record names.
    #[error(
        "no maker that the vendor accepts has signed it, or it was changed; use a device of an accepted \
         maker, or bring the vendor's record that names this one"
    )]
    UnknownMaker,
    /// A vendor's later record came without the one before it.
    #[error("it is record {number} of the vendor, and record {missing} is not here; bring that one, too")]
    RecordMissing {
        /// The number of this record.
        number: u8,
        /// The first number that is missing.
        missing: u8,
    },
    /// Two records of one number, or what stands on one of them: nobody can tell which is true.
    #[error(
        "the vendor has two different records with number {number}, so its recovery key is in other hands; \
         believe neither, and ask the vendor by another road which one is true"
    )]
    Forked {
        /// The number.
        number: u8,
    },
    /// Two licenses differ and have the same id, hop and revision.
    #[error(
        "another license here is revision {revision} of {id}, too, and says something else; use neither, and \
         ask the desk for revision {revision} + 1"
    )]
    TwoBodies {
        /// The license.
        id: LicenseId,
        /// The revision.
        revision: u32,
    },
    /// Revocations that are here name the document itself, or the device that it is for or of.
    #[error("revocations number {number} name it; do not use it, and ask whoever issued it for another")]
    Revoked {
        /// The number of the revocations.
        number: u32,
    },
}

impl NotBelieved {
    /// What bytes are that do not read as a document at all, before any signature was looked at.
    pub fn unread(why: DocumentError) -> Self {
        match why {
            DocumentError::Malformed => Self::Unreadable,
            why => Self::Document(why),
        }
    }
}

impl From<LoanError> for NotBelieved {
    fn from(why: LoanError) -> Self {
        match why {
            LoanError::Document(why) => why.into(),
            LoanError::NotAllowed(breach) => Self::NotAllowed(breach),
        }
    }
}

/// What a document that does not hold says for itself, with dates in the place of seconds.
struct InWords<'e>(&'e DocumentError);

impl std::fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            DocumentError::OutOfForce { from, until, now } => {
                let [from, until, now] = [from, until, now].map(|time| Date::from(*time));
                write!(f, "the signer's delegation runs from {from} until {until}, and now is {now}")
            }
            DocumentError::Malformed => {
                f.write_str("what it says is not written in the one way in which it may be")
            }
            why => why.fmt(f),
        }
    }
}

/// What to do about a document that does not hold.
fn remedy(why: &DocumentError) -> &'static str {
    match why {
        DocumentError::TooLong { .. } => "no honest document is that long, so do not use it",
        DocumentError::Malformed => "do not use it, and ask whoever signed it for one that Holdfast wrote",
        DocumentError::UnknownVersion { .. } | DocumentError::UnknownKind { .. } => {
            "install that one and try again"
        }
        DocumentError::WrongKind { .. } => "name the right file",
        DocumentError::UnknownRoot { .. } => "bring the vendor's later records, too",
        DocumentError::OverReach(_) => "do not use it, and tell the vendor what its delegate signed",
        DocumentError::OutOfForce { .. } => {
            "ask whoever signed it to do so again under a delegation in force"
        }
        DocumentError::WrongAuthority | DocumentError::OtherVendor { .. } => {
            "use it with the vendor or maker that it belongs to"
        }
        DocumentError::BadSuccession { .. } => {
            "do not use it, and ask the vendor by another road for its true record"
        }
        DocumentError::Mixed => "use a device and a vendor of one sort",
        DocumentError::UnknownItem { .. } => "install a newer one and try again",
        DocumentError::Overtaken { .. } => "use the newer ones",
        DocumentError::Revoked { .. } => "do not use this one",
        DocumentError::WrongAlgorithm { .. }
        | DocumentError::BadSignature { .. }
        | DocumentError::WrongSigner { .. }
        | DocumentError::BadChain
        | DocumentError::TooMany
        | DocumentError::Inconsistent => "do not use it, and ask whoever sent it for another",
    }
}

/// The vendor that a document names, whether or not it is true: for a sentence that says whose
/// record to look for, and nothing else.
pub(crate) fn named_vendor(received: &Received<'_>) -> Option<VendorId> {
    let body = received.document().body;
    match received.kind() {
        Kind::Vendor => unverified::<Vendor<'_>>(body).map(|record| record.vendor),
        Kind::License => unverified::<License<'_>>(body).map(|license| license.vendor),
        Kind::Update => unverified::<Update<'_>>(body).map(|update| update.vendor),
        Kind::TimeToken => unverified::<TimeToken>(body).map(|token| token.vendor),
        Kind::Statement => unverified::<Statement<'_>>(body).map(|statement| statement.vendor),
        Kind::Revocations => match unverified::<Revocations<'_>>(body)?.root {
            Authority::Vendor(vendor) => Some(vendor),
            Authority::Maker(_) => None,
        },
        Kind::Delegation => match unverified::<Delegation<'_>>(body)?.scope {
            Scope::Vendor { vendor, .. } => Some(vendor),
            Scope::Maker { .. } => None,
        },
        Kind::Loan => {
            let parent = received.document().chain.known().find(|link| link.kind == Kind::License as u8);
            unverified::<License<'_>>(parent?.body).map(|license| license.vendor)
        }
        Kind::Device | Kind::Manifest => None,
    }
    .filter(|vendor| !vendor.is_zero())
}

fn unverified<'a, B: Body<'a>>(body: &'a [u8]) -> Option<B> {
    strict::decode(body).ok()
}
