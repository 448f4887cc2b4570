//! A ledger that came back from a backup: what it must be shown, and that it then goes on as if nothing had happened.

mod cast;

use cast::*;
use holdfast_catalogue::paper::Word;
use holdfast_crypto::Hash;
use holdfast_document::{DeviceId, VendorId};
use holdfast_issuer::desk::{Desk, Order};
use holdfast_issuer::ledger::Learned;
use holdfast_issuer::{IssueError, Ledger, Office, Template};

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
    let sold = desk.issue(&Template::read(TEMPLATE).unwrap(), &order, Some(&request), NOW, &mut rng).unwrap();
    assert_eq!(read(&sold.document, &root).2, None);
    assert!(
        sold.unanswered.as_ref().is_some_and(|said| said.contains("not answered")),
        "{:?}",
        sold.unanswered
    );
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
    let sold = desk.issue(&template, &order, Some(&enrolled), NOW, &mut rng).unwrap();
    std::fs::copy(&path, &backup).unwrap();
    // All on one day, since dates on a command line have no hours.
    let mut ask = |number, answered| {
        let (request, digest) = dongle.states(vendor, &Word::request(number, number, answered, NOW)).unwrap();
        let order = Order {
            license: Some(sold.lines[0].id),
            refills: [("cuts".into(), 50)].into(),
            ..Order::default()
        };
        (desk.issue(&template, &order, Some(&request), NOW, &mut rng).unwrap().document, digest)
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
        let order = Order {
            license: Some(sold.lines[0].id),
            refills: [("cuts".into(), 7)].into(),
            ..Order::default()
        };
        let refill = desk.issue(&template, &order, Some(&request), NOW, &mut rng).unwrap();
        let (base, licenses, answered) = read(&refill.document, &cast(false).root);
        assert_eq!((base, answered), (3, Some(three)));
        assert_eq!(licenses, [(4_098, 207)], "the two refills that were forgotten, and this one");
        let other = desk.issue(
            &template,
            &Order { customer: "c-2", ..Order::default() },
            Some(&request),
            NOW,
            &mut rng,
        );
        assert_eq!(other.unwrap().lines[0].number, 40);
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
    desk.issue(&Template::read(TEMPLATE).unwrap(), &order, Some(&enrolled), NOW, &mut rng).unwrap();
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
    let (last, rest) = first.parts.split_last().unwrap();
    for part in rest {
        let learned = ledger.learn_from(&record, part).unwrap();
        assert_eq!(learned, Learned::Revocations { number: 1, whole: false });
        assert_eq!(issue(&mut ledger, other, &mut rng).err(), Some(IssueError::RevocationsNotLearned));
    }
    let learned = ledger.learn_from(&record, last).unwrap();
    assert_eq!(learned, Learned::Revocations { number: 1, whole: true });
    let second = issue(&mut ledger, other, &mut rng).unwrap();
    assert_eq!((second.number, second.named.devices.len()), (2, 2), "all that was ever named");
}
