//! A delegation lets a key sign some kinds of document, within limits.

use crate::{Authority, Body, Class, DocumentError, Kind, Limit, List, MakerId, Name, Time, V1, VendorId};
use holdfast_crypto::{Hash, Key};
use serde::{Deserialize, Serialize};

/// Body of a Delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation<'a> {
    /// Version 1.
    pub version: V1,
    /// Digest of the Vendor or Delegation body whose key signs; zeros for a maker's root.
    pub signer: Hash,
    /// When it was signed.
    pub issued: Time,
    /// The key that it empowers.
    pub key: Key,
    /// The algorithm of that key.
    pub algorithm: u8,
    /// What the key may sign.
    pub kinds: Kinds,
    /// The first second at which it holds.
    pub from: Time,
    /// The first second at which it no longer holds.
    pub until: Time,
    /// The first number of its quota of licenses.
    pub first: u32,
    /// The last number of its quota.
    pub last: u32,
    /// Whether the key may delegate further.
    pub may_delegate: bool,
    /// For whom, and within which limits.
    #[serde(borrow)]
    pub scope: Scope<'a>,
}

/// For whom a delegate signs, and within which limits. An empty list allows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope<'a> {
    /// For a vendor.
    Vendor {
        /// Which one.
        vendor: VendorId,
        /// Products it may license.
        #[serde(borrow)]
        products: List<'a, Name<'a>>,
        /// Regions it may license for.
        regions: List<'a, Name<'a>>,
        /// Features it may grant.
        features: List<'a, Name<'a>>,
    },
    /// For a maker of devices.
    Maker {
        /// Which one.
        maker: MakerId,
        /// Models it may certify.
        models: List<'a, Name<'a>>,
        /// The best class that it may certify, so that a leaked batch key mints no better one.
        best_class: Class,
        /// Whether the devices are production ones; a key is for one sort only.
        production: bool,
    },
}

/// A set of kinds of document, and of rights that are not kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds(pub u16);

impl Kinds {
    /// Sending Answer, Depart and hops above 0: only for who keeps the ledger.
    pub const ANSWER: Self = Self(1 << 11);
    /// Signing approvals for TPMs, and nothing else: such a key signs digests that it is given.
    pub const APPROVAL: Self = Self(1 << 12);

    /// The set of one kind.
    pub const fn of(kind: Kind) -> Self {
        Self(1 << kind as u16)
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whether `name` may stand under a list of limits.
pub fn allows(list: &List<'_, Name<'_>>, name: Name<'_>) -> bool {
    list.is_empty() || list.known().any(|allowed| allowed == name)
}

/// Whether every name in `inner` may stand under `outer`; an empty `inner` wants everything.
fn narrows(inner: &List<'_, Name<'_>>, outer: &List<'_, Name<'_>>) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.known().all(|name| allows(outer, name)))
}

fn within(holds: bool, limit: Limit) -> Result<(), Limit> {
    if holds { Ok(()) } else { Err(limit) }
}

impl Delegation<'_> {
    /// Whether it is in force at `now`.
    ///
    /// # Errors
    /// [`DocumentError::OutOfForce`].
    pub fn in_force(&self, now: Time) -> Result<(), DocumentError> {
        if self.from <= now && now < self.until {
            Ok(())
        } else {
            Err(DocumentError::OutOfForce { from: self.from, until: self.until, now })
        }
    }

    /// Whether its key may say this: sign this kind at all, and within its limits. Its time of
    /// validity is looked at elsewhere.
    ///
    /// # Errors
    /// [`DocumentError::OverReach`].
    pub fn permits<'b, B: Body<'b>>(&self, body: &B) -> Result<(), DocumentError> {
        // A delegate that may delegate needs no further word to sign delegations.
        if B::KIND != Kind::Delegation && !self.kinds.contains(Kinds::of(B::KIND)) {
            return Err(DocumentError::OverReach(Limit::Kinds));
        }
        body.within(self).map_err(DocumentError::OverReach)
    }

    /// Whether a license of this number lies in its quota.
    pub const fn has_number(&self, number: u32) -> bool {
        self.first <= number && number <= self.last
    }
}

impl<'a> Body<'a> for Delegation<'a> {
    const KIND: Kind = Kind::Delegation;

    fn signer(&self) -> Hash {
        self.signer
    }

    fn issued(&self) -> Time {
        self.issued
    }

    fn authority(&self) -> Option<Authority> {
        Some(match self.scope {
            Scope::Vendor { vendor, .. } => Authority::Vendor(vendor),
            Scope::Maker { maker, .. } => Authority::Maker(maker),
        })
    }

    fn check(&self) -> Result<(), DocumentError> {
        if self.from >= self.until || self.first > self.last {
            return Err(DocumentError::Inconsistent);
        }
        // An approval key signs digests that others hand to it: it must not be good for documents.
        let approves = self.kinds.contains(Kinds::APPROVAL);
        if approves && (self.kinds != Kinds::APPROVAL || self.may_delegate) {
            return Err(DocumentError::Inconsistent);
        }
        // A body of 400 bytes bounds these lists by itself; what is asked here is well-formedness.
        let well_formed = |list: &List<'a, Name<'a>>| list.check_all_known(Self::KIND.limit(), |_| Ok(()));
        match &self.scope {
            Scope::Vendor { products, regions, features, .. } => {
                [products, regions, features].into_iter().try_for_each(well_formed)
            }
            Scope::Maker { models, .. } => well_formed(models),
        }
    }

    /// A child never exceeds its parent.
    fn within(&self, parent: &Delegation<'_>) -> Result<(), Limit> {
        within(parent.may_delegate, Limit::Delegating)?;
        within(parent.kinds.contains(self.kinds), Limit::Kinds)?;
        within(parent.from <= self.from && self.until <= parent.until, Limit::Validity)?;
        within(parent.has_number(self.first) && parent.has_number(self.last), Limit::Numbers)?;
        match (&self.scope, &parent.scope) {
            (
                Scope::Vendor { products, regions, features, .. },
                Scope::Vendor { products: of_parent, regions: its_regions, features: its_features, .. },
            ) => {
                within(narrows(products, of_parent), Limit::Products)?;
                within(narrows(regions, its_regions), Limit::Regions)?;
                within(narrows(features, its_features), Limit::Features)
            }
            (
                Scope::Maker { models, best_class, production, .. },
                Scope::Maker { models: of_parent, best_class: its_best, production: its_production, .. },
            ) => {
                within(narrows(models, of_parent), Limit::Models)?;
                within(its_best.reaches(*best_class), Limit::Class)?;
                within(production == its_production, Limit::Production)
            }
            _ => Err(Limit::Scope),
        }
    }
}
