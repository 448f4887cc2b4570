//! Desks of a vendor, batch keys of a maker.

use holdfast_crypto::{Curve, RustCrypto, SecretKey};
use holdfast_document::envelope::ES256;
use holdfast_document::{Authority, Class, Delegation, Kind, Kinds, List, Scope, Time, V1};
use rand_core::CryptoRng;

use crate::{IssueError, Office};

/// Makes a desk that issues for a vendor and keeps its ledger.
///
/// # Errors
/// [`IssueError::Refused`]; of a maker's office, [`IssueError::UnknownMaker`].
pub fn desk(
    root: &Office,
    secret: SecretKey,
    (from, until): (Time, Time),
    rng: &mut impl CryptoRng,
) -> Result<Office, IssueError> {
    let Authority::Vendor(vendor) = root.authority() else { return Err(IssueError::UnknownMaker) };
    let kinds = [Kind::License, Kind::Update, Kind::TimeToken].map(Kinds::of);
    let kinds = kinds.into_iter().fold(Kinds::ANSWER, Kinds::and);
    let scope = Scope::Vendor { vendor, products: List::EMPTY, regions: List::EMPTY, features: List::EMPTY };
    delegate(root, secret, kinds, scope, (from, until), rng)
}

/// Makes a batch key that certifies devices of one class and sort.
///
/// # Errors
/// [`IssueError::Refused`]; of a vendor's office, [`IssueError::UnknownMaker`].
pub fn batch(
    root: &Office,
    secret: SecretKey,
    best_class: Class,
    production: bool,
    (from, until): (Time, Time),
    rng: &mut impl CryptoRng,
) -> Result<Office, IssueError> {
    let Authority::Maker(maker) = root.authority() else { return Err(IssueError::UnknownMaker) };
    let scope = Scope::Maker { maker, models: List::EMPTY, best_class, production };
    delegate(root, secret, Kinds::of(Kind::Device), scope, (from, until), rng)
}

fn delegate(
    root: &Office,
    secret: SecretKey,
    kinds: Kinds,
    scope: Scope<'_>,
    (from, until): (Time, Time),
    rng: &mut impl CryptoRng,
) -> Result<Office, IssueError> {
    let body = Delegation {
        version: V1,
        signer: root.signer(),
        issued: from,
        key: RustCrypto::public(&secret),
        algorithm: ES256,
        kinds,
        from,
        until,
        first: 0,
        last: u32::MAX,
        may_delegate: false,
        scope,
    };
    let document = root.sign(&body, rng)?;
    Office::of_delegate(secret, *root.root(), &document)
}
