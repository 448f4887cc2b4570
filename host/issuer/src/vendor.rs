//! Founding records.

use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey};
use holdfast_document::{Class, List, Name, Received, Time, V1, Vendor, VendorId, vendor};
use rand_core::CryptoRng;

use crate::office::{list, sign};
use crate::{IssueError, Office};

/// What a founding record says beside its keys.
#[derive(Clone, Debug)]
pub struct Founding<'a> {
    /// The vendor's name.
    pub name: &'a str,
    /// Root keys of the makers whose devices it accepts.
    pub makers: Vec<Key>,
    /// The least class of device that its secrets are sealed to.
    pub secrets_class: Class,
    /// Whether it is a production vendor.
    pub production: bool,
    /// When.
    pub issued: Time,
}

/// Founds a vendor: its record, and the office of its root. The recovery key is the caller's to put
/// away; only its hash is in the record.
///
/// # Errors
/// [`IssueError::Name`], [`IssueError::Refused`].
pub fn found(
    founding: &Founding<'_>,
    root: SecretKey,
    recovery: &Key,
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Office), IssueError> {
    let makers = list(&founding.makers)?;
    let body = Vendor {
        version: V1,
        vendor: VendorId::ZERO,
        number: 0,
        previous: Hash::ZERO,
        name: Name::new(founding.name).ok_or(IssueError::Name)?,
        root: RustCrypto::public(&root),
        recovery: vendor::recovery_hash(recovery),
        revealed: None,
        makers: List::from_bytes(&makers),
        secrets_class: founding.secrets_class,
        production: founding.production,
        issued: founding.issued,
    };
    let record = sign(&body, &root, body.number, &[], rng)?;
    let anchor = Vendor::found::<RustCrypto>(&Received::parse(&record)?)?.root();
    Ok((record, Office::of_root(root, anchor)))
}
