//! What an audit finds: each a sentence that says whose doing it is and ends with what to do.

use crate::Place;
use holdfast_crypto::Hash;
use holdfast_document::{DeviceId, Kind, VendorId};
use holdfast_license::LicenseId;
use serde::Serialize;

/// One finding, and the documents that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which documents, by their places.
    pub documents: Vec<Place>,
    /// What they show.
    #[serde(flatten)]
    pub what: What,
}

/// How much a finding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It may have happened honestly; look at it.
    Warning,
    /// Signatures of one party contradict each other: it, or who has its key, did what nobody may.
    Proof,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum What {
    /// A document does not hold.
    #[error("not believed: {why}")]
    NotBelieved {
        /// Why, and what to do about it.
        why: String,
    },
    /// A vendor's recovery key signed two records of one number.
    #[error(
        "vendor {vendor} has two records with number {number}: its recovery key is in other hands; \
         tell customers which one is true, by another road"
    )]
    ForkedSuccession {
        /// The vendor.
        vendor: VendorId,
        /// The number.
        number: u8,
    },
    /// One number of a quota was given to two licenses.
    #[error(
        "number {number} of the delegation {delegation} was sold twice, as licenses {first} and {second}; \
         hold its owner to it, or revoke it from that number on"
    )]
    OverIssue {
        /// The number.
        number: u32,
        /// The first link.
        delegation: Hash,
        /// One license.
        first: LicenseId,
        /// The other.
        second: LicenseId,
    },
    /// One license id has two numbers.
    #[error(
        "license {id} has the numbers {first} and {second} of one quota; find out which desk numbers anew"
    )]
    TwoNumbers {
        /// The license.
        id: LicenseId,
        /// One number.
        first: u32,
        /// The other.
        second: u32,
    },
    /// Two licenses differ and have the same id, hop and revision.
    #[error(
        "two different licenses are revision {revision} of {id}: a device keeps the one that came first; \
         issue revision {revision} + 1"
    )]
    TwoBodies {
        /// The license.
        id: LicenseId,
        /// The revision.
        revision: u32,
    },
    /// One license at one hop was issued for two devices.
    #[error(
        "license {id} at hop {hop} was issued for two devices, {first} and {second}; \
         revoke one of them, and look for the desk that did not wait for the departure"
    )]
    TwoDevices {
        /// The license.
        id: LicenseId,
        /// The hop.
        hop: u16,
        /// One device.
        first: Id,
        /// The other.
        second: Id,
    },
    /// A later revision is by a desk that the earlier one's is not under.
    #[error(
        "revision {revision} of license {id} is by another desk than the one before, so devices refuse it; \
         let the first desk or the vendor's root issue it"
    )]
    OtherDesk {
        /// The license.
        id: LicenseId,
        /// The revision that is refused.
        revision: u32,
    },
    /// A device lent one seat twice at the same time.
    #[error(
        "device {lender} lent seat {slot} of license {id} twice at one time; \
         revoke the device, unless a statement that the first loan came home is missing here"
    )]
    LentTwice {
        /// The lender.
        lender: Id,
        /// The license.
        id: LicenseId,
        /// The seat.
        slot: u16,
    },
    /// A device signed two statements of one number, or one that does not follow the one before.
    #[error(
        "device {device} signed statements that are not one chain, at number {number}: it was copied, or its \
         flash was written back; revoke and replace it"
    )]
    BrokenChain {
        /// The device.
        device: Id,
        /// The number at which it breaks.
        number: u32,
    },
    /// What only rises went down from one statement to a later one.
    #[error(
        "on device {device} the {what} went down from {from} to {to}: its flash was written back; revoke and \
         replace it"
    )]
    WentDown {
        /// The device.
        device: Id,
        /// What went down.
        what: String,
        /// Its value in the earlier statement.
        from: u64,
        /// In the later one.
        to: u64,
    },
    /// A device used more than it was granted.
    #[error(
        "device {device} used {used} units of meter {meter} of license {id}, of {granted} granted: it does not \
         keep its own rules; revoke it"
    )]
    Overused {
        /// The device.
        device: Id,
        /// The license.
        id: LicenseId,
        /// The meter.
        meter: String,
        /// Units used.
        used: u64,
        /// Allowance and the largest overdraft.
        granted: u64,
    },
    /// A device holds what it had given up before.
    #[error(
        "device {device} holds license {id} at hop {hop}, which it gave up before: it was copied, or its flash \
         was written back; revoke and replace it"
    )]
    HeldAfterDeparture {
        /// The device.
        device: Id,
        /// The license.
        id: LicenseId,
        /// The hop.
        hop: u16,
    },
    /// A device gave one license up for two devices.
    #[error(
        "device {device} gave license {id} at hop {hop} up for two devices: it was copied, or its flash was written \
         back; revoke and replace it, and let the license arrive at one of them only"
    )]
    DepartedTwice {
        /// The device.
        device: Id,
        /// The license.
        id: LicenseId,
        /// The hop.
        hop: u16,
    },
    /// Two devices hold one license at one hop.
    #[error("devices {first} and {second} both hold license {id} at hop {hop}; revoke one of them")]
    HeldByTwo {
        /// One device.
        first: Id,
        /// The other.
        second: Id,
        /// The license.
        id: LicenseId,
        /// The hop.
        hop: u16,
    },
    /// Two updates can be applied only instead of each other.
    #[error(
        "two updates for device {device} stand on number {base}, so only one of them can be applied; \
         look at the device's next statement, and send the other's actions again if they are missing"
    )]
    TwoUpdates {
        /// The device.
        device: Id,
        /// The number on which both stand.
        base: u32,
    },
    /// One request got two answers.
    #[error(
        "request {request} of device {device} was answered twice, with different times: two copies of the \
         ledger are at work; stop one of them"
    )]
    AnsweredTwice {
        /// The request.
        request: Hash,
        /// The device.
        device: Id,
    },
    /// A document stands under a key that was revoked.
    #[error(
        "this {kind} stands under a key that was revoked ({place}); install it nowhere, and issue what is \
         honest in it again"
    )]
    UnderRevokedKey {
        /// What it is.
        #[serde(serialize_with = "kind_name")]
        kind: Kind,
        /// Which key: 0 the root, else the link.
        place: u8,
    },
    /// A license was issued for, or a statement made by, a device after it was revoked: after the
    /// first revocations here that name it, if the newest do so still. Where the first that did are
    /// not here, what lies between is not found.
    #[error(
        "this {kind} concerns device {device} and is younger than the revocation of it; take nothing from \
         that device, and issue the license for another"
    )]
    RevokedDevice {
        /// What it is.
        #[serde(serialize_with = "kind_name")]
        kind: Kind,
        /// The device.
        device: Id,
    },
    /// Two revocations have one number and differ.
    #[error(
        "two different revocations have number {number}, so devices know only one of them; issue number \
         {number} + 1 with the entries of both"
    )]
    TwoRevocations {
        /// The number.
        number: u32,
    },
}

/// A device, in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Id(pub DeviceId);

impl core::fmt::Display for Id {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            DeviceId::Unbound => f.write_str("(none)"),
            DeviceId::Dongle(id) => id.fmt(f),
            DeviceId::Tpm(name) => name.fmt(f),
        }
    }
}

fn kind_name<S: serde::Serializer>(kind: &Kind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.name())
}

impl Finding {
    /// How much it says.
    pub const fn weight(&self) -> Weight {
        match self.what {
            What::NotBelieved { .. }
            | What::TwoBodies { .. }
            | What::TwoNumbers { .. }
            | What::OtherDesk { .. }
            | What::TwoUpdates { .. }
            | What::UnderRevokedKey { .. }
            | What::RevokedDevice { .. }
            | What::LentTwice { .. }
            | What::TwoRevocations { .. } => Weight::Warning,
            What::ForkedSuccession { .. }
            | What::OverIssue { .. }
            | What::TwoDevices { .. }
            | What::BrokenChain { .. }
            | What::WentDown { .. }
            | What::Overused { .. }
            | What::HeldAfterDeparture { .. }
            | What::DepartedTwice { .. }
            | What::HeldByTwo { .. }
            | What::AnsweredTwice { .. } => Weight::Proof,
        }
    }
}
