//! How a vendor's new root follows a lost one, and every way in which it does not.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, Key, RustCrypto};
use holdfast_document::vendor::recovery_hash;
use holdfast_document::{
    Delegation, Device, DocumentError, Kind, List, Received, Root, TimeToken, V1, Vendor, VendorId, Verified,
    limits,
};

fn received(bytes: Vec<u8>) -> Received<'static> {
    Received::parse(bytes.leak()).unwrap()
}

fn founded() -> Verified<'static, Vendor<'static>> {
    Vendor::found::<RustCrypto>(&received(Signer::vendor().document(&founding_record(), &[]))).unwrap()
}

/// What becomes of a record, number 1 in its envelope, by that signer.
fn follow(record: &Vendor<'static>, by: &Signer) -> Result<Root, DocumentError> {
    let document = received(by.document_under(record.number, record, &[]));
    Vendor::succeed::<RustCrypto>(&document, &founded()).map(|record| record.root())
}

fn found(record: &Vendor<'static>, by: &Signer) -> Result<VendorId, DocumentError> {
    let document = received(by.document_under(record.number, record, &[]));
    Vendor::found::<RustCrypto>(&document).map(|record| record.id())
}

#[test]
fn a_succession_is_followed_to_the_new_root_which_speaks_for_the_same_vendor() {
    let root = follow(&second_record(), &Signer::recovery()).unwrap();
    assert_eq!((root.number, root.key), (1, Signer::new_vendor().key));
    assert_eq!(root.authority, founded().root().authority);

    let desk = Delegation { signer: digest(&second_record()), ..desk() };
    let document = received(Signer::new_vendor().document_under(1, &desk, &[]));
    document.verify::<RustCrypto, Delegation<'_>>(&root, NOW).unwrap();
    let old = document.verify::<RustCrypto, Delegation<'_>>(&founded().root(), NOW);
    assert_eq!(old.unwrap_err(), DocumentError::UnknownRoot { number: 1 });
}

#[test]
fn a_vendors_id_is_its_founding_record_and_nothing_else() {
    assert_eq!(found(&founding_record(), &Signer::vendor()), Ok(vendor_id()));
    let renamed = Vendor { name: name("acne"), ..founding_record() };
    let found = found(&renamed, &Signer::vendor()).unwrap();
    assert_ne!(found, vendor_id());
    let document = received(Signer::vendor().document(&renamed, &[]));
    let taken = Vendor::found_as::<RustCrypto>(&document, vendor_id());
    assert_eq!(taken.unwrap_err(), DocumentError::OtherVendor { found });
}

#[test]
fn a_founding_record_is_number_0_signed_by_the_root_it_names() {
    let bad = Err(DocumentError::BadSuccession { number: 0 });
    let revealed = Some(Signer::recovery().key);
    for record in [
        Vendor { vendor: VendorId([1; 16]), ..founding_record() },
        Vendor { previous: Hash([1; 32]), ..founding_record() },
        Vendor { revealed, ..founding_record() },
    ] {
        assert_eq!(found(&record, &Signer::vendor()), bad);
    }
    assert_eq!(found(&second_record(), &Signer::recovery()), Err(DocumentError::BadSuccession { number: 1 }));
    for signer in [Signer::stranger(), Signer::recovery()] {
        assert_eq!(found(&founding_record(), &signer), Err(DocumentError::BadSignature { link: 0 }));
    }
}

#[test]
fn only_the_recovery_key_that_was_named_makes_a_new_root() {
    let record = second_record();
    for signer in [Signer::vendor(), Signer::new_vendor(), Signer::new_recovery(), Signer::stranger()] {
        assert_eq!(follow(&record, &signer), Err(DocumentError::BadSignature { link: 0 }));
        let revealed = Some(signer.key);
        let record = Vendor { revealed, ..record };
        assert_eq!(follow(&record, &signer), Err(DocumentError::BadSuccession { number: 1 }));
    }
    let unrevealed = Vendor { revealed: None, ..record };
    assert_eq!(follow(&unrevealed, &Signer::recovery()), Err(DocumentError::BadSuccession { number: 1 }));
}

#[test]
fn a_fork_a_gap_and_another_vendors_record_do_not_follow() {
    let record = second_record();
    for (number, record) in [
        (1, Vendor { previous: Hash([9; 32]), ..record }),
        (2, Vendor { number: 2, ..record }),
        (0, Vendor { number: 0, ..record }),
        (1, Vendor { vendor: VendorId([9; 16]), ..record }),
    ] {
        assert_eq!(follow(&record, &Signer::recovery()), Err(DocumentError::BadSuccession { number }));
    }
}

#[test]
fn two_records_that_both_follow_the_first_do_not_follow_each_other() {
    let fork = Vendor { name: name("acme-two"), ..second_record() };
    let first = received(Signer::recovery().document_under(1, &second_record(), &[]));
    let first = Vendor::succeed::<RustCrypto>(&first, &founded()).unwrap();
    let second = received(Signer::recovery().document_under(1, &fork, &[]));
    Vendor::succeed::<RustCrypto>(&second, &founded()).unwrap();
    let after = Vendor::succeed::<RustCrypto>(&second, &first);
    assert_eq!(after.unwrap_err(), DocumentError::BadSuccession { number: 1 });
    // Nor does a third record that names the fork follow the other one.
    let third = Vendor {
        number: 2,
        previous: digest(&fork),
        revealed: Some(Signer::new_recovery().key),
        ..second_record()
    };
    let third = received(Signer::new_recovery().document_under(2, &third, &[]));
    let after = Vendor::succeed::<RustCrypto>(&third, &first);
    assert_eq!(after.unwrap_err(), DocumentError::BadSuccession { number: 2 });
}

#[test]
fn development_and_production_never_mix() {
    let record = Vendor { production: false, ..second_record() };
    assert_eq!(follow(&record, &Signer::recovery()), Err(DocumentError::Mixed));
}

#[test]
fn a_vendor_accepts_devices_of_its_own_sort_and_of_makers_that_it_names() {
    let document = received(Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]));
    let accepted = |vendor: &Vendor<'static>| {
        document.verify_accepted::<RustCrypto, Device<'_>>(vendor, NOW).map(|device| device.id())
    };
    let (ours, others) = (Signer::maker().key, Signer::stranger().key);
    let by = |makers: &[Key]| Vendor { makers: list(makers), ..founding_record() };
    assert_eq!(accepted(&founding_record()), Ok(dongle().id()));
    assert_eq!(accepted(&by(&[others, ours])), Ok(dongle().id()));
    assert_eq!(accepted(&by(&[others])), Err(DocumentError::BadSignature { link: 0 }));
    assert_eq!(accepted(&by(&[])), Err(DocumentError::BadSignature { link: 0 }));
    let development = Vendor { production: false, ..founding_record() };
    assert_eq!(accepted(&development), Err(DocumentError::Mixed));
    let late = document.verify_accepted::<RustCrypto, Device<'_>>(&founding_record(), batch().until);
    assert!(matches!(late, Err(DocumentError::OutOfForce { .. })));
}

#[test]
fn a_succession_ends_at_its_eighth_record() {
    let mut record = founding_record();
    let mut document = received(Signer::vendor().document(&record, &[]));
    let mut last = Vendor::found::<RustCrypto>(&document).unwrap();
    for number in 1..=limits::SUCCESSION {
        let (recovery, next) =
            (Signer::new(if number == 1 { 2 } else { 20 + number }), Signer::new(21 + number));
        record = Vendor {
            vendor: vendor_id(),
            number,
            previous: digest(&record),
            revealed: Some(recovery.key),
            recovery: recovery_hash(&next.key),
            ..record
        };
        document = received(recovery.document_under(number, &record, &[]));
        match Vendor::succeed::<RustCrypto>(&document, &last) {
            Ok(verified) => last = verified,
            Err(error) => {
                assert_eq!((number, error), (limits::SUCCESSION, DocumentError::BadSuccession { number }));
                return;
            }
        }
    }
    panic!("a ninth record was taken");
}

#[test]
fn a_record_has_no_chain_and_its_number_stands_in_its_envelope() {
    let chained = Signer::vendor().document(&founding_record(), &[Signer::vendor().link(&desk())]);
    assert_eq!(Vendor::found::<RustCrypto>(&received(chained)).unwrap_err(), DocumentError::BadChain);
    let misnumbered = Signer::recovery().document_under(0, &second_record(), &[]);
    let taken = Vendor::succeed::<RustCrypto>(&received(misnumbered), &founded());
    assert_eq!(taken.unwrap_err(), DocumentError::BadChain);
}

#[test]
fn a_record_that_is_another_kind_or_too_long_or_names_five_makers_is_refused() {
    let token =
        TimeToken { version: V1, signer: Hash::ZERO, vendor: vendor_id(), answers: Hash::ZERO, time: NOW };
    let document = received(Signer::vendor().document(&token, &[]));
    let expected = DocumentError::WrongKind { expected: Kind::Vendor, found: Kind::TimeToken };
    assert_eq!(Vendor::found::<RustCrypto>(&document).unwrap_err(), expected);
    let makers = |count: u8| list(&(1..=count).map(|seed| Signer::new(seed).key).collect::<Vec<_>>());
    let five = Vendor { makers: makers(5), ..founding_record() };
    assert_eq!(found(&five, &Signer::vendor()), Err(DocumentError::TooMany));
    let unsound = Vendor { makers: List::from_bytes(&[3, 1, 2, 3]), ..founding_record() };
    assert_eq!(found(&unsound, &Signer::vendor()), Err(DocumentError::Malformed));
    let long = Vendor { makers: makers(12), ..founding_record() };
    let length = encode(&long).len();
    let expected = DocumentError::TooLong { length, limit: limits::VENDOR };
    assert_eq!(found(&long, &Signer::vendor()), Err(expected));
}
