//! What is sold, as a license.

use holdfast_crypto::{Hash, Key, RustCrypto, Secret, SecretKey};
use holdfast_document::{Class, DeviceId, List, MakerId, Name, Seconds, Time, Units, V1, VendorId};
use holdfast_license::license::{Lend, Right, Sealed, SealedSecret, Seats, SecretUse, Value};
use holdfast_license::secret::SealedFor;
use holdfast_license::term::NumberedFeature;
use holdfast_license::{Condition, Feature, License, LicenseId, Meter, Term};
use rand_core::CryptoRng;

use crate::IssueError;
use crate::office::{encode, list};

/// What is sold. Names are checked when it is issued.
#[derive(Clone, Debug, Default)]
pub struct Offer<'a> {
    /// Which license: the same id for each renewal or refill.
    pub id: LicenseId,
    /// Rises with each.
    pub revision: u32,
    /// Rises with each transfer.
    pub hop: u16,
    /// Its number in the desk's quota.
    pub number: u32,
    /// The product.
    pub product: &'a str,
    /// The region it is sold in, if the vendor has regions.
    pub region: Option<&'a str>,
    /// A pseudonym of the customer.
    pub customer: &'a str,
    /// The first whose conditions all hold is in force.
    pub terms: Vec<Clause<'a>>,
    /// Meters: name, total ever granted, and whether an unpaired host may charge it.
    pub meters: Vec<(&'a str, u64, bool)>,
    /// How many may use it at once; none: any number.
    pub seats: Option<Seats>,
    /// Secrets that the device is to answer from.
    pub secrets: Vec<SecretOffer<'a>>,
    /// Public facts for the program.
    pub values: Vec<(&'a str, &'a [u8])>,
    /// Whether it may be moved to another device, through the issuer.
    pub transfer: bool,
    /// What of it may be lent to other devices.
    pub lend: Option<LendOffer>,
}

/// A secret of an offer.
#[derive(Clone, Copy)]
pub struct SecretOffer<'a> {
    /// The feature whose grant lets the device answer.
    pub feature: &'a str,
    /// The generation of the product's secret.
    pub epoch: u32,
    /// What the device may do with it.
    pub usage: SecretUse,
    /// The secret itself; none where the desk does not have it.
    pub secret: Option<&'a Secret>,
}

/// Without the secret, which is never printed.
impl std::fmt::Debug for SecretOffer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { feature, epoch, usage, secret } = self;
        let secret = if secret.is_some() { "there" } else { "missing" };
        write!(f, "SecretOffer {{ {feature}, {epoch}, {usage:?}, {secret} }}")
    }
}

/// The right to lend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LendOffer {
    /// How many seats may be out at once.
    pub seats: u16,
    /// The longest loan.
    pub longest: Seconds,
    /// The least class of the borrower.
    pub class: Class,
    /// Makers whose devices may borrow; none named: any that the vendor accepts.
    pub makers: Vec<MakerId>,
}

/// A term of an offer.
#[derive(Clone, Debug, Default)]
pub struct Clause<'a> {
    /// The edition.
    pub edition: &'a str,
    /// One line to show while it is in force.
    pub notice: Option<&'a str>,
    /// All must hold.
    pub conditions: Vec<Condition<'a>>,
    /// Features that are simply there.
    pub features: Vec<&'a str>,
    /// Features that are there with a number.
    pub numbers: Vec<(&'a str, u64)>,
}

/// A name of an offer.
///
/// # Errors
/// [`IssueError::Name`].
pub fn name(text: &str) -> Result<Name<'_>, IssueError> {
    Name::new(text).ok_or(IssueError::Name)
}

/// For whom a license is made, by whom, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) vendor: VendorId,
    pub(crate) device: DeviceId,
    /// The device's sealing key, from its verified Device document. None for a draft, whose secrets
    /// are zeros.
    pub(crate) sealing: Option<Key>,
    pub(crate) signer: Hash,
    pub(crate) issued: Time,
}

impl Offer<'_> {
    /// The license as a body that nobody signed, for no device in particular, with zeros for its
    /// secrets: to be decided on, before it is sold.
    ///
    /// # Errors
    /// [`IssueError::Name`], [`IssueError::Refused`].
    pub fn draft(&self, issued: Time) -> Result<Vec<u8>, IssueError> {
        let made = Made {
            vendor: VendorId::ZERO,
            device: DeviceId::Unbound,
            sealing: None,
            signer: Hash::ZERO,
            issued,
        };
        self.with_license(&made, &[], |license| encode(license))
    }

    /// Builds the license in buffers that live for as long as `with` looks at it.
    fn with_license<T>(
        &self,
        made: &Made,
        sealed: &[Sealed],
        with: impl FnOnce(&License<'_>) -> Result<T, IssueError>,
    ) -> Result<T, IssueError> {
        let meters = self.meters.iter().map(|(meter, allowance, open)| {
            Ok(Meter { name: name(meter)?, allowance: Units(*allowance), open: *open })
        });
        let meters = list(&meters.collect::<Result<Vec<_>, IssueError>>()?)?;
        // Each term's lists lie in buffers of their own until the license is encoded.
        let lists = self.terms.iter().map(Clause::lists).collect::<Result<Vec<_>, IssueError>>()?;
        let terms = self.terms.iter().zip(&lists).map(|(clause, (conditions, features))| {
            Ok(Term {
                edition: name(clause.edition)?,
                notice: clause.notice,
                conditions: List::from_bytes(conditions),
                features: List::from_bytes(features),
            })
        });
        let terms = list(&terms.collect::<Result<Vec<_>, IssueError>>()?)?;
        let values = self.values.iter().map(|(key, bytes)| Ok(Value { name: name(key)?, bytes }));
        let values = list(&values.collect::<Result<Vec<_>, IssueError>>()?)?;
        let sealed = sealed.iter().copied().chain(std::iter::repeat(Sealed::ZERO));
        let secrets = self.secrets.iter().zip(sealed).map(|(secret, sealed)| {
            let SecretOffer { feature, epoch, usage, .. } = *secret;
            Ok(SealedSecret { feature: name(feature)?, epoch, sealed, usage })
        });
        let secrets = list(&secrets.collect::<Result<Vec<_>, IssueError>>()?)?;
        let makers = list(self.lend.as_ref().map_or(&[][..], |lend| &lend.makers))?;
        let lend = self.lend.as_ref().map(|LendOffer { seats, longest, class, .. }| {
            let (seats, longest, class) = (*seats, *longest, *class);
            Right::Lend(Lend { seats, longest, class, makers: List::from_bytes(&makers) })
        });
        let transfer = self.transfer.then_some(Right::Transfer(()));
        let rights = list(&transfer.into_iter().chain(lend).collect::<Vec<_>>())?;
        with(&License {
            version: V1,
            signer: made.signer,
            issued: made.issued,
            number: self.number,
            id: self.id,
            revision: self.revision,
            hop: self.hop,
            vendor: made.vendor,
            product: name(self.product)?,
            region: self.region.map(name).transpose()?,
            device: made.device,
            customer: name(self.customer)?,
            terms: List::from_bytes(&terms),
            meters: List::from_bytes(&meters),
            seats: self.seats,
            secrets: List::from_bytes(&secrets),
            values: List::from_bytes(&values),
            rights: List::from_bytes(&rights),
        })
    }

    /// Seals each secret to the device, bound to all that it is for.
    fn seal(&self, made: &Made, rng: &mut impl CryptoRng) -> Result<Vec<Sealed>, IssueError> {
        let missing = |epoch| IssueError::NoSecret { product: self.product.to_owned(), epoch };
        let seal = |offered: &SecretOffer<'_>| {
            let SecretOffer { feature, epoch, secret, .. } = *offered;
            let (Some(secret), Some(sealing)) = (secret, &made.sealing) else {
                return Err(missing(epoch));
            };
            let sealed_for = SealedFor {
                vendor: made.vendor,
                license: self.id,
                device: made.device,
                product: name(self.product)?,
                feature: name(feature)?,
                epoch,
            };
            let sealed = sealed_for.seal::<RustCrypto>(sealing, SecretKey::generate(rng), secret);
            sealed.map_err(|_| IssueError::UnknownMaker)
        };
        self.secrets.iter().map(seal).collect()
    }
}

impl Clause<'_> {
    /// Its conditions and its features, as lists.
    fn lists(&self) -> Result<(Vec<u8>, Vec<u8>), IssueError> {
        let flags = self.features.iter().map(|feature| name(feature).map(Feature::Flag));
        let numbers = self.numbers.iter().map(|(feature, number)| {
            let name = name(feature)?;
            Ok(Feature::Number(NumberedFeature { name, number: *number }))
        });
        let features = flags.chain(numbers).collect::<Result<Vec<_>, IssueError>>()?;
        Ok((list(&self.conditions)?, list(&features)?))
    }
}

/// Makes the license for one device, its secrets sealed to it, and hands it to who signs.
pub(crate) fn make<T, R: CryptoRng>(
    offer: &Offer<'_>,
    made: &Made,
    rng: &mut R,
    sign: impl FnOnce(&License<'_>, &mut R) -> Result<T, IssueError>,
) -> Result<T, IssueError> {
    let sealed = offer.seal(made, rng)?;
    offer.with_license(made, &sealed, |license| sign(license, rng))
}
