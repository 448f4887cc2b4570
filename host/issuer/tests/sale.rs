//! What a template sells beside terms: secrets, demos for anybody, and a quota that a reseller keeps to.

mod cast;

use cast::*;
use holdfast_catalogue::paper::Word;
use holdfast_crypto::{Curve, Hash, RustCrypto, SecretKey};
use holdfast_document::{Class, DeviceId, DocumentError, Limit, Name, Received, VendorId};
use holdfast_issuer::delegate::{Limits, reseller};
use holdfast_issuer::desk::{Desk, Order};
use holdfast_issuer::{IssueError, Office, ProductSecrets, Template};
use holdfast_license::license::SecretUse;
use holdfast_license::{Action, License, LicenseId, Update};

const ORDER: Order<'static> =
    Order { customer: "c-0001", license: None, refills: std::collections::BTreeMap::new() };

const SECRETS: &str = r#"
    product = "cutter"
    [[term]]
    edition = "pro"
    features = ["cut", "export-step"]
    [[secret]]
    feature = "export-step"
    epoch = 3
    use = "derive"
    [[secret]]
    feature = "cut"
    epoch = 4
    use = "reveal"
"#;

const DEMO: &str = r#"
    product = "cutter"
    unbound = true
    [[term]]
    edition = "demo"
    until = "2026-06-01"
    features = ["cut"]
"#;

/// The licenses that an update installs, verified under its own links.
fn licenses(update: &[u8], root: &holdfast_document::Root, look: impl FnMut(License<'_>)) {
    let update = Received::parse(update).unwrap();
    let update = update.verify::<RustCrypto, Update<'_>>(root, NOW).unwrap();
    let installed = update.actions.known().filter_map(|action| match action {
        Action::Install(install) => {
            let license = Received::parse(install.license).unwrap().under(update.document().chain);
            Some(*license.verify::<RustCrypto, License<'_>>(root, NOW).unwrap())
        }
        _ => None,
    });
    installed.for_each(look);
}

#[test]
fn secrets_travel_sealed_to_the_device_alone() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut secrets = ProductSecrets::none(false);
    secrets.make("cutter", 3, &mut rng).unwrap();
    secrets.make("cutter", 4, &mut rng).unwrap();
    let known = [3, 4].map(|epoch| *secrets.get("cutter", epoch).unwrap().expose());
    let mut desk =
        Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap().with_secrets(secrets);
    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let template = Template::read(SECRETS).unwrap();
    let sold = desk.issue(&template, &ORDER, Some(&statement), NOW, &mut rng).unwrap();
    assert_eq!(
        sold.lines[0].secrets,
        [("cutter".to_owned(), 3), ("cutter".to_owned(), 4)],
        "the desk is told"
    );
    let mut seen = 0;
    licenses(&sold.document, &root, |license| {
        let found: Vec<_> = license.secrets.known().collect();
        let uses = found.iter().map(|secret| (secret.feature.as_str(), secret.epoch, secret.usage));
        let expected = [("export-step", 3, SecretUse::Derive), ("cut", 4, SecretUse::Reveal)];
        assert!(uses.eq(expected));
        for (secret, known) in found.iter().zip(&known) {
            assert_eq!(dongle.open(&license, secret).unwrap().expose(), known);
        }
        // What is sealed for one feature does not open for another, nor in another license.
        let mut moved = found[0];
        moved.feature = Name::new("cut").unwrap();
        assert!(dongle.open(&license, &moved).is_err());
        let other = License { id: LicenseId([1; 16]), ..license };
        assert!(dongle.open(&other, &found[0]).is_err());
        seen += 1;
    });
    assert_eq!(seen, 1);
}

#[test]
fn a_secret_that_the_desk_lacks_or_a_device_that_is_too_weak_sells_nothing() {
    for (class, known, expected) in [
        (Class::ANY, false, IssueError::NoSecret { product: "cutter".into(), epoch: 3 }),
        (
            Class::PROTECTED_MCU,
            true,
            IssueError::WeakDevice { class: Class::SIMULATOR, least: Class::PROTECTED_MCU },
        ),
    ] {
        let Cast { record, vendor, desk_office, dongle, mut rng, .. } = cast_for_secrets_of(class, false);
        let folder = tempfile::tempdir().unwrap();
        let mut secrets = ProductSecrets::none(false);
        if known {
            secrets.make("cutter", 3, &mut rng).unwrap();
            secrets.make("cutter", 4, &mut rng).unwrap();
        }
        let mut desk =
            Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap().with_secrets(secrets);
        let before = std::fs::read(folder.path().join("ledger.json")).unwrap();
        let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
        let refused = desk.issue(&Template::read(SECRETS).unwrap(), &ORDER, Some(&statement), NOW, &mut rng);
        assert_eq!(refused.map(|issued| issued.lines[0].number), Err(expected));
        assert_eq!(std::fs::read(folder.path().join("ledger.json")).unwrap(), before);
    }
}

#[test]
fn a_demo_is_for_no_device_and_verifies_by_itself() {
    let Cast { record, vendor, root, desk_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(record, desk_office, ledger(folder.path(), vendor)).unwrap();
    let demo = Template::read(DEMO).unwrap();
    let issued = desk.issue(&demo, &ORDER, None, NOW, &mut rng).unwrap();
    let received = Received::parse(&issued.document).unwrap();
    let license = received.verify::<RustCrypto, License<'_>>(&root, NOW).unwrap();
    assert_eq!((license.device, license.number), (DeviceId::Unbound, 1));

    let (statement, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    let bound = desk.issue(&demo, &ORDER, Some(&statement), NOW, &mut rng);
    assert_eq!(bound.map(|issued| issued.lines[0].number), Err(IssueError::Unbound));
    let no_device = desk.issue(&Template::read(TEMPLATE).unwrap(), &ORDER, None, NOW, &mut rng);
    assert_eq!(no_device.map(|issued| issued.lines[0].number), Err(IssueError::NoDevice));
    // What can be copied freely must end, and count nothing.
    for more in [
        "[seats]\ncount = 2\nlease = \"1m\"",
        "[[term]]\nedition = \"free\"",
        "[lend]\nseats = 1\nlongest = \"1d\"",
    ] {
        let endless = Template::read(&format!("{DEMO}\n{more}")).unwrap();
        let refused = desk.issue(&endless, &ORDER, None, NOW, &mut rng).map(|issued| issued.lines[0].number);
        assert_eq!(refused, Err(IssueError::Refused(DocumentError::Inconsistent)), "{more}");
    }
}

fn limits() -> Limits<'static> {
    Limits {
        products: vec!["cutter"],
        regions: vec!["eu"],
        features: vec!["cut"],
        numbers: (100, 102),
        validity: YEAR,
        may_delegate: true,
    }
}

#[test]
fn a_reseller_sells_its_quota_in_its_region_and_not_one_more() {
    let Cast { record, vendor, root, root_office, dongle, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let secret = SecretKey::generate(&mut rng);
    let document = reseller(&root_office, RustCrypto::public(&secret), &limits(), NOW, &mut rng).unwrap();
    let office = Office::of_delegate(secret, root, &document).unwrap();
    assert_eq!((office.quota(), office.keeps_ledger()), ((100, 102), false));
    let mut desk = Desk::new(record, office, ledger(folder.path(), vendor)).unwrap();
    let sells = |region: &str, feature: &str, product: &str| {
        let text = format!(
            "product = \"{product}\"\n{region}\n[[term]]\nedition = \"basic\"\nfeatures = [\"{feature}\"]"
        );
        Template::read(&text).unwrap()
    };
    // The dongle asks for an answer; a reseller gives none.
    let (request, _) = dongle.states(vendor, &Word::request(1, 0, Hash::ZERO, NOW)).unwrap();
    let eu = "region = \"eu\"";
    for (region, feature, product, limit) in [
        ("region = \"us\"", "cut", "cutter", Limit::Regions),
        ("", "cut", "cutter", Limit::Regions),
        (eu, "export-step", "cutter", Limit::Features),
        (eu, "cut", "viewer", Limit::Products),
    ] {
        let beyond = desk.issue(&sells(region, feature, product), &ORDER, Some(&request), NOW, &mut rng);
        let beyond = beyond.map(|issued| issued.lines[0].number);
        assert_eq!(beyond, Err(IssueError::Refused(DocumentError::OverReach(limit))));
    }
    let good = sells(eu, "cut", "cutter");
    let mut first = None;
    for number in 100..=102 {
        let sold = desk.issue(&good, &ORDER, Some(&request), NOW, &mut rng).unwrap();
        assert_eq!(sold.lines[0].number, number, "no refused sale took a number");
        let update = Received::parse(&sold.document).unwrap();
        let update = update.verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap();
        assert!(update.actions.known().all(|action| matches!(action, Action::Install(_))));
        licenses(&sold.document, &root, |license| assert_eq!(license.number, number));
        first = first.or(Some(sold.lines[0].id));
    }
    let one_more = desk.issue(&good, &ORDER, Some(&request), NOW, &mut rng);
    assert_eq!(
        one_more.map(|issued| issued.lines[0].number),
        Err(IssueError::NoNumbers { first: 100, last: 102 })
    );
    // A renewal keeps its number, so it needs none.
    let renewal =
        desk.issue(&good, &Order { license: first, ..ORDER }, Some(&request), NOW, &mut rng).unwrap();
    assert_eq!((renewal.lines[0].number, renewal.lines[0].revision), (100, 2));
    assert_eq!(desk.answer(&request, NOW, &mut rng), Err(IssueError::NoLedger));
}

#[test]
fn a_child_never_exceeds_its_parent() {
    let Cast { root, root_office, mut rng, .. } = cast(false);
    let secret = SecretKey::generate(&mut rng);
    let parent = reseller(&root_office, RustCrypto::public(&secret), &limits(), NOW, &mut rng).unwrap();
    let parent = Office::of_delegate(secret, root, &parent).unwrap();
    let key = RustCrypto::public(&SecretKey::generate(&mut rng));
    let mut child = |limits: Limits<'_>| reseller(&parent, key, &limits, NOW, &mut rng).map(|_| ());
    assert_eq!(child(limits()), Ok(()));
    let (from, until) = YEAR;
    for (beyond, limit) in [
        (Limits { products: vec!["cutter", "viewer"], ..limits() }, Limit::Products),
        (Limits { products: vec![], ..limits() }, Limit::Products),
        (Limits { regions: vec![], ..limits() }, Limit::Regions),
        (Limits { features: vec!["cut", "step"], ..limits() }, Limit::Features),
        (Limits { numbers: (99, 102), ..limits() }, Limit::Numbers),
        (Limits { numbers: (100, 103), ..limits() }, Limit::Numbers),
        (Limits { validity: (from, until.plus(1)), ..limits() }, Limit::Validity),
    ] {
        assert_eq!(child(beyond), Err(IssueError::Refused(DocumentError::OverReach(limit))), "{limit:?}");
    }
}
