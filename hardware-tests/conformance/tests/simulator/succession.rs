//! A vendor replaces its root while a dongle is in the field: what the new root's desk sells is taken once
//! the record that names the new root is there, and what the old one sold goes on.

use holdfast::Dongle;
use holdfast_catalogue::{SOLD, cutter};
use holdfast_conformance::Subject;
use holdfast_crypto::{Curve, RustCrypto, SecretKey};
use holdfast_document::{Class, Name, Time};
use holdfast_issuer::offer::Offer;
use holdfast_issuer::update::{self, Errand};
use holdfast_issuer::{Office, Standing, Succession, delegate, vendor};
use holdfast_license::statement::Nonce;
use holdfast_license::{Claims, LicenseId, Purpose};
use holdfast_story::bench::Unclocked;
use holdfast_story::{Bench, Cast, cast::rng};
use holdfast_wire::command::{Apply, Check, MakeStatement, Open};

use crate::bench::{self, InProcess};

const LATER: Time = Time(SOLD.0 + 86_400);
const YEARS: (Time, Time) = (Time(SOLD.0 - 86_400), Time(SOLD.0 + 5 * 365 * 86_400));

/// A cast whose vendor's recovery key is at hand.
fn cast() -> (Cast, SecretKey) {
    let mut cast = Cast::new().unwrap();
    let founding = vendor::Founding {
        name: "acme",
        makers: vec![cast.maker],
        secrets_class: Class::SIMULATOR,
        production: false,
        issued: YEARS.0,
    };
    let recovery = SecretKey::generate(&mut rng());
    let public = RustCrypto::public(&recovery);
    (cast.record, cast.root) =
        vendor::found(&founding, SecretKey::generate(&mut rng()), &public, &mut rng()).unwrap();
    cast.desk = delegate::desk(&cast.root, SecretKey::generate(&mut rng()), YEARS, &mut rng()).unwrap();
    (cast, recovery)
}

fn connect(dongle: &mut InProcess) -> Dongle {
    Dongle::connect(dongle.transport().unwrap(), Unclocked::shared()).unwrap()
}

/// An update of that desk for the dongle as it now stands.
fn sale(dongle: &mut InProcess, records: &[u8], desk: &Office, offer: &Offer<'_>) -> Vec<u8> {
    let vendor = Succession::read(records).unwrap().id();
    let ask =
        MakeStatement { vendor, purpose: Purpose::Report, nonce: Nonce([1; 32]), product: None, after: None };
    let statement = connect(dongle).ask(&ask).unwrap().document.to_vec();
    let standing = Standing::read(records, &statement).unwrap();
    let errand = Errand { installs: vec![(offer, None)], ..Errand::default() };
    update::errand(desk, &standing, &errand, LATER, &mut rng()).unwrap()
}

fn grants(dongle: &mut InProcess, records: &[u8], license: LicenseId) -> bool {
    let vendor = Succession::read(records).unwrap().id();
    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let mut dongle = connect(dongle);
    let handle = dongle.ask(&Open { vendor, license, claims }).unwrap().handle;
    let feature = Name::new("cut").unwrap();
    dongle.ask(&Check { handle, feature, host_time: Time(0) }).is_ok()
}

#[test]
fn a_dongle_follows_a_succession_and_takes_what_the_new_roots_desk_sells() {
    let (cast, recovery) = cast();
    let mut dongle = InProcess::blank();
    bench::with_license(&mut dongle, &cast);
    let sold = cutter(1, 100).unwrap().id;

    let succession = Succession::read(&cast.record).unwrap();
    let next_recovery = RustCrypto::public(&SecretKey::generate(&mut rng()));
    let (record, root) = succession
        .succeed(&recovery, SecretKey::generate(&mut rng()), &next_recovery, None, LATER, &mut rng())
        .unwrap();
    let desk = delegate::desk(&root, SecretKey::generate(&mut rng()), YEARS, &mut rng()).unwrap();
    let records = [&cast.record[..], &record].concat();
    let more = Offer { id: LicenseId([0x22; 16]), number: 2, ..cutter(1, 100).unwrap() };

    let update = sale(&mut dongle, &records, &desk, &more);
    let apply = |dongle: &mut InProcess, document: &[u8]| connect(dongle).ask(&Apply { document }).is_ok();
    assert!(!apply(&mut dongle, &update), "before the record that names the root");
    assert!(apply(&mut dongle, &record));
    assert!(apply(&mut dongle, &update));
    assert!(grants(&mut dongle, &records, more.id) && grants(&mut dongle, &records, sold));
    // The old desk was not revoked, and goes on renewing what it sold; all of it through a power-up.
    dongle.replug().unwrap();
    let renewed = sale(&mut dongle, &records, &cast.desk, &cutter(2, 150).unwrap());
    assert!(apply(&mut dongle, &renewed));
    // The new root's desk stands above it; once that has renewed a license, the old one does no more.
    let above = sale(&mut dongle, &records, &desk, &cutter(3, 150).unwrap());
    assert!(apply(&mut dongle, &above));
    let below = sale(&mut dongle, &records, &cast.desk, &cutter(4, 150).unwrap());
    assert!(!apply(&mut dongle, &below));
    assert!(grants(&mut dongle, &records, sold));
}
