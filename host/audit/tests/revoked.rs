//! Whose revocations count, from when, and against what; and what a fork leaves of a loan.

mod cast;

use cast::*;
use holdfast_audit::{NotBelieved, What, audit, verify};
use holdfast_crypto::Hash;
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation};
use holdfast_document::{
    Authority, Class, Delegation, Device, DeviceId, DocumentError, DongleId, Kind, MakerId, Manifest,
    Revocations, Scope, Time, V1, Vendor, VendorId,
};
use holdfast_license::{License, Loan};

fn by_recovery(record: &Vendor<'static>) -> Vec<u8> {
    Signer::recovery().document_under(1, record, &[])
}

fn devices(from: u8, to: u8) -> Part {
    let [from, to] = [from, to].map(|end| DeviceId::Dongle(DongleId([end; 16])));
    Part::Span { from, to }
}

fn key(body: Hash) -> Revoked<'static> {
    Revoked::Delegation(RevokedDelegation { body, from_number: 0 })
}

/// Revocations by the root that a later record names.
fn by_later_root(root: &Signer, record: &Vendor<'static>, revocations: Revocations<'static>) -> Vec<u8> {
    root.document_under(1, &Revocations { signer: digest(record), ..revocations }, &[])
}

/// Revocations by that maker.
fn by_maker(maker: &Signer, revocations: Revocations<'static>) -> Vec<u8> {
    let root = Authority::Maker(MakerId::of(&maker.key));
    maker.document(&Revocations { signer: Hash::ZERO, root, ..revocations }, &[])
}

/// What the maker's own batch key may sign, of that maker.
fn scope_of(maker: &Signer) -> Scope<'static> {
    Scope::Maker {
        maker: MakerId::of(&maker.key),
        models: names(&["key-one"]),
        best_class: Class::PROTECTED_MCU,
        production: true,
    }
}

/// The second record, with one more maker in it.
fn with_maker(maker: &Signer) -> Vendor<'static> {
    Vendor { makers: list(&[Signer::maker().key, maker.key]), ..second_record() }
}

/// What the first document is worth with the others beside it, in this order and in the other.
fn verdict(document: &[u8], others: &[Vec<u8>]) -> Result<(), NotBelieved> {
    let mut heap = [&[document.to_vec(), founding()], others].concat();
    let mut verdicts = |place: usize| {
        let said = verify(&heap, vendor_id(), Time(0))[place].clone().map(|_| ());
        heap.reverse();
        said
    };
    let said = verdicts(0);
    assert_eq!(said, verdicts(1 + others.len()), "the order of the documents changes the verdict");
    said
}

/// What an audit finds, but for documents that do not hold.
fn found(documents: &[Vec<u8>], vendor: Option<VendorId>) -> Vec<What> {
    let heap = [&[founding()], documents].concat();
    let found = audit(&heap, vendor, Time(0)).findings.into_iter().map(|finding| finding.what);
    found.filter(|what| !matches!(what, What::NotBelieved { .. })).collect()
}

#[test]
fn a_device_is_revoked_since_the_first_revocations_that_name_it() {
    let named = |number, days, entries: &[Revoked<'static>]| {
        let issued = NOW.plus(days * DAY);
        by_root(&Revocations { issued, ..revocations(number, devices(0, 255), entries) })
    };
    let other = Revoked::Device(DeviceId::Dongle(DongleId([9; 16])));
    let first = named(1, 10, &[Revoked::Device(dongle_id())]);
    let again = named(2, 100, &[Revoked::Device(dongle_id()), other]);
    let between = by_desk(&License { issued: NOW.plus(40 * DAY), ..full_license() });
    let before = by_desk(&License { issued: NOW.plus(10 * DAY), ..full_license() });
    let both = [first.clone(), again.clone()];
    assert_eq!(verdict(&between, &both), Err(NotBelieved::Revoked { number: 2 }));
    assert_eq!(verdict(&before, &both), Ok(()));
    let heap = |license: &Vec<u8>| [&both[..], std::slice::from_ref(license)].concat();
    assert!(matches!(found(&heap(&between), None)[..], [What::RevokedDevice { .. }]));
    assert_eq!(found(&heap(&before), None), []);
    // Where the later one comes alone, its date is all that is known.
    assert_eq!(verdict(&between, &[again]), Ok(()));
    // Taken back is taken back.
    assert_eq!(verdict(&between, &[first, named(2, 100, &[other])]), Ok(()));
}

#[test]
fn nobodys_revocations_count_against_keys_of_another() {
    let license = by_desk(&full_license());
    let names = revocations(1, Part::Zero, &[key(digest(&founding_record())), key(digest(&desk()))]);
    let by_the_maker = by_maker(&Signer::maker(), names);
    assert_eq!(verdict(&license, std::slice::from_ref(&by_the_maker)), Ok(()));
    let delegation = Signer::vendor().document(&desk(), &[]);
    assert_eq!(verdict(&delegation, std::slice::from_ref(&by_the_maker)), Ok(()));
    assert_eq!(found(&[license.clone(), by_the_maker], None), []);
    // Another vendor beside this one.
    let theirs = Vendor { root: Signer::other_vendor().key, name: name("other"), ..founding_record() };
    let their_id = VendorId::from_slice(&digest(&theirs).0[..16]).unwrap();
    let their = |of: Revocations<'static>| {
        let root = Authority::Vendor(their_id);
        Signer::other_vendor().document(&Revocations { signer: digest(&theirs), root, ..of }, &[])
    };
    let late = by_desk(&License { issued: NOW.plus(2 * DAY), ..full_license() });
    let device = revocations(1, devices(0, 255), &[Revoked::Device(dongle_id())]);
    let heap = [Signer::other_vendor().document(&theirs, &[]), their(names), their(device), license, late];
    let said = found(&heap, None);
    assert!(said.iter().all(|what| matches!(what, What::TwoBodies { .. })), "{said:?}");
}

#[test]
fn a_device_is_revoked_by_its_own_maker_and_no_other() {
    let other = Signer::stranger();
    let record = by_recovery(&with_maker(&other));
    let name_it = revocations(1, devices(0, 255), &[Revoked::Device(dongle_id())]);
    let device = Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]);
    let late = by_desk(&License { issued: NOW.plus(2 * DAY), ..full_license() });
    let (by_own, by_other) = (by_maker(&Signer::maker(), name_it), by_maker(&other, name_it));
    let revoked = Err(NotBelieved::Revoked { number: 1 });
    for (document, beside) in [(&device, &late), (&late, &device)] {
        let with = |by: &Vec<u8>| verdict(document, &[record.clone(), beside.clone(), by.clone()]);
        assert_eq!((with(&by_own), with(&by_other)), (revoked, Ok(())));
    }
    // Whose it is nothing says here, so it may be the other's.
    assert_eq!(verdict(&late, &[record, by_other]), revoked);
    // Of a maker that the vendor does not accept nothing is taken.
    let stranger = Vendor { root: other.key, makers: list(&[other.key]), ..founding_record() };
    let record = other.document(&stranger, &[]);
    assert_eq!(found(&[record.clone(), by_maker(&other, name_it), late.clone()], None), []);
    // Nor does its claim to the device hide what the true maker revoked.
    let claimed = Delegation { scope: scope_of(&other), ..batch() };
    let claim = Device { signer: digest(&claimed), maker: MakerId::of(&other.key), ..dongle() };
    let claim = Signer::batch().document(&claim, &[other.link(&claimed)]);
    assert!(matches!(found(&[record, claim, by_own, late], None)[..], [What::RevokedDevice { .. }]));
}

#[test]
fn from_a_revoked_root_no_revocations_are_taken() {
    let record = second_record();
    let root = revocations(1, Part::Zero, &[key(digest(&founding_record()))]);
    let root_revoked = by_later_root(&Signer::new_vendor(), &record, root);
    let by_thief = by_root(&revocations(9, devices(0, 254), &[Revoked::Device(dongle_id())]));
    let license = License { issued: NOW.plus(2 * DAY), signer: digest(&record), ..full_license() };
    let license = Signer::new_vendor().document_under(1, &license, &[]);
    let others = [by_recovery(&record), root_revoked.clone(), by_thief.clone()];
    assert_eq!(verdict(&license, &others), Ok(()));
    assert_eq!(found(&[&others[..], std::slice::from_ref(&license)].concat(), None), []);
    // They count as long as nobody revoked that root; and themselves they are not good after it.
    assert_eq!(
        verdict(&license, &[by_recovery(&record), by_thief.clone()]),
        Err(NotBelieved::Revoked { number: 9 })
    );
    let refused = NotBelieved::Document(DocumentError::Revoked { above: 0 });
    assert_eq!(verdict(&by_thief, &[by_recovery(&record), root_revoked]), Err(refused));
}

#[test]
fn a_stolen_root_does_not_revoke_the_one_that_follows_it() {
    let record = second_record();
    let thief = by_root(&revocations(99, Part::Zero, &[key(digest(&record))]));
    let names_thief = revocations(1, Part::Zero, &[key(digest(&founding_record()))]);
    let vendor = by_later_root(&Signer::new_vendor(), &record, names_thief);
    let license = License { signer: digest(&record), ..full_license() };
    let license = Signer::new_vendor().document_under(1, &license, &[]);
    assert_eq!(verdict(&license, &[by_recovery(&record), thief, vendor]), Ok(()));
}

#[test]
fn no_branch_of_a_fork_revokes_anything_or_hides_what_was_revoked() {
    let (ours, theirs) = (second_record(), Vendor { root: Signer::stranger().key, ..second_record() });
    let fork = [by_recovery(&ours), by_recovery(&theirs)];
    let with = |of: &[&Vec<u8>]| [&fork[..], &of.iter().copied().cloned().collect::<Vec<_>>()].concat();
    let names_root = revocations(1, Part::Zero, &[key(digest(&founding_record()))]);
    let by_thief = by_later_root(&Signer::stranger(), &theirs, names_root);
    let license = by_desk(&full_license());
    assert_eq!(verdict(&license, &with(&[&by_thief])), Ok(()));
    let split = |found: Vec<What>| matches!(found[..], [What::ForkedSuccession { .. }]);
    assert!(split(found(&with(&[&by_thief, &license]), None)));
    // An empty part 0 on the thief's branch does not take the place of the vendor's.
    let nothing = by_later_root(&Signer::stranger(), &theirs, revocations(1, Part::Zero, &[]));
    let desk_revoked = by_root(&revocations(5, Part::Zero, &[key(digest(&desk()))]));
    let refused = NotBelieved::Document(DocumentError::Revoked { above: 1 });
    assert_eq!(verdict(&license, &with(&[&nothing, &desk_revoked])), Err(refused));
    let said = found(&with(&[&nothing, &desk_revoked, &license]), None);
    assert!(said.iter().any(|what| matches!(what, What::UnderRevokedKey { place: 1, .. })), "{said:?}");
}

#[test]
fn a_loan_by_a_device_of_a_maker_on_one_branch_is_believed_in_any_order() {
    let maker = Signer::stranger();
    let lent_by = |maker: &Signer| {
        let batch = Delegation { scope: scope_of(maker), ..batch() };
        let device = Device { signer: digest(&batch), maker: MakerId::of(&maker.key), ..dongle() };
        let loan = Loan { signer: digest(&device), ..loan() };
        let [desk, parent, ..] = loan_chain(&full_license());
        let links = [desk, parent, maker.link(&batch), Signer::batch().link(&device)];
        Signer::dongle().document(&loan, &links)
    };
    let loan = lent_by(&maker);
    let branches = [by_recovery(&second_record()), by_recovery(&with_maker(&maker))];
    assert_eq!(verdict(&loan, &branches), Ok(()));
    assert_eq!(verdict(&loan, &[branches[1].clone()]), Ok(()));
    assert!(verdict(&loan, &[branches[0].clone()]).is_err());
}

#[test]
fn with_a_revoked_key_nobody_takes_the_place_of_a_license_or_brings_it_into_doubt() {
    let license = by_desk(&full_license());
    let thief = Delegation { key: Signer::stranger().key, ..desk() };
    let by_thief = |revision| {
        let forged = License { revision, signer: digest(&thief), issued: NOW.plus(1), ..full_license() };
        Signer::stranger().document(&forged, &[Signer::vendor().link(&thief)])
    };
    let revoked = by_root(&revocations(1, Part::Zero, &[key(digest(&thief))]));
    let revision = full_license().revision;
    let two = NotBelieved::TwoBodies { id: full_license().id, revision };
    assert_eq!(verdict(&license, &[by_thief(revision)]), Err(two), "as long as nobody revoked that key");
    assert_eq!(verdict(&license, &[by_thief(revision), revoked.clone()]), Ok(()));
    let overtaken = |others: &[Vec<u8>]| {
        let heap = [&[license.clone(), founding()], others].concat();
        verify(&heap, vendor_id(), Time(0))[0].clone().unwrap().overtaken
    };
    assert_eq!(overtaken(&[by_thief(revision + 1)]), Some(revision + 1));
    assert_eq!(overtaken(&[by_thief(revision + 1), revoked]), None);
}

#[test]
fn an_update_for_a_revoked_device_and_a_loan_to_one_are_found() {
    let named = |device| by_root(&revocations(1, devices(0, 255), &[Revoked::Device(device)]));
    let late = NOW.plus(2 * DAY);
    let update = by_desk(&holdfast_license::Update { signer: digest(&desk()), issued: late, ..update(&[]) });
    let only = |found: Vec<What>, of: Kind| {
        assert!(matches!(found[..], [What::RevokedDevice { kind, .. }] if kind == of), "{found:?}");
    };
    only(found(&[named(dongle_id()), update], None), Kind::Update);
    let loan = loan_document(&Loan { issued: late, ..loan() }, &full_license());
    only(found(&[named(DeviceId::Dongle(borrower().id())), loan], None), Kind::Loan);
}

#[test]
fn a_device_a_delegation_and_an_image_under_a_revoked_key_are_found() {
    let under = |document: Vec<u8>, by: Vec<u8>, of: Kind| {
        let found = found(&[document, by], None);
        let only = matches!(found[..], [What::UnderRevokedKey { kind, place: 1 }] if kind == of);
        assert!(only, "{found:?}");
    };
    let batch_key = by_maker(&Signer::maker(), revocations(1, Part::Zero, &[key(digest(&batch()))]));
    let device = Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]);
    under(device, batch_key.clone(), Kind::Device);
    let image = Manifest {
        version: V1,
        signer: digest(&batch()),
        issued: NOW,
        board: name("qemu-an386"),
        firmware: 7,
        counter: 2,
        length: 131_072,
        hash: SOME_HASH,
    };
    under(Signer::batch().document(&image, &[Signer::maker().link(&batch())]), batch_key, Kind::Manifest);
    let desk_key = by_root(&revocations(1, Part::Zero, &[key(digest(&desk()))]));
    let reseller = Signer::desk().document(&reseller(), &[Signer::vendor().link(&desk())]);
    under(reseller, desk_key, Kind::Delegation);
}
