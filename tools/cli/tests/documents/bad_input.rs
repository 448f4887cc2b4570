//! What is wrong with a document, each with its own sentence and exit code.

use holdfast_document::{Class, Delegation, Device, Kind, Kinds, Scope, Vendor, limits};
use holdfast_license::{License, Statement};

use crate::cast::*;
use crate::kinds::*;
use crate::run::{Said, armored, folder, put, run, verify};

/// A change of the desk's delegation; what it signs under that.
fn under(delegation: &Delegation<'static>) -> Vec<u8> {
    let license = License { signer: digest(delegation), ..full_license() };
    Signer::desk().document(&license, &[Signer::vendor().link(delegation)])
}

/// The license with other bytes in its body, signed by the desk.
fn with_body(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = encode(&full_license()).to_vec();
    change(&mut body);
    let body: &'static [u8] = body.leak();
    let signature = Signer::desk().sign(Kind::License, body);
    envelope(0, Kind::License, body, signature, &[Signer::vendor().link(&desk())])
}

/// A device by a batch key of that sort.
fn device_of(class: Class, production: bool) -> Vec<u8> {
    let models = names(&["key-one"]);
    let scope = Scope::Maker { maker: maker_id(), models, best_class: Class::GLITCHABLE_MCU, production };
    let batch = Delegation { scope, ..batch() };
    let device = Device { signer: digest(&batch), class, production, ..dongle() };
    Signer::batch().document(&device, &[Signer::maker().link(&batch)])
}

fn scope(product: &'static str, region: &'static str, feature: &'static str) -> Scope<'static> {
    Scope::Vendor {
        vendor: vendor_id(),
        products: names(&[product]),
        regions: names(&[region]),
        features: names(&[feature, "export-step"]),
    }
}

#[test]
fn each_fault_of_a_document_has_its_own_sentence_and_exit_code() {
    let good = by_desk(&full_license());
    let flipped = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 4;
        bytes
    };
    let elsewhere = Signer::stranger().document(&desk(), &[]);
    let [_, _, (_, _, delegation), ..] = all();
    let cases: Vec<(&str, Vec<u8>, i32, &str)> = vec![
        ("garbage", b"Dear customer, here is your license.".to_vec(), 1, "holds no document"),
        ("nothing", Vec::new(), 1, "holds no document"),
        ("cut short", good[..good.len() - 9].to_vec(), 3, "document 1: not a well-formed"),
        ("text cut short", armored(&good)[..900].into(), 3, "document 1: not a well-formed"),
        ("the second cut short", [&good[..], &good[..40]].concat(), 3, "document 2: not a well-formed"),
        ("more behind it", [&good[..], &[0]].concat(), 3, "document 2: not a well-formed"),
        ("a bit flipped in the body", flipped(40), 3, "signature of link 1 does not hold"),
        (
            "a body longer than its kind",
            with_body(|body| body.resize(4_000, 0)),
            3,
            "4000 bytes, where at most 3800",
        ),
        ("longer than any document", with_body(|body| body.resize(limits::DOCUMENT, 0)), 3, "at most 7424"),
        (
            "an integer longer than need be",
            with_body(|body| drop(body.splice(38..40, [0x96, 0x81, 0]))),
            3,
            "not written in the one way",
        ),
        ("more in the body", with_body(|body| body.push(0)), 3, "not written in the one way"),
        ("a newer version", with_body(|body| body[0] = 2), 3, "version 2 is not known"),
        ("a newer kind", [&[11], &good[1..]].concat(), 3, "kind 11 is not known"),
        ("another algorithm", [&[4, 2], &good[2..]].concat(), 3, "algorithm 2 is not that"),
        (
            "an unknown critical action",
            by_desk(&holdfast_license::Update { actions: list(&[CRITICAL]), ..errand(2) }),
            3,
            "item 99 must be understood",
        ),
        (
            "a meter that is not there",
            by_desk(&License { meters: holdfast_document::List::EMPTY, ..full_license() }),
            3,
            "its parts contradict each other",
        ),
        ("made by another key", elsewhere, 3, "signature of link 0 does not hold"),
        (
            "under another delegation",
            Signer::desk()
                .document(&full_license(), &[Signer::vendor().link(&Delegation { first: 2, ..desk() })]),
            3,
            "names another signer",
        ),
        (
            "under a delegation of no use here",
            Signer::desk().document(
                &full_license(),
                &[Signer::vendor().link(&desk()), Signer::desk().link(&full_license())],
            ),
            3,
            "not one that may stand under",
        ),
        (
            "beyond its kinds",
            under(&Delegation { kinds: Kinds::of(Kind::Update), ..desk() }),
            3,
            "not reach that far: kinds",
        ),
        (
            "beyond its numbers",
            under(&Delegation { last: 149, ..desk() }),
            3,
            "not reach that far: quota numbers",
        ),
        (
            "beyond its products",
            under(&Delegation { scope: scope("viewer", "eu", "cut"), ..desk() }),
            3,
            "not reach that far: products",
        ),
        (
            "beyond its regions",
            under(&Delegation { scope: scope("cutter", "us", "cut"), ..desk() }),
            3,
            "not reach that far: regions",
        ),
        (
            "beyond its features",
            under(&Delegation { scope: scope("cutter", "eu", "paint"), ..desk() }),
            3,
            "not reach that far: features",
        ),
        ("beyond its class", device_of(Class::PROTECTED_MCU, true), 3, "not reach that far: class"),
        (
            "after its time",
            under(&Delegation { until: NOW.plus(1), from: NOW, issued: NOW, ..desk() }),
            0,
            "good: a license",
        ),
        ("before its time", under(&Delegation { from: NOW.plus(DAY), ..desk() }), 3, "delegation runs from"),
        (
            "a development device",
            device_of(Class::GLITCHABLE_MCU, false),
            3,
            "development and production never mix",
        ),
        (
            "a device of an unknown maker",
            Signer::stranger().document(&Device { signer: holdfast_crypto::Hash::ZERO, ..dongle() }, &[]),
            3,
            "no maker that the vendor accepts",
        ),
        (
            "a statement to another vendor",
            by_dongle(&Statement { vendor: holdfast_document::VendorId([7; 16]), ..statement() }),
            3,
            "it names vendor 07070707",
        ),
        (
            "another vendor's founding record",
            Signer::vendor().document(&Vendor { name: name("other"), ..founding_record() }, &[]),
            3,
            "it names vendor",
        ),
        ("a good one", delegation, 0, "good: a delegation"),
    ];
    let mut sentences = Vec::new();
    for (fault, document, expected, part) in cases {
        let (code, out, err) = verify(&document);
        let said = format!("{out}{err}");
        assert_eq!((code, said.contains(part)), (expected, true), "{fault}: {said}");
        sentences.push(format!("{fault}\n    [{code}] {}\n", said.trim_end().replace('\n', "\n        ")));
    }
    crate::snapshots::compare("bad-input", &sentences.concat());
}

#[test]
fn the_wrong_kind_in_the_place_of_a_record_is_named_and_so_is_a_later_one() {
    let folder = folder();
    put(folder.path(), "a.license", &by_desk(&full_license()));
    put(folder.path(), "later.vendor", &Signer::recovery().document_under(1, &second_record(), &[]));
    let with = |vendor: &str| -> Said { run(folder.path(), &format!("verify a.license --vendor {vendor}")) };
    for (vendor, part) in [
        ("a.license", "this is a license, and a vendor is needed here; name the right file\n"),
        ("later.vendor", "this vendor's document 1 does not follow the one before it"),
    ] {
        let (code, out, err) = with(vendor);
        assert_eq!((code, out.as_str(), err.contains(part)), (3, "", true), "{err}");
    }
    assert_eq!(with("gone.vendor").0, 1);
    // A delegation that has ended since counts where somebody asks for that day.
    let (code, _, err) = with("acme.vendor --at 2028-01-01");
    assert_eq!(
        (code, err.contains("from 2026-03-01 until 2027-03-01, and now is 2028-01-01")),
        (3, true),
        "{err}"
    );
}

#[test]
fn every_truncation_and_a_flip_in_every_byte_is_refused() {
    for (kind, _, document) in all() {
        let record = founding();
        let vendor = vendor_id();
        for length in 0..document.len() {
            let heap = [document[..length].to_vec(), record.clone()];
            assert!(holdfast_audit::verify(&heap, vendor, NOW)[0].is_err(), "{kind} cut to {length}");
        }
        // Each bit in its turn is for the document's own tests; here each byte of each kind.
        for place in (0..document.len()).step_by(23) {
            let mut flipped = document.clone();
            flipped[place] ^= 1 << (place % 8);
            let heap = [flipped, record.clone()];
            let verdict = &holdfast_audit::verify(&heap, vendor, NOW)[0];
            assert!(verdict.is_err(), "{kind}: bit {} of byte {place}: {verdict:?}", place % 8);
        }
    }
}
