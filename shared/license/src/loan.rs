//! A loan: one seat of a license, signed by the device that lends it.

use crate::license::SealedSecret;
use holdfast_crypto::Hash;
use holdfast_document::{
    Authority, Body, Delegation, DeviceId, DocumentError, Kind, Limit, List, Seconds, Time, V1, limits,
};
use serde::{Deserialize, Serialize};

/// Body of a Loan. It decides as its parent does, with `until` and `fresh_within` added to every
/// term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the lender's Device body, whose identity key signs.
    pub signer: Hash,
    /// When it was signed, by the lender's time floor.
    pub issued: Time,
    /// Digest of the License it comes out of.
    pub parent: Hash,
    /// Which of the parent's seats.
    pub slot: u16,
    /// The borrower.
    pub to: DeviceId,
    /// The first second at which it no longer holds.
    pub until: Time,
    /// The greatest age of the borrower's proof of time.
    pub fresh_within: Seconds,
    /// The parent's secrets, sealed to the borrower.
    #[serde(borrow)]
    pub secrets: List<'a, SealedSecret<'a>>,
}

impl<'a> Body<'a> for Loan<'a> {
    const KIND: Kind = Kind::Loan;

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
        self.secrets.check_all_known(limits::LOAN_SECRETS, |_| Ok(()))
    }

    /// A device signs for itself.
    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Err(Limit::Kinds)
    }
}
