//! A heap of documents, some of them changed: what is said of it does not depend on their order.
//!
//! Documents of the golden vectors, drawn, some with bytes changed, are held against each other in the order in
//! which they were drawn and in another: each document has the same verdict, and the same is found.

use crate::draw::Draw;
use crate::seeds;
use holdfast_audit::{audit, verify};
use holdfast_document::{Kind, Time, VendorId};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let floor = Time(if draw.rarely(4) { draw.long() >> 24 } else { 0 });
    let mut documents: Vec<Vec<u8>> = Vec::new();
    for _ in 0..2 + draw.below(7) {
        let document = document(&mut draw);
        // Of the same document twice one place is named; which one is no matter.
        if !documents.contains(&document) {
            documents.push(document);
        }
    }
    let mut turned = documents.clone();
    for place in (1..turned.len()).rev() {
        turned.swap(place, draw.below(place + 1));
    }
    // Each document is called by its place in the first order.
    let names = |order: &[Vec<u8>]| -> Vec<usize> {
        let place = |document| documents.iter().position(|other| other == document);
        order.iter().filter_map(place).collect()
    };
    let (ahead, back) = (names(&documents), names(&turned));
    assert_eq!(verdicts(&documents, &ahead, floor), verdicts(&turned, &back, floor));
    for vendor in [None, Some(vendor())] {
        assert_eq!(found(&documents, vendor, floor), found(&turned, vendor, floor));
    }
}

/// Each vector beside the founding record, all of them, and bytes of every value.
pub fn inputs() -> Vec<Vec<u8>> {
    let count = all().len() as u8;
    let mut inputs: Vec<_> =
        (0..count).map(|place| vec![0, 6, 0, 0, place, 0, place.wrapping_add(7), 0]).collect();
    inputs.extend((0..16).map(|fill| vec![fill * 17; 48]));
    inputs
}

/// A document of the vectors, mostly as it is.
fn document(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut document = draw.pick(all()).to_vec();
    if draw.rarely(6) {
        let at = usize::from(draw.short()) % document.len();
        document[at] ^= 1 << (draw.byte() % 8);
    }
    document
}

fn all() -> &'static [&'static [u8]] {
    static ALL: OnceLock<Vec<&'static [u8]>> = OnceLock::new();
    ALL.get_or_init(|| seeds::documents().iter().filter_map(|vector| vector.document.as_deref()).collect())
}

/// The vendor of the vectors.
fn vendor() -> VendorId {
    let founding = seeds::bodies(Kind::Vendor);
    VendorId::from_slice(&Kind::Vendor.digest(&founding[0]).0[..16]).expect("16 bytes")
}

/// What is said of each document.
fn verdicts(
    documents: &[Vec<u8>],
    names: &[usize],
    floor: Time,
) -> BTreeMap<usize, Result<Option<u32>, String>> {
    let verdicts = verify(documents, vendor(), floor).into_iter();
    let verdicts = verdicts.map(|verdict| verdict.map(|good| good.overtaken).map_err(|why| why.to_string()));
    names.iter().copied().zip(verdicts).collect()
}

/// The rule of each finding. Which document it names is no matter where two carry the same license.
fn found(documents: &[Vec<u8>], vendor: Option<VendorId>, floor: Time) -> Vec<String> {
    let rule = |what: &holdfast_audit::What| {
        serde_json::to_value(what).expect("it is printed so")["rule"].to_string()
    };
    let mut found: Vec<_> =
        audit(documents, vendor, floor).findings.iter().map(|finding| rule(&finding.what)).collect();
    found.sort_unstable();
    found
}
