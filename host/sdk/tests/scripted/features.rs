//! What is granted, for how long that is remembered, and why not.

use crate::environment::Still;
use crate::open;
use crate::scripted::Scripted;
use crate::vendor::{self, Offer};
use holdfast::{Error, Vendor};
use holdfast_document::{Seconds, Time};
use holdfast_license::{Refusal, Remedy};

#[test]
fn a_grant_is_given_again_from_memory_and_asked_again_after_a_minute() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().seen.clear();
    let first = license.feature("export").unwrap();
    assert_eq!((first.edition.as_str(), first.notice.as_deref()), ("pro", Some("ends one day")));
    machine.pass(59);
    let second = license.feature("export").unwrap();
    assert_eq!(dongle.script().seen, [6]);
    assert_eq!(second.valid_for, Seconds(first.valid_for.0 - 59));
    machine.pass(1);
    let _ = license.feature("export").unwrap();
    assert_eq!(dongle.script().seen, [6, 6]);
}

#[test]
fn nothing_is_remembered_past_its_end() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().floor = Time(Offer::default().until - 5);
    let _ = license.feature("export").unwrap();
    dongle.script().floor = Time(Offer::default().until);
    machine.pass(4);
    let _ = license.feature("export").unwrap();
    machine.pass(1);
    assert!(matches!(license.feature("export"), Err(Error::Refused(_))));
}

#[test]
fn a_charge_ends_all_memory() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    let _ = license.feature("export").unwrap();
    license.meter("cuts").unwrap().charge(1).once("a").unwrap();
    dongle.script().seen.clear();
    let _ = license.feature("export").unwrap();
    assert_eq!(dongle.script().seen, [6]);
}

#[test]
fn another_state_in_any_answer_ends_all_memory() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    let _ = license.feature("export").unwrap();
    dongle.script().state += 1;
    let _ = license.feature("resolution").unwrap();
    dongle.script().seen.clear();
    let _ = license.feature("export").unwrap();
    assert_eq!(dongle.script().seen, [6]);
}

#[test]
fn what_hangs_on_units_or_a_seat_is_asked_every_time() {
    let seated = Offer { seats: true, ..Offer::default() };
    for (offer, until, feature) in
        [(seated, None, "export"), (Offer::default(), Some(Offer::default().until), "cut")]
    {
        let (machine, dongle) = (Still::new(), Scripted::new(1, &[offer]));
        let license = open(&machine, &[&dongle]).unwrap();
        if let Some(floor) = until {
            dongle.script().floor = Time(floor);
        }
        let _ = license.feature(feature).unwrap();
        dongle.script().seen.clear();
        let _ = license.feature(feature).unwrap();
        assert_eq!(dongle.script().seen, [6], "{feature}");
    }
}

#[test]
fn a_seat_is_taken_once_renewed_half_way_and_given_back() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer { seats: true, ..Offer::default() }]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().seen.clear();
    let _ = license.feature("export").unwrap();
    machine.pass(29);
    let _ = license.feature("export").unwrap();
    machine.pass(1);
    let _ = license.feature("export").unwrap();
    drop(license);
    assert_eq!(dongle.script().seen, [11, 6, 6, 11, 6, 11]);
}

#[test]
fn of_several_licenses_the_largest_number_counts() {
    let offers = [5, 9, 7].map(|n| Offer { number: n as u8, resolution: n, ..Offer::default() });
    let (one, two) = (Scripted::new(1, &offers[..2]), Scripted::new(2, &offers[2..]));
    let machine = Still::new();
    let license = open(&machine, &[&one, &two]).unwrap();
    assert_eq!(license.feature("resolution").unwrap().value, 9);
    one.script().unplugged = true;
    machine.pass(61);
    assert_eq!(license.feature("resolution").unwrap().value, 7);
}

#[test]
fn a_refusal_says_the_rule_the_numbers_and_what_helps() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().floor = Time(Offer::default().until);
    let Err(Error::Refused(refused)) = license.feature("export") else { panic!("it is over") };
    let reason = &refused.reasons[0];
    assert_eq!((reason.rule.as_str(), reason.needed, reason.seen), ("until", 2_000_000_000, 2_000_000_000));
    assert_eq!(reason.remedy, Remedy::Renew);
    assert_eq!(
        refused.to_string(),
        "export is not granted: it ended on 2033-05-18 03:33, and it is 2033-05-18 03:33; \
         renew the license and apply the renewal"
    );
    let Err(Error::Refused(refused)) = license.feature("unheard-of") else { panic!("no one has it") };
    assert_eq!(refused.reasons[0].rule, "no-term");
}

#[test]
fn a_dongle_that_decides_otherwise_is_not_believed_to_have_said_why() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().lie = Some(Refusal { term: 0, condition: 0, needed: 1, seen: 2 });
    assert!(matches!(license.feature("export"), Err(Error::Disagreement { .. })));
    // Both refuse, and not by the same rule.
    dongle.script().lie = Some(Refusal { term: 1, condition: 0, needed: 1, seen: 2 });
    dongle.script().floor = Time(Offer::default().until);
    assert!(matches!(license.feature("export"), Err(Error::Disagreement { .. })));
}

#[test]
fn a_license_of_another_product_or_dongle_opens_nothing() {
    let machine = Still::new();
    let other = Scripted::new(1, &[Offer { product: "viewer", ..Offer::default() }]);
    assert!(matches!(open(&machine, &[&other]), Err(Error::OtherLicense { .. })));
    let copied = Scripted::new(1, &[Offer::default()]);
    copied.script().give_out_license_of(Scripted::new(2, &[]).id());
    assert!(matches!(open(&machine, &[&copied]), Err(Error::OtherLicense { .. })));
    assert!(matches!(open(&machine, &[&Scripted::new(1, &[])]), Err(Error::NoLicense { dongles: 1, .. })));
    assert!(matches!(open(&machine, &[]), Err(Error::NoDevice)));
}

#[test]
fn a_license_that_was_changed_is_opened_again() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().replace_license(0, Offer { resolution: 4, ..Offer::default() });
    assert_eq!(license.feature("resolution").unwrap().value, 4);
}

#[test]
fn the_compiler_tells_a_production_vendor_from_anything_else() {
    let production: &'static [u8] = vendor::record(true).leak();
    assert_eq!(Vendor::compiled_in(production).record(), production);
    assert!(Vendor::compiled_in(production).id().is_ok());
    let development: &'static [u8] = vendor::record(false).leak();
    let allowed = cfg!(feature = "development");
    assert_eq!(std::panic::catch_unwind(|| Vendor::compiled_in(development)).is_ok(), allowed);
    assert_eq!(Vendor::read(development.to_vec()).is_ok(), allowed);
    for end in 0..200 {
        let cut = &production[..end];
        assert!(std::panic::catch_unwind(|| Vendor::compiled_in(cut)).is_err(), "cut at {end}");
    }
    let license: &'static [u8] = vendor::license(Offer::default(), Default::default()).leak();
    assert!(std::panic::catch_unwind(|| Vendor::compiled_in(license)).is_err());
}
