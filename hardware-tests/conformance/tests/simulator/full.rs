//! A dongle that is full: what is promised of it holds, however much the licenses on it would grow.

use holdfast_catalogue::{PRODUCT, SOLD};
use holdfast_crypto::SecretKey;
use holdfast_document::{Time, VendorId};
use holdfast_issuer::offer::{Clause, Offer};
use holdfast_issuer::update::{self, Errand};
use holdfast_issuer::{Standing, delegate};
use holdfast_license::{LicenseId, Purpose};
use holdfast_story::Cast;
use holdfast_wire::command::{Apply, ErrorCode};

use crate::answers::{answer, connect, sold, states};
use crate::bench::InProcess;

const DAY: u64 = 86_400;
const TEXT: [u8; 256] = [7; 256];
const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// A license with so many values of 256 bytes.
fn with_values(id: u8, revision: u32, values: usize) -> Offer<'static> {
    let term = Clause { edition: "basic", features: vec!["cut"], ..Clause::default() };
    Offer {
        id: LicenseId([id; 16]),
        revision,
        number: u32::from(id),
        product: PRODUCT,
        customer: "c-0001",
        terms: vec![term],
        values: NAMES.iter().take(values).map(|name| (*name, &TEXT[..])).collect(),
        ..Offer::default()
    }
}

/// The dongle, and where it stands.
struct Bench {
    dongle: InProcess,
    cast: Cast,
    vendor: VendorId,
    standing: Standing,
}

impl Bench {
    fn new() -> Self {
        let (mut dongle, cast, vendor) = sold();
        let report = states(&mut dongle, vendor, Purpose::Report, 0);
        let standing = Standing::read(&cast.record, &report).unwrap();
        Self { dongle, cast, vendor, standing }
    }

    /// Whether it fits; all else is a failure.
    fn fits(&mut self, offer: &Offer<'_>) -> bool {
        let errand = Errand { installs: vec![(offer, None)], ..Errand::default() };
        let rng = &mut holdfast_story::cast::rng();
        let document = update::errand(&self.cast.desk, &self.standing, &errand, SOLD, rng).unwrap();
        match connect(&mut self.dongle).ask(&Apply { document: &document }).map(drop) {
            Ok(()) => {
                self.standing.update += 1;
                true
            }
            Err(holdfast::Error::Failed(why)) if why.is(ErrorCode::Full) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// It asks, and is answered by a desk that it has never heard of.
    fn is_answered(&mut self, nonce: u8) {
        let rng = &mut holdfast_story::cast::rng();
        let years = (Time(SOLD.0 - DAY), Time(SOLD.0 + 1_000 * DAY));
        self.cast.desk = delegate::desk(&self.cast.root, SecretKey::generate(rng), years, rng).unwrap();
        let request = states(&mut self.dongle, self.vendor, Purpose::Request, nonce);
        answer(&mut self.dongle, &self.cast, (self.vendor, &request), None, nonce.into()).unwrap();
        self.standing.update += 1;
    }
}

#[test]
fn a_full_dongle_renews_and_is_answered_however_much_its_licenses_would_grow() {
    let mut bench = Bench::new();
    let small = 10..40;
    for id in small.clone() {
        assert!(bench.fits(&with_values(id, 1, 0)));
    }
    // As long as they are at first, then shorter, until nothing new fits.
    let mut id = 40;
    for values in [12, 6, 3, 1, 0] {
        while bench.fits(&with_values(id, 1, values)) {
            id += 1;
        }
    }
    let grown = small.clone().filter(|id| bench.fits(&with_values(*id, 2, 12))).count();
    assert!(grown <= 1, "{grown} licenses grew into what is kept for renewals");
    for id in small {
        assert!(bench.fits(&with_values(id, 3, 0)), "a renewal that is no longer fits");
    }
    // More desks, one after the other, than could leave something there.
    (1..50).for_each(|desk| bench.is_answered(desk));
}
