//! A vendor and its licenses, signed by its root.

use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey};
use holdfast_document::vendor::recovery_hash;
use holdfast_document::{
    Class, DeviceId, Document, DongleId, Kind, List, ListWriter, Name, Time, Units, V1, VendorId, strict,
};
use holdfast_license::condition::UnitsLeft;
use holdfast_license::license::SeatBy;
use holdfast_license::{Condition, Feature, License, LicenseId, Meter, Seats, Term};
use serde::Serialize;

pub(crate) const PRODUCT: &str = "cutter";

pub(crate) fn name(text: &str) -> Name<'_> {
    Name::new(text).unwrap()
}

fn root() -> SecretKey {
    SecretKey::from_bytes([11; 32]).unwrap()
}

fn sign(kind: Kind, body: &impl Serialize) -> Vec<u8> {
    let mut buffer = vec![0; 8000];
    let body = strict::encode(body, &mut buffer).unwrap();
    let signature = RustCrypto::sign(&root(), &kind.digest(body), &[0; 32]);
    let document = Document { kind: kind as u8, algorithm: 1, root: 0, body, signature, chain: List::EMPTY };
    let mut bytes = vec![0; 8000];
    strict::encode(&document, &mut bytes).unwrap().to_vec()
}

/// The founding record.
pub(crate) fn record(production: bool) -> Vec<u8> {
    let mut makers = [0; 80];
    let mut writer = ListWriter::new(&mut makers);
    writer.push(&Key([4; 65])).unwrap();
    sign(
        Kind::Vendor,
        &holdfast_document::Vendor {
            version: V1,
            vendor: VendorId::ZERO,
            number: 0,
            previous: Hash::ZERO,
            name: name("acme"),
            root: RustCrypto::public(&root()),
            recovery: recovery_hash(&Key([4; 65])),
            revealed: None,
            makers: writer.finish(),
            secrets_class: Class::SIMULATOR,
            production,
            issued: Time(1_700_000_000),
        },
    )
}

/// What differs between the licenses of these tests.
#[derive(Clone, Copy)]
pub(crate) struct Offer {
    pub(crate) number: u8,
    pub(crate) product: &'static str,
    pub(crate) until: u64,
    pub(crate) resolution: u64,
    pub(crate) allowance: u64,
    pub(crate) seats: bool,
}

impl Default for Offer {
    fn default() -> Self {
        let until = 2_000_000_000;
        Self { number: 1, product: PRODUCT, until, resolution: 1, allowance: 100, seats: false }
    }
}

/// Until a second: `export` and `resolution`; with units left and 1,000 s longer, `cut`. A meter `cuts`.
pub(crate) fn license(offer: Offer, dongle: DongleId) -> Vec<u8> {
    let record = record(true);
    let received = holdfast_document::Received::parse(&record).unwrap();
    let vendor = holdfast_document::Vendor::found::<RustCrypto>(&received).unwrap();
    let (mut a, mut b, mut c, mut d, mut e, mut f) =
        ([0; 100], [0; 100], [0; 100], [0; 100], [0; 400], [0; 100]);
    let dated = Term {
        edition: name("pro"),
        notice: Some("ends one day"),
        conditions: list(&mut a, &[Condition::Until(Time(offer.until))]),
        features: list(
            &mut b,
            &[
                Feature::Flag(name("export")),
                Feature::Number(holdfast_license::term::NumberedFeature {
                    name: name("resolution"),
                    number: offer.resolution,
                }),
            ],
        ),
    };
    let units = Condition::Units(UnitsLeft { meter: name("cuts"), overdraft: Units(0) });
    let counted = Term {
        edition: name("basic"),
        notice: None,
        conditions: list(&mut c, &[units, Condition::Until(Time(offer.until + 1000))]),
        features: list(&mut d, &[Feature::Flag(name("cut"))]),
    };
    sign(
        Kind::License,
        &License {
            version: V1,
            signer: vendor.digest(),
            issued: Time(1_700_000_000),
            number: 1,
            id: LicenseId([offer.number; 16]),
            revision: 1,
            hop: 0,
            vendor: vendor.id(),
            product: name(offer.product),
            region: None,
            device: DeviceId::Dongle(dongle),
            customer: name("c-1"),
            terms: list(&mut e, &[dated, counted]),
            meters: list(
                &mut f,
                &[Meter { name: name("cuts"), allowance: Units(offer.allowance), open: true }],
            ),
            seats: offer.seats.then_some(Seats { count: 2, by: SeatBy::Lease, lease: 60 }),
            secrets: List::EMPTY,
            values: List::EMPTY,
            rights: List::EMPTY,
        },
    )
}

fn list<'b, T: Serialize>(buffer: &'b mut [u8], items: &[T]) -> List<'b, T> {
    let mut writer = ListWriter::new(buffer);
    items.iter().for_each(|item| writer.push(item).unwrap());
    writer.finish()
}
