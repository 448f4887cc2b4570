//! A license: what one device may unlock of one product.

use crate::{Condition, Feature, Term};
use holdfast_crypto::{Hash, fixed_bytes};
use holdfast_document::{
    Authority, Body, Class, Delegation, DeviceId, DocumentError, Kind, Kinds, Limit, List, MakerId, Name,
    Scope, Seconds, Time, Units, V1, VendorId, delegation, envelope, limits, name, tagged_items,
    untagged_item,
};
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// A license, through all its revisions and transfers: a UUIDv7 (RFC 9562).
    LicenseId, 16
}

fixed_bytes! {
    /// A secret sealed by HPKE: the encapsulated key (65 bytes), the text (32), the tag (16).
    Sealed, 113
}

/// Body of a License. The parts of it that are lists are read where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct License<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the Vendor or Delegation body whose key signs.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// Its number in the issuer's quota; one per id, kept through revisions and transfers.
    pub number: u32,
    /// Which license this is.
    pub id: LicenseId,
    /// Rises with each reissue; a device never takes a lower one.
    pub revision: u32,
    /// Rises with each transfer.
    pub hop: u16,
    /// Whose product.
    pub vendor: VendorId,
    /// Which product.
    #[serde(borrow)]
    pub product: Name<'a>,
    /// The region it is sold in, if the vendor has regions.
    pub region: Option<Name<'a>>,
    /// The device that it is for.
    pub device: DeviceId,
    /// A pseudonym of the customer. A license carries no personal data.
    pub customer: Name<'a>,
    /// The first whose conditions all hold is in force.
    pub terms: List<'a, Term<'a>>,
    /// What is counted.
    pub meters: List<'a, Meter<'a>>,
    /// How many may use it at once; none: any number.
    pub seats: Option<Seats>,
    /// Secrets that the device answers derivations from.
    pub secrets: List<'a, SealedSecret<'a>>,
    /// Public facts for the program.
    pub values: List<'a, Value<'a>>,
    /// What the holder may do with the license.
    pub rights: List<'a, Right<'a>>,
}

/// A meter counts units of use. It only ever rises: the device keeps what was used, the license
/// says what was ever granted, and what is left is their difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter<'a> {
    /// Its name, unique in the license.
    #[serde(borrow)]
    pub name: Name<'a>,
    /// The total ever granted. A refill is a new revision with a larger one.
    pub allowance: Units,
    /// Whether a channel may charge it without a proven pairing.
    pub open: bool,
}

/// How many may use a license at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// How many.
    pub count: u16,
    /// What takes a seat.
    pub by: SeatBy,
    /// How long a lease lasts without renewal, in seconds; at most 300.
    pub lease: u16,
}

/// What takes a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatBy {
    /// Each lease.
    Lease,
    /// Each machine, as its proof says; leases of one machine share a seat.
    Machine,
}

/// A secret, sealed to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret<'a> {
    /// The feature whose grant lets the device answer.
    #[serde(borrow)]
    pub feature: Name<'a>,
    /// The generation of the product's secret.
    pub epoch: u32,
    /// The sealed bytes.
    pub sealed: Sealed,
    /// What the device may do with it.
    pub usage: SecretUse,
}

/// What a device may do with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretUse {
    /// Answer derivations; the secret itself never leaves.
    Derive,
    /// Give it out while the feature is granted.
    Reveal,
}

/// A public fact for the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Name<'a>,
    /// Its bytes.
    #[serde(serialize_with = "envelope::serialize_bytes")]
    pub bytes: &'a [u8],
}

tagged_items! {
    /// What the holder of a license may do with it.
    pub enum Right<'a> {
        /// Move it to another device, through the issuer.
        1 => Transfer(()),
        /// Lend seats to other devices.
        2 => Lend(Lend<'a>),
    }
}

/// The right to lend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lend<'a> {
    /// How many seats may be out at once.
    pub seats: u16,
    /// The longest loan.
    pub longest: Seconds,
    /// The least class of the borrower.
    pub class: Class,
    /// Makers whose devices may borrow; none named: any that the vendor accepts.
    #[serde(borrow)]
    pub makers: List<'a, MakerId>,
}

untagged_item!('a, Meter<'a>);
untagged_item!('a, SealedSecret<'a>);
untagged_item!('a, Value<'a>);

impl<'a> License<'a> {
    /// The index and the meter of this name.
    pub fn meter(&self, name: Name<'_>) -> Option<(usize, Meter<'a>)> {
        self.meters.known().enumerate().find(|(_, meter)| meter.name == name)
    }

    /// The term with this index, as verdicts and refusals name it; none where it is not known here.
    pub fn term(&self, index: u8) -> Option<Term<'a>> {
        self.terms.indexed().find(|(place, _)| *place == index).and_then(|(_, term)| term.ok())
    }

    /// An unbound license can be copied freely, so nothing of value hangs on it: it must end, and
    /// have no secrets, meters, seats or rights.
    fn check_unbound(&self) -> Result<(), DocumentError> {
        let bare = self.secrets.is_empty()
            && self.meters.is_empty()
            && self.seats.is_none()
            && self.rights.is_empty();
        let dated = |term: Term<'a>| term.conditions.known().any(|c| matches!(c, Condition::Until(_)));
        // A term that is not known now may be known later, and must not turn out to have no end.
        if bare && self.terms.is_understood() && self.terms.known().all(dated) {
            Ok(())
        } else {
            Err(DocumentError::Inconsistent)
        }
    }

    fn check_meters(&self) -> Result<(), DocumentError> {
        self.meters.check_all_known(limits::METERS, |meter| {
            if meter.allowance.0 >= limits::UNITS {
                return Err(DocumentError::Inconsistent);
            }
            once(self.meters.known().filter(|other| other.name == meter.name))
        })
    }

    fn check_value(&self, value: Value<'a>) -> Result<(), DocumentError> {
        if value.bytes.len() > limits::VALUE {
            return Err(DocumentError::TooMany);
        }
        once(self.values.known().filter(|other| other.name == value.name))
    }

    /// Only seats can be lent, and no more than there are.
    fn check_right(&self, right: Right<'a>) -> Result<(), DocumentError> {
        let sort = core::mem::discriminant(&right);
        once(self.rights.known().filter(|other| core::mem::discriminant(other) == sort))?;
        let Right::Lend(lend) = right else { return Ok(()) };
        lend.makers.check_all_known(limits::MAKERS, |_| Ok(()))?;
        let seats = self.seats.map_or(0, |seats| seats.count);
        if lend.seats == 0 || lend.seats > seats || lend.longest == Seconds(0) {
            return Err(DocumentError::Inconsistent);
        }
        Ok(())
    }

    fn check_term(&self, term: Term<'a>) -> Result<(), DocumentError> {
        if let Some(notice) = term.notice {
            name::check_text(notice, limits::NOTICE)?;
        }
        term.features.check(limits::FEATURES, |_| Ok(()))?;
        term.conditions.check(limits::CONDITIONS, |condition| match condition {
            Condition::Units(units) => {
                let (_, meter) = self.meter(units.meter).ok_or(DocumentError::Inconsistent)?;
                match meter.allowance.0.checked_add(units.overdraft.0) {
                    Some(sum) if sum < limits::UNITS => Ok(()),
                    _ => Err(DocumentError::Inconsistent),
                }
            }
            _ => Ok(()),
        })
    }
}

/// That an item of a list stands in it once, given all that are the same.
fn once<T>(same: impl Iterator<Item = T>) -> Result<(), DocumentError> {
    if same.count() == 1 { Ok(()) } else { Err(DocumentError::Inconsistent) }
}

/// Secrets are told apart by feature and epoch, and each stands there once.
pub(crate) fn check_secrets<'a>(
    secrets: &List<'a, SealedSecret<'a>>,
    most: usize,
) -> Result<(), DocumentError> {
    secrets.check_all_known(most, |secret| {
        let same = |other: &SealedSecret<'a>| (other.feature, other.epoch) == (secret.feature, secret.epoch);
        once(secrets.known().filter(same))
    })
}

impl<'a> Body<'a> for License<'a> {
    const KIND: Kind = Kind::License;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn number(&self) -> Option<u32> {
        Some(self.number)
    }

    fn authority(&self) -> Option<Authority> {
        Some(Authority::Vendor(self.vendor))
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.check_meters()?;
        self.terms.check(limits::TERMS, |term| self.check_term(term))?;
        check_secrets(&self.secrets, limits::SECRETS)?;
        self.values.check_all_known(limits::VALUES, |value| self.check_value(value))?;
        self.rights.check(limits::RIGHTS, |right| self.check_right(right))?;
        if self.seats.is_some_and(|seats| seats.count == 0 || seats.lease == 0 || seats.lease > limits::LEASE)
        {
            return Err(DocumentError::Inconsistent);
        }
        if self.device == DeviceId::Unbound { self.check_unbound() } else { Ok(()) }
    }

    fn within(&self, delegation: &Delegation<'_>) -> Result<(), Limit> {
        let Scope::Vendor { products, regions, features, .. } = &delegation.scope else {
            return Err(Limit::Scope);
        };
        if !delegation.has_number(self.number) {
            return Err(Limit::Numbers);
        }
        if !delegation::allows(products, self.product) {
            return Err(Limit::Products);
        }
        if !(regions.is_empty() || self.region.is_some_and(|region| delegation::allows(regions, region))) {
            return Err(Limit::Regions);
        }
        // A hop is the ledger's to count.
        if self.hop > 0 && !delegation.kinds.contains(Kinds::ANSWER) {
            return Err(Limit::Kinds);
        }
        // What is not known here may grant a feature once the firmware is newer: it would then lie
        // beyond a limit that nobody held it against.
        let allowed = |feature: Feature<'a>| delegation::allows(features, feature.name());
        let reaches = |term: Term<'a>| term.features.is_understood() && term.features.known().all(allowed);
        let terms = self.terms.is_understood() && self.terms.known().all(reaches);
        let secrets = self.secrets.known().all(|secret| delegation::allows(features, secret.feature));
        if features.is_empty() || (terms && secrets) { Ok(()) } else { Err(Limit::Features) }
    }
}
