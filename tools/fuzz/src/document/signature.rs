//! Documents of the golden vectors, changed at will, under the real curve.
//!
//! What verifies was signed: its body with its signature, and each link with its own, stand in the vectors
//! byte for byte. So does a vendor's record that founds or succeeds.

use crate::seeds::{self, Vector};
use holdfast_crypto::{Hash, Key, RustCrypto};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Authority, Body, Delegation, Device, Document, Kind, Manifest, Received, Revocations, Root, Time,
    TimeToken, Vendor, VendorId, strict,
};
use holdfast_license::{License, Loan, Statement, Update, loan::Lent};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// What was signed, as kind, body and signature; and the roots that the vectors start at.
struct Known {
    signed: BTreeSet<(u8, Vec<u8>, [u8; 64])>,
    roots: Vec<Root>,
    vendor: VendorId,
    founding: Vec<u8>,
    records: Vec<Vec<u8>>,
}

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Ok(received) = Received::parse(bytes) else { return };
    let of_number = known().roots.iter().filter(|root| root.number == received.root());
    for root in of_number {
        match received.kind() {
            Kind::Vendor => hold::<Vendor<'_>>(&received, root),
            Kind::Device => hold::<Device<'_>>(&received, root),
            Kind::Delegation => hold::<Delegation<'_>>(&received, root),
            Kind::License => hold::<License<'_>>(&received, root),
            Kind::Loan => hold_loan(&received, root),
            Kind::Update => hold::<Update<'_>>(&received, root),
            Kind::TimeToken => hold::<TimeToken>(&received, root),
            Kind::Revocations => hold::<Revocations<'_>>(&received, root),
            Kind::Statement => hold::<Statement<'_>>(&received, root),
            Kind::Manifest => hold::<Manifest<'_>>(&received, root),
        }
    }
    if received.kind() == Kind::Vendor {
        succession(&received);
    }
}

/// The documents of the golden vectors.
pub fn inputs() -> Vec<Vec<u8>> {
    super::envelope::inputs()
}

fn hold<'a, B: Body<'a>>(received: &Received<'a>, root: &Root) {
    let verified = received.verify::<RustCrypto, B>(root, Time(0));
    // The vectors themselves must pass, else nothing here is tested.
    let untouched = known().records.iter().any(|record| is(received, record));
    let Ok(verified) = verified else {
        assert!(!untouched || B::KIND == Kind::Vendor || !belongs(received, root), "a vector is refused");
        return;
    };
    assert_eq!(verified.authority(), root.authority);
    assert_eq!(verified.digest(), received.digest());
    was_signed(received.document());
}

/// A loan and the license that it comes out of, which stands in its chain.
fn hold_loan(received: &Received<'_>, root: &Root) {
    let record: Vendor<'_> = strict::decode(&known().founding).expect("the founding record reads");
    match Lent::verify::<RustCrypto>(received, root, &record) {
        Ok(_) => was_signed(received.document()),
        Err(why) => {
            let untouched = known().records.iter().any(|record| is(received, record));
            let of_vendor = matches!(root.authority, Authority::Vendor(_));
            assert!(!untouched || !of_vendor, "the vector of a loan is refused: {why}");
        }
    }
    assert!(received.verify::<RustCrypto, Loan<'_>>(root, Time(0)).is_err(), "a loan without its license");
}

/// Whether it is this document, byte for byte.
fn is(received: &Received<'_>, document: &[u8]) -> bool {
    strict::length(received.document()) == Ok(document.len())
        && strict::decode::<Document<'_>>(document).as_ref() == Ok(received.document())
}

/// Whether the kind is one that this root may stand above.
fn belongs(received: &Received<'_>, root: &Root) -> bool {
    let of_maker = matches!(root.authority, Authority::Maker(_));
    let named = received.read_again::<Delegation<'_>>().ok().and_then(|delegation| delegation.authority());
    named.map_or(received.kind().is_of_maker() == of_maker, |named| named == root.authority)
}

fn was_signed(document: &Document<'_>) {
    let signed =
        |kind: u8, body: &[u8], signature| known().signed.contains(&(kind, body.to_vec(), signature));
    assert!(signed(document.kind, document.body, document.signature.0), "nobody signed this body");
    for link in document.chain.iter() {
        let link = link.expect("a verified chain reads");
        assert!(signed(link.kind, link.body, link.signature.0), "nobody signed this link");
    }
}

fn succession(received: &Received<'_>) {
    if let Ok(founding) = Vendor::found::<RustCrypto>(received) {
        was_signed(received.document());
        assert_eq!(founding.id(), known().vendor);
        assert!(Vendor::found_as::<RustCrypto>(received, VendorId([9; 16])).is_err());
    }
    let first = known().records.iter().filter_map(|record| Received::parse(record).ok());
    let first = first.filter_map(|record| Vendor::found::<RustCrypto>(&record).ok()).next();
    if let Some(first) = first
        && let Ok(next) = Vendor::succeed::<RustCrypto>(received, &first)
    {
        was_signed(received.document());
        assert_eq!((next.id(), next.number), (first.id(), 1));
    }
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(read)
}

fn read() -> Known {
    let vectors = seeds::documents();
    let founding = vectors.iter().find(|vector| vector.kind == Kind::Vendor as u8 && vector.body[17] == 0);
    let founding = founding.expect("a founding record in the vectors");
    let vendor = VendorId::from_slice(&Kind::Vendor.digest(&founding.body).0[..16]).expect("16 bytes");
    let founding = founding.body.clone();
    let mut known =
        Known { signed: BTreeSet::new(), roots: Vec::new(), vendor, founding, records: Vec::new() };
    for Vector { document, root, .. } in vectors {
        let (Some(document), Some((number, key, body))) = (document, root) else { continue };
        let (Some(key), Some(body)) = (Key::from_slice(key), Hash::from_slice(body)) else { continue };
        let root = match body.is_zero() {
            true => Root::of_maker(key),
            false => {
                Root { authority: Authority::Vendor(vendor), number: *number, key, algorithm: ES256, body }
            }
        };
        if !known.roots.contains(&root) {
            known.roots.push(root);
        }
        let envelope: Document<'_> = strict::decode(document).expect("a vector is an envelope");
        known.signed.insert((envelope.kind, envelope.body.to_vec(), envelope.signature.0));
        for link in envelope.chain.known() {
            known.signed.insert((link.kind, link.body.to_vec(), link.signature.0));
        }
        known.records.push(document.clone());
    }
    known
}
