//! A delegate that goes beyond its limits, in each limit, and chains that are none.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::revocations::Part;
use holdfast_document::{
    Authority, Body, Class, Delegation, Device, DocumentError, Kind, Kinds, Limit, Link, List, Manifest,
    Received, Revocations, Root, Scope, Time, TimeToken, V1, Vendor, VendorId,
};
use holdfast_license::update::{Answer, Depart};
use holdfast_license::{Action, License, LicenseId, Statement, Update};
use std::sync::OnceLock;

fn vendor_root() -> Root {
    static ROOT: OnceLock<Root> = OnceLock::new();
    *ROOT.get_or_init(|| {
        let document = Signer::vendor().document(&founding_record(), &[]);
        Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
    })
}

fn maker_root() -> Root {
    Root::of_maker(Signer::maker().key)
}

fn verify<B: Body<'static>>(document: Vec<u8>, root: &Root, floor: Time) -> Result<(), DocumentError> {
    Received::parse(document.leak())?.verify::<RustCrypto, B>(root, floor).map(|_| ())
}

/// What becomes of a license by the reseller of these delegations.
fn license_by_reseller(
    desk: &Delegation<'static>,
    reseller: &Delegation<'static>,
    license: &License<'static>,
) -> Result<(), DocumentError> {
    let reseller = Delegation { signer: digest(desk), ..*reseller };
    let license = License { signer: digest(&reseller), ..*license };
    let chain = [Signer::vendor().link(desk), Signer::desk().link(&reseller)];
    verify::<License<'_>>(Signer::reseller().document(&license, &chain), &vendor_root(), NOW)
}

fn small_license() -> License<'static> {
    License { terms: list(&[term("basic", &[], &[flag("cut")])]), ..bare_license() }
}

fn over(limit: Limit) -> Result<(), DocumentError> {
    Err(DocumentError::OverReach(limit))
}

/// The reseller with another scope.
fn reseller_for(
    products: &[&'static str],
    regions: &[&'static str],
    features: &[&'static str],
) -> Delegation<'static> {
    let [products, regions, features] = [products, regions, features].map(names);
    let scope = Scope::Vendor { vendor: vendor_id(), products, regions, features };
    Delegation { scope, ..reseller() }
}

#[test]
fn a_license_within_all_limits_is_taken() {
    assert_eq!(license_by_reseller(&desk(), &reseller(), &small_license()), Ok(()));
}

#[test]
fn a_license_beyond_a_limit_of_its_signer_is_refused() {
    let base = small_license();
    let grants = |feature| list(&[term("basic", &[], &[flag("cut")]), term("pro", &[], &[flag(feature)])]);
    let hidden = |item: Raw| License { terms: list(&[item]), ..base };
    let unknown_feature = |item: Raw| {
        let term = holdfast_license::Term { features: list(&[item]), ..term("basic", &[], &[]) };
        License { terms: list(&[term]), ..base }
    };
    let sealed = secret(name("export-step"), 1, holdfast_license::license::SecretUse::Derive);
    for (license, limit) in [
        (License { number: 100, ..base }, Limit::Numbers),
        (License { number: 201, ..base }, Limit::Numbers),
        (License { product: name("viewer"), ..base }, Limit::Products),
        (License { region: Some(name("us")), ..base }, Limit::Regions),
        (License { region: None, ..base }, Limit::Regions),
        (License { terms: grants("export-step"), ..base }, Limit::Features),
        (License { secrets: list(&[sealed]), ..base }, Limit::Features),
        (hidden(CRITICAL), Limit::Features),
        (hidden(SKIPPABLE), Limit::Features),
        (unknown_feature(CRITICAL), Limit::Features),
        (unknown_feature(SKIPPABLE), Limit::Features),
        (License { hop: 1, ..base }, Limit::Kinds),
    ] {
        assert_eq!(license_by_reseller(&desk(), &reseller(), &license), over(limit), "{license:?}");
    }
    for number in [101, 200] {
        assert_eq!(license_by_reseller(&desk(), &reseller(), &License { number, ..base }), Ok(()));
    }
}

#[test]
fn a_list_of_limits_without_names_allows_everything() {
    let scope = reseller_for(&[], &[], &[]).scope;
    let (desk, reseller) = (Delegation { scope, ..desk() }, Delegation { scope, ..reseller() });
    let product = License { product: name("anything"), region: None, ..small_license() };
    assert_eq!(license_by_reseller(&desk, &reseller, &product), Ok(()));
    let unknown = License { terms: list(&[SKIPPABLE]), ..small_license() };
    assert_eq!(license_by_reseller(&desk, &reseller, &unknown), Ok(()));
}

#[test]
fn a_child_never_exceeds_its_parent() {
    let base = reseller();
    let maker_scope = batch().scope;
    let wider = |delegation: Delegation<'static>| license_by_reseller(&desk(), &delegation, &small_license());
    for (delegation, limit) in [
        (Delegation { kinds: base.kinds.and(Kinds::of(Kind::Manifest)), ..base }, Limit::Kinds),
        (Delegation { kinds: base.kinds.and(Kinds(1 << 15)), ..base }, Limit::Kinds),
        (Delegation { from: Time(NOW.0 - 1), ..base }, Limit::Validity),
        (Delegation { until: desk().until.plus(1), ..base }, Limit::Validity),
        (Delegation { first: 0, ..base }, Limit::Numbers),
        (Delegation { last: 10_001, ..base }, Limit::Numbers),
        (reseller_for(&["cutter", "other"], &["eu"], &["cut"]), Limit::Products),
        (reseller_for(&[], &["eu"], &["cut"]), Limit::Products),
        (reseller_for(&["cutter"], &["eu", "asia"], &["cut"]), Limit::Regions),
        (reseller_for(&["cutter"], &[], &["cut"]), Limit::Regions),
        (reseller_for(&["cutter"], &["eu"], &["cut", "fly"]), Limit::Features),
        (reseller_for(&["cutter"], &["eu"], &[]), Limit::Features),
    ] {
        assert_eq!(wider(delegation), over(limit), "{delegation:?}");
    }
    // A scope of the other sort names another authority, which is found first.
    let other_sort = Delegation { scope: maker_scope, ..base };
    assert_eq!(wider(other_sort), Err(DocumentError::WrongAuthority));
    assert_eq!(other_sort.within(&desk()), Err(Limit::Scope));
    assert_eq!(small_license().within(&batch()), Err(Limit::Scope));
    assert_eq!(dongle().within(&desk()), Err(Limit::Scope));
    let may_not = Delegation { may_delegate: false, ..desk() };
    assert_eq!(license_by_reseller(&may_not, &base, &small_license()), over(Limit::Delegating));
    let all_the_same = Delegation { kinds: desk().kinds, from: desk().from, until: desk().until, ..base };
    assert_eq!(wider(all_the_same), Ok(()));
}

#[test]
fn a_delegation_that_contradicts_itself_is_refused() {
    let base = reseller();
    for delegation in [
        Delegation { from: base.until, ..base },
        Delegation { first: 201, ..base },
        Delegation { kinds: Kinds::APPROVAL.and(Kinds::of(Kind::License)), ..base },
        Delegation { kinds: Kinds::APPROVAL, may_delegate: true, ..base },
    ] {
        let parent = Delegation { kinds: Kinds(u16::MAX - Kinds::APPROVAL.0), ..desk() };
        let taken = license_by_reseller(&parent, &delegation, &small_license());
        assert_eq!(taken, Err(DocumentError::Inconsistent), "{delegation:?}");
    }
}

#[test]
fn an_unknown_item_in_a_list_of_limits_is_no_limit_that_could_be_passed_over() {
    let products = List::from_bytes(&[1, b'A']);
    let scope = Scope::Vendor { vendor: vendor_id(), products, regions: List::EMPTY, features: List::EMPTY };
    let taken = license_by_reseller(&Delegation { scope, ..desk() }, &reseller(), &small_license());
    assert_eq!(taken, Err(DocumentError::Malformed));
}

#[test]
fn answers_and_departs_are_the_ledgers_and_only_a_root_sets_the_floor() {
    let answer = Action::Answer(Answer { request: SOME_HASH, time: NOW });
    let depart = Action::Depart(Depart { id: LicenseId([1; 16]), hop: 0, to: None });
    let by_desk = |kinds: Kinds, actions: &[Action<'static>]| {
        let desk = Delegation { kinds, ..desk() };
        let update = Update { signer: digest(&desk), ..update(actions) };
        verify::<Update<'_>>(
            Signer::desk().document(&update, &[Signer::vendor().link(&desk)]),
            &vendor_root(),
            NOW,
        )
    };
    let (ledger, seller) = (Kinds::of(Kind::Update).and(Kinds::ANSWER), Kinds::of(Kind::Update));
    assert_eq!(by_desk(ledger, &[answer, depart]), Ok(()));
    assert_eq!(by_desk(seller, &[answer]), over(Limit::Kinds));
    assert_eq!(by_desk(seller, &[]), Ok(()));
    assert_eq!(by_desk(Kinds::ANSWER, &[]), over(Limit::Kinds));
    assert_eq!(by_desk(ledger, &[depart]), Err(DocumentError::Inconsistent), "a depart without an answer");
    assert_eq!(by_desk(ledger, &[answer, answer]), Err(DocumentError::Inconsistent), "two answers");
    let floor = Action::SetFloor(NOW);
    assert_eq!(by_desk(ledger, &[floor]), over(Limit::Kinds));
    let by_root = update(&[floor]);
    assert_eq!(verify::<Update<'_>>(Signer::vendor().document(&by_root, &[]), &vendor_root(), NOW), Ok(()));
}

#[test]
fn a_kind_that_was_not_delegated_is_refused() {
    let desk = Delegation { kinds: Kinds::of(Kind::License), ..desk() };
    let chain = [Signer::vendor().link(&desk)];
    let token =
        TimeToken { version: V1, signer: digest(&desk), vendor: vendor_id(), answers: SOME_HASH, time: NOW };
    let taken = verify::<TimeToken>(Signer::desk().document(&token, &chain), &vendor_root(), NOW);
    assert_eq!(taken, over(Limit::Kinds));
    let revocations = Revocations {
        version: V1,
        signer: digest(&desk),
        issued: NOW,
        root: Authority::Vendor(vendor_id()),
        number: 1,
        part: Part::Zero,
        entries: List::EMPTY,
    };
    let taken = verify::<Revocations<'_>>(Signer::desk().document(&revocations, &chain), &vendor_root(), NOW);
    assert_eq!(taken, over(Limit::Kinds));
}

#[test]
fn a_batch_key_certifies_no_other_model_no_better_class_and_no_other_sort() {
    let device = |device: Device<'static>| {
        let chain = [Signer::maker().link(&batch())];
        verify::<Device<'_>>(Signer::batch().document(&device, &chain), &maker_root(), NOW)
    };
    assert_eq!(device(dongle()), Ok(()));
    assert_eq!(device(Device { class: Class::SIMULATOR, ..dongle() }), Ok(()));
    for (bad, limit) in [
        (Device { model: name("key-two"), ..dongle() }, Limit::Models),
        (Device { class: Class::SECURE_ELEMENT, ..dongle() }, Limit::Class),
        (Device { class: Class::VIRTUAL_TPM, ..dongle() }, Limit::Class),
        (Device { production: false, ..dongle() }, Limit::Production),
    ] {
        assert_eq!(device(bad), over(limit));
    }
}

#[test]
fn a_batch_key_delegates_no_more_than_it_has() {
    let under = |models: &[&'static str], best_class, production| {
        let scope = Scope::Maker { maker: maker_id(), models: names(models), best_class, production };
        let child = Delegation { signer: digest(&batch()), key: Signer::new(14).key, scope, ..batch() };
        verify::<Delegation<'_>>(
            Signer::batch().document(&child, &[Signer::maker().link(&batch())]),
            &maker_root(),
            NOW,
        )
    };
    assert_eq!(under(&["key-one"], Class::PROTECTED_MCU, true), Ok(()));
    assert_eq!(under(&["key-one", "key-two"], Class::PROTECTED_MCU, true), over(Limit::Models));
    assert_eq!(under(&[], Class::PROTECTED_MCU, true), over(Limit::Models));
    assert_eq!(under(&["key-one"], Class::SECURE_ELEMENT, true), over(Limit::Class));
    assert_eq!(under(&["key-one"], Class::DISCRETE_TPM, true), over(Limit::Class));
    assert_eq!(under(&["key-one"], Class::PROTECTED_MCU, false), over(Limit::Production));
}

#[test]
fn a_third_step_of_delegation_is_one_too_many() {
    let second = Delegation { may_delegate: true, signer: digest(&desk()), ..reseller() };
    let third = Delegation { signer: digest(&second), key: Signer::new(14).key, ..second };
    let chain =
        [Signer::vendor().link(&desk()), Signer::desk().link(&second), Signer::reseller().link(&third)];
    let license = License { signer: digest(&third), ..small_license() };
    let taken = verify::<License<'_>>(Signer::new(14).document(&license, &chain), &vendor_root(), NOW);
    assert_eq!(taken, Err(DocumentError::BadChain));
    // Nor does the third by itself pass for a delegation.
    let taken =
        verify::<Delegation<'_>>(Signer::reseller().document(&third, &chain[..2]), &vendor_root(), NOW);
    assert_eq!(taken, Err(DocumentError::BadChain));
    let long = [chain[0]; holdfast_document::limits::CHAIN + 1];
    let document = Signer::new(14).document(&license, &long);
    assert_eq!(Received::parse(&document).unwrap_err(), DocumentError::BadChain);
}

fn maker_chain() -> [Link<'static>; 2] {
    [Signer::maker().link(&batch()), Signer::batch().link(&dongle())]
}

#[test]
fn a_device_signs_statements_under_its_makers_root_and_nothing_else() {
    let by_dongle = |chain: &[Link<'static>], root: &Root| {
        verify::<Statement<'_>>(Signer::dongle().document(&bare_statement(), chain), root, NOW)
    };
    assert_eq!(by_dongle(&maker_chain(), &maker_root()), Ok(()));
    // Without the Device document nobody knows whose statement it is.
    assert_eq!(by_dongle(&maker_chain()[..1], &maker_root()), Err(DocumentError::BadChain));
    let by_maker = Statement { signer: Hash::ZERO, ..bare_statement() };
    let taken = verify::<Statement<'_>>(Signer::maker().document(&by_maker, &[]), &maker_root(), NOW);
    assert_eq!(taken, Err(DocumentError::BadChain));
    // Nothing follows a Device, not even another.
    let [batch, device] = maker_chain();
    assert_eq!(by_dongle(&[batch, device, device], &maker_root()), Err(DocumentError::BadChain));
    assert_eq!(by_dongle(&[batch, device, batch], &maker_root()), Err(DocumentError::BadChain));
    // A Device stands above what devices sign only.
    let license = License { signer: digest(&dongle()), ..small_license() };
    let taken =
        verify::<License<'_>>(Signer::dongle().document(&license, &maker_chain()), &maker_root(), NOW);
    assert_eq!(taken, Err(DocumentError::BadChain));
}

#[test]
fn a_license_or_a_statement_is_no_link() {
    for kind in Kind::ALL {
        if matches!(kind, Kind::Delegation) {
            continue;
        }
        let link = Link { kind: kind as u8, ..Signer::vendor().link(&desk()) };
        let license = License { signer: digest(&desk()), ..small_license() };
        let taken = verify::<License<'_>>(Signer::desk().document(&license, &[link]), &vendor_root(), NOW);
        assert_eq!(taken, Err(DocumentError::BadChain), "{kind}");
    }
}

#[test]
fn another_vendors_or_makers_word_does_not_count() {
    let other = VendorId([0xee; 16]);
    let scope =
        Scope::Vendor { vendor: other, products: List::EMPTY, regions: List::EMPTY, features: List::EMPTY };
    let taken = license_by_reseller(&Delegation { scope, ..desk() }, &reseller(), &small_license());
    assert_eq!(taken, Err(DocumentError::WrongAuthority));
    let foreign = License { vendor: other, ..small_license() };
    assert_eq!(license_by_reseller(&desk(), &reseller(), &foreign), Err(DocumentError::WrongAuthority));
    // A link by another vendor's root does not even verify.
    let chain = [Signer::other_vendor().link(&desk())];
    let license = License { signer: digest(&desk()), ..small_license() };
    let taken = verify::<License<'_>>(Signer::desk().document(&license, &chain), &vendor_root(), NOW);
    assert_eq!(taken, Err(DocumentError::BadSignature { link: 0 }));
    // Nor does a vendor's root, or desk, speak for a maker.
    let manifest = Manifest {
        version: V1,
        signer: vendor_root().body,
        issued: NOW,
        board: name("key-one"),
        firmware: 1,
        counter: 1,
        length: 1,
        hash: Hash::ZERO,
    };
    let taken = verify::<Manifest<'_>>(Signer::vendor().document(&manifest, &[]), &vendor_root(), NOW);
    assert_eq!(taken, Err(DocumentError::WrongAuthority));
    let device = Device { signer: vendor_root().body, ..dongle() };
    let taken = verify::<Device<'_>>(Signer::vendor().document(&device, &[]), &vendor_root(), NOW);
    assert_eq!(taken, Err(DocumentError::WrongAuthority));
    let other_maker = Device { maker: holdfast_document::MakerId([9; 16]), ..dongle() };
    let chain = [Signer::maker().link(&batch())];
    let taken = verify::<Device<'_>>(Signer::batch().document(&other_maker, &chain), &maker_root(), NOW);
    assert_eq!(taken, Err(DocumentError::WrongAuthority));
}

#[test]
fn a_delegation_counts_from_its_first_second_until_before_its_last() {
    let (from, until) = (NOW.plus(10), NOW.plus(90));
    let desk = Delegation { from, until, ..desk() };
    let issued_at = |issued: Time, floor: Time| {
        let license = License { issued, signer: digest(&desk), ..small_license() };
        verify::<License<'_>>(
            Signer::desk().document(&license, &[Signer::vendor().link(&desk)]),
            &vendor_root(),
            floor,
        )
    };
    let out = |now: Time| Err(DocumentError::OutOfForce { from, until, now });
    let (early, first, last) = (NOW.plus(9), from, NOW.plus(89));
    assert_eq!(issued_at(first, NOW), Ok(()));
    assert_eq!(issued_at(last, NOW), Ok(()));
    assert_eq!(issued_at(early, NOW), out(early));
    assert_eq!(issued_at(until, NOW), out(until));
    // A date before its end does not help once the device knows better.
    assert_eq!(issued_at(first, last), Ok(()));
    assert_eq!(issued_at(first, until), out(until));
}

#[test]
fn what_a_delegate_delegated_or_certified_must_fall_into_its_own_time() {
    let short = Delegation { from: NOW, until: NOW.plus(100), ..desk() };
    let late = Delegation { issued: NOW.plus(100), from: NOW, until: NOW.plus(100), ..reseller() };
    let taken = license_by_reseller(&short, &late, &License { issued: NOW, ..small_license() });
    let out = |now| Err(DocumentError::OutOfForce { from: NOW, until: NOW.plus(100), now });
    assert_eq!(taken, out(NOW.plus(100)));
    // A dongle outlives the batch key that certified it, and no batch key certifies after its end.
    let batch = Delegation { until: NOW.plus(100), ..batch() };
    let spoken = |certified: Time| {
        let device = Device { issued: certified, signer: digest(&batch), ..dongle() };
        let statement = Statement { signer: digest(&device), floor: NOW.plus(900), ..bare_statement() };
        let chain = [Signer::maker().link(&batch), Signer::batch().link(&device)];
        verify::<Statement<'_>>(Signer::dongle().document(&statement, &chain), &maker_root(), NOW.plus(900))
    };
    assert_eq!(spoken(NOW.plus(99)), Ok(()));
    assert_eq!(spoken(NOW.plus(100)), out(NOW.plus(100)));
}
