//! What bodies, values and errors say of themselves: to code that asks, on the wire, and to people.

mod cast;
mod golden;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::name::check_text;
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation, RevokedFirmware};
use holdfast_document::{
    Authority, Body, Class, Delegation, Device, DeviceId, DocumentError, DongleId, Kind, Kinds, Limit, List,
    Manifest, Name, Received, Revocations, Time, TimeToken, TpmName, Units, V1, Vendor, VendorId, limits,
};
use serde_json::{Value, json};

fn token() -> TimeToken {
    TimeToken {
        version: V1,
        signer: digest(&desk()),
        vendor: vendor_id(),
        answers: Hash([1; 32]),
        time: NOW.plus(1),
    }
}

fn manifest() -> Manifest<'static> {
    let board = name("key-one");
    let (firmware, counter, length, hash) = (8, 3, 262_144, Hash([0xa5; 32]));
    Manifest {
        version: V1,
        signer: digest(&batch()),
        issued: NOW.plus(2),
        board,
        firmware,
        counter,
        length,
        hash,
    }
}

fn revocations() -> Revocations<'static> {
    Revocations {
        version: V1,
        signer: digest(&desk()),
        issued: NOW.plus(3),
        root: Authority::Vendor(vendor_id()),
        number: 1,
        part: Part::Zero,
        entries: List::EMPTY,
    }
}

#[test]
fn every_body_says_who_signed_it_when_and_for_whom() {
    fn says(body: &impl Body<'static>) -> (Hash, Time, Option<Authority>, Option<u32>, Option<bool>) {
        (body.signer(), body.issued(), body.authority(), body.number(), body.production())
    }
    let (vendor, maker) = (Some(Authority::Vendor(vendor_id())), Some(Authority::Maker(maker_id())));
    let (of_desk, of_batch) = (digest(&desk()), digest(&batch()));
    let founding = Vendor { issued: NOW.plus(4), ..founding_record() };
    assert_eq!(
        says(&founding),
        (Hash::ZERO, NOW.plus(4), Some(Authority::Vendor(VendorId::ZERO)), None, None)
    );
    let delegation = Delegation { issued: NOW.plus(5), ..reseller() };
    assert_eq!(says(&delegation), (of_desk, NOW.plus(5), vendor, None, None));
    assert_eq!(says(&token()), (of_desk, NOW.plus(1), vendor, None, None));
    assert_eq!(says(&revocations()), (of_desk, NOW.plus(3), vendor, None, None));
    assert_eq!(says(&manifest()), (of_batch, NOW.plus(2), None, None, None));
    for production in [true, false] {
        let device = Device { issued: NOW.plus(6), production, ..dongle() };
        assert_eq!(says(&device), (of_batch, NOW.plus(6), maker, None, Some(production)));
    }
    assert_eq!(founding.within(&desk()), Err(Limit::Kinds), "no delegate signs for a root");
}

/// A delegate's office has hours; what it signs must say a time within them.
#[test]
fn a_part_of_revocations_names_only_what_belongs_into_it() {
    let dongle = |byte| DeviceId::Dongle(DongleId([byte; 16]));
    let tpm = |byte| DeviceId::Tpm(TpmName([byte; 34]));
    let span = |from, to| Part::Span { from, to };
    let delegation = Revoked::Delegation(RevokedDelegation { body: Hash([1; 32]), from_number: 0 });
    let firmware = Revoked::Firmware(RevokedFirmware { board: name("key-one"), version: 7 });
    let with = |part, entries: &[_]| Revocations { part, entries: list(entries), ..revocations() }.check();
    for (part, entry) in [
        (Part::Zero, delegation),
        (Part::Zero, firmware),
        (span(dongle(3), dongle(5)), Revoked::Device(dongle(3))),
        (span(dongle(3), dongle(5)), Revoked::Device(dongle(5))),
        (span(tpm(3), tpm(3)), Revoked::Device(tpm(3))),
    ] {
        assert_eq!(with(part, &[entry]), Ok(()), "{part:?} {entry:?}");
    }
    for (part, entry) in [
        (Part::Zero, Revoked::Device(dongle(4))),
        (span(dongle(3), dongle(5)), delegation),
        (span(dongle(3), dongle(5)), firmware),
        (span(dongle(3), dongle(5)), Revoked::Device(dongle(2))),
        (span(dongle(3), dongle(5)), Revoked::Device(dongle(6))),
        // Of another sort, though its bytes lie between the ends.
        (span(dongle(3), dongle(5)), Revoked::Device(tpm(4))),
    ] {
        assert_eq!(with(part, &[entry]), Err(DocumentError::Inconsistent), "{part:?} {entry:?}");
    }
    // A span of two sorts of devices, or from its end to its beginning, spans nothing.
    for part in [span(dongle(3), tpm(5)), span(tpm(3), dongle(5)), span(dongle(5), dongle(3))] {
        assert_eq!(with(part, &[]), Err(DocumentError::Inconsistent), "{part:?}");
    }
    // What every device keeps is bounded.
    assert_eq!(with(Part::Zero, &[delegation; limits::REVOCATIONS_KEPT]), Ok(()));
    let many = [delegation; limits::REVOCATIONS_KEPT + 1];
    assert_eq!(with(Part::Zero, &many), Err(DocumentError::TooMany));
}

#[test]
fn what_is_issued_after_its_signers_time_is_out_of_force() {
    let vendor = Signer::vendor().document(&founding_record(), &[]);
    let root = Vendor::found::<RustCrypto>(&Received::parse(&vendor).unwrap()).unwrap().root();
    let over = desk().until;
    let expected = Err(DocumentError::OutOfForce { from: desk().from, until: over, now: over });
    let chain = [Signer::vendor().link(&desk())];
    let take = |document: Vec<u8>| {
        let document: &'static [u8] = document.leak();
        let received = Received::parse(document)?;
        match received.kind() {
            Kind::TimeToken => received.verify::<RustCrypto, TimeToken>(&root, NOW).map(drop),
            Kind::Delegation => received.verify::<RustCrypto, Delegation<'_>>(&root, NOW).map(drop),
            _ => received.verify::<RustCrypto, Revocations<'_>>(&root, NOW).map(drop),
        }
    };
    let desk = Signer::desk();
    assert_eq!(take(desk.document(&TimeToken { time: over, ..token() }, &chain)), expected);
    assert_eq!(take(desk.document(&TimeToken { time: Time(over.0 - 1), ..token() }, &chain)), Ok(()));
    assert_eq!(take(desk.document(&Revocations { issued: over, ..revocations() }, &chain)), expected);
    let reseller = Delegation { issued: over, ..reseller() };
    assert_eq!(take(desk.document(&reseller, &chain)), expected);
    // As a link, too: under an office that was closed nothing can be handed on.
    let token = TimeToken { signer: digest(&reseller), ..token() };
    let links = [chain[0], desk.link(&reseller)];
    assert_eq!(take(Signer::reseller().document(&token, &links)), expected);
}

#[test]
fn a_right_beyond_its_kind_is_the_roots_and_of_who_was_given_it() {
    let vendor = Signer::vendor().document(&founding_record(), &[]);
    let root = Vendor::found::<RustCrypto>(&Received::parse(&vendor).unwrap()).unwrap().root();
    let by = |kinds: Kinds| {
        let desk = Delegation { kinds, ..desk() };
        let token = TimeToken { signer: digest(&desk), ..token() };
        let document: &'static [u8] = Signer::desk().document(&token, &[Signer::vendor().link(&desk)]).leak();
        Received::parse(document).unwrap().verify::<RustCrypto, TimeToken>(&root, NOW).unwrap()
    };
    let tokens = Kinds::of(Kind::TimeToken);
    assert!(by(tokens.and(Kinds::ANSWER)).may(Kinds::ANSWER));
    assert!(!by(tokens).may(Kinds::ANSWER));
    assert!(by(tokens).device().is_none());
    let token = TimeToken { signer: root.body, ..token() };
    let document = Signer::vendor().document(&token, &[]);
    let by_root = Received::parse(&document).unwrap().verify::<RustCrypto, TimeToken>(&root, NOW).unwrap();
    assert!(by_root.may(Kinds::ANSWER));
    assert_eq!(tokens.and(tokens), tokens, "a set with itself is itself");
}

#[test]
fn only_the_vendor_that_is_expected_is_found() {
    let document = Signer::vendor().document(&founding_record(), &[]);
    let received = Received::parse(&document).unwrap();
    assert!(Vendor::found_as::<RustCrypto>(&received, vendor_id()).is_ok());
    let other = Vendor::found_as::<RustCrypto>(&received, VendorId([7; 16]));
    assert_eq!(other.err(), Some(DocumentError::OtherVendor { found: vendor_id() }));
}

#[test]
fn only_a_loan_stands_on_another_document() {
    for number in 1..=10 {
        let kind = Kind::from_number(number).unwrap();
        assert_eq!(kind.stands_on(), (kind == Kind::Loan).then_some(Kind::License));
        assert_eq!(format!("[{kind:>12}]"), format!("[{:>12}]", kind.name()));
    }
}

#[test]
fn the_longest_that_is_allowed_is_allowed() {
    let is_long = |error: Option<DocumentError>| matches!(error, Some(DocumentError::TooLong { .. }));
    assert!(!is_long(Received::parse(&[0; limits::DOCUMENT]).err()));
    // Six links: two under the vendor's root, the license, two under the maker's, the device.
    let link = Signer::stranger().link(&desk());
    let chain = |links| Received::parse(&Signer::stranger().document(&token(), &vec![link; links])).map(drop);
    assert_eq!((chain(6), chain(7)), (Ok(()), Err(DocumentError::BadChain)));
    let totals = u64::from_le_bytes([255, 255, 255, 255, 255, 0, 0, 0]);
    assert_eq!(limits::UNITS - 1, totals, "five bytes in storage");
    let text = "x".repeat(9);
    assert_eq!((check_text(&text, 9), check_text(&text, 8)), (Ok(()), Err(DocumentError::TooMany)));
    assert_eq!(check_text("two\nlines", 9), Err(DocumentError::Malformed));
    assert_eq!(check_text("", 9), Ok(()));
}

#[test]
fn values_say_what_they_are() {
    let name = Name::new("cutter").unwrap();
    assert_eq!(
        (name.length_byte(), name.to_string(), format!("{name:?}")),
        ([6], "cutter".into(), "\"cutter\"".into())
    );
    assert_eq!(format!("[{name:>8}]"), "[  cutter]");
    assert_eq!((Time(7).to_string(), Units(8).to_string()), ("7".into(), "8".into()));
    assert_eq!((Time(9).since(Time(4)), Time(4).since(Time(9))), (5, 0));
    for (scale, level) in [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 3)] {
        let class = Class { scale, level };
        assert_eq!(class.number(), 256 * u64::from(scale) + u64::from(level));
        assert_eq!(Class::from_number(class.number()), Some(class));
    }
    let said = [Class::SIMULATOR, Class::SECURE_ELEMENT, Class::DISCRETE_TPM].map(|class| class.to_string());
    assert_eq!(said, ["simulator", "secure element", "discrete TPM"]);
    let (one, other) = (names(&["a", "b"]), names(&["a", "c"]));
    assert!(one == names(&["a", "b"]) && one != other);
    assert_eq!(format!("{one:?}"), r#"[Ok("a"), Ok("b")]"#);
}

/// Its number on the wire, the two arguments, the sentence.
#[test]
fn errors_are_as_the_vectors_say() {
    let errors = [
        DocumentError::TooLong { length: 7_425, limit: 7_424 },
        DocumentError::Malformed,
        DocumentError::UnknownVersion { found: 2 },
        DocumentError::UnknownKind { found: 11 },
        DocumentError::WrongAlgorithm { found: 2 },
        DocumentError::WrongKind { expected: Kind::Update, found: Kind::Loan },
        DocumentError::UnknownRoot { number: 1 },
        DocumentError::BadSignature { link: 2 },
        DocumentError::WrongSigner { link: 2 },
        DocumentError::BadChain,
        DocumentError::OverReach(Limit::Kinds),
        DocumentError::OverReach(Limit::Scope),
        DocumentError::OutOfForce { from: Time(3), until: Time(5), now: Time(7) },
        DocumentError::WrongAuthority,
        DocumentError::BadSuccession { number: 1 },
        DocumentError::OtherVendor { found: VendorId([1; 16]) },
        DocumentError::Mixed,
        DocumentError::UnknownItem { tag: 99 },
        DocumentError::TooMany,
        DocumentError::Inconsistent,
        DocumentError::Overtaken { number: 7 },
        DocumentError::Revoked { above: 0 },
        DocumentError::Revoked { above: 1 },
    ];
    let vectors = errors.map(|error| {
        let (code, a, b) = error.code();
        json!({ "code": code, "a": a, "b": b, "sentence": error.to_string() })
    });
    let mut codes: Vec<_> = errors.iter().map(|error| error.code().0).collect();
    codes.dedup();
    assert_eq!(codes, (201..=221).collect::<Vec<_>>(), "in order, none forgotten");
    golden::hold("errors.json", &Value::from(vectors.to_vec()));
}

#[cfg(feature = "armor")]
#[test]
fn the_longest_document_has_a_text_and_a_longer_one_has_none() {
    use holdfast_document::armor::encoded_length;
    assert!(encoded_length(Kind::License, limits::DOCUMENT).is_ok());
    for more in 1..3 {
        assert!(encoded_length(Kind::License, limits::DOCUMENT + more).is_err());
    }
}
