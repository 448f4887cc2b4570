//! License templates.
//!
//! Held to a second reading of the same text as a bare TOML table: nothing that is written is left out of what
//! is offered (a misspelled condition must never sell more than was meant), and nothing is offered that is not
//! written, but for the proof of time that a dated term needs.

use holdfast_issuer::{IssueError, Template};
use holdfast_license::{Condition, LicenseId};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Members of a term that are conditions, each by itself.
const CONDITIONS: [&str; 13] = [
    "from",
    "until",
    "days_from_first_use",
    "usage_time",
    "machine",
    "touch",
    "firmware_at_least",
    "class_at_least",
    "requires",
    "released_before",
    "virtual_machine",
    "remote_session",
    "paired",
];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let template = match Template::read(text) {
        Ok(template) => template,
        Err(IssueError::Template(why)) => return assert!(!why.is_empty()),
        Err(other) => panic!("{other:?}"),
    };
    let table: Table = text.parse().expect("what reads as a template is TOML");
    assert_eq!(table["product"].as_str(), Some(template.product()));
    let known = [
        "product",
        "region",
        "fresh_within",
        "term",
        "meter",
        "seats",
        "values",
        "transfer",
        "secret",
        "lend",
        "unbound",
    ];
    assert!(table.keys().all(|key| known.contains(&key.as_str())), "{text}");

    let again = template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::new());
    let offer = match template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::new()) {
        Ok(offer) => offer,
        Err(error) => return assert_eq!(error, IssueError::Name),
    };
    assert_eq!(format!("{:?}", again.as_ref()), format!("{:?}", Ok::<_, &IssueError>(&offer)));
    let terms = table["term"].as_array().expect("terms are a list");
    assert_eq!(offer.terms.len(), terms.len());
    for (clause, term) in offer.terms.iter().zip(terms.iter().filter_map(Value::as_table)) {
        let of = |key: &str| term.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(Some(clause.edition), term["edition"].as_str());
        assert_eq!(clause.notice, term.get("notice").and_then(Value::as_str));
        assert_eq!(clause.features.len(), of("features"));
        assert_eq!(clause.numbers.len(), term.get("numbers").and_then(Value::as_table).map_or(0, Table::len));
        let written = term.iter().filter(|(key, value)| {
            CONDITIONS.contains(&key.as_str()) && !(*key == "paired" && value.as_bool() == Some(false))
        });
        // One capability, or a list of them.
        let listed = term.get("requires").and_then(Value::as_array).map(Vec::len);
        let written = written.count() + listed.unwrap_or(0) - usize::from(listed.is_some());
        let fresh = clause
            .conditions
            .iter()
            .filter(|condition| matches!(condition, Condition::FreshWithin(_)))
            .count();
        assert_eq!(clause.conditions.len() - fresh, written + of("units"), "{clause:?}");
        assert_eq!(fresh, usize::from(is_fresh(&table, term)), "{clause:?}");
    }
    assert_eq!(offer.secrets.len(), table.get("secret").and_then(Value::as_array).map_or(0, Vec::len));
    assert!(offer.secrets.iter().all(|secret| secret.secret.is_none()), "a template has no secrets in it");
    assert_eq!(offer.lend.is_some(), table.contains_key("lend"));
    assert_eq!(template.is_unbound(), table.get("unbound").and_then(Value::as_bool).unwrap_or(false));
    let meters = table.get("meter").and_then(Value::as_array).map_or(0, Vec::len);
    assert_eq!(offer.meters.len(), meters);
    assert_eq!(offer.seats.is_some(), table.contains_key("seats"));
    assert_eq!(offer.values.len(), table.get("values").and_then(Value::as_table).map_or(0, Table::len));
    assert_eq!(offer.transfer, table.get("transfer").and_then(Value::as_bool).unwrap_or(false));
}

/// Whether a term needs proof of time: it says so, or it is dated and nobody said *never*.
fn is_fresh(table: &Table, term: &Table) -> bool {
    let said = |table: &Table| table.get("fresh_within").and_then(Value::as_str).map(|text| text != "never");
    said(term).unwrap_or_else(|| term.contains_key("until") && said(table).unwrap_or(true))
}

/// Templates with every field, and near misses.
pub fn inputs() -> Vec<Vec<u8>> {
    let dated = "product = \"p\"\n[[term]]\nedition = \"pro\"\nuntil = \"2027-01-01\"\n[[term]]\nedition = \"basic\"\n";
    let full = format!(
        "product = \"p\"\nregion = \"eu\"\nfresh_within = \"2d\"\ntransfer = true\n[values]\nsite = \"x\"\n[seats]\n\
         count = 4\nby = \"machine\"\nlease = \"60s\"\n[[term]]\nedition = \"e\"\nnotice = \"soon\"\n\
         features = [\"cut\", \"view\"]\nfrom = \"2026-01-01\"\nuntil = \"2027-01-01\"\n\
         days_from_first_use = 14\nusage_time = \"5h\"\nunits = [{{ meter = \"m\", overdraft = 2 }}]\n\
         fresh_within = \"1d by issuer\"\nmachine = \"{}\"\ntouch = \"15s\"\npaired = true\nfirmware_at_least = 3\n\
         class_at_least = \"protected-mcu\"\nrequires = 4\nreleased_before = \"2026-06-01\"\n\
         virtual_machine = false\nremote_session = false\nnumbers = {{ axes = 5 }}\n\
         [[meter]]\nname = \"m\"\nallowance = 1\nopen = true\n",
        "ab".repeat(64)
    );
    let misspelled = dated.replace("until", "untill");
    let never = dated.replace("until", "fresh_within = \"never\"\nuntil");
    let lending = format!(
        "{dated}[[secret]]\nfeature = \"cut\"\nepoch = 2\nuse = \"reveal\"\n[lend]\nseats = 2\nlongest = \"14d\"\n\
         class = \"simulator\"\nmakers = [\"{}\"]\n[values]\nkey = {{ hex = \"00ff\" }}\n",
        "ab".repeat(16)
    );
    let demo = format!("unbound = true\n{dated}");
    [dated.to_owned(), full, misspelled, never, lending, demo].into_iter().map(String::into_bytes).collect()
}
