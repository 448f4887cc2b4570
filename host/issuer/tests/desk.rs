//! A desk, a dongle on paper, and what passes between them.

mod cast;

use cast::*;
use holdfast_catalogue::paper::Word;
use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Body, DeviceId, DocumentError, Kind, Kinds, Limit, List, ListWriter, Name, Received, Root, Time, V1,
    VendorId,
};
use holdfast_issuer::desk::{Desk, Order};
use holdfast_issuer::ledger::Learned;
use holdfast_issuer::{IssueError, Ledger, Office, Template};
use holdfast_license::{Action, LicenseId, Purpose, Update};
use proptest::prelude::*;

/// What an update says: its base, its licenses' (revision, allowance), and the request it answers.
fn read(update: &[u8], root: &Root) -> (u32, Vec<(u32, u64)>, Option<Hash>) {
    let received = Received::parse(update).unwrap();
    let update = received.verify::<RustCrypto, Update<'_>>(root, NOW).unwrap();
    let (mut licenses, mut answer) = (Vec::new(), None);
    for action in update.actions.iter().map(Result::unwrap) {
        match action {
            Action::Install(install) => {
                let license = Received::parse(install.license).unwrap().under(update.document().chain);
                let license = license.verify::<RustCrypto, holdfast_license::License<'_>>(root, NOW).unwrap();
                let allowance = license.meters.known().next().map_or(0, |meter| meter.allowance.0);
                licenses.push((license.revision, allowance));
            }
            Action::Answer(found) => answer = Some(found.request),
            other => panic!("{other:?}"),
        }
    }
    (update.base, licenses, answer)
}

#[test]
fn a_sale_and_a_refill_reach_the_dongle_in_updates_that_verify() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let template = Template::read(TEMPLATE).unwrap();

    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = Order { customer: "c-0001", ..Order::default() };
    let sold = desk.issue(&template, &order, &statement, NOW, &mut rng).unwrap();
    assert_eq!(read(&sold.document, &root), (0, vec![(1, 100)], None));
    assert_eq!((sold.number, sold.revision), (1, 1));
    let bound = "pro, until 2027-01-01: at most 720 hours of use past the end";
    assert!(sold.bounds[0].starts_with(bound), "{:?}", sold.bounds);

    let used = Word { used: Some((sold.id, 97)), ..Word::request(2, 1, Hash::ZERO, NOW) };
    let (request, digest) = dongle.states(vendor, &used).unwrap();
    let refills = [("cuts".to_owned(), 50)].into();
    let order = Order { license: Some(sold.id), refills, ..Order::default() };
    let refill = desk.issue(&template, &order, &request, NOW.plus(86_400), &mut rng).unwrap();
    assert_eq!(read(&refill.document, &root), (1, vec![(2, 150)], Some(digest)));
    assert_eq!((refill.number, refill.id), (1, sold.id), "one number for each id, through all revisions");

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
    assert_eq!(desk.issue(&template, &order, &request, NOW, &mut rng).unwrap_err(), IssueError::Name);
    assert_eq!(std::fs::read_to_string(folder.path().join("ledger.json")).unwrap(), before);
    let order = Order { customer: "c-1", ..Order::default() };
    let issued = desk.issue(&template, &order, &request, NOW, &mut rng).unwrap();
    assert_eq!(issued.number, 1, "the number was not spent");

    let report = Word { purpose: Purpose::Report, ..Word::request(2, 1, Hash::ZERO, NOW) };
    let (report, _) = dongle.states(vendor, &report).unwrap();
    assert_eq!(desk.answer(&report, NOW, &mut rng), Err(IssueError::NotARequest));
    let unknown = Order { license: Some(LicenseId([9; 16])), ..Order::default() };
    let error = desk.issue(&template, &unknown, &report, NOW, &mut rng).unwrap_err();
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
        let issued = desk.issue(&template, &order, &request, NOW, &mut rng).unwrap();
        prop_assert_eq!(read(&issued.document, &root), (4, vec![(1, units)], Some(digest)));
    }
}

/// The desk of this cast, its ledger in that folder.
fn opened(record: &[u8], office: Office, folder: &std::path::Path, vendor: VendorId) -> Desk {
    Desk::new(record.to_vec(), office, Ledger::open(&folder.join("ledger.json"), vendor).unwrap()).unwrap()
}

#[test]
fn a_ledger_that_came_back_from_a_backup_answers_a_device_once_it_has_seen_its_last_update() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("ledger.json"), folder.path().join("backup.json"));
    let mut desk = Desk::new(record.clone(), desk_office, ledger(folder.path(), vendor)).unwrap();
    let ask = |desk: &mut Desk, word: &Word, rng: &mut _| {
        let (request, digest) = dongle.states(vendor, word).unwrap();
        (desk.answer(&request, NOW.plus(u64::from(word.number)), rng), digest)
    };
    let (update, one) = ask(&mut desk, &Word::request(1, 0, Hash::ZERO, NOW), &mut rng);
    let old = update.unwrap();
    std::fs::copy(&path, &backup).unwrap();
    // Since then the device has taken that answer and got another, which is on its way.
    let (update, two) = ask(&mut desk, &Word::request(2, 1, one, NOW), &mut rng);
    let last = update.unwrap();
    drop(desk);
    std::fs::copy(&backup, &path).unwrap();
    let again = || cast(false).desk_office;
    let mut ledger = Ledger::open(&path, vendor).unwrap();
    assert_eq!(ledger.restored(1, true).unwrap(), 1);
    drop(ledger);

    // Had it answered an older request now, the device would never take what the ledger holds for its last.
    let mut desk = opened(&record, again(), folder.path(), vendor);
    let word = Word::request(3, 1, one, NOW);
    let (refused, _) = ask(&mut desk, &word, &mut rng);
    assert!(matches!(refused, Err(IssueError::NotLearned { .. })), "{refused:?}");
    // Selling goes on, without an answer, and says so.
    let (request, _) = dongle.states(vendor, &word).unwrap();
    let order = Order { customer: "c-0001", ..Order::default() };
    let sold = desk.issue(&Template::read(TEMPLATE).unwrap(), &order, &request, NOW, &mut rng).unwrap();
    assert_eq!(read(&sold.document, &root).2, None);
    assert!(sold.warnings.iter().any(|said| said.contains("not answered")), "{:?}", sold.warnings);
    drop(desk);

    let mut ledger = Ledger::open(&path, vendor).unwrap();
    let mut learn = |update: &[u8]| match ledger.learn_from(&record, update).unwrap() {
        Learned::Update { answered, unknown, .. } => (answered, unknown),
        other => panic!("{other:?}"),
    };
    assert_eq!(learn(&last), (two, vec![]));
    assert_eq!(learn(&old), (two, vec![]), "an older one sets nothing back");
    drop(ledger);
    let mut desk = opened(&record, again(), folder.path(), vendor);
    let (update, _) = ask(&mut desk, &word, &mut rng);
    assert_eq!(read(&update.unwrap(), &root).2, Some(two), "the last answer again");
    let (update, four) = ask(&mut desk, &Word::request(4, 2, two, NOW), &mut rng);
    assert_eq!(read(&update.unwrap(), &root).2, Some(four), "and on it goes");
}

#[test]
fn where_the_last_update_is_lost_an_operator_says_where_the_device_stands_and_that_is_kept() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path(), vendor);
    ledger.restored(1, true).unwrap();
    let word = Word::request(5, 3, Hash([7; 32]), NOW);
    let (request, digest) = dongle.states(vendor, &word).unwrap();
    let mut standing = holdfast_issuer::Standing::read(&record, &request).unwrap();
    assert!(!ledger.knows(&standing));
    ledger.learn(&mut standing);
    assert!(!ledger.knows(&standing));
    ledger.trust(&mut standing, NOW).unwrap();
    assert!(ledger.knows(&standing));
    let mut desk = Desk::new(record, desk_office, ledger).unwrap();
    let update = desk.answer(&request, NOW, &mut rng).unwrap();
    assert_eq!(read(&update, &root), (3, vec![], Some(digest)));
    let kept = std::fs::read_to_string(folder.path().join("ledger.json")).unwrap();
    assert!(kept.contains("decisions") && kept.contains(&standing.dongle.to_string()), "{kept}");
}

#[test]
fn a_new_device_is_answered_after_a_restore_as_before() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path(), vendor);
    ledger.restored(1, true).unwrap();
    let mut desk = Desk::new(record, desk_office, ledger).unwrap();
    let mut last = Hash::ZERO;
    for number in 1..4 {
        let (request, digest) = dongle.states(vendor, &Word::request(number, number - 1, last, NOW)).unwrap();
        let update = desk.answer(&request, NOW, &mut rng).unwrap();
        assert_eq!(read(&update, &root).2, Some(digest));
        last = digest;
    }
}

#[test]
fn what_a_restored_ledger_is_shown_sets_nothing_back_in_whatever_order_it_comes() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("ledger.json"), folder.path().join("backup.json"));
    let mut desk = Desk::new(record.clone(), desk_office, ledger(folder.path(), vendor)).unwrap();
    let template = Template::read(TEMPLATE).unwrap();
    let (enrolled, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = Order { customer: "c-0001", ..Order::default() };
    let sold = desk.issue(&template, &order, &enrolled, NOW, &mut rng).unwrap();
    std::fs::copy(&path, &backup).unwrap();
    // All on one day, since dates on a command line have no hours.
    let mut ask = |number, answered| {
        let (request, digest) = dongle.states(vendor, &Word::request(number, number, answered, NOW)).unwrap();
        let order =
            Order { license: Some(sold.id), refills: [("cuts".into(), 50)].into(), ..Order::default() };
        (desk.issue(&template, &order, &request, NOW, &mut rng).unwrap().document, digest)
    };
    let (first, one) = ask(1, Hash::ZERO);
    let (second, two) = ask(2, one);
    drop(desk);
    for order in [[&first, &second], [&second, &first]] {
        std::fs::copy(&backup, &path).unwrap();
        let mut ledger = Ledger::open(&path, vendor).unwrap();
        let too_low = ledger.restored(1, true);
        assert_eq!(too_low, Err(IssueError::Sold { next: 1, least: 2 }), "it would be sold twice");
        ledger.restored(40, true).unwrap();
        for update in order {
            ledger.learn_from(&record, update).unwrap();
        }
        let last = ledger.learn_from(&record, &first).unwrap();
        assert!(matches!(last, Learned::Update { answered, .. } if answered == two), "{last:?}");
        // Its word is believed instead; what was signed for it before says nothing any more.
        let (request, three) = dongle.states(vendor, &Word::request(9, 3, Hash([9; 32]), NOW)).unwrap();
        let mut standing = holdfast_issuer::Standing::read(&record, &request).unwrap();
        ledger.trust(&mut standing, NOW).unwrap();
        ledger.learn_from(&record, &second).unwrap();
        let mut desk = Desk::new(record.clone(), cast(false).desk_office, ledger).unwrap();
        let order =
            Order { license: Some(sold.id), refills: [("cuts".into(), 7)].into(), ..Order::default() };
        let refill = desk.issue(&template, &order, &request, NOW, &mut rng).unwrap();
        let (base, licenses, answered) = read(&refill.document, &cast(false).root);
        assert_eq!((base, answered), (3, Some(three)));
        assert_eq!(licenses, [(4, 207)], "the two refills that were forgotten, and this one");
        let other =
            desk.issue(&template, &Order { customer: "c-2", ..Order::default() }, &request, NOW, &mut rng);
        assert_eq!(other.unwrap().number, 40);
    }
}

#[test]
fn an_old_word_of_a_device_does_not_make_it_known_to_a_restored_ledger() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path(), vendor);
    ledger.restored(1, true).unwrap();
    let mut desk = Desk::new(record, desk_office, ledger).unwrap();
    let (enrolled, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = Order { customer: "c-0001", ..Order::default() };
    desk.issue(&Template::read(TEMPLATE).unwrap(), &order, &enrolled, NOW, &mut rng).unwrap();
    // From the lot's file; the device itself was sold to and answered since the backup.
    let (request, _) = dongle.states(vendor, &Word::request(4, 1, Hash([7; 32]), NOW)).unwrap();
    let refused = desk.answer(&request, NOW, &mut rng);
    assert!(matches!(refused, Err(IssueError::NotLearned { .. })), "{refused:?}");
}

#[test]
fn a_restored_ledger_revokes_nothing_before_it_knows_what_was_revoked() {
    let Cast { record, vendor, root_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("ledger.json"), folder.path().join("backup.json"));
    let mut before = ledger(folder.path(), vendor);
    std::fs::copy(&path, &backup).unwrap();
    let (enrolled, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let standing = holdfast_issuer::Standing::read(&record, &enrolled).unwrap();
    let named = |device| {
        let mut named = holdfast_issuer::ledger::Named::default();
        named.device(DeviceId::Dongle(device));
        named
    };
    let issue = |ledger: &mut Ledger, device, rng: &mut _| {
        holdfast_issuer::revoke::revoke(&root_office, ledger, &named(device), NOW, rng)
    };
    let first = issue(&mut before, standing.dongle, &mut rng).unwrap();
    drop(before);
    std::fs::copy(&backup, &path).unwrap();
    let mut ledger = Ledger::open(&path, vendor).unwrap();
    ledger.restored(1, false).unwrap();
    let other = holdfast_document::DongleId([7; 16]);
    assert_eq!(issue(&mut ledger, other, &mut rng).err(), Some(IssueError::RevocationsNotLearned));
    for part in &first.parts {
        assert_eq!(ledger.learn_from(&record, part).unwrap(), Learned::Revocations { number: 1 });
    }
    let second = issue(&mut ledger, other, &mut rng).unwrap();
    assert_eq!((second.number, second.named.devices.len()), (2, 2), "all that was ever named");
}
