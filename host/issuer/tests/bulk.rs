//! Many sales as one change of the ledger.

mod cast;

use cast::*;
use holdfast_catalogue::paper::{PaperDongle, Word};
use holdfast_crypto::RustCrypto;
use holdfast_document::{Received, VendorId};
use holdfast_issuer::{Desk, Line, Order, Sale};
use holdfast_issuer::{IssueError, Template};
use holdfast_license::{Action, Update};

const MODULE: &str = "product = \"cutter\"\n[[term]]\nedition = \"nesting\"\nfeatures = [\"nesting\"]";
const DEMO: &str =
    "product = \"cutter\"\nunbound = true\n[[term]]\nedition = \"demo\"\nuntil = \"2026-06-01\"";

#[test]
fn a_run_sells_everything_with_one_update_for_each_device_or_nothing() {
    let Cast { record, vendor, root, desk_office, batch, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let other = PaperDongle::new(&batch, false, NOW, &mut rng).unwrap();
    let statements = [&dongle, &other].map(|of| of.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap().0);
    let [pro, module, demo] = [TEMPLATE, MODULE, DEMO].map(|text| Template::read(text).unwrap());
    let order = |customer| Order { customer, ..Order::default() };
    let sale = |lines, statement| Sale { lines, statement, now: NOW };
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let file = folder.path().join("ledger.json");
    let before = std::fs::read(&file).unwrap();

    let good = [
        sale(vec![(&pro, order("c-1")), (&module, order("c-1"))], Some(&statements[0][..])),
        sale(vec![(&module, order("c-2"))], Some(&statements[1])),
        sale(vec![(&demo, order("c-3"))], None),
    ];
    for (bad, why) in [
        (good[1].clone(), IssueError::DeviceTwice { device: "".into() }),
        (
            sale(vec![(&demo, order("c-4"))], Some(&statements[1])),
            IssueError::DeviceTwice { device: "".into() },
        ),
        (sale(vec![(&pro, order("c-4"))], None), IssueError::NoDevice),
        (sale(vec![(&demo, order("c-4")), (&demo, order("c-4"))], None), IssueError::NoDevice),
    ] {
        let sales: Vec<_> = good.iter().cloned().chain([bad]).collect();
        let refused = desk.issue_all(&sales, &mut rng).unwrap_err();
        assert_eq!(std::mem::discriminant(&refused), std::mem::discriminant(&why), "{refused}");
        assert_eq!(std::fs::read(&file).unwrap(), before, "nothing was sold");
    }
    let unbound_to_device = [sale(vec![(&demo, order("c-4"))], Some(&statements[1][..]))];
    assert_eq!(desk.issue_all(&unbound_to_device, &mut rng), Err(IssueError::Unbound));

    let sold = desk.issue_all(&good, &mut rng).unwrap();
    assert_ne!(std::fs::read(&file).unwrap(), before);
    let numbers = |lines: &[Line]| lines.iter().map(|line| line.number).collect::<Vec<_>>();
    assert_eq!(
        sold.iter().map(|one| numbers(&one.lines)).collect::<Vec<_>>(),
        [vec![1, 2], vec![3], vec![4]]
    );
    let update = Received::parse(&sold[0].document).unwrap();
    let update = update.verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap();
    assert_eq!(update.actions.known().filter(|action| matches!(action, Action::Install(_))).count(), 2);

    // A renewal in the next run, and the request is answered in the same update.
    let word = Word::request(1, 1, holdfast_crypto::Hash::ZERO, NOW);
    let (request, digest) = dongle.states(vendor, &word).unwrap();
    let renewal = Order { license: Some(sold[0].lines[1].id), ..Order::default() };
    let renewed = desk.issue_all(&[sale(vec![(&module, renewal)], Some(&request[..]))], &mut rng).unwrap();
    assert_eq!(renewed[0].lines, [Line { revision: 2, ..sold[0].lines[1].clone() }]);
    let update = Received::parse(&renewed[0].document).unwrap();
    let update = update.verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap();
    let answers = |action: Action<'_>| matches!(action, Action::Answer(answer) if answer.request == digest);
    assert!(update.base == 1 && update.actions.known().any(answers));
}

#[test]
fn the_numbers_that_are_left_are_those_that_can_be_sold() {
    let Cast { record, vendor, root, root_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let office = reseller_of(&root_office, root, (5, 6), &mut rng);
    let mut desk = Desk::new(record, office, ledger(folder.path(), vendor)).unwrap();
    let module = Template::read(MODULE).unwrap();
    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = Order { customer: "c-1", ..Order::default() };
    let sale = [Sale { lines: vec![(&module, order)], statement: Some(&statement), now: NOW }];
    for left in [2, 1] {
        assert_eq!(desk.numbers_left(), left);
        desk.issue_all(&sale, &mut rng).unwrap();
    }
    assert_eq!(desk.numbers_left(), 0);
    assert_eq!(desk.issue_all(&sale, &mut rng), Err(IssueError::NoNumbers { first: 5, last: 6 }));
}

#[test]
fn a_sale_that_no_device_would_take_is_refused_before_anything_is_entered() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let module = Template::read(MODULE).unwrap();
    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let order = || Order { customer: "c-1", ..Order::default() };
    let sale = |lines| [Sale { lines, statement: Some(&statement), now: NOW }];
    let many = sale((0..9).map(|_| (&module, order())).collect());
    assert_eq!(desk.issue_all(&many, &mut rng), Err(IssueError::TooManyLicenses { count: 9, most: 8 }));
    let full = sale((0..8).map(|_| (&module, order())).collect());
    let sold = desk.issue_all(&full, &mut rng).unwrap();
    assert_eq!(sold[0].lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);

    let id = sold[0].lines[0].id;
    let renewal = || Order { license: Some(id), ..Order::default() };
    let twice = sale(vec![(&module, renewal()), (&module, renewal())]);
    let before = std::fs::read(folder.path().join("ledger.json")).unwrap();
    assert_eq!(desk.issue_all(&twice, &mut rng), Err(IssueError::LicenseTwice { id: id.to_string() }));
    assert_eq!(std::fs::read(folder.path().join("ledger.json")).unwrap(), before);
}

#[test]
fn a_run_says_which_requests_stay_unanswered_after_a_restore() {
    let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path(), vendor);
    ledger.restored(1, true).unwrap();
    let mut desk = Desk::new(record, desk_office, ledger).unwrap();
    let module = Template::read(MODULE).unwrap();
    let word = Word::request(4, 3, holdfast_crypto::Hash([5; 32]), NOW);
    let (request, _) = dongle.states(vendor, &word).unwrap();
    let order = Order { customer: "c-1", ..Order::default() };
    let sale = [Sale { lines: vec![(&module, order)], statement: Some(&request), now: NOW }];
    let sold = desk.issue_all(&sale, &mut rng).unwrap();
    let said = sold[0].unanswered.as_deref().unwrap();
    assert!(said.contains("the request is not answered") && said.contains("ledger learn"), "{said}");
}
