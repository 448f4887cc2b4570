//! The golden vectors of the kinds in this crate, and of what travels beside them: facts and
//! refusals. They are signed by the cast of the documents' vectors.

mod cast;
#[path = "../../document/tests/golden/mod.rs"]
mod golden;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto, Signature};
use holdfast_document::{
    Body, DeviceId, Kind, Link, List, Received, Root, Seconds, Time, TpmName, Units, Vendor, VendorId,
    limits, strict,
};
use holdfast_license::license::{SealedSecret, SeatBy, SecretUse, Value};
use holdfast_license::statement::{Departed, Held, Nonce, State};
use holdfast_license::update::{Answer, Approve, Carry, Depart, Install, Refill};
use holdfast_license::{
    Action, Facts, Feature, Lent, License, LicenseId, Loan, Meter, Purpose, Refusal, Seats, Statement, Term,
    Update,
};
use serde_json::{Value as Json, json};

fn vendor_root() -> Root {
    let document = Signer::vendor().document(&founding_record(), &[]);
    Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
}

fn to_reseller() -> [Link<'static>; 2] {
    [Signer::vendor().link(&desk()), Signer::desk().link(&reseller())]
}

fn from_maker() -> [Link<'static>; 2] {
    [Signer::maker().link(&batch()), Signer::batch().link(&dongle())]
}

/// A signed document, which is taken by the road that it is meant for.
fn vector<B: Body<'static> + PartialEq + core::fmt::Debug>(
    name: &str,
    body: &B,
    document: Vec<u8>,
    root: &Root,
) -> Json {
    let document: &'static [u8] = document.leak();
    let received = Received::parse(document).unwrap();
    assert_eq!(received.verify::<RustCrypto, B>(root, NOW).unwrap().body(), body, "{name}");
    golden::signed(name, body, document, root)
}

#[test]
fn licenses_are_as_the_vectors_say() {
    let by_desk = full_license();
    let by_reseller = License {
        signer: digest(&reseller()),
        terms: list(&[term("basic", &[], &[flag("cut")])]),
        ..bare_license()
    };
    let demo = License {
        signer: digest(&founding_record()),
        region: None,
        device: DeviceId::Unbound,
        terms: list(&[term(
            "demo",
            &[holdfast_license::Condition::Until(NOW.plus(30 * DAY))],
            &[flag("cut")],
        )]),
        ..bare_license()
    };
    let for_tpm = License { device: DeviceId::Tpm(TpmName([0x0b; 34])), ..by_reseller };
    let root = vendor_root();
    golden::hold(
        "license.json",
        &json!([
            vector(
                "all there is, by a desk",
                &by_desk,
                Signer::desk().document(&by_desk, &to_reseller()[..1]),
                &root
            ),
            vector(
                "by a reseller",
                &by_reseller,
                Signer::reseller().document(&by_reseller, &to_reseller()),
                &root
            ),
            vector(
                "for a TPM, by a reseller",
                &for_tpm,
                Signer::reseller().document(&for_tpm, &to_reseller()),
                &root
            ),
            vector("an unbound demo, by the root", &demo, Signer::vendor().document(&demo, &[]), &root),
        ]),
    );
}

#[test]
fn loans_are_as_the_vectors_say() {
    let document = loan_document(&loan(), &full_license()).leak();
    let record = founding_record();
    let received = Received::parse(document).unwrap();
    let lent = Lent::verify::<RustCrypto>(&received, &vendor_root(), &record).unwrap();
    assert_eq!(lent.loan().body(), &loan());
    assert_eq!(lent.parent().body(), &full_license());
    let mut vector = golden::signed("one seat", &loan(), document, &vendor_root());
    // The second chain starts behind the parent.
    vector["maker"] = json!({ "key": Signer::maker().key });
    golden::hold("loan.json", &json!([vector]));
}

fn every_action() -> [Action<'static>; 7] {
    let license = Signer::desk().document(&bare_license(), &[]).leak();
    let id = LicenseId([0x2e; 16]);
    let to = Some(DeviceId::Dongle(holdfast_document::DongleId([0x77; 16])));
    let carry = Some(Carry { first_use: Some(NOW), usage_time: Seconds(3_600) });
    [
        Action::Install(Install { license, carry: None }),
        Action::Install(Install { license, carry }),
        Action::Depart(Depart { id, hop: 2, to }),
        Action::Answer(Answer { request: SOME_HASH, time: NOW.plus(60) }),
        Action::SetFloor(NOW),
        Action::Approve(Approve {
            license: id,
            feature: name("cut"),
            epoch: 1,
            generation: 2,
            not_after: 86_400_000,
            max_resets: 9,
            uses: true,
            signature: Signature([0x51; 64]),
        }),
        Action::Refill(Refill { license: id, count: 5, limit: 500, signature: Signature([0x52; 64]) }),
    ]
}

#[test]
fn updates_are_as_the_vectors_say() {
    let every = update(&every_action());
    let install = Update { signer: digest(&reseller()), ..update(&every_action()[..1]) };
    golden::hold(
        "update.json",
        &json!([
            vector(
                "every action, by the root",
                &every,
                Signer::vendor().document(&every, &[]),
                &vendor_root()
            ),
            vector(
                "one license, by a reseller",
                &install,
                Signer::reseller().document(&install, &to_reseller()),
                &vendor_root()
            ),
        ]),
    );
}

fn statement() -> Statement<'static> {
    let id = LicenseId([0x1d; 16]);
    let used: holdfast_license::statement::Used = [Units(97), Units(0)].into_iter().collect();
    let held = Held {
        id,
        hop: 1,
        revision: 3,
        used: used.clone(),
        usage_time: Seconds(3_600),
        first_use: Some(NOW),
    };
    let to = Some(DeviceId::Tpm(TpmName([0x0b; 34])));
    let departed = Departed { id, hop: 0, to, used, usage_time: Seconds(60), first_use: None };
    let removed = Departed { to: None, ..departed.clone() };
    Statement {
        purpose: Purpose::Applied,
        nonce: Nonce([0x4e; 32]),
        number: 12,
        previous: Hash([0x50; 32]),
        answered: Hash([0x41; 32]),
        update: 5,
        applied: Hash([0x55; 32]),
        wear: 12,
        digest: Hash([0x44; 32]),
        state: list(&[
            State::Held(held),
            State::Departed(departed),
            State::Departed(removed),
            State::Returned(digest(&loan())),
        ]),
        ..bare_statement()
    }
}

#[test]
fn statements_are_as_the_vectors_say() {
    let enrolled = Statement {
        purpose: Purpose::Enrolled,
        vendor: VendorId::ZERO,
        number: 0,
        previous: Hash::ZERO,
        answered: Hash::ZERO,
        update: 0,
        applied: Hash::ZERO,
        floor: Time(0),
        state: List::EMPTY,
        ..statement()
    };
    let root = Root::of_maker(Signer::maker().key);
    let mut vectors = vec![
        vector(
            "every item of state",
            &statement(),
            Signer::dongle().document(&statement(), &from_maker()),
            &root,
        ),
        vector(
            "as it left the factory",
            &enrolled,
            Signer::dongle().document(&enrolled, &from_maker()),
            &root,
        ),
    ];
    for purpose in [Purpose::Report, Purpose::Request, Purpose::Time] {
        let statement = Statement { purpose, state: List::EMPTY, ..statement() };
        vectors.push(golden::body(&format!("{purpose:?}"), &statement));
    }
    golden::hold("statement.json", &json!(vectors));
}

/// A value that is not a document.
fn plain<T>(name: &str, value: &T) -> Json
where
    T: serde::Serialize + serde::Deserialize<'static> + PartialEq + core::fmt::Debug,
{
    let bytes = encode(value);
    assert_eq!(&strict::decode::<T>(bytes).unwrap(), value, "{name}");
    json!({ "name": name, "bytes": golden::hex(bytes), "fields": value })
}

#[test]
fn facts_are_as_the_vectors_say() {
    golden::hold(
        "facts.json",
        &json!([plain("all that can be known", &good_facts()), plain("nothing is known", &Facts::default())]),
    );
}

#[test]
fn refusals_are_as_the_vectors_say() {
    let units = Refusal { term: 2, condition: 4, needed: 120, seen: 120 };
    let largest = Refusal { term: 15, condition: 15, needed: u64::MAX, seen: u64::MAX };
    let special = |condition| Refusal { term: 1, condition, needed: 0, seen: 0 };
    golden::hold(
        "refusal.json",
        &json!([
            plain("units are used up", &units),
            plain("the largest there is", &largest),
            plain("shadowed", &special(Refusal::SHADOWED)),
            plain("no term has it", &special(Refusal::NO_TERM)),
            plain("no seat", &special(Refusal::NO_SEAT)),
            plain("the loan is over", &special(Refusal::LOAN_OVER)),
            plain("the loan needs fresh time", &special(Refusal::LOAN_STALE)),
            plain("not lent", &special(Refusal::NOT_LENT)),
        ]),
    );
}

#[test]
fn a_license_of_full_size_travels_in_an_update_with_sixteen_departs_and_two_links() {
    let value = Value { name: long_name('v'), bytes: &[7; 256] };
    let filled = |values: usize| License {
        terms: list(&[term("basic", &[], &[flag("cut")])]),
        values: list(&vec![value; values]),
        ..bare_license()
    };
    let most = (1..).take_while(|count| encode(&filled(*count)).len() <= limits::LICENSE).last().unwrap();
    let room = limits::LICENSE - encode(&filled(most)).len();
    let rest = Value { name: name("r"), bytes: vec![7; room - 8].leak() };
    let full = License { values: list(&[vec![value; most], vec![rest]].concat()), ..filled(0) };
    let length = encode(&full).len();
    assert!((limits::LICENSE - 8..=limits::LICENSE).contains(&length), "{length}");

    let license = Signer::desk().document(&full, &[]).leak();
    let to = Some(DeviceId::Tpm(TpmName([255; 34])));
    let depart = Action::Depart(Depart { id: LicenseId([255; 16]), hop: u16::MAX, to });
    let answer = Action::Answer(Answer { request: SOME_HASH, time: END });
    let carry = Some(Carry { first_use: Some(END), usage_time: Seconds(u32::MAX) });
    let install = Action::Install(Install { license, carry });
    let update = update(&[vec![install, answer], vec![depart; 16]].concat());
    println!("update: {} of {}", encode(&update).len(), limits::UPDATE);
    assert!(encode(&update).len() <= limits::UPDATE);
    assert_eq!(update.check(), Ok(()));
}

#[test]
fn the_largest_chain_of_each_kind_fits_into_a_document() {
    let link = |kind: Kind, body: usize| {
        let body: &'static [u8] = vec![0; body].leak();
        Link { kind: kind as u8, algorithm: 1, body, signature: Signature([0; 64]) }
    };
    let largest_device = 282;
    for kind in Kind::ALL {
        let mut chain = match kind {
            Kind::Vendor => vec![],
            _ => vec![link(Kind::Delegation, limits::DELEGATION); limits::LINKS],
        };
        if kind.signed_by_device() {
            chain.push(link(Kind::Device, largest_device));
        }
        let body = vec![0; kind.limit()].leak();
        let length = envelope(0, kind, body, Signature([0; 64]), &chain).len();
        println!("{kind}: {length} of {}", limits::DOCUMENT);
        assert!(length <= limits::DOCUMENT, "{kind}: {length}");
    }
}

#[test]
fn a_loan_travels_with_a_parent_of_full_size_and_all_its_links() {
    let largest = Loan {
        issued: END,
        slot: u16::MAX,
        to: DeviceId::Tpm(TpmName([255; 34])),
        until: END,
        fresh_within: Seconds(u32::MAX),
        secrets: list::<SealedSecret<'_>>(
            &[0, 1, 2, 3].map(|less| secret(long_name('s'), u32::MAX - less, SecretUse::Reveal)),
        ),
        ..loan()
    };
    let link = |kind: Kind, body: usize| {
        let body: &'static [u8] = vec![0; body].leak();
        Link { kind: kind as u8, algorithm: 1, body, signature: Signature([0; 64]) }
    };
    let chain = [
        link(Kind::Delegation, limits::DELEGATION),
        link(Kind::Delegation, limits::DELEGATION),
        link(Kind::License, limits::LICENSE),
        link(Kind::Delegation, limits::DELEGATION),
        link(Kind::Delegation, limits::DELEGATION),
        link(Kind::Device, 282),
    ];
    let length = envelope(0, Kind::Loan, encode(&largest), Signature([0; 64]), &chain).len();
    println!("loan: {} of {}, document {length}", encode(&largest).len(), limits::LOAN);
    assert!(length <= limits::DOCUMENT, "{length}");
    let document = envelope(0, Kind::Loan, encode(&largest), Signature([0; 64]), &chain);
    assert!(Received::parse(&document).is_ok());
}

#[test]
fn a_license_with_the_most_of_everything_passes_and_one_more_of_anything_does_not() {
    let names: Vec<&'static str> = (0..65).map(|n| &*Box::leak(format!("n{n}").into_boxed_str())).collect();
    let meters = |count: usize| -> List<'static, Meter<'static>> {
        list(&names[..count].iter().map(|of| meter(of, limits::UNITS - 1)).collect::<Vec<_>>())
    };
    let features = |count: usize| names[..count].iter().map(|of| flag(of)).collect::<Vec<Feature<'static>>>();
    let conditions = |count: usize| vec![holdfast_license::Condition::Paired(()); count];
    let terms = |count: usize| -> List<'static, Term<'static>> { list(&vec![term("t", &[], &[]); count]) };
    let values = |count: usize| -> List<'static, Value<'static>> {
        list(&names[..count].iter().map(|of| Value { name: name(of), bytes: &[] }).collect::<Vec<_>>())
    };
    let rights = |count: usize| -> List<'static, holdfast_license::Right<'static>> {
        // Each right stands there once, so the most of them are ones that a later version knows.
        list(&[SKIPPABLE; 9][..count])
    };
    let secrets = |count: usize| -> List<'static, SealedSecret<'static>> {
        let epoch = |count| u32::try_from(count).unwrap();
        list(&(0..count).map(|of| secret(name("s"), epoch(of), SecretUse::Derive)).collect::<Vec<_>>())
    };
    let with = |license: License<'static>| license.check();
    let too_many = Err(holdfast_document::DocumentError::TooMany);
    let bare = bare_license();
    let one_term = |conditions_count, features_count| {
        list(&[term("t", &conditions(conditions_count), &features(features_count))])
    };

    for (fits, is_too_much) in [
        (License { meters: meters(16), ..bare }, License { meters: meters(17), ..bare }),
        (License { terms: terms(16), ..bare }, License { terms: terms(17), ..bare }),
        (License { terms: one_term(16, 64), ..bare }, License { terms: one_term(17, 64), ..bare }),
        (License { terms: one_term(16, 64), ..bare }, License { terms: one_term(16, 65), ..bare }),
        (License { values: values(16), ..bare }, License { values: values(17), ..bare }),
        (License { rights: rights(8), ..bare }, License { rights: rights(9), ..bare }),
        (License { secrets: secrets(16), ..bare }, License { secrets: secrets(17), ..bare }),
    ] {
        assert_eq!(with(fits), Ok(()));
        assert_eq!(with(is_too_much), too_many);
    }
    let seats =
        |count, lease| with(License { seats: Some(Seats { count, by: SeatBy::Lease, lease }), ..bare });
    assert_eq!(seats(1, 300), Ok(()));
    for (count, lease) in [(0, 300), (1, 0), (1, 301)] {
        assert_eq!(seats(count, lease), Err(holdfast_document::DocumentError::Inconsistent));
    }
}
