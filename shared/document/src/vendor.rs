//! A vendor: its root key, and how a new root follows a lost one.
//!
//! The founding record, number 0, is signed by the root key that it names, and the vendor's id is
//! cut from its digest: whoever knows the id needs to trust nothing else. Each record names the
//! hash of a recovery key that is kept offline; the next record reveals that key and is signed by
//! it. A device keeps the whole succession and gives it out, so that a program that was shipped
//! years ago can learn a new root.

use crate::envelope::ES256;
use crate::value::first_half;
use crate::{
    Authority, Body, Class, Delegation, DocumentError, Kind, Limit, List, Name, Received, Root, Time, V1,
    VendorId, Verified, limits,
};
use holdfast_crypto::{Curve, Hash, Key, digest, label};
use serde::{Deserialize, Serialize};

/// Body of a Vendor document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor<'a> {
    /// Version 1.
    pub version: V1,
    /// Whose record this is; zeros in number 0, whose digest makes the id.
    pub vendor: VendorId,
    /// 0 for the founding record, then one more each time.
    pub number: u8,
    /// Digest of the record before; zeros in number 0.
    pub previous: Hash,
    /// The vendor's name.
    #[serde(borrow)]
    pub name: Name<'a>,
    /// The root key from now on.
    pub root: Key,
    /// [`recovery_hash`] of the key that will sign the next record.
    pub recovery: Hash,
    /// The recovery key that the record before named, which signs this one; none in number 0.
    pub revealed: Option<Key>,
    /// Root keys of the makers whose devices are accepted; at most four.
    pub makers: List<'a, Key>,
    /// The least class of device that secrets are sealed to.
    pub secrets_class: Class,
    /// Whether this vendor is a production one. Development and production never mix.
    pub production: bool,
    /// When it was signed.
    pub issued: Time,
}

/// The hash by which a record names the key that will sign the next one.
pub fn recovery_hash(key: &Key) -> Hash {
    digest::labeled(label::RECOVERY, &[&key.0])
}

impl<'a> Vendor<'a> {
    /// Takes a founding record.
    ///
    /// # Errors
    /// Those of the envelope; [`DocumentError::BadSuccession`] when it is not number 0.
    pub fn found<C: Curve>(received: &Received<'a>) -> Result<Verified<'a, Self>, DocumentError> {
        let body = Self::read(received)?;
        if body.number != 0 || body.revealed.is_some() || !body.vendor.is_zero() || !body.previous.is_zero() {
            return Err(DocumentError::BadSuccession { number: body.number });
        }
        Verified::self_signed::<C>(received, body, &body.root, VendorId(first_half(received.digest())))
    }

    /// Takes the founding record of the vendor that is expected.
    ///
    /// # Errors
    /// Those of [`found`](Self::found), and [`DocumentError::OtherVendor`].
    pub fn found_as<C: Curve>(
        received: &Received<'a>,
        expected: VendorId,
    ) -> Result<Verified<'a, Self>, DocumentError> {
        let verified = Self::found::<C>(received)?;
        match verified.root().authority {
            Authority::Vendor(found) if found != expected => Err(DocumentError::OtherVendor { found }),
            _ => Ok(verified),
        }
    }

    /// Takes the record that follows `previous`.
    ///
    /// # Errors
    /// Those of the envelope; [`DocumentError::BadSuccession`] when it does not follow, or would be
    /// one too many; [`DocumentError::Mixed`] when it turns development into production or back.
    pub fn succeed<C: Curve>(
        received: &Received<'a>,
        previous: &Verified<'_, Vendor<'_>>,
    ) -> Result<Verified<'a, Self>, DocumentError> {
        Self::succeed_stored::<C>(received, previous.id(), previous.body(), previous.digest())
    }

    /// The same for a device, which verified the record before when it came and kept it.
    ///
    /// # Errors
    /// Those of [`succeed`](Self::succeed).
    pub fn succeed_stored<C: Curve>(
        received: &Received<'a>,
        vendor: VendorId,
        previous: &Vendor<'_>,
        digest: Hash,
    ) -> Result<Verified<'a, Self>, DocumentError> {
        let body = Self::read(received)?;
        let follows = body.vendor == vendor
            && Some(body.number) == previous.number.checked_add(1)
            && body.number < limits::SUCCESSION
            && body.previous == digest;
        match body.revealed {
            Some(key) if follows && recovery_hash(&key) == previous.recovery => {
                if body.production != previous.production {
                    return Err(DocumentError::Mixed);
                }
                Verified::self_signed::<C>(received, body, &key, vendor)
            }
            _ => Err(DocumentError::BadSuccession { number: body.number }),
        }
    }

    /// The one place where a body is read before its signature is checked: it names its own key.
    fn read(received: &Received<'a>) -> Result<Self, DocumentError> {
        let body: Self =
            crate::verify::read(received.kind, received.document.algorithm, received.document.body)?;
        if !received.is_without_chain() || received.root() != body.number {
            return Err(DocumentError::BadChain);
        }
        Ok(body)
    }
}

impl Root {
    /// The root of a vendor as of one of its records, whose digest is given.
    pub const fn of_vendor(vendor: VendorId, record: &Vendor<'_>, digest: Hash) -> Self {
        let Vendor { number, root, .. } = *record;
        Self { authority: Authority::Vendor(vendor), number, key: root, algorithm: ES256, body: digest }
    }
}

impl Verified<'_, Vendor<'_>> {
    /// The root that chains of this vendor start at, as of this record.
    pub fn root(&self) -> Root {
        Root::of_vendor(self.id(), self.body(), self.digest())
    }

    /// The vendor's id.
    pub fn id(&self) -> VendorId {
        match self.authority() {
            Authority::Vendor(id) => id,
            Authority::Maker(_) => VendorId::ZERO,
        }
    }
}

impl<'a> Body<'a> for Vendor<'a> {
    const KIND: Kind = Kind::Vendor;

    fn signer(&self) -> Hash {
        Hash::ZERO
    }

    fn issued(&self) -> Time {
        self.issued
    }

    /// A record speaks for its vendor only, so that no maker's root can found or succeed one.
    fn authority(&self) -> Option<Authority> {
        Some(Authority::Vendor(self.vendor))
    }

    fn check(&self) -> Result<(), DocumentError> {
        self.makers.check_all_known(limits::MAKERS, |_| Ok(()))
    }

    /// No delegate signs for a root.
    fn within(&self, _: &Delegation<'_>) -> Result<(), Limit> {
        Err(Limit::Kinds)
    }
}
