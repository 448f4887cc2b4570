//! A desk, a dongle on paper, and what passes between them.

mod cast;

use cast::*;
use holdfast_catalogue::paper::Word;
use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Body, DeviceId, DocumentError, Kind, Kinds, Limit, List, ListWriter, Name, Received, Time, V1, VendorId,
};
use holdfast_issuer::desk::{Desk, Order};
use holdfast_issuer::{IssueError, Ledger, Office, Template};
use holdfast_license::{LicenseId, Purpose};
use proptest::prelude::*;

#[test]
fn a_sale_and_a_refill_reach_the_dongle_in_updates_that_verify() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let template = Template::read(TEMPLATE).unwrap();

    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = Order { customer: "c-0001", ..Order::default() };
    let sold = desk.issue(&template, &order, Some(&statement), NOW, &mut rng).unwrap();
    assert_eq!(read(&sold.document, &root), (0, vec![(1, 100)], None));
    assert_eq!((sold.lines[0].number, sold.lines[0].revision), (1, 1));
    let bound = "pro, until 2027-01-01: at most 720 hours of use past the end";
    assert!(sold.lines[0].bounds[0].starts_with(bound), "{:?}", sold.lines[0].bounds);

    let used = Word { used: Some((sold.lines[0].id, 97)), ..Word::request(2, 1, Hash::ZERO, NOW) };
    let (request, digest) = dongle.states(vendor, &used).unwrap();
    let refills = [("cuts".to_owned(), 50)].into();
    let order = Order { license: Some(sold.lines[0].id), refills, ..Order::default() };
    let refill = desk.issue(&template, &order, Some(&request), NOW.plus(86_400), &mut rng).unwrap();
    assert_eq!(read(&refill.document, &root), (1, vec![(2, 150)], Some(digest)));
    assert_eq!(
        (refill.lines[0].number, refill.lines[0].id),
        (1, sold.lines[0].id),
        "one number for each id, through all revisions"
    );

    // The desk closes for the night, and remembers in the morning.
    drop(desk);
    let again = std::fs::read_to_string(folder.path().join("ledger.json")).unwrap();
    assert!(again.contains("97") && again.contains("c-0001"), "{again}");
}

#[test]
fn only_the_device_that_took_the_last_answer_gets_a_new_one() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let mut answer = |word: &Word| {
        let (request, digest) = dongle.states(vendor, word).unwrap();
        (read(&desk.answer(&request, NOW, &mut rng).unwrap(), &root), digest)
    };

    let (first, one) = answer(&Word::request(1, 1, Hash::ZERO, NOW));
    assert_eq!(first, (1, vec![], Some(one)));
    // That answer is lost on its way. The dongle asks again, and is given the same once more.
    let (repeated, two) = answer(&Word::request(2, 1, Hash::ZERO, NOW));
    assert_eq!(repeated, (1, vec![], Some(one)));
    assert_ne!(one, two);
    // It takes it, and goes on.
    let (next, three) = answer(&Word::request(3, 2, one, NOW));
    assert_eq!(next, (2, vec![], Some(three)));
    // A copy of the dongle, made before, never gets an answer to a request of its own again, and its
    // updates carry the number that the real one has reached.
    for number in 4..6 {
        let (copy, _) = answer(&Word::request(number, 1, one, NOW));
        assert_eq!(copy, (2, vec![], Some(three)));
    }
    // Nor does an old statement of the real one, replayed, set anything back.
    let (alive, four) = answer(&Word::request(6, 3, three, NOW));
    assert_eq!(alive, (3, vec![], Some(four)));
}

#[test]
fn a_format_starts_a_device_anew() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let (request, _) = dongle.states(vendor, &Word::request(1, 7, Hash::ZERO, NOW)).unwrap();
    desk.answer(&request, NOW, &mut rng).unwrap();
    let formatted = Word { storage: 2, ..Word::request(1, 0, Hash::ZERO, NOW) };
    let (request, digest) = dongle.states(vendor, &formatted).unwrap();
    let update = desk.answer(&request, NOW, &mut rng).unwrap();
    assert_eq!(read(&update, &root), (0, vec![], Some(digest)));
}

#[test]
fn development_and_production_never_meet() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(true);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let (request, _) = dongle.states(vendor, &Word::request(1, 0, Hash::ZERO, NOW)).unwrap();
    assert_eq!(desk.answer(&request, NOW, &mut rng), Err(IssueError::Mixed));
}

#[test]
fn a_failed_errand_leaves_the_ledger_as_it_was() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let (request, _) = dongle.states(vendor, &Word::request(1, 0, Hash::ZERO, NOW)).unwrap();
    let before = std::fs::read_to_string(folder.path().join("ledger.json")).unwrap();
    let order = Order { customer: "Mr. Smith", ..Order::default() };
    let template = Template::read(TEMPLATE).unwrap();
    assert_eq!(desk.issue(&template, &order, Some(&request), NOW, &mut rng).unwrap_err(), IssueError::Name);
    assert_eq!(std::fs::read_to_string(folder.path().join("ledger.json")).unwrap(), before);
    let order = Order { customer: "c-1", ..Order::default() };
    let issued = desk.issue(&template, &order, Some(&request), NOW, &mut rng).unwrap();
    assert_eq!(issued.lines[0].number, 1, "the number was not spent");

    let report = Word { purpose: Purpose::Report, ..Word::request(2, 1, Hash::ZERO, NOW) };
    let (report, _) = dongle.states(vendor, &report).unwrap();
    assert_eq!(desk.answer(&report, NOW, &mut rng), Err(IssueError::NotARequest));
    let unknown = Order { license: Some(LicenseId([9; 16])), ..Order::default() };
    let error = desk.issue(&template, &unknown, Some(&report), NOW, &mut rng).unwrap_err();
    assert!(matches!(error, IssueError::NoLicense { .. }), "{error}");
}

#[test]
fn a_ledger_opens_for_one_desk_at_a_time_and_for_its_own_vendor() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vendor) = (folder.path().join("ledger.json"), VendorId([1; 16]));
    assert!(matches!(Ledger::open(&path, vendor), Err(IssueError::File { .. })));
    let open = Ledger::begin(&path, vendor, 1).unwrap();
    assert!(matches!(Ledger::open(&path, vendor), Err(IssueError::Busy)));
    drop(open);
    assert!(Ledger::open(&path, vendor).is_ok());
    assert!(matches!(Ledger::begin(&path, vendor, 1), Err(IssueError::File { .. })));
    assert!(matches!(Ledger::open(&path, VendorId([2; 16])), Err(IssueError::Ledger { .. })));
}

#[test]
fn a_desk_that_reaches_too_far_learns_its_limit_before_it_signs() {
    let Cast { root_office, mut rng, vendor, root, .. } = cast(false);
    let secret = SecretKey::generate(&mut rng);
    let body = |key: Key, features: List<'static, Name<'static>>| holdfast_document::Delegation {
        version: V1,
        signer: root_office.signer(),
        issued: YEAR.0,
        key,
        algorithm: ES256,
        kinds: Kinds::of(Kind::License),
        from: YEAR.0,
        until: YEAR.1,
        first: 1,
        last: 9,
        may_delegate: false,
        scope: holdfast_document::Scope::Vendor {
            vendor,
            products: List::EMPTY,
            regions: List::EMPTY,
            features,
        },
    };
    let document = root_office
        .sign(&body(RustCrypto::public(&secret), List::from_bytes(b"\x04\x03cut")), &mut rng)
        .unwrap();
    let reseller = Office::of_delegate(secret, root, &document).unwrap();
    let license = |number: u32, features: List<'static, holdfast_license::Feature<'static>>| {
        let term = holdfast_license::Term {
            edition: Name::new("basic").unwrap(),
            notice: None,
            conditions: List::EMPTY,
            features,
        };
        let mut room = vec![0; 256];
        let mut terms = ListWriter::new(&mut room);
        terms.push(&term).unwrap();
        let length = terms.finish::<holdfast_license::Term<'_>>().as_bytes().len();
        room.truncate(length);
        (number, room)
    };
    let mut sign = |(number, terms): (u32, Vec<u8>), issued: Time| {
        let body = holdfast_license::License {
            version: V1,
            signer: reseller.signer(),
            issued,
            number,
            id: LicenseId([3; 16]),
            revision: 1,
            hop: 0,
            vendor,
            product: Name::new("cutter").unwrap(),
            region: None,
            device: DeviceId::Dongle(holdfast_document::DongleId([1; 16])),
            customer: Name::new("c-1").unwrap(),
            terms: List::from_bytes(&terms),
            meters: List::EMPTY,
            seats: None,
            secrets: List::EMPTY,
            values: List::EMPTY,
            rights: List::EMPTY,
        };
        body.check().unwrap();
        reseller.sign(&body, &mut rng)
    };
    let (cut, export) = (List::from_bytes(b"\x05\x01\x03cut"), List::from_bytes(b"\x08\x01\x06export"));
    let over = |limit| Err(IssueError::Refused(DocumentError::OverReach(limit)));
    let good = sign(license(9, cut), NOW).unwrap();
    let good = Received::parse(&good).unwrap();
    good.verify::<RustCrypto, holdfast_license::License<'_>>(&root, NOW).unwrap();
    assert_eq!(sign(license(10, cut), NOW), over(Limit::Numbers));
    assert_eq!(sign(license(9, export), NOW), over(Limit::Features));
    let late = sign(license(9, cut), YEAR.1);
    assert!(matches!(late, Err(IssueError::Refused(DocumentError::OutOfForce { .. }))), "{late:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn everything_issued_verifies(
        units in 0u64..1 << 30,
        features in proptest::collection::btree_set("[a-z][a-z0-9._-]{0,23}", 0..8),
        numbers in proptest::collection::btree_map("[a-z]{1,24}", any::<u32>(), 0..4),
        notice in proptest::option::of("[ -!#-\\[\\]-~]{0,120}"),
        days in proptest::option::of(1u16..),
    ) {
        let list = features.iter().map(|feature| format!("\"{feature}\"")).collect::<Vec<_>>().join(", ");
        let numbers: Vec<_> = numbers.iter().map(|(name, number)| format!("{name} = {number}")).collect();
        let notice = notice.map_or(String::new(), |notice| format!("notice = \"{notice}\"\n"));
        let days = days.map_or(String::new(), |days| format!("days_from_first_use = {days}\n"));
        let text = format!(
            "product = \"p\"\n[[term]]\nedition = \"e\"\nfeatures = [{list}]\nnumbers = {{ {} }}\n{notice}{days}\
             [[meter]]\nname = \"cuts\"\nallowance = {units}\n",
            numbers.join(", ")
        );
        let template = Template::read(&text).unwrap();
        let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
        let (request, digest) = dongle.states(vendor, &Word::request(1, 4, Hash::ZERO, NOW)).unwrap();
        let order = Order { customer: "c-1", ..Order::default() };
        let issued = desk.issue(&template, &order, Some(&request), NOW, &mut rng).unwrap();
        prop_assert_eq!(read(&issued.document, &root), (4, vec![(1, units)], Some(digest)));
    }
}
