//! What was changed on its way is not taken: each bit, each length, each encoding, each field of
//! the envelope.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto, Signature};
use holdfast_document::{
    Body, Delegation, Device, Document, DocumentError, Kind, Link, List, Manifest, Received, Root, Time,
    TimeToken, V1, Vendor, VendorId, limits, strict,
};
use proptest::prelude::*;
use std::sync::OnceLock;

fn token() -> TimeToken {
    TimeToken {
        version: V1,
        signer: digest(&reseller()),
        vendor: vendor_id(),
        answers: Hash([0x5a; 32]),
        time: NOW.plus(DAY),
    }
}

/// A reseller that may give time, so that two links are walked.
fn reseller() -> Delegation<'static> {
    Delegation { kinds: holdfast_document::Kinds::of(Kind::TimeToken), ..cast::reseller() }
}

fn chain() -> [Link<'static>; 2] {
    [Signer::vendor().link(&desk()), Signer::desk().link(&reseller())]
}

fn root() -> Root {
    static ROOT: OnceLock<Root> = OnceLock::new();
    *ROOT.get_or_init(|| {
        let document = Signer::vendor().document(&founding_record(), &[]);
        Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
    })
}

fn signed() -> Vec<u8> {
    Signer::reseller().document(&token(), &chain())
}

fn take(bytes: &[u8]) -> Result<(), DocumentError> {
    Received::parse(bytes)?.verify::<RustCrypto, TimeToken>(&root(), NOW).map(|_| ())
}

/// The token's envelope with something done to it.
fn changed(change: impl FnOnce(&mut Document<'static>)) -> Vec<u8> {
    let mut document: Document<'static> = strict::decode(signed().leak()).unwrap();
    change(&mut document);
    encode(&document).to_vec()
}

/// A body of bytes that are signed as they are.
fn signed_bytes(body: &'static [u8]) -> Vec<u8> {
    envelope(0, Kind::TimeToken, body, Signer::reseller().sign(Kind::TimeToken, body), &chain())
}

#[test]
fn every_bit_flip_of_a_signed_document_fails() {
    let document = signed();
    assert_eq!(take(&document), Ok(()));
    for place in 0..document.len() {
        for bit in 0..8 {
            let mut flipped = document.clone();
            flipped[place] ^= 1 << bit;
            assert!(take(&flipped).is_err(), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn every_bit_flip_of_a_founding_record_fails_or_founds_nobody_we_know() {
    let document = Signer::vendor().document(&founding_record(), &[]);
    let known = vendor_id();
    for place in 0..document.len() {
        for bit in 0..8 {
            let mut flipped = document.clone();
            flipped[place] ^= 1 << bit;
            let found = Received::parse(&flipped)
                .and_then(|received| Vendor::found_as::<RustCrypto>(&received, known).map(|_| ()));
            assert!(found.is_err(), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn a_document_cut_at_any_byte_or_followed_by_one_is_malformed() {
    let document = signed();
    for length in 0..document.len() {
        assert_eq!(take(&document[..length]), Err(DocumentError::Malformed), "{length} bytes");
    }
    assert_eq!(take(&[&document[..], &[0]].concat()), Err(DocumentError::Malformed));
}

#[test]
fn a_body_cut_at_any_byte_or_followed_by_one_is_malformed_though_it_is_signed() {
    let body = encode(&token());
    assert_eq!(take(&signed_bytes(body)), Ok(()));
    for length in 0..body.len() {
        assert_eq!(take(&signed_bytes(&body[..length])), Err(DocumentError::Malformed), "{length} bytes");
    }
    assert_eq!(take(&signed_bytes([body, &[0]].concat().leak())), Err(DocumentError::Malformed));
}

#[test]
fn an_integer_with_a_needless_byte_is_malformed_though_it_is_signed() {
    let body = encode(&token());
    let (last, before) = body.split_last().unwrap();
    assert!(*last < 128, "the time is the last field");
    let longer = [before, &[*last | 128, 0]].concat().leak();
    let lax: TimeToken = postcard::from_bytes(longer).unwrap();
    assert_eq!(lax, token(), "postcard itself takes it");
    assert_eq!(take(&signed_bytes(longer)), Err(DocumentError::Malformed));
}

#[test]
fn a_version_that_is_not_known_is_told_from_a_broken_body() {
    let body = [&[2], &encode(&token())[1..]].concat().leak();
    assert_eq!(take(&signed_bytes(body)), Err(DocumentError::UnknownVersion { found: 2 }));
    assert_eq!(take(&signed_bytes(&[])), Err(DocumentError::Malformed));
}

#[test]
fn a_kind_is_not_taken_for_another() {
    let manifest = Signer::maker().document(
        &Manifest {
            version: V1,
            signer: Hash::ZERO,
            issued: NOW,
            board: name("key-one"),
            firmware: 1,
            counter: 1,
            length: 1,
            hash: Hash::ZERO,
        },
        &[],
    );
    let expected = DocumentError::WrongKind { expected: Kind::TimeToken, found: Kind::Manifest };
    assert_eq!(take(&manifest), Err(expected));

    // The kind is in what is signed, so that changing the number is a bad signature.
    let as_manifest = changed(|document| document.kind = Kind::Manifest as u8);
    let root = Root { authority: holdfast_document::Authority::Maker(maker_id()), ..root() };
    let taken = Received::parse(&as_manifest).unwrap().verify::<RustCrypto, Manifest<'_>>(&root, NOW);
    assert!(taken.is_err());
    let body = encode(&token());
    let signature = Signer::reseller().sign(Kind::Update, body);
    let other_label = envelope(0, Kind::TimeToken, body, signature, &chain());
    assert_eq!(take(&other_label), Err(DocumentError::BadSignature { link: 2 }));

    assert_eq!(take(&changed(|document| document.kind = 11)), Err(DocumentError::UnknownKind { found: 11 }));
    assert_eq!(take(&changed(|document| document.kind = 0)), Err(DocumentError::UnknownKind { found: 0 }));
}

#[test]
fn each_field_of_the_envelope_has_its_own_error() {
    let other_algorithm = changed(|document| document.algorithm = 2);
    assert_eq!(take(&other_algorithm), Err(DocumentError::WrongAlgorithm { found: 2 }));
    let other_root = changed(|document| document.root = 1);
    assert_eq!(take(&other_root), Err(DocumentError::UnknownRoot { number: 1 }));
    let unsigned = changed(|document| document.signature = Signature::ZERO);
    assert_eq!(take(&unsigned), Err(DocumentError::BadSignature { link: 2 }));
    let by_stranger = changed(|document| {
        document.signature = Signer::stranger().sign(Kind::TimeToken, document.body);
    });
    assert_eq!(take(&by_stranger), Err(DocumentError::BadSignature { link: 2 }));
}

#[test]
fn each_field_of_a_link_has_its_own_error() {
    let [first, second] = chain();
    let with = |first: Link<'static>, second: Link<'static>| {
        take(&Signer::reseller().document(&token(), &[first, second]))
    };
    assert_eq!(with(first, second), Ok(()));
    let other_algorithm = Link { algorithm: 2, ..first };
    assert_eq!(with(other_algorithm, second), Err(DocumentError::WrongAlgorithm { found: 2 }));
    let unknown = Link { kind: 77, ..first };
    assert_eq!(with(unknown, second), Err(DocumentError::UnknownKind { found: 77 }));
    let license = Link { kind: Kind::License as u8, ..first };
    assert_eq!(with(license, second), Err(DocumentError::BadChain));
    let unsigned = Link { signature: Signature::ZERO, ..first };
    assert_eq!(with(unsigned, second), Err(DocumentError::BadSignature { link: 0 }));
    let by_stranger = Link { signature: Signer::stranger().sign(Kind::Delegation, second.body), ..second };
    assert_eq!(with(first, by_stranger), Err(DocumentError::BadSignature { link: 1 }));
}

#[test]
fn a_body_that_names_another_signer_is_refused_though_the_signature_holds() {
    let elsewhere = TimeToken { signer: digest(&desk()), ..token() };
    let document = Signer::reseller().document(&elsewhere, &chain());
    assert_eq!(take(&document), Err(DocumentError::WrongSigner { link: 2 }));
    let orphan = Delegation { signer: Hash::ZERO, ..desk() };
    let document = Signer::reseller().document(&token(), &[Signer::vendor().link(&orphan), chain()[1]]);
    assert_eq!(take(&document), Err(DocumentError::WrongSigner { link: 0 }));
}

#[test]
fn what_is_too_long_is_refused_before_any_work() {
    let long = vec![0; limits::DOCUMENT + 1];
    let expected = DocumentError::TooLong { length: limits::DOCUMENT + 1, limit: limits::DOCUMENT };
    assert_eq!(take(&long), Err(expected));
    let body = vec![1; limits::TIME_TOKEN + 1].leak();
    // The signature is not even a curve point: it was not looked at.
    let document = envelope(0, Kind::TimeToken, body, Signature::ZERO, &chain());
    let expected = DocumentError::TooLong { length: limits::TIME_TOKEN + 1, limit: limits::TIME_TOKEN };
    assert_eq!(take(&document), Err(expected));
    // One byte less is not too long, whatever else it is.
    assert_eq!(take(&signed_bytes(vec![1; limits::TIME_TOKEN].leak())), Err(DocumentError::Malformed));
    let link = Link { body: vec![1; limits::DELEGATION + 1].leak(), ..chain()[0] };
    let document = Signer::reseller().document(&token(), &[link]);
    let expected = DocumentError::TooLong { length: limits::DELEGATION + 1, limit: limits::DELEGATION };
    assert_eq!(take(&document), Err(expected));
}

#[test]
fn a_delegation_is_not_parsed_before_its_signature_held() {
    // Malformed inside, and signed by a stranger: the signature is what is complained about.
    let link = Link {
        body: &[1, 2, 3],
        signature: Signer::stranger().sign(Kind::Delegation, &[1, 2, 3]),
        ..chain()[0]
    };
    let document = Signer::reseller().document(&token(), &[link]);
    assert_eq!(take(&document), Err(DocumentError::BadSignature { link: 0 }));
    let link = Link { signature: Signer::vendor().sign(Kind::Delegation, link.body), ..link };
    let document = Signer::reseller().document(&token(), &[link]);
    assert_eq!(take(&document), Err(DocumentError::Malformed));
}

/// A key of an algorithm that is not known here signs nothing, though key and envelope agree on it.
#[test]
fn an_algorithm_that_is_not_known_is_refused_though_its_key_has_it() {
    let reseller = Delegation { algorithm: 2, ..reseller() };
    let chain = [chain()[0], Signer::desk().link(&reseller)];
    let document = Signer::reseller().document(&TimeToken { signer: digest(&reseller), ..token() }, &chain);
    assert_eq!(take(&document), Err(DocumentError::WrongAlgorithm { found: 1 }));
    let mut document: Document<'static> = strict::decode(document.leak()).unwrap();
    document.algorithm = 2;
    assert_eq!(take(encode(&document)), Err(DocumentError::WrongAlgorithm { found: 2 }));
}

#[test]
fn a_chain_with_unsound_framing_is_malformed() {
    for bytes in [&[5][..], &[0x80], &[0x80, 0], &[0], &[3, 1, 2, 3]] {
        let document = changed(|document| document.chain = List::from_bytes(bytes));
        assert_eq!(take(&document), Err(DocumentError::Malformed), "{bytes:?}");
    }
}

#[test]
fn a_document_joined_with_its_stored_chain_is_verified_along_it() {
    let bare = changed(|document| document.chain = List::EMPTY);
    let received = Received::parse(&bare).unwrap();
    assert!(received.is_without_chain());
    let root = root();
    assert!(received.verify::<RustCrypto, TimeToken>(&root, NOW).is_err());
    let joined = received.under(list(&chain()));
    let verified = joined.verify::<RustCrypto, TimeToken>(&root, NOW).unwrap();
    assert_eq!(verified.first_link(), Some(digest(&desk())));
    assert_eq!(verified.digest(), digest(&token()));
    // Nobody can make a device walk more links than there may be.
    let endless = received.under(list(&vec![chain()[0]; 30]));
    assert!(endless.verify::<RustCrypto, TimeToken>(&root, NOW).is_err());
}

#[test]
fn a_makers_root_cannot_found_a_vendor() {
    let record = Vendor { root: Signer::maker().key, ..founding_record() };
    let document = Signer::maker().document(&record, &[]);
    let maker = Root::of_maker(Signer::maker().key);
    let taken = Received::parse(&document).unwrap().verify::<RustCrypto, Vendor<'_>>(&maker, NOW);
    assert_eq!(taken.unwrap_err(), DocumentError::WrongAuthority);
}

#[test]
fn a_device_document_shows_no_more_than_it_was_given() {
    let document = Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]);
    let received = Received::parse(&document).unwrap();
    let maker = Root::of_maker(Signer::maker().key);
    let verified = received.verify::<RustCrypto, Device<'_>>(&maker, Time(0)).unwrap();
    assert_eq!(verified.body(), &dongle());
    assert_eq!(verified.delegation().unwrap().key, Signer::batch().key);
    assert_eq!(verified.authority(), holdfast_document::Authority::Maker(maker_id()));
}

proptest! {
    /// Garbage is refused, and nothing panics.
    #[test]
    fn garbage_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(take(&bytes).is_err());
    }

    /// One body, one byte string: what reads at all is written back as it was.
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(
        place in 0usize..460, with in any::<u8>(), insert in any::<bool>(),
    ) {
        let bodies: [&[u8]; 4] =
            [encode(&founding_record()), encode(&desk()), encode(&batch()), encode(&dongle())];
        for body in bodies {
            let mut bytes = body.to_vec();
            let place = place % bytes.len();
            if insert { bytes.insert(place, with) } else { bytes[place] = with }
            let again = [
                strict::decode::<Vendor<'_>>(&bytes).ok().map(|value| encode(&value)),
                strict::decode::<Delegation<'_>>(&bytes).ok().map(|value| encode(&value)),
                strict::decode::<Device<'_>>(&bytes).ok().map(|value| encode(&value)),
            ];
            for encoding in again.into_iter().flatten() {
                prop_assert_eq!(encoding, &bytes[..]);
            }
        }
    }
}

#[test]
fn a_list_holds_one_encoding_of_each_item() {
    let padded = List::from_bytes(&[0x86, 0, b'c', b'u', b't', b't', b'e', b'r']);
    let scope = holdfast_document::Scope::Vendor {
        vendor: VendorId::ZERO,
        products: padded,
        regions: List::EMPTY,
        features: List::EMPTY,
    };
    assert_eq!(Delegation { scope, ..desk() }.check(), Err(DocumentError::Malformed));
}
