//! What each body says of itself, and which contradict themselves: refused whoever signed them.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{
    Authority, Body, DeviceId, DocumentError, Limit, Name, Received, Time, Units, Vendor, VendorId, limits,
};
use holdfast_license::license::{SecretUse, Value};
use holdfast_license::update::Install;
use holdfast_license::{
    Action, Condition, Facts, License, Loan, Meter, Purpose, Refusal, Right, Statement, Update, Verdict,
    decide,
};

const CONTRADICTION: Result<(), DocumentError> = Err(DocumentError::Inconsistent);

#[test]
fn every_body_says_who_signed_it_when_and_for_whom() {
    fn says(body: &impl Body<'static>) -> (Hash, Time, Option<Authority>, Option<u32>, Option<bool>) {
        (body.signer(), body.issued(), body.authority(), body.number(), body.production())
    }
    let vendor = Some(Authority::Vendor(vendor_id()));
    let license = License { issued: NOW.plus(1), ..bare_license() };
    assert_eq!(says(&license), (digest(&desk()), NOW.plus(1), vendor, Some(150), None));
    let update = Update { issued: NOW.plus(2), ..update(&[]) };
    assert_eq!(says(&update), (digest(&founding_record()), NOW.plus(2), vendor, None, None));
    let loan = Loan { issued: NOW.plus(3), ..loan() };
    assert_eq!(says(&loan), (digest(&dongle()), NOW.plus(3), None, None, None));
    let statement = Statement { floor: NOW.plus(8), ..bare_statement() };
    assert_eq!(says(&statement), (digest(&dongle()), NOW.plus(8), None, None, None));
    // What a device says it says itself; no delegate can.
    assert_eq!(loan.within(&desk()), Err(Limit::Kinds));
    assert_eq!(bare_statement().within(&batch()), Err(Limit::Kinds));
}

#[test]
fn a_license_for_no_device_ends_and_nothing_of_value_hangs_on_it() {
    let until = |edition| term(edition, &[Condition::Until(NOW.plus(DAY))], &[flag("cut")]);
    let demo = License {
        device: DeviceId::Unbound,
        terms: list(&[until("demo"), until("later")]),
        region: None,
        ..bare_license()
    };
    assert_eq!(demo.check(), Ok(()));
    let endless = term("basic", &[], &[flag("cut")]);
    for wrong in [
        License { terms: list(&[until("demo"), endless]), ..demo },
        License { terms: list(&[CRITICAL]), ..demo },
        License { meters: list(&[meter("cuts", 1)]), ..demo },
        License { seats: full_license().seats, ..demo },
        License { secrets: list(&[secret(name("cut"), 1, SecretUse::Derive)]), ..demo },
        License { rights: list(&[Right::Transfer(())]), ..demo },
    ] {
        assert_eq!(wrong.check(), CONTRADICTION, "{wrong:?}");
        assert_eq!(
            License { device: bare_license().device, ..wrong }.check(),
            Ok(()),
            "of a device it may be"
        );
    }
}

#[test]
fn a_value_has_its_most_bytes_and_each_name_stands_once() {
    let value = |of: &'static str, length: usize| Value { name: name(of), bytes: vec![7; length].leak() };
    let with = |values: &[Value<'static>]| License { values: list(values), ..bare_license() }.check();
    assert_eq!(with(&[value("a", limits::VALUE), value("b", 0)]), Ok(()));
    for longer in 1..3 {
        assert_eq!(with(&[value("a", limits::VALUE + longer)]), Err(DocumentError::TooMany));
    }
    assert_eq!(with(&[value("a", 1), value("a", 2)]), CONTRADICTION);
}

#[test]
fn a_condition_on_units_names_a_meter_whose_total_fits() {
    let of = |allowance, condition| License {
        meters: list(&[Meter { allowance: Units(allowance), ..meter("cuts", 0) }]),
        terms: list(&[term("pro", &[condition], &[])]),
        ..bare_license()
    };
    let most = limits::UNITS - 1;
    assert_eq!(of(100, units("cuts", 20)).check(), Ok(()));
    assert_eq!(of(most - 20, units("cuts", 20)).check(), Ok(()));
    assert_eq!(of(most - 20, units("cuts", 21)).check(), CONTRADICTION);
    assert_eq!(of(most, units("cuts", u64::MAX)).check(), CONTRADICTION);
    assert_eq!(of(limits::UNITS, units("cuts", 0)).check(), CONTRADICTION);
    assert_eq!(of(100, units("exports", 0)).check(), CONTRADICTION);
}

#[test]
fn a_statement_of_no_number_is_the_factorys_and_of_no_vendor() {
    assert_eq!(bare_statement().check(), Ok(()));
    let enrolled =
        Statement { purpose: Purpose::Enrolled, number: 0, vendor: VendorId::ZERO, ..bare_statement() };
    assert_eq!(enrolled.check(), Ok(()));
    for wrong in [
        Statement { number: 0, ..bare_statement() },
        Statement { vendor: VendorId::ZERO, ..bare_statement() },
        Statement { number: 1, ..enrolled },
        Statement { vendor: vendor_id(), ..enrolled },
    ] {
        assert_eq!(wrong.check(), CONTRADICTION, "{:?} {}", wrong.purpose, wrong.number);
    }
}

#[test]
fn a_feature_has_the_value_that_its_term_gives_it() {
    let features = [flag("cut"), number("export-step", 4_096), number("none", 0)];
    assert_eq!(features.map(|feature| feature.value()), [1, 4_096, 0]);
    let granted = license(&[term("pro", &[], &features)]);
    let facts = Facts { used: [Units(0)].into_iter().collect(), ..good_facts() };
    let value = |of: &str| decide(&granted, &facts).feature(Name::new(of).unwrap()).map(|grant| grant.value);
    assert_eq!((value("cut"), value("export-step"), value("none")), (Ok(1), Ok(4_096), Ok(0)));
}

#[test]
fn a_term_of_an_unknown_sort_is_refused_by_its_tag() {
    let license = License { terms: list(&[CRITICAL]), ..bare_license() };
    let facts = good_facts();
    let Verdict::Refused(refused) = decide(&license, &facts) else { panic!("nobody knows what it grants") };
    let expected = Refusal { term: 0, condition: 0, needed: 99, seen: 0 };
    assert_eq!(refused.reasons().collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_license_in_an_update_stands_under_the_updates_links_and_has_none_of_its_own() {
    let founding = Signer::vendor().document(&founding_record(), &[]).leak();
    let root = Vendor::found::<RustCrypto>(&Received::parse(founding).unwrap()).unwrap().root();
    let links = [Signer::vendor().link(&desk())];
    let verify = |license: Vec<u8>| {
        let install = Install { license: license.leak(), carry: None };
        let update = Update { signer: digest(&desk()), ..update(&[Action::Install(install)]) };
        let document = Signer::desk().document(&update, &links).leak();
        let update = Received::parse(document).unwrap().verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap();
        let license = install.under(&update)?;
        license.verify::<RustCrypto, License<'_>>(&root, NOW).map(|license| license.first_link())
    };
    assert_eq!(verify(Signer::desk().document(&bare_license(), &[])), Ok(Some(digest(&desk()))));
    assert_eq!(verify(Signer::desk().document(&bare_license(), &links)), Err(DocumentError::BadChain));
}
