//! A desk's ledger.
//!
//! What opens is JSON of this vendor, and nothing of it is lost: written again, every member stands there as
//! it stood. What is refused is left as it was.

use super::on_disk::holding;
use holdfast_document::VendorId;
use holdfast_issuer::{IssueError, Ledger};
use serde_json::{Value, json};

const VENDOR: VendorId = VendorId([0x11; 16]);

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let path = holding("ledger", bytes);
    match Ledger::open(&path, VENDOR) {
        Err(IssueError::Ledger { .. } | IssueError::File { .. }) => {
            assert_eq!(
                std::fs::read(&path).expect("it is still there"),
                bytes,
                "what is refused was changed"
            );
        }
        Err(other) => panic!("{other:?}"),
        Ok(mut ledger) => {
            let before: Value = serde_json::from_slice(bytes).expect("what opens is JSON");
            ledger.together(|_| Ok(())).expect("it can be written");
            drop(ledger);
            let text = std::fs::read(&path).expect("it can be read");
            let after: Value = serde_json::from_slice(&text).expect("what is written is JSON");
            assert_eq!(after["vendor"], VENDOR.to_string());
            holds_all_of(&after, &before, "the ledger");
            assert!(Ledger::open(&path, VENDOR).is_ok(), "what was written opens");
            assert!(Ledger::open(&path, VendorId([0x12; 16])).is_err(), "to another vendor it does not");
        }
    }
}

/// A ledger with all that it may hold, an empty one, another vendor's, and broken ones.
pub fn inputs() -> Vec<Vec<u8>> {
    let sold = json!({ "number": 7, "revision": 2, "product": "cutter", "customer": "c-1",
        "device": "00112233445566778899aabbccddeeff", "refills": { "cuts": 100 } });
    let device = json!({ "storage": "22".repeat(16), "update": 3, "answered": "33".repeat(32),
        "answer_time": 1_790_000_000, "used": { "a": { "revision": 2, "units": { "cuts": 3 } } } });
    let of = |vendor: u8, licenses: Value, devices: Value| json!({ "vendor": VendorId([vendor; 16]).to_string(), "next_number": 8, "licenses": licenses, "devices": devices });
    let full = of(0x11, json!({ "0190-a": sold }), json!({ "0011": device }));
    let all = [
        full.clone(),
        of(0x11, json!({}), json!({})),
        of(0x12, json!({}), json!({})),
        json!({ "vendor": 7 }),
    ];
    let mut texts: Vec<Vec<u8>> = all.iter().map(|value| value.to_string().into_bytes()).collect();
    texts.push(full.to_string().replace("next_number", "next").into_bytes());
    texts
}

/// Whether every member of `before` stands in `after` as it stood; hexadecimal in either case.
fn holds_all_of(after: &Value, before: &Value, place: &str) {
    match (after, before) {
        (Value::Object(after), Value::Object(before)) => {
            for (name, was) in before {
                let is = after.get(name).unwrap_or_else(|| panic!("{place} has lost {name}"));
                holds_all_of(is, was, name);
            }
        }
        (Value::Array(after), Value::Array(before)) => {
            assert_eq!(after.len(), before.len(), "{place}");
            after.iter().zip(before).for_each(|(after, before)| holds_all_of(after, before, place));
        }
        (Value::String(after), Value::String(before)) => {
            assert!(after.eq_ignore_ascii_case(before), "{place}")
        }
        _ => assert_eq!(after, before, "{place}"),
    }
}
