//! What is sold, as a license.

use holdfast_document::{DeviceId, List, Name, Time, Units, V1};
use holdfast_license::license::{Right, Seats, Value};
use holdfast_license::term::NumberedFeature;
use holdfast_license::{Condition, Feature, License, LicenseId, Meter, Term};
use rand_core::CryptoRng;

use crate::office::list;
use crate::update::Standing;
use crate::{IssueError, Office};

/// What is sold. Names are checked when it is issued.
#[derive(Clone, Debug, Default)]
pub struct Offer<'a> {
    /// Which license: the same id for each renewal or refill.
    pub id: LicenseId,
    /// Rises with each.
    pub revision: u32,
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
    /// Public facts for the program.
    pub values: Vec<(&'a str, &'a [u8])>,
    /// Whether it may be moved to another device, through the issuer.
    pub transfer: bool,
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

/// Signs the license for one device, without its chain: it travels in an update.
pub(crate) fn issue(
    desk: &Office,
    offer: &Offer<'_>,
    device: &Standing,
    issued: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let meters = offer.meters.iter().map(|(meter, allowance, open)| {
        Ok(Meter { name: name(meter)?, allowance: Units(*allowance), open: *open })
    });
    let meters = list(&meters.collect::<Result<Vec<_>, IssueError>>()?)?;
    // Each term's lists lie in buffers of their own until the license is encoded.
    let lists = offer.terms.iter().map(|clause| {
        let flags = clause.features.iter().map(|feature| name(feature).map(Feature::Flag));
        let numbers = clause.numbers.iter().map(|(feature, number)| {
            let name = name(feature)?;
            Ok(Feature::Number(NumberedFeature { name, number: *number }))
        });
        let features = flags.chain(numbers).collect::<Result<Vec<_>, IssueError>>()?;
        Ok((list(&clause.conditions)?, list(&features)?))
    });
    let lists = lists.collect::<Result<Vec<_>, IssueError>>()?;
    let terms = offer.terms.iter().zip(&lists).map(|(clause, (conditions, features))| {
        Ok(Term {
            edition: name(clause.edition)?,
            notice: clause.notice,
            conditions: List::from_bytes(conditions),
            features: List::from_bytes(features),
        })
    });
    let terms = list(&terms.collect::<Result<Vec<_>, IssueError>>()?)?;
    let values = offer.values.iter().map(|(key, bytes)| Ok(Value { name: name(key)?, bytes }));
    let values = list(&values.collect::<Result<Vec<_>, IssueError>>()?)?;
    let rights = list(if offer.transfer { &[Right::Transfer(())][..] } else { &[] })?;
    let body = License {
        version: V1,
        signer: desk.signer(),
        issued,
        number: offer.number,
        id: offer.id,
        revision: offer.revision,
        hop: 0,
        vendor: device.vendor,
        product: name(offer.product)?,
        region: offer.region.map(name).transpose()?,
        device: DeviceId::Dongle(device.dongle),
        customer: name(offer.customer)?,
        terms: List::from_bytes(&terms),
        meters: List::from_bytes(&meters),
        seats: offer.seats,
        secrets: List::EMPTY,
        values: List::from_bytes(&values),
        rights: List::from_bytes(&rights),
    };
    desk.sign_bare(&body, rng)
}
