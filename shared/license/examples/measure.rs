//! What the decision and its documents cost on this machine, beside their limits:
//! `cargo run --release -p holdfast-license --example measure`. For a Cortex-M4: `cargo xtask measure`.

use holdfast_crypto::{Hash, Key, RustCrypto};
use holdfast_document::{Authority, Body, Name, Received, Root, Time, VendorId, strict};
use holdfast_license::{Facts, License, Reason, Refused, Verdict, decide};
use std::hint::black_box;
use std::time::Instant;

/// Rounds, of which the median counts, and calls in each.
const ROUNDS: usize = 31;
const CALLS: u32 = 2_000;

fn main() {
    let document = vector("document");
    let received = Received::parse(&document).expect("the golden vector is a document");
    let body = received.document().body;
    let license: License<'_> = strict::decode(body).expect("its body is a license");
    let facts = facts();
    let late = Facts { floor: Time(u64::MAX), ..facts.clone() };
    let root = root();
    let cut = Name::new("cut").expect("a name");
    println!("License with 16 conditions in 3 terms, {} bytes. Medians of {ROUNDS} rounds.\n", body.len());
    println!("| what | ns a call | limit | of the limit |\n| --- | ---: | ---: | ---: |");
    let limit = Some(1_000.0);
    show("decide, granted", limit, || decide(black_box(&license), black_box(&facts)).is_granted());
    show("decide and ask for a feature", limit, || {
        decide(black_box(&license), black_box(&facts)).feature(cut).is_ok()
    });
    show("decide, refused, all reasons", limit, || reasons(&license, &late).count());
    show("the same as sentences", None, || {
        reasons(&license, &late).map(|refusal| Reason::of(&license, refusal).to_string().len()).sum::<usize>()
    });
    show("decode strictly", None, || strict::decode::<License<'_>>(black_box(body)).is_ok());
    show("check its parts", None, || black_box(&license).check().is_ok());
    show("verify (2 signatures)", None, || {
        received.verify::<RustCrypto, License<'_>>(black_box(&root), Time(0)).is_ok()
    });
}

fn reasons<'l>(
    license: &'l License<'l>,
    facts: &'l Facts,
) -> impl Iterator<Item = holdfast_license::Refusal> + use<'l> {
    let refused: Option<Refused<'l, 'l>> = match decide(black_box(license), black_box(facts)) {
        Verdict::Refused(refused) => Some(refused),
        Verdict::Granted(_) => None,
    };
    refused.into_iter().flat_map(|refused| refused.reasons())
}

fn show<T>(name: &str, limit: Option<f64>, mut call: impl FnMut() -> T) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                black_box(call());
            }
            start.elapsed().as_nanos() as f64 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let median = rounds[ROUNDS / 2];
    let of = limit.map_or(("–".into(), "–".into()), |limit| {
        (format!("{limit:.0}"), format!("{:.2} ×", median / limit))
    });
    println!("| {name} | {median:.0} | {} | {} |", of.0, of.1);
}

/// A member of the first golden vector of licenses.
fn vector(member: &str) -> Vec<u8> {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/license.json")).expect("vectors are JSON");
    bytes(&vectors[0][member])
}

fn root() -> Root {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/license.json")).expect("vectors are JSON");
    let root = &vectors[0]["root"];
    let body = bytes(&root["body"]);
    let id = VendorId::from_slice(&body[..16]).expect("half a digest");
    Root {
        authority: Authority::Vendor(id),
        number: 0,
        key: Key::from_slice(&bytes(&root["key"])).expect("a key"),
        algorithm: 1,
        body: Hash::from_slice(&body).expect("a digest"),
    }
}

fn facts() -> Facts {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/facts.json")).expect("vectors are JSON");
    strict::decode(&bytes(&vectors[0]["bytes"])).expect("the golden vector is facts")
}

fn bytes(hexadecimal: &serde_json::Value) -> Vec<u8> {
    let text = hexadecimal.as_str().expect("hexadecimal");
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(pair).collect()
}
