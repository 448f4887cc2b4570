//! A loan: one seat of a license, signed by the device that lends it.
//!
//! A [`Loan`] is believed only as [`Lent`]: together with the license that it comes out of, whose
//! right to lend says how many seats may be out, for how long and to whom.

use crate::license::{Lend, Right, SealedSecret, check_secrets};
use crate::{Facts, License, Verdict, decide_loan};
use holdfast_crypto::{Curve, Hash};
use holdfast_document::{
    Authority, Body, Delegation, Device, DeviceId, DocumentError, Kind, Limit, List, Received, Revocations,
    Root, Seconds, Time, V1, Vendor, Verified, WithParent, limits,
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
        if self.until <= self.issued || self.fresh_within == Seconds(0) || self.to == DeviceId::Unbound {
            return Err(DocumentError::Inconsistent);
        }
        check_secrets(&self.secrets, limits::LOAN_SECRETS)
    }

    /// A device signs for itself.
    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Err(Limit::Kinds)
    }
}

/// A loan whose two chains hold, and which its parent allows.
#[derive(Clone, Copy, Debug)]
pub struct Lent<'a> {
    loan: Verified<'a, Loan<'a>>,
    parent: Verified<'a, License<'a>>,
    lend: Lend<'a>,
}

/// Why a loan was not taken. Nothing that it says was believed or stored; the same bytes get the
/// same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoanError {
    /// One of its two chains does not hold.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Its parent does not allow it.
    #[error("the license it comes out of does not allow the loan: {0}")]
    NotAllowed(Breach),
}

/// What a loan does that its parent does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// It names another license than the one that came with it.
    #[error("it comes out of another license")]
    Parent,
    /// The device that signed is not the one that the license is for.
    #[error("the license is not on the device that lent it")]
    Lender,
    /// The license has no right to lend that is understood here.
    #[error("it cannot be lent")]
    Right,
    /// Its slot is not one of the seats that may be lent.
    #[error("seat {slot} is not among the {seats} that may be lent")]
    Slot {
        /// The slot; they count from 0.
        slot: u16,
        /// Seats that may be lent.
        seats: u16,
    },
    /// It lasts longer than a loan may.
    #[error("it lasts {seconds} seconds, and may last {longest}")]
    Longest {
        /// From `issued` to `until`.
        seconds: u64,
        /// As the right says.
        longest: u32,
    },
    /// It brings a secret that the license does not have for the same feature, epoch and use.
    #[error("it brings a secret that the license does not have")]
    Secret,
    /// It is for another device.
    #[error("it is for another device")]
    Borrower,
    /// The borrowing device is easier to break than the license asks for.
    #[error("the device that borrows is of a lesser class")]
    Class,
    /// The borrowing device is by a maker that the license does not name.
    #[error("the device that borrows is by another maker")]
    Maker,
}

impl<'a> Lent<'a> {
    /// Takes a loan: walks both chains and holds it against its parent. `root` is the one that the
    /// envelope names, `vendor` the newest record of the same vendor, whose makers count.
    ///
    /// # Errors
    /// [`LoanError`].
    pub fn verify<C: Curve>(
        received: &Received<'a>,
        root: &Root,
        vendor: &Vendor<'_>,
    ) -> Result<Self, LoanError> {
        let WithParent { parent, document: loan } =
            received.verify_on::<C, License<'a>, Loan<'a>>(root, vendor)?;
        let lender = loan.device().ok_or(DocumentError::BadChain)?;
        let lend = allowed(&loan, lender, &parent, parent.digest()).map_err(LoanError::NotAllowed)?;
        Ok(Self { loan, parent, lend })
    }

    /// Whether this device may borrow it: the one it is for, of the class and by a maker that the
    /// parent names. The lender asks before it signs, the borrower before it takes.
    ///
    /// # Errors
    /// [`Breach::Borrower`], [`Breach::Class`], [`Breach::Maker`].
    pub fn may_go_to(&self, borrower: &Device<'_>) -> Result<(), Breach> {
        if self.loan.to != DeviceId::Dongle(borrower.id()) {
            return Err(Breach::Borrower);
        }
        self.lend.may_go_to(borrower)
    }

    /// Holds both chains and the lender against revocations, the vendor's or the maker's.
    ///
    /// # Errors
    /// [`DocumentError::Revoked`].
    pub fn check_not_revoked(&self, revocations: &Revocations<'_>) -> Result<(), DocumentError> {
        self.parent.check_not_revoked(revocations)?;
        self.loan.check_not_revoked(revocations)
    }

    /// The loan.
    pub const fn loan(&self) -> &Verified<'a, Loan<'a>> {
        &self.loan
    }

    /// The license that it comes out of.
    pub const fn parent(&self) -> &Verified<'a, License<'a>> {
        &self.parent
    }

    /// Says which term is in force on the borrower.
    pub fn decide<'l>(&'l self, facts: &'l Facts) -> Verdict<'l, 'a> {
        decide_loan(&self.parent, &self.loan, facts)
    }
}

impl Lend<'_> {
    /// Whether the right lets a seat go to this device.
    ///
    /// # Errors
    /// [`Breach::Class`], [`Breach::Maker`].
    pub fn may_go_to(&self, borrower: &Device<'_>) -> Result<(), Breach> {
        if !borrower.class.reaches(self.class) {
            return Err(Breach::Class);
        }
        if !(self.makers.is_empty() || self.makers.known().any(|maker| maker == borrower.maker)) {
            return Err(Breach::Maker);
        }
        Ok(())
    }
}

/// The right under which the loan stands.
fn allowed<'a>(
    loan: &Loan<'a>,
    lender: &Device<'a>,
    parent: &License<'a>,
    digest: Hash,
) -> Result<Lend<'a>, Breach> {
    if loan.parent != digest {
        return Err(Breach::Parent);
    }
    if parent.device != DeviceId::Dongle(lender.id()) {
        return Err(Breach::Lender);
    }
    let lends = |right| match right {
        Right::Lend(lend) => Some(lend),
        Right::Transfer(()) => None,
    };
    let lend = parent.rights.known().find_map(lends).ok_or(Breach::Right)?;
    if loan.slot >= lend.seats {
        return Err(Breach::Slot { slot: loan.slot, seats: lend.seats });
    }
    let seconds = loan.until.since(loan.issued);
    if seconds > u64::from(lend.longest.0) {
        return Err(Breach::Longest { seconds, longest: lend.longest.0 });
    }
    let has = |secret: SealedSecret<'a>| {
        let same = |of: SealedSecret<'a>| {
            (of.feature, of.epoch, of.usage) == (secret.feature, secret.epoch, secret.usage)
        };
        parent.secrets.known().any(same)
    };
    if loan.secrets.known().all(has) { Ok(lend) } else { Err(Breach::Secret) }
}
