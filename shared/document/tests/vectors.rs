//! The golden vectors of the kinds in this crate: what is on the wire, byte for byte, for whoever
//! reads it in another language. Keys are P-256 scalars of 32 times one byte (see `keys`).

mod cast;
mod golden;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation, RevokedFirmware};
use holdfast_document::{
    Authority, Body, Delegation, Device, DeviceId, DongleId, Kind, Kinds, Manifest, Received, Revocations,
    Root, Scope, Time, TimeToken, TpmName, V1, Vendor, limits,
};
use serde_json::json;

fn vendor_root() -> Root {
    let document = Signer::vendor().document(&founding_record(), &[]);
    Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
}

#[test]
fn vendor_documents_are_as_the_vectors_say() {
    let (founding, second) = (founding_record(), second_record());
    let first_document = Signer::vendor().document(&founding, &[]);
    let second_document = Signer::recovery().document_under(1, &second, &[]);
    let first = Vendor::found::<RustCrypto>(&Received::parse(&first_document).unwrap()).unwrap();
    let received = Received::parse(&second_document).unwrap();
    let next = Vendor::succeed::<RustCrypto>(&received, &first).unwrap();
    let mut vectors = [
        golden::signed("founding record", &founding, &first_document, &first.root()),
        golden::signed("succession", &second, &second_document, &next.root()),
    ];
    vectors[0]["vendor_id"] = json!(first.id());
    vectors[1]["vendor_id"] = json!(next.id());
    golden::hold("vendor.json", &json!(vectors));
}

#[test]
fn device_documents_are_as_the_vectors_say() {
    let document = Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]);
    let root = Root::of_maker(Signer::maker().key);
    let received = Received::parse(&document).unwrap();
    assert_eq!(received.verify::<RustCrypto, Device<'_>>(&root, NOW).unwrap().body(), &dongle());
    let mut by_batch = golden::signed("by a batch key", &dongle(), &document, &root);
    by_batch["dongle_id"] = json!(dongle().id());
    by_batch["maker_id"] = json!(maker_id());
    golden::hold("device.json", &json!([by_batch]));
}

#[test]
fn delegations_are_as_the_vectors_say() {
    let maker_root = Root::of_maker(Signer::maker().key);
    let to_desk = Signer::vendor().document(&desk(), &[]);
    let to_reseller = Signer::desk().document(&reseller(), &[Signer::vendor().link(&desk())]);
    let to_batch = Signer::maker().document(&batch(), &[]);
    for (document, root) in
        [(&to_desk, vendor_root()), (&to_reseller, vendor_root()), (&to_batch, maker_root)]
    {
        Received::parse(document).unwrap().verify::<RustCrypto, Delegation<'_>>(&root, NOW).unwrap();
    }
    let approvals = Delegation { kinds: Kinds::APPROVAL, may_delegate: false, ..desk() };
    golden::hold(
        "delegation.json",
        &json!([
            golden::signed("vendor to desk", &desk(), &to_desk, &vendor_root()),
            golden::signed("desk to reseller", &reseller(), &to_reseller, &vendor_root()),
            golden::signed("maker to batch key", &batch(), &to_batch, &maker_root),
            golden::body("vendor to approval key", &approvals),
        ]),
    );
}

#[test]
fn time_tokens_are_as_the_vectors_say() {
    let token = TimeToken {
        version: V1,
        signer: digest(&desk()),
        vendor: vendor_id(),
        answers: Hash([0x5a; 32]),
        time: NOW.plus(DAY),
    };
    let document = Signer::desk().document(&token, &[Signer::vendor().link(&desk())]);
    Received::parse(&document).unwrap().verify::<RustCrypto, TimeToken>(&vendor_root(), NOW).unwrap();
    golden::hold("time_token.json", &json!([golden::signed("by a desk", &token, &document, &vendor_root())]));
}

fn revocations(part: Part, entries: &[Revoked<'static>]) -> Revocations<'static> {
    Revocations {
        version: V1,
        signer: digest(&founding_record()),
        issued: NOW,
        root: Authority::Vendor(vendor_id()),
        number: 300,
        part,
        entries: list(entries),
    }
}

#[test]
fn revocations_are_as_the_vectors_say() {
    let part_0 = revocations(
        Part::Zero,
        &[
            Revoked::Delegation(RevokedDelegation { body: digest(&desk()), from_number: 0 }),
            Revoked::Delegation(RevokedDelegation { body: digest(&reseller()), from_number: 150 }),
            Revoked::Firmware(RevokedFirmware { board: name("key-one"), version: 7 }),
        ],
    );
    let (from, to) = (DeviceId::Dongle(DongleId([0; 16])), DeviceId::Dongle(DongleId([0x7f; 16])));
    let span =
        revocations(Part::Span { from, to }, &[Revoked::Device(DeviceId::Dongle(DongleId([0x11; 16])))]);
    let (from, to) = (DeviceId::Tpm(TpmName([0; 34])), DeviceId::Tpm(TpmName([0xff; 34])));
    let tpms = revocations(Part::Span { from, to }, &[Revoked::Device(DeviceId::Tpm(TpmName([0x22; 34])))]);
    let documents = [&part_0, &span, &tpms].map(|body| Signer::vendor().document(body, &[]));
    for document in &documents {
        Received::parse(document)
            .unwrap()
            .verify::<RustCrypto, Revocations<'_>>(&vendor_root(), NOW)
            .unwrap();
    }
    golden::hold(
        "revocations.json",
        &json!([
            golden::signed("part 0", &part_0, &documents[0], &vendor_root()),
            golden::signed("a span of dongles", &span, &documents[1], &vendor_root()),
            golden::signed("a span of TPMs", &tpms, &documents[2], &vendor_root()),
        ]),
    );
}

#[test]
fn manifests_are_as_the_vectors_say() {
    let manifest = Manifest {
        version: V1,
        signer: digest(&batch()),
        issued: NOW,
        board: name("key-one"),
        firmware: 8,
        counter: 3,
        length: 262_144,
        hash: Hash([0xa5; 32]),
    };
    let document = Signer::batch().document(&manifest, &[Signer::maker().link(&batch())]);
    let root = Root::of_maker(Signer::maker().key);
    Received::parse(&document).unwrap().verify::<RustCrypto, Manifest<'_>>(&root, NOW).unwrap();
    golden::hold("manifest.json", &json!([golden::signed("by a delegate", &manifest, &document, &root)]));
}

#[test]
fn the_keys_of_the_vectors_are_as_they_say() {
    let keys: Vec<_> =
        (1..=13).map(|seed| json!({ "byte": seed, "public": Signer::new(seed).key })).collect();
    golden::hold("keys.json", &json!({ "secret": "32 times the byte", "keys": keys }));
}

#[test]
fn the_largest_body_of_each_kind_is_within_its_limit() {
    let end = Time(u64::MAX);
    let full = Hash([255; 32]);
    let vendor = Vendor {
        number: 7,
        previous: full,
        name: long_name('x'),
        revealed: Some(Signer::recovery().key),
        makers: list(&[1, 2, 3, 4].map(|seed| Signer::new(seed).key)),
        issued: end,
        ..second_record()
    };
    let device = Device { model: long_name('x'), issued: end, ..dongle() };
    let nine = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(long_name);
    let delegation = Delegation {
        issued: end,
        kinds: Kinds(u16::MAX - Kinds::APPROVAL.0),
        from: Time(u64::MAX - 1),
        until: end,
        first: u32::MAX,
        last: u32::MAX,
        scope: Scope::Vendor {
            vendor: vendor_id(),
            products: list(&nine[..4]),
            regions: list(&nine[4..6]),
            features: list(&nine[6..]),
        },
        ..desk()
    };
    let token =
        TimeToken { version: V1, signer: full, vendor: vendor_id(), answers: full, time: Time(u64::MAX) };
    let manifest = Manifest {
        version: V1,
        signer: full,
        issued: end,
        board: long_name('x'),
        firmware: u32::MAX,
        counter: u32::MAX,
        length: u32::MAX,
        hash: full,
    };
    let delegations =
        [Revoked::Delegation(RevokedDelegation { body: full, from_number: 0 }); limits::REVOCATIONS_KEPT];
    let revocations = Revocations { number: u32::MAX, issued: end, ..revocations(Part::Zero, &delegations) };
    let lengths = [
        (Kind::Vendor, encode(&vendor).len(), vendor.check()),
        (Kind::Device, encode(&device).len(), device.check()),
        (Kind::Delegation, encode(&delegation).len(), delegation.check()),
        (Kind::TimeToken, encode(&token).len(), token.check()),
        (Kind::Manifest, encode(&manifest).len(), manifest.check()),
        (Kind::Revocations, encode(&revocations).len(), revocations.check()),
    ];
    for (kind, length, check) in lengths {
        println!("{kind}: {length} of {}", kind.limit());
        assert_eq!(check, Ok(()), "{kind}");
        assert!(length <= kind.limit(), "{kind}: {length}");
    }
}
