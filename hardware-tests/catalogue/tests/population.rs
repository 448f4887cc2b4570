//! The customers of the reference vendor: the same from the same seed, and nothing wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_audit::{What, audit};
use holdfast_catalogue::SOLD;
use holdfast_catalogue::population::batch::Entry;
use holdfast_catalogue::population::folder::digests;
use holdfast_catalogue::population::goods::{Goods, PriceList};
use holdfast_catalogue::population::house::House;
use holdfast_catalogue::population::keeper::Keeper;
use holdfast_catalogue::population::month::Month;
use holdfast_catalogue::population::plan::{Region, Seller};
use holdfast_catalogue::population::{Options, PopulationError, Run};
use holdfast_document::{Class, Time, armor, limits};
use holdfast_issuer::{Desk, IssueError, Ledger, Order, Sale, SigningKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Of this seed in this size: every kind of goods, every seller, lost devices and referrals.
const SEED: u64 = 53;
const SMALL: Options = Options { seed: SEED, customers: 60, quota: 2, batch: 20 };

fn generate(options: Options, folder: &Path) -> String {
    let mut run = Run::open(options, folder).unwrap();
    while run.batch().unwrap() {}
    run.finish().unwrap().0.to_string()
}

/// All documents of a population, as `holdfast audit DIR/documents DIR/customers` reads them.
fn heap(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = ["documents", "customers"]
        .into_iter()
        .flat_map(|name| fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    let mut room = [0; limits::DOCUMENT];
    let mut documents = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        documents.extend(armor::blocks(&text).map(|block| armor::decode(block, &mut room).unwrap().to_vec()));
    }
    documents
}

fn index(folder: &Path) -> Vec<Entry> {
    let text = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_seed_gives_the_same_bytes_also_after_an_interruption_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken, other] = ["whole", "broken", "other"].map(|name| folder.path().join(name));
    let options = Options { customers: 12, batch: 4, ..SMALL };
    generate(options, &whole);

    let mut run = Run::open(options, &broken).unwrap();
    assert!(run.batch().unwrap());
    drop(run);
    // What a run that ends in the middle of its second batch may leave.
    let keep = fs::read(broken.join("desk/acme.ledger.json")).unwrap();
    let mut run = Run::open(options, &broken).unwrap();
    assert!(run.batch().unwrap());
    drop(run);
    let ahead = fs::read(broken.join("desk/acme.ledger.json")).unwrap();
    assert_ne!(keep, ahead);
    fs::write(broken.join("desk/hansa.ledger.json"), "half").unwrap();
    fs::write(broken.join("customers/c-00009.holdfast"), "half").unwrap();
    let mut lines = fs::read(broken.join("index.jsonl")).unwrap();
    lines.extend_from_slice(b"{\"half");
    fs::write(broken.join("index.jsonl"), lines).unwrap();
    fs::create_dir(broken.join("resume/new")).unwrap();
    fs::write(broken.join("resume/new/state.json"), "half").unwrap();
    generate(options, &broken);

    generate(Options { seed: SEED + 1, ..options }, &other);
    let [whole, broken, other] = [whole, broken, other].map(|folder| digests(&folder).unwrap());
    assert!(whole.len() > 20);
    assert_eq!(whole, broken);
    // Empty files and those that seeds do not reach apart, every file differs.
    let same = whole.iter().filter(|file| other.contains(file)).map(|(name, _)| name.as_str());
    assert!(same.clone().all(|name| name.ends_with(".lock")), "{:?}", same.collect::<Vec<_>>());
}

#[test]
fn an_audit_finds_nothing_in_it_and_finds_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("acme");
    let summary = generate(SMALL, &folder);
    assert_eq!(summary, include_str!("population/summary.txt"), "of seed {SEED}");
    let documents = heap(&folder);
    let report = audit(&documents, None, Time(0));
    assert_eq!(report.findings, []);
    assert_eq!(report.documents as u64, summary_total(&summary, "documents: "));

    // Each of these does one thing that only a look at all documents can tell, or a changed byte.
    let mut changed = documents.clone();
    let middle = changed[100].len() / 2;
    changed[100][middle] ^= 1;
    let findings = audit(&changed, None, Time(0)).findings;
    assert!(findings.iter().any(|finding| finding.documents == [100]), "{findings:?}");

    let twice = Options { customers: 3, batch: 1, ..SMALL };
    let again = folder.with_file_name("again");
    generate(twice, &again);
    // The same desks with another ledger: what a desk signs that forgot what it sold.
    let mut forgetful = documents.clone();
    let seen: Vec<_> = documents.iter().collect();
    forgetful.extend(heap(&again).into_iter().filter(|document| !seen.contains(&document)));
    let findings = audit(&forgetful, None, Time(0)).findings;
    assert!(findings.iter().any(|finding| matches!(finding.what, What::OverIssue { .. })), "{findings:?}");
}

fn summary_total(summary: &str, prefix: &str) -> u64 {
    let counts = summary.lines().filter_map(|line| {
        let (count, name) = line.trim_start().split_once("  ")?;
        name.starts_with(prefix).then(|| count.parse::<u64>().unwrap())
    });
    counts.sum()
}

#[test]
fn the_index_names_each_revision_once_and_quotas_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("acme");
    generate(SMALL, &folder);
    let entries = index(&folder);
    let mut revisions: Vec<_> = entries.iter().map(|entry| (&entry.license, entry.revision)).collect();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), entries.len());
    for entry in &entries {
        let before = |other: &&Entry| other.license == entry.license && other.revision + 1 == entry.revision;
        let before = entries.iter().find(before);
        assert_eq!(before.is_none(), entry.revision == 1, "{entry:?}");
        if let Some(before) = before {
            assert_eq!(before.number, entry.number, "{entry:?}");
            let moved = entry.change == "transfer";
            assert_eq!(before.device != entry.device, moved, "{entry:?}");
        }
        let first = match entry.seller.as_str() {
            "acme" => 1..=999_999,
            "hansa" => 2_000_000..=2_000_001,
            _ => 3_000_000..=3_000_001,
        };
        assert!(first.contains(&entry.number), "{entry:?}");
        let secret = fs::read_to_string(folder.join("desk/acme.secrets")).unwrap();
        let digits = secret.lines().nth(1).and_then(|line| line.rsplit(' ').next()).unwrap();
        assert!(
            digits.len() == 64 && !fs::read_to_string(folder.join("index.jsonl")).unwrap().contains(digits)
        );
    }
}

#[test]
fn a_reseller_whose_quota_is_sold_refers_customers_and_sells_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("acme");
    let summary = generate(SMALL, &folder);
    assert_eq!(summary_total(&summary, "numbers given by hansa"), 2);
    assert!(summary_total(&summary, "customers referred") > 0, "{summary}");
    // The desk as it stands in its files.
    let house = House::found(&SMALL).unwrap();
    let ledger = Ledger::open(&folder.join("desk/hansa.ledger.json"), house.vendor).unwrap();
    let key = SigningKey::load(&folder.join("desk/hansa.desk.key")).unwrap();
    assert_eq!(key.public(), house.office(Seller::Hansa).unwrap().key());
    let mut desk = Desk::new(house.record.clone(), house.office(Seller::Hansa).unwrap(), ledger).unwrap();
    let template = PriceList::default().template(&Goods::Resold(Month(12)), Region::Eu).unwrap();
    let keeper = Keeper::new(Class::PROTECTED_MCU, &house.batch, SOLD, (SEED, 1 << 40)).unwrap();
    let statement = keeper.enrolled().unwrap();
    let order = Order { customer: "c-1", ..Order::default() };
    let sale = Sale { lines: vec![(&template, order)], statement: Some(&statement), now: SOLD };
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let (first, last) = (2_000_000, 2_000_001);
    assert_eq!(desk.issue_all(&[sale], &mut rng), Err(IssueError::NoNumbers { first, last }));
}

#[test]
fn a_folder_with_anything_else_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { customers: 2, batch: 1, ..SMALL };
    let path = folder.path().join("acme");
    let mut run = Run::open(options, &path).unwrap();
    run.batch().unwrap();
    drop(run);
    for (options, why) in [
        (Options { seed: SEED + 1, ..options }, "another seed"),
        (Options { customers: 3, ..options }, "size"),
    ] {
        match Run::open(options, &path) {
            Err(PopulationError::Occupied { what, .. }) => assert!(what.contains(why)),
            other => panic!("{:?}", other.err()),
        }
    }
    generate(options, &path);
    assert!(matches!(Run::open(options, &path), Err(PopulationError::Occupied { .. })), "it is finished");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(Run::open(options, elsewhere.path()), Err(PopulationError::Occupied { .. })));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}
