//! A vendor's succession as `verify` tells it: followed, skipped, forked, forged.

use holdfast_document::{Delegation, Scope, Vendor};
use holdfast_license::{License, LicenseId};

use crate::cast::*;
use crate::run::{Said, folder, put, run};

fn by_recovery(record: &Vendor<'static>) -> Vec<u8> {
    Signer::recovery().document_under(1, record, &[])
}

fn third_record() -> Vendor<'static> {
    Vendor {
        number: 2,
        previous: digest(&second_record()),
        root: Signer::new(20).key,
        revealed: Some(Signer::new_recovery().key),
        ..second_record()
    }
}

/// A license by a desk under the second root.
fn by_new_root() -> Vec<u8> {
    let desk = Delegation { signer: digest(&second_record()), ..desk() };
    let license = License { signer: digest(&desk), id: LicenseId([0x1e; 16]), ..full_license() };
    Signer::desk().document_under(1, &license, &[Signer::new_vendor().link(&desk)])
}

fn verify(documents: &[(&str, Vec<u8>)]) -> Said {
    let folder = folder();
    let mut command = String::from("verify --vendor acme.vendor");
    for (name, document) in documents {
        put(folder.path(), name, document);
        command += &format!(" {name}");
    }
    run(folder.path(), &command)
}

#[test]
fn a_new_root_signs_once_the_record_that_names_it_is_there_in_any_order() {
    let license = ("license", by_new_root());
    let (code, _, err) = verify(std::slice::from_ref(&license));
    assert_eq!((code, err.contains("root number 1, which is not known here")), (3, true), "{err}");
    assert!(err.ends_with("bring the vendor's later records, too\n"), "{err}");
    let record = ("second", by_recovery(&second_record()));
    let third = ("third", Signer::new_recovery().document_under(2, &third_record(), &[]));
    for documents in [[third.clone(), license.clone(), record.clone()], [record, third, license]] {
        let (code, out, err) = verify(&documents);
        assert_eq!((code, err.as_str()), (0, ""));
        for part in ["good: a license of", "record 1 of vendor acme", "record 2 of vendor acme"] {
            assert!(out.contains(part), "{part}: {out}");
        }
    }
}

#[test]
fn later_records_may_follow_the_founding_one_in_its_file() {
    let folder = folder();
    put(folder.path(), "license", &by_new_root());
    put(folder.path(), "all.vendor", &[founding(), by_recovery(&second_record())].concat());
    let (code, out, err) = run(folder.path(), "verify license --vendor all.vendor");
    assert_eq!((code, out.starts_with("good: a license of vendor acme"), err.as_str()), (0, true, ""));
    let forged = Signer::stranger().document_under(1, &second_record(), &[]);
    put(folder.path(), "all.vendor", &[founding(), forged].concat());
    let (code, _, err) = run(folder.path(), "verify license --vendor all.vendor");
    assert_eq!((code, err.contains("all.vendor, document 2: the signature")), (3, true), "{err}");
}

#[test]
fn a_skipped_record_is_asked_for() {
    let third = Signer::new_recovery().document_under(2, &third_record(), &[]);
    let (code, out, err) = verify(&[("third", third)]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(
        err.contains("it is record 2 of the vendor, and record 1 is not here; bring that one, too"),
        "{err}"
    );
}

#[test]
fn a_forked_succession_leaves_neither_branch_and_nothing_on_them() {
    let other = Vendor { root: Signer::stranger().key, ..second_record() };
    let documents =
        [("one", by_recovery(&second_record())), ("other", by_recovery(&other)), ("license", by_new_root())];
    let (code, out, err) = verify(&documents);
    assert_eq!((code, out.as_str()), (3, ""));
    assert_eq!(err.matches("two different records with number 1").count(), 3, "{err}");
    assert!(err.ends_with("ask the vendor by another road which one is true\n"), "{err}");
    // What stands on the founding record is not in doubt.
    let mut documents = documents.to_vec();
    documents.push(("old", by_desk(&full_license())));
    assert!(verify(&documents).1.contains("good: a license"));
}

#[test]
fn a_record_by_another_key_or_of_the_other_sort_does_not_follow() {
    let by_stranger = Signer::stranger();
    let revealed = Vendor { revealed: Some(by_stranger.key), ..second_record() };
    let elsewhere = Vendor { previous: SOME_HASH, ..second_record() };
    let development = Vendor { production: false, ..second_record() };
    for (document, part) in [
        (by_stranger.document_under(1, &second_record(), &[]), "the signature of link 0 does not hold"),
        (by_stranger.document_under(1, &revealed, &[]), "document 1 does not follow the one before it"),
        (by_recovery(&elsewhere), "document 1 does not follow the one before it"),
        (by_recovery(&development), "development and production never mix"),
    ] {
        let (code, out, err) = verify(&[("record", document)]);
        assert_eq!((code, out.as_str(), err.contains(part)), (3, "", true), "{part}: {err}");
    }
}

#[test]
fn another_vendors_documents_are_told_apart_from_forged_ones() {
    let theirs = Vendor { root: Signer::other_vendor().key, name: name("other"), ..founding_record() };
    let record = Signer::other_vendor().document(&theirs, &[]);
    let id = holdfast_document::VendorId::from_slice(&digest(&theirs).0[..16]).unwrap();
    let scope = Scope::Vendor {
        vendor: id,
        products: holdfast_document::List::EMPTY,
        regions: holdfast_document::List::EMPTY,
        features: holdfast_document::List::EMPTY,
    };
    let their_desk = Delegation { signer: digest(&theirs), scope, ..desk() };
    let link = Signer::other_vendor().link(&their_desk);
    let license = License { signer: digest(&their_desk), vendor: id, ..full_license() };
    let documents = [
        ("record", record),
        ("delegation", Signer::other_vendor().document(&their_desk, &[])),
        ("license", Signer::desk().document(&license, &[link])),
    ];
    let (code, out, err) = verify(&documents);
    assert_eq!((code, out.as_str()), (3, ""));
    let sentence = format!("it names vendor {id}, whose founding record is not among those given");
    assert_eq!(err.matches(&sentence).count(), 3, "{err}");
    assert!(err.ends_with("bring that vendor's record, or leave this out\n"), "{err}");
}

#[test]
fn a_maker_that_the_newest_record_names_no_more_is_accepted_no_more() {
    let without = Vendor { makers: list(&[Signer::stranger().key]), ..second_record() };
    let device = ("device", crate::kinds::device());
    assert_eq!(verify(std::slice::from_ref(&device)).0, 0);
    let (code, _, err) = verify(&[device, ("record", by_recovery(&without))]);
    assert_eq!((code, err.contains("no maker that the vendor accepts has signed it")), (3, true), "{err}");
}
