//! Desks and resellers of a vendor, batch keys of a maker.

use holdfast_crypto::{Curve, Key, RustCrypto, SecretKey};
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

/// What a delegate of a vendor may sign, and for how long. Empty lists allow everything that the one
/// who delegates may do.
#[derive(Clone, Debug)]
pub struct Limits<'a> {
    /// Products it may license.
    pub products: Vec<&'a str>,
    /// Regions it may license for.
    pub regions: Vec<&'a str>,
    /// Features it may grant.
    pub features: Vec<&'a str>,
    /// The first and the last number that it may give to a license.
    pub numbers: (u32, u32),
    /// The first second, and the first second after.
    pub validity: (Time, Time),
    /// Whether it may delegate further.
    pub may_delegate: bool,
}

/// Lets a key sell licenses for a vendor, within limits: a reseller. It gets neither the ledger's
/// rights nor those of a time authority. The key's owner keeps its secret; what comes back is the
/// document that it works under.
///
/// # Errors
/// [`IssueError::Name`]; [`IssueError::Refused`] when the limits reach beyond those of `above`, or
/// contradict each other; of a maker's office, [`IssueError::UnknownMaker`].
pub fn reseller(
    above: &Office,
    key: Key,
    limits: &Limits<'_>,
    issued: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let Authority::Vendor(vendor) = above.authority() else { return Err(IssueError::UnknownMaker) };
    let names = |texts: &[&str]| {
        let names = texts.iter().map(|text| crate::offer::name(text));
        crate::office::list(&names.collect::<Result<Vec<_>, _>>()?)
    };
    let (products, regions, features) =
        (names(&limits.products)?, names(&limits.regions)?, names(&limits.features)?);
    let scope = Scope::Vendor {
        vendor,
        products: List::from_bytes(&products),
        regions: List::from_bytes(&regions),
        features: List::from_bytes(&features),
    };
    let kinds = Kinds::of(Kind::License).and(Kinds::of(Kind::Update));
    let (first, last) = limits.numbers;
    let may_delegate = limits.may_delegate;
    let whole = delegation(above, key, kinds, scope, limits.validity);
    let body = Delegation { issued, first, last, may_delegate, ..whole };
    above.sign(&body, rng)
}

fn delegate(
    root: &Office,
    secret: SecretKey,
    kinds: Kinds,
    scope: Scope<'_>,
    (from, until): (Time, Time),
    rng: &mut impl CryptoRng,
) -> Result<Office, IssueError> {
    let body = delegation(root, RustCrypto::public(&secret), kinds, scope, (from, until));
    let document = root.sign(&body, rng)?;
    Office::of_delegate(secret, *root.root(), &document)
}

/// A delegation of all numbers, issued when it begins to hold.
fn delegation<'a>(
    above: &Office,
    key: Key,
    kinds: Kinds,
    scope: Scope<'a>,
    (from, until): (Time, Time),
) -> Delegation<'a> {
    Delegation {
        version: V1,
        signer: above.signer(),
        issued: from,
        key,
        algorithm: ES256,
        kinds,
        from,
        until,
        first: 0,
        last: u32::MAX,
        may_delegate: false,
        scope,
    }
}
