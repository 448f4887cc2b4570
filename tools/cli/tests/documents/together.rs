//! What other documents say of one: revocations, another revision, a loan's parent, an update's inside.

use holdfast_document::revocations::{Part, Revoked, RevokedDelegation};
use holdfast_document::{DeviceId, DongleId};
use holdfast_license::update::Install;
use holdfast_license::{Action, License, Loan, Update};

use crate::cast::*;
use crate::kinds::*;
use crate::run::{Said, folder, put, run};

/// Verifies the first document with the others beside it.
fn verify(documents: &[Vec<u8>]) -> Said {
    let folder = folder();
    put(folder.path(), "all.holdfast", &documents.concat());
    let (code, out, err) = run(folder.path(), "verify --json all.holdfast --vendor acme.vendor");
    let said: serde_json::Value = serde_json::from_str(&out).unwrap();
    (code, said[0]["says"].as_str().unwrap().into(), err)
}

fn bare(license: &License<'static>) -> Action<'static> {
    Action::Install(Install { license: Signer::desk().document(license, &[]).leak(), carry: None })
}

#[test]
fn revocations_count_against_what_they_name_and_nothing_else() {
    let desk_from = |from_number| {
        let entry = Revoked::Delegation(RevokedDelegation { body: digest(&desk()), from_number });
        by_root(&revocations(9, Part::Zero, &[entry]))
    };
    let license = by_desk(&License { number: 7, ..full_license() });
    let (_, says, _) = verify(&[license.clone(), desk_from(8)]);
    assert!(says.starts_with("good: a license"), "{says}");
    let by_number = verify(&[license, desk_from(7)]).1;
    let inside = Update { actions: list(&[bare(&License { number: 7, ..full_license() })]), ..errand(2) };
    let in_update = verify(&[by_desk(&inside), desk_from(7)]).1;
    for says in [by_number, in_update] {
        assert!(says.ends_with("the delegation in link 1 above it was revoked; ask the vendor for a new one; do not use this one"), "{says}");
    }
    let delegation = Signer::vendor().document(&desk(), &[]);
    let named = "revocations number 9 name it; do not use it, and ask whoever issued it for another";
    assert!(verify(&[delegation, desk_from(0)]).1.ends_with(named));
    let (_, says, _) = verify(&[manifest(), revoked_firmware()]);
    assert!(says.ends_with(&named.replace('9', "3")), "{says}");
}

#[test]
fn a_revoked_device_is_no_longer_good_and_what_it_said_before_is() {
    let ends = [[0; 16], [255; 16]].map(|id| DeviceId::Dongle(DongleId(id)));
    let span = Part::Span { from: ends[0], to: ends[1] };
    let named = by_root(&revocations(4, span, &[Revoked::Device(dongle_id())]));
    let late = NOW.plus(2 * DAY);
    let after = holdfast_license::Statement { floor: late, ..statement() };
    let sale = License { issued: late, ..full_license() };
    for document in [device(), by_dongle(&after), by_desk(&sale)] {
        let (_, says, _) = verify(&[document, named.clone()]);
        assert!(says.contains("revocations number 4 name it"), "{says}");
    }
    for document in [by_dongle(&statement()), by_desk(&full_license())] {
        let (_, says, _) = verify(&[document, named.clone()]);
        assert!(says.starts_with("good: "), "{says}");
    }
}

#[test]
fn an_older_revision_is_told_from_a_forked_one() {
    let newer = License { revision: 2, issued: NOW.plus(DAY), ..full_license() };
    let (code, says, _) = verify(&[by_desk(&full_license()), by_desk(&newer)]);
    assert_eq!(code, 0);
    assert!(says.ends_with("; number 2 is here, too, and has taken its place"), "{says}");
    let forked = License { customer: name("c-1"), ..full_license() };
    let (code, says, err) = verify(&[by_desk(&full_license()), by_desk(&forked)]);
    assert_eq!((code, err.lines().count()), (3, 2));
    assert!(says.contains("another license here is revision 1 of "), "{says}");
    assert!(says.ends_with("use neither, and ask the desk for revision 1 + 1"), "{says}");
    let older = |number| by_root(&revocations(number, Part::Zero, &[]));
    let (_, says, _) = verify(&[older(1), older(2)]);
    assert!(says.ends_with("; number 2 is here, too, and has taken its place"), "{says}");
}

#[test]
fn a_loan_is_verified_over_both_chains_and_against_its_parent() {
    let beyond = Loan { slot: 5, ..loan() };
    let (_, says, _) = verify(&[loan_document(&beyond, &full_license())]);
    assert!(says.contains("does not allow the loan: seat 5 is not among the 5 that may be lent"), "{says}");
    let mut forged_parent = loan_chain(&full_license());
    forged_parent[1] = Signer::stranger().link(&full_license());
    let (_, says, _) = verify(&[Signer::dongle().document(&loan(), &forged_parent)]);
    assert!(says.contains("the signature of link 1 does not hold"), "{says}");
    let mut forged_maker = loan_chain(&full_license());
    forged_maker[2] = Signer::stranger().link(&batch());
    let (_, says, _) = verify(&[Signer::dongle().document(&loan(), &forged_maker)]);
    assert!(says.contains("the signature of link 2 does not hold"), "{says}");
    let (_, says, _) = verify(&[Signer::stranger().document(&loan(), &loan_chain(&full_license()))]);
    assert!(says.contains("the signature of link 4 does not hold"), "{says}");
}

#[test]
fn an_update_is_as_good_as_the_worst_license_in_it() {
    let forged = Signer::stranger().document(&License { revision: 2, ..full_license() }, &[]).leak();
    let two = [bare(&full_license()), Action::Install(Install { license: forged, carry: None })];
    let (code, says, _) = verify(&[by_desk(&Update { actions: list(&two), ..errand(2) })]);
    assert_eq!((code, says.contains("the signature of link 1 does not hold")), (3, true), "{says}");
}
