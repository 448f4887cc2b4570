//! The vendor itself: keys, record, desks and maker. All of it is for development.
//!
//! Its keys are drawn from the seed, so they are no secrets: whoever knows the seed has them. They
//! stand in files as a desk has them, which only their owner can read, and sign as a development
//! vendor whose licenses no production device or program takes.

use holdfast_crypto::{Curve, Key, RustCrypto};
use holdfast_document::{Class, Root, Time, VendorId};
use holdfast_issuer::delegate::{self, Limits};
use holdfast_issuer::vendor::{Founding, found};
use holdfast_issuer::{Office, ProductSecrets, SigningKey};

use super::plan::Seller;
use super::{Draw, Options, PopulationError, random};
use crate::{PRODUCT, SOLD, VENDOR};

/// From the day before the first sale, for four years.
const VALIDITY: (Time, Time) = (Time(SOLD.0 - 86_400), Time(SOLD.0 + 4 * 366 * 86_400));
/// The first number of each reseller's quota; the vendor's own desk counts from 1.
const FIRST: u32 = 1_000_000;
/// What a reseller may grant.
const RESOLD: [&str; 1] = ["cut"];

/// Whose key.
#[derive(Clone, Copy, Debug)]
enum Role {
    Maker,
    Batch,
    Root,
    Recovery,
    Nordic,
    Desk(Seller),
}

/// Everything that signs.
pub struct House {
    seed: u64,
    /// The founding record.
    pub record: Vec<u8>,
    /// The vendor.
    pub vendor: VendorId,
    /// The vendor's root.
    pub root: Office,
    /// Certifies devices.
    pub batch: Office,
    /// A reseller's delegation that ended before it sold anything; it is revoked.
    pub ended: Vec<u8>,
    quota: u32,
}

impl House {
    /// Founds it.
    ///
    /// # Errors
    /// None that options can cause.
    pub fn found(options: &Options) -> Result<Self, PopulationError> {
        let seed = options.seed;
        let mut rng = random(seed, Draw::House, 0);
        let maker = key(seed, Role::Maker);
        let maker_key = maker.public();
        let maker = Office::of_root(maker.for_use(false)?, Root::of_maker(maker_key));
        let batch = key(seed, Role::Batch).for_use(false)?;
        let batch = delegate::batch(&maker, batch, Class::SECURE_ELEMENT, false, VALIDITY, &mut rng)?;
        let founding = Founding {
            name: VENDOR,
            makers: vec![maker_key],
            secrets_class: Class::GLITCHABLE_MCU,
            production: false,
            issued: VALIDITY.0,
        };
        let recovery = key(seed, Role::Recovery).public();
        let root = key(seed, Role::Root).for_use(false)?;
        let (record, root) = found(&founding, root, &recovery, &mut rng)?;
        let holdfast_document::Authority::Vendor(vendor) = root.authority() else {
            return Err(holdfast_document::DocumentError::WrongAuthority.into());
        };
        let ended = key(seed, Role::Nordic).public();
        let ended = reseller(&root, ended, "eu", (FIRST, FIRST + options.quota.saturating_sub(1)), &mut rng)?;
        Ok(Self { seed, record, vendor, root, batch, ended, quota: options.quota })
    }

    /// What all of it is drawn from.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The key of a desk, as it stands in its file.
    pub fn key(&self, seller: Seller) -> SigningKey {
        key(self.seed, Role::Desk(seller))
    }

    /// The vendor's root key, as it stands in its file.
    pub fn root_key(&self) -> SigningKey {
        key(self.seed, Role::Root)
    }

    /// A desk's office.
    ///
    /// # Errors
    /// None that can be caused from here, for a quota that is not zero.
    pub fn office(&self, seller: Seller) -> Result<Office, PopulationError> {
        let mut rng = random(self.seed, Draw::House, 1 + seller as u64);
        let secret = self.key(seller).for_use(false)?;
        let Some(region) = seller.only_region() else {
            return Ok(delegate::desk(&self.root, secret, VALIDITY, &mut rng)?);
        };
        let numbers = (self.first_number(seller), self.first_number(seller) + self.quota - 1);
        let document = reseller(&self.root, RustCrypto::public(&secret), region.name(), numbers, &mut rng)?;
        Ok(Office::of_delegate(secret, *self.root.root(), &document)?)
    }

    /// The first number that a desk gives.
    pub const fn first_number(&self, seller: Seller) -> u32 {
        match seller {
            Seller::Acme => 1,
            Seller::Hansa => 2 * FIRST,
            Seller::Pacifica => 3 * FIRST,
        }
    }

    /// The secrets of the product, of every epoch so far.
    ///
    /// # Errors
    /// None that can be caused from here.
    pub fn secrets(&self) -> Result<ProductSecrets, PopulationError> {
        let mut secrets = ProductSecrets::none(false);
        let mut rng = random(self.seed, Draw::House, 16);
        for epoch in 1..=4 {
            secrets.make(PRODUCT, epoch, &mut rng)?;
        }
        Ok(secrets)
    }
}

fn key(seed: u64, role: Role) -> SigningKey {
    let index = match role {
        Role::Maker => 32,
        Role::Batch => 33,
        Role::Root => 34,
        Role::Recovery => 35,
        Role::Nordic => 36,
        Role::Desk(seller) => 40 + seller as u64,
    };
    SigningKey::generate(false, &mut random(seed, Draw::House, index))
}

fn reseller(
    root: &Office,
    key: Key,
    region: &str,
    numbers: (u32, u32),
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Result<Vec<u8>, PopulationError> {
    let limits = Limits {
        products: vec![PRODUCT],
        regions: vec![region],
        features: RESOLD.to_vec(),
        numbers,
        validity: VALIDITY,
        may_delegate: false,
    };
    Ok(delegate::reseller(root, key, &limits, VALIDITY.0, rng)?)
}
