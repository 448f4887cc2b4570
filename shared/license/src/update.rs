//! An Update: how an issuer changes what a device holds.
//!
//! It is addressed to one device, applies at one number only, and does all of its actions or none.

use crate::LicenseId;
use holdfast_crypto::{Hash, Signature};
use holdfast_document::{
    Authority, Body, Delegation, DeviceId, DocumentError, Kind, Kinds, Limit, List, Name, Received, Seconds,
    StorageId, Time, V1, VendorId, Verified, envelope, limits, tagged_items,
};
use serde::{Deserialize, Serialize};

/// Body of an Update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the Vendor or Delegation body whose key signs.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// The device that it is for.
    pub to: DeviceId,
    /// The format of that device's storage, which ends replays across formats; zeros for a TPM.
    pub storage: StorageId,
    /// Whose licenses it changes.
    pub vendor: VendorId,
    /// The number of updates of this vendor that the device has applied before this one.
    pub base: u32,
    /// What to do, in this order.
    #[serde(borrow)]
    pub actions: List<'a, Action<'a>>,
}

tagged_items! {
    /// One action of an [`Update`].
    pub enum Action<'a> {
        /// Take a license, or a newer revision of it.
        1 => Install(Install<'a>),
        /// Give a license up and keep a tombstone. Only in an update that also carries an answer.
        2 => Depart(Depart),
        /// The ledger's answer to a request: proof of life and of time. One in an update.
        3 => Answer(Answer),
        /// Set time floor and anchor. Newest vendor root only.
        4 => SetFloor(Time),
        /// Let a TPM answer for a feature, for a while.
        5 => Approve(Approve<'a>),
        /// Raise the number of uses that a TPM allows.
        6 => Refill(Refill),
    }
}

/// Takes a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Install<'a> {
    /// The license as a document without chain; its links are the update's, or stored.
    #[serde(serialize_with = "envelope::serialize_bytes")]
    pub license: &'a [u8],
    /// What an earlier device had used up; must be there at a hop above 0, and only counts when
    /// (id, hop) is new to the device.
    pub carry: Option<Carry>,
}

impl<'a> Install<'a> {
    /// The license joined with the links of the update that brings it.
    ///
    /// # Errors
    /// Those of [`Received::parse`]; [`DocumentError::BadChain`] when it has links of its own.
    pub fn under(&self, update: &Verified<'a, Update<'a>>) -> Result<Received<'a>, DocumentError> {
        let license = Received::parse(self.license)?;
        if !license.is_without_chain() {
            return Err(DocumentError::BadChain);
        }
        Ok(license.under(update.document().chain))
    }
}

/// What goes along with a license from device to device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// When it was first used.
    pub first_use: Option<Time>,
    /// Powered time that was used.
    pub usage_time: Seconds,
}

/// Gives a license up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depart {
    /// The license.
    pub id: LicenseId,
    /// Its hop on this device.
    pub hop: u16,
    /// The device it leaves for; none: it is removed.
    pub to: Option<DeviceId>,
}

/// Answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Digest of the Statement of purpose *Request*.
    pub request: Hash,
    /// The time at the desk.
    pub time: Time,
}

/// Lets a TPM answer derivations for one feature (TPM 2.0 part 3, TPM2_PolicyAuthorize).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approve<'a> {
    /// The license.
    pub license: LicenseId,
    /// The feature.
    #[serde(borrow)]
    pub feature: Name<'a>,
    /// The generation of its secret.
    pub epoch: u32,
    /// The value of the generation counter for which this holds.
    pub generation: u64,
    /// The TPM's clock, in milliseconds, before which this holds.
    pub not_after: u64,
    /// The highest reset count at which this holds.
    pub max_resets: u32,
    /// Whether each use is counted.
    pub uses: bool,
    /// By the approval key, over the policy digest.
    pub signature: Signature,
}

/// Raises the limit of the counter of uses on a TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// The license.
    pub license: LicenseId,
    /// The number of uses made, at which this can be written.
    pub count: u32,
    /// The new limit: the total of uses ever granted.
    pub limit: u32,
    /// By the approval key, over the policy digest.
    pub signature: Signature,
}

impl<'a> Body<'a> for Update<'a> {
    const KIND: Kind = Kind::Update;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn authority(&self) -> Option<Authority> {
        Some(Authority::Vendor(self.vendor))
    }

    /// Every action must be understood, since an update does all or nothing. It answers one request at most: the
    /// ledger has one last answer.
    fn check(&self) -> Result<(), DocumentError> {
        let answers = self.actions.known().filter(|action| matches!(action, Action::Answer(_))).count();
        if answers > 1 {
            return Err(DocumentError::Inconsistent);
        }
        self.actions.check_all_known(limits::ACTIONS, |action| match action {
            // Else a copy of the flash from before it would be answered for ever.
            Action::Depart(_) if answers == 0 => Err(DocumentError::Inconsistent),
            _ => Ok(()),
        })
    }

    /// Answers and departures are the ledger's alone; only a root turns a clock back.
    fn within(&self, delegation: &Delegation<'_>) -> Result<(), Limit> {
        let allowed = |action: Action<'a>| match action {
            Action::Answer(_) | Action::Depart(_) => delegation.kinds.contains(Kinds::ANSWER),
            Action::SetFloor(_) => false,
            Action::Install(_) | Action::Approve(_) | Action::Refill(_) => true,
        };
        if self.actions.known().all(allowed) { Ok(()) } else { Err(Limit::Kinds) }
    }
}
