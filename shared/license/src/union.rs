//! A product is the union of its licenses: modules that were bought apart need no ordering.
//!
//! ```text
//! license ─decide─▶ grant or refusal ─┐
//! license ─decide─▶ grant or refusal ─┼─▶ Union: the best grant, or each refusal's reason
//! license ─decide─▶ grant or refusal ─┘
//! ```
//! What is granted by one is granted, and of several grants the best counts. A charge is never
//! split: the first license in [`PayingOrder`] that can pay it whole pays.

use crate::{Condition, Grant, License, LicenseId, Refusal, Term};
use core::cmp::Reverse;
use holdfast_document::{Time, Units};

/// One feature over several licenses, each of which is known by a key of the caller's.
#[derive(Clone, Copy, Debug)]
pub struct Union<K> {
    best: Option<(K, Grant)>,
    refusal: Option<(K, Refusal)>,
}

impl<K> Union<K> {
    /// Of no licenses.
    pub const fn new() -> Self {
        Self { best: None, refusal: None }
    }

    /// Adds what one license says.
    pub fn add(&mut self, license: K, said: Result<Grant, Refusal>) {
        match said {
            Ok(grant) if self.best.as_ref().is_none_or(|(_, best)| grant.is_better_than(best)) => {
                self.best = Some((license, grant));
            }
            Ok(_) => {}
            Err(refusal) if self.refusal.as_ref().is_none_or(|(_, first)| refusal.tells_more_than(first)) => {
                self.refusal = Some((license, refusal));
            }
            Err(_) => {}
        }
    }

    /// The best grant and whose it is.
    ///
    /// # Errors
    /// Where none grants it, the refusal that tells most; nothing where there is no license.
    pub fn feature(self) -> Result<(K, Grant), Option<(K, Refusal)>> {
        self.best.ok_or(self.refusal)
    }
}

impl<K> Default for Union<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Extend<(K, Result<Grant, Refusal>)> for Union<K> {
    fn extend<I: IntoIterator<Item = (K, Result<Grant, Refusal>)>>(&mut self, licenses: I) {
        licenses.into_iter().for_each(|(license, said)| self.add(license, said));
    }
}

impl Grant {
    /// Whether a union gives this one: the larger number; of equal ones the one that does not hang
    /// on the host's word; of such the one that lasts longer.
    pub fn is_better_than(&self, other: &Self) -> bool {
        let rank = |grant: &Self| (grant.value, Reverse(grant.claimed), grant.valid_for);
        rank(self) > rank(other)
    }
}

impl Refusal {
    /// Whether it says more than the other: a license that has the feature and fails says why; one
    /// that has it in a term below the one in force, or not at all, says only what to buy.
    pub const fn tells_more_than(&self, other: &Self) -> bool {
        const fn rank(refusal: &Refusal) -> u8 {
            match refusal.condition {
                Refusal::NO_TERM => 0,
                Refusal::SHADOWED => 1,
                _ => 2,
            }
        }
        rank(self) > rank(other)
    }
}

/// A license's place among those of a product that could pay a charge: the one that ends first
/// comes first; among equals, the one with the lower id, which was sold earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayingOrder {
    ends: Time,
    id: LicenseId,
}

impl License<'_> {
    /// The first second at which no term can be in force any more, as far as dates tell; the end of
    /// time when there is none.
    pub fn ends(&self) -> Time {
        let end = |term: Term<'_>| {
            let untils = term.conditions.known().filter_map(|condition| match condition {
                Condition::Until(until) => Some(until),
                _ => None,
            });
            untils.min().unwrap_or(Time(u64::MAX))
        };
        self.terms.known().map(end).max().unwrap_or_default()
    }

    /// Where it stands when one of several licenses is to pay.
    pub fn paying_order(&self) -> PayingOrder {
        PayingOrder { ends: self.ends(), id: self.id }
    }
}

/// What licenses had left of a meter, none of which could pay a charge whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TooLittle {
    /// The most that one had left.
    pub most: Units,
    /// What all had left.
    pub together: Units,
}

impl FromIterator<Units> for TooLittle {
    fn from_iter<I: IntoIterator<Item = Units>>(lefts: I) -> Self {
        lefts.into_iter().fold(Self::default(), |sum, left| Self {
            most: sum.most.max(left),
            together: Units(sum.together.0.saturating_add(left.0)),
        })
    }
}
