//! A desk, a root, a device is lost, and the vendor says so.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::revocations::{Edition, Part, Revoked, RevokedDelegation, RevokedFirmware};
use holdfast_document::{
    Authority, Body, DeviceId, DocumentError, DongleId, Received, Revocations, Root, TimeToken, V1, Vendor,
    VendorId, Verified,
};
use holdfast_license::{Lent, License};

fn vendor_root() -> Root {
    let document = Signer::vendor().document(&founding_record(), &[]);
    Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
}

fn part_zero(entries: &[Revoked<'static>]) -> Revocations<'static> {
    Revocations {
        version: V1,
        signer: digest(&founding_record()),
        issued: NOW,
        root: Authority::Vendor(vendor_id()),
        number: 7,
        part: Part::Zero,
        entries: list(entries),
    }
}

fn of(body: Hash, from_number: u32) -> Revocations<'static> {
    part_zero(&[Revoked::Delegation(RevokedDelegation { body, from_number })])
}

fn verified<B: Body<'static>>(document: Vec<u8>) -> Verified<'static, B> {
    let received = Received::parse(document.leak()).unwrap();
    received.verify::<RustCrypto, B>(&vendor_root(), NOW).unwrap()
}

/// A license with number 150, by the reseller under the desk.
fn by_reseller() -> Verified<'static, License<'static>> {
    let body = License {
        signer: digest(&reseller()),
        terms: list(&[term("basic", &[], &[flag("cut")])]),
        ..bare_license()
    };
    let chain = [Signer::vendor().link(&desk()), Signer::desk().link(&reseller())];
    verified(Signer::reseller().document(&body, &chain))
}

fn revoked(above: u8) -> Result<(), DocumentError> {
    Err(DocumentError::Revoked { above })
}

#[test]
fn what_is_signed_under_a_revoked_key_is_revoked_with_it() {
    let license = by_reseller();
    assert_eq!(license.check_not_revoked(&of(digest(&reseller()), 0)), revoked(2));
    assert_eq!(license.check_not_revoked(&of(digest(&desk()), 0)), revoked(1));
    assert_eq!(license.check_not_revoked(&of(digest(&founding_record()), 0)), revoked(0));
    assert_eq!(license.check_not_revoked(&of(SOME_HASH, 0)), Ok(()));
    assert_eq!(license.check_not_revoked(&part_zero(&[])), Ok(()));
    let sentence = DocumentError::Revoked { above: 1 }.to_string();
    assert_eq!(sentence, "the delegation in link 1 above it was revoked; ask the vendor for a new one");
}

#[test]
fn a_delegation_is_revoked_from_a_license_number_on() {
    let license = by_reseller();
    assert_eq!(license.number, 150);
    assert_eq!(license.check_not_revoked(&of(digest(&reseller()), 151)), Ok(()));
    assert_eq!(license.check_not_revoked(&of(digest(&reseller()), 150)), revoked(2));
    assert_eq!(license.check_not_revoked(&of(digest(&desk()), 150)), revoked(1));
}

#[test]
fn what_has_no_number_is_revoked_only_with_the_whole_delegation() {
    let token = TimeToken {
        version: V1,
        signer: digest(&desk()),
        vendor: vendor_id(),
        answers: SOME_HASH,
        time: NOW,
    };
    let token: Verified<'_, TimeToken> =
        verified(Signer::desk().document(&token, &[Signer::vendor().link(&desk())]));
    assert_eq!(token.check_not_revoked(&of(digest(&desk()), 1)), Ok(()));
    assert_eq!(token.check_not_revoked(&of(digest(&desk()), 0)), revoked(1));
}

#[test]
fn a_loan_falls_with_its_parents_desk_and_with_its_lenders_batch() {
    let document = loan_document(&loan(), &full_license()).leak();
    let record = founding_record();
    let received = Received::parse(document).unwrap();
    let lent = Lent::verify::<RustCrypto>(&received, &vendor_root(), &record).unwrap();
    assert_eq!(lent.check_not_revoked(&of(digest(&desk()), 0)), revoked(1));
    assert_eq!(lent.check_not_revoked(&of(digest(&desk()), 150)), revoked(1));
    assert_eq!(lent.check_not_revoked(&of(digest(&desk()), 151)), Ok(()));
    assert_eq!(lent.check_not_revoked(&of(digest(&batch()), 0)), revoked(3));
}

#[test]
fn older_revocations_never_take_the_place_of_newer_ones() {
    let revocations: Verified<'_, Revocations<'_>> =
        verified(Signer::vendor().document(&part_zero(&[]), &[]));
    let known = |root, number| Some(Edition { root, number });
    let old = Err(DocumentError::Overtaken { number: 8 });
    assert_eq!(revocations.follows(None), Ok(Edition { root: 0, number: 7 }));
    assert_eq!(revocations.follows(known(0, 6)), Ok(Edition { root: 0, number: 7 }));
    assert_eq!(revocations.follows(known(0, 7)), Err(DocumentError::Overtaken { number: 7 }));
    assert_eq!(revocations.follows(known(0, 8)), old);
    // A later root's word counts, however high a number the earlier one gave.
    assert!(Edition { root: 1, number: 1 } > Edition { root: 0, number: u32::MAX });
}

#[test]
fn devices_and_firmware_are_revoked_by_name() {
    let id = |byte| DeviceId::Dongle(DongleId([byte; 16]));
    let part = Part::Span { from: id(0), to: id(9) };
    let devices = Revocations { part, entries: list(&[Revoked::Device(id(3))]), ..part_zero(&[]) };
    assert_eq!(devices.check(), Ok(()));
    assert_eq!([2, 3, 4].map(|byte| devices.revokes_device(&id(byte))), [false, true, false]);
    let board = name("board-one");
    let firmware = part_zero(&[Revoked::Firmware(RevokedFirmware { board, version: 5 })]);
    assert_eq!([4, 5, 6].map(|version| firmware.revokes_firmware(board, version)), [true, true, false]);
    assert!(!firmware.revokes_firmware(name("board-two"), 4));
}

#[test]
fn a_vendor_revokes_nothing_of_another() {
    let other = Revocations { root: Authority::Vendor(VendorId([4; 16])), ..part_zero(&[]) };
    let document = Signer::vendor().document(&other, &[]).leak();
    let taken = Received::parse(document).unwrap().verify::<RustCrypto, Revocations<'_>>(&vendor_root(), NOW);
    assert_eq!(taken.err(), Some(DocumentError::WrongAuthority));
}
