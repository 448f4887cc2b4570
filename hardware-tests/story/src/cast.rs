//! A maker, a vendor and its desk, made anew for each telling: development ones, all of them.

use getrandom::SysRng;
use holdfast_catalogue as catalogue;
use holdfast_crypto::{Curve, RustCrypto, SecretKey};
use holdfast_document::{Class, Root, Time};
use holdfast_issuer::{Office, delegate, vendor};
use rand_core::UnwrapErr;

use crate::Problem;

/// Randomness of the operating system.
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Who acts.
pub struct Cast {
    /// Certifies dongles.
    pub batch: Office,
    /// The vendor's root, which delegates to desks.
    pub root: Office,
    /// Issues licenses and keeps the ledger.
    pub desk: Office,
    /// The vendor's founding record.
    pub record: Vec<u8>,
    /// The root key of the maker.
    pub maker: holdfast_crypto::Key,
}

impl Cast {
    /// Makes them.
    ///
    /// # Errors
    /// Those of issuing.
    pub fn new() -> Result<Self, Problem> {
        let rng = &mut rng();
        let office = (Time(catalogue::SOLD.0 - 86_400), Time(catalogue::SOLD.0 + 5 * 365 * 86_400));
        let maker_root = SecretKey::generate(rng);
        let maker = RustCrypto::public(&maker_root);
        let maker_office = Office::of_root(maker_root, Root::of_maker(maker));
        let batch =
            delegate::batch(&maker_office, SecretKey::generate(rng), Class::SIMULATOR, false, office, rng)?;
        let founding = vendor::Founding {
            name: catalogue::VENDOR,
            makers: vec![maker],
            secrets_class: Class::SIMULATOR,
            production: false,
            issued: office.0,
        };
        let recovery = RustCrypto::public(&SecretKey::generate(rng));
        let (record, root) = vendor::found(&founding, SecretKey::generate(rng), &recovery, rng)?;
        let desk = delegate::desk(&root, SecretKey::generate(rng), office, rng)?;
        Ok(Self { batch, root, desk, record, maker })
    }
}
