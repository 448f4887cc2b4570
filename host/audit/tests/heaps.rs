//! Heaps of documents: an honest one proves nothing, and each sort of misdeed shows by its name.

mod cast;

use cast::*;
use holdfast_audit::{Report, Weight, What, audit};
use holdfast_crypto::Hash;
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation};
use holdfast_document::{
    Class, DeviceId, DongleId, Revocations, Seconds, StorageId, Time, Units, Vendor, VendorId,
};
use holdfast_license::statement::{Departed, Held, Nonce, State};
use holdfast_license::update::{Answer, Install};
use holdfast_license::{Action, License, LicenseId, Loan, Purpose, Statement, Update};

/// Finds what a heap proves, the vendor's founding record always in it, at place 0.
fn find(documents: &[Vec<u8>]) -> Vec<What> {
    report(documents).findings.into_iter().map(|finding| finding.what).collect()
}

fn report(documents: &[Vec<u8>]) -> Report {
    let heap: Vec<Vec<u8>> = std::iter::once(founding()).chain(documents.iter().cloned()).collect();
    audit(&heap, None, Time(0))
}

fn of_dongle(statement: &Statement<'static>) -> Vec<u8> {
    Signer::dongle().document(statement, &[Signer::maker().link(&batch()), Signer::batch().link(&dongle())])
}

/// What the second dongle says where the first would say this.
fn of_borrower(statement: Statement<'static>) -> Vec<u8> {
    let device = DeviceId::Dongle(borrower().id());
    let theirs = Statement { signer: digest(&borrower()), device, ..statement };
    Signer::new(14).document(&theirs, &[Signer::maker().link(&batch()), Signer::batch().link(&borrower())])
}

fn sold(id: u8, number: u32) -> License<'static> {
    let terms = list(&[term("basic", &[units("cuts", 20)], &[flag("cut")])]);
    License { id: LicenseId([id; 16]), number, terms, meters: list(&[meter("cuts", 100)]), ..bare_license() }
}

fn held(used: u64) -> Held {
    let used = [Units(used)].into_iter().collect();
    Held { id: sold(1, 1).id, hop: 0, revision: 1, used, usage_time: Default::default(), first_use: None }
}

fn statement(number: u32, previous: Hash, states: &[State]) -> Statement<'static> {
    let nonce = Nonce::ZERO;
    Statement { nonce, number, previous, update: number, state: list(states), ..bare_statement() }
}

/// Two statements of one chain, each with what is held then.
fn chain(states: [State; 2]) -> [Statement<'static>; 2] {
    let [before, after] = states;
    let first = statement(1, Hash::ZERO, &[before]);
    [first, statement(2, digest(&first), &[after])]
}

fn of_chain(states: [State; 2]) -> Vec<Vec<u8>> {
    chain(states).iter().map(of_dongle).collect()
}

fn update(base: u32, actions: &[Action<'static>]) -> Update<'static> {
    Update { signer: digest(&desk()), base, ..cast::update(actions) }
}

#[test]
fn an_honest_heap_proves_nothing_whatever_its_order() {
    let license = sold(1, 1);
    let renewed = License { revision: 2, issued: NOW.plus(DAY), ..license };
    let bare = Signer::desk().document(&license, &[]).leak();
    let install = Action::Install(Install { license: bare, carry: None });
    let [first, second] = chain([State::Held(held(3)), State::Held(Held { revision: 2, ..held(7) })]);
    let answer = Action::Answer(Answer { request: digest(&first), time: NOW });
    let mut heap = vec![
        by_desk(&update(0, &[install])),
        by_desk(&license),
        by_desk(&renewed),
        by_desk(&sold(2, 2)),
        by_desk(&update(1, &[answer])),
        by_desk(&update(2, &[answer])),
        of_dongle(&first),
        of_dongle(&second),
        of_dongle(&second),
        loan_document(&loan(), &full_license()),
        loan_document(&Loan { slot: 4, ..loan() }, &full_license()),
    ];
    assert_eq!(find(&heap), []);
    heap.reverse();
    assert_eq!(find(&heap), []);
}

#[test]
fn what_does_not_hold_is_told_and_proves_nothing() {
    let mut forged = by_desk(&sold(1, 1));
    *forged.last_mut().unwrap() ^= 1;
    let by_stranger = Signer::stranger().document(&sold(2, 1), &[Signer::vendor().link(&desk())]);
    let garbage = b"not a document".to_vec();
    let nobodys = Signer::vendor().document_under(9, &sold(3, 1), &[]);
    let report = report(&[forged, by_stranger, garbage, nobodys, by_desk(&sold(4, 1))]);
    let mut places: Vec<_> = report.findings.iter().flat_map(|finding| finding.documents.clone()).collect();
    places.sort_unstable();
    assert_eq!(places, [1, 2, 3, 4]);
    assert_eq!(report.documents, 6);
    for finding in report.findings {
        assert!(matches!(finding.what, What::NotBelieved { .. }), "{:?}", finding.what);
        assert_eq!(finding.weight(), Weight::Warning);
    }
}

#[test]
fn a_license_in_an_update_has_no_links_of_its_own_as_for_a_device() {
    let installs = |license: Vec<u8>| {
        let install = Action::Install(Install { license: license.leak(), carry: None });
        find(&[by_desk(&update(0, &[install]))])
    };
    assert_eq!(installs(Signer::desk().document(&sold(1, 1), &[])), []);
    let found = installs(by_desk(&sold(1, 1)));
    assert!(matches!(found[..], [What::NotBelieved { .. }]), "{found:?}");
}

#[test]
fn only_the_vendor_that_was_asked_for_is_believed() {
    let record = founding();
    let heap = [record, by_desk(&sold(1, 1)), by_desk(&sold(2, 1))];
    assert_eq!(audit(&heap, Some(vendor_id()), Time(0)).findings.len(), 1);
    let other = audit(&heap, Some(VendorId([9; 16])), Time(0)).findings;
    assert_eq!(other.len(), 3);
    assert!(other.iter().all(|finding| matches!(finding.what, What::NotBelieved { .. })));
}

#[test]
fn one_number_sold_twice_proves_over_issue() {
    let [first, second] = [sold(1, 7), sold(2, 7)];
    let expected =
        What::OverIssue { number: 7, delegation: digest(&desk()), first: first.id, second: second.id };
    assert_eq!(find(&[by_desk(&first), by_desk(&second)]), std::slice::from_ref(&expected));
    // Neither a renewal of the same license nor the vendor's root, which has no quota, changes that.
    let renewed = License { revision: 2, ..first };
    let by_root = License { signer: digest(&founding_record()), ..sold(3, 7) };
    let heap =
        [by_desk(&renewed), by_desk(&first), by_desk(&second), Signer::vendor().document(&by_root, &[])];
    assert_eq!(find(&heap), [expected]);
}

#[test]
fn a_reseller_cannot_hide_an_over_issue_behind_its_own_delegation() {
    // Both chains begin with the desk: its quota was sold twice, by whomever.
    let by_reseller = License { signer: digest(&reseller()), ..sold(2, 150) };
    let links = [Signer::vendor().link(&desk()), Signer::desk().link(&reseller())];
    let heap = [by_desk(&sold(1, 150)), Signer::reseller().document(&by_reseller, &links)];
    assert!(matches!(find(&heap)[..], [What::OverIssue { number: 150, .. }]));
}

#[test]
fn one_license_for_two_devices_or_in_two_bodies_or_with_two_numbers_is_found() {
    let license = sold(1, 1);
    let other = DeviceId::Dongle(DongleId([9; 16]));
    let against = |body: License<'static>| find(&[by_desk(&license), by_desk(&body)]);
    assert!(matches!(against(License { device: other, ..license })[..], [What::TwoDevices { hop: 0, .. }]));
    assert_eq!(against(License { device: other, hop: 1, revision: 2, ..license }), []);
    let terms = list(&[term("basic", &[], &[flag("cut")])]);
    let two = What::TwoBodies { id: license.id, revision: 1 };
    assert_eq!(against(License { terms, ..license }), [two]);
    let numbers = What::TwoNumbers { id: license.id, first: 1, second: 2 };
    assert_eq!(against(License { number: 2, revision: 2, ..license }), [numbers]);
}

#[test]
fn a_revision_by_a_desk_beside_the_first_is_found_and_one_by_the_root_is_not() {
    let license = License { region: Some(name("eu")), ..sold(1, 150) };
    let beside = holdfast_document::Delegation { key: Signer::reseller().key, ..desk() };
    let renewed = License { revision: 2, signer: digest(&beside), ..license };
    let heap = [by_desk(&license), Signer::reseller().document(&renewed, &[Signer::vendor().link(&beside)])];
    assert_eq!(find(&heap), [What::OtherDesk { id: license.id, revision: 2 }]);
    let by_root = License { revision: 2, signer: digest(&founding_record()), ..license };
    assert_eq!(find(&[by_desk(&license), Signer::vendor().document(&by_root, &[])]), []);
    // What the root issued, no desk replaces.
    let by_desk_again = License { revision: 3, ..license };
    let heap = [Signer::vendor().document(&by_root, &[]), by_desk(&by_desk_again)];
    assert_eq!(find(&heap), [What::OtherDesk { id: license.id, revision: 3 }]);
}

#[test]
fn a_seat_lent_twice_at_one_time_is_found_unless_it_came_home() {
    let first = loan();
    let again = Loan { issued: NOW.plus(DAY), to: dongle_id(), ..first };
    let heap = vec![loan_document(&first, &full_license()), loan_document(&again, &full_license())];
    assert!(matches!(find(&heap)[..], [What::LentTwice { slot: 3, .. }]));
    let returned = |loan: &Loan<'static>| statement(1, Hash::ZERO, &[State::Returned(digest(loan))]);
    let with = |heap: &[Vec<u8>], says: Vec<u8>| find(&[heap, &[says]].concat());
    assert_eq!(with(&heap, of_borrower(returned(&first))), []);
    // That the later loan came home explains nothing; nor does the lender's own word, or one for another vendor.
    assert!(matches!(with(&heap, of_dongle(&returned(&again)))[..], [What::LentTwice { .. }]));
    assert!(matches!(with(&heap, of_dongle(&returned(&first)))[..], [What::LentTwice { .. }]));
    // Of two that were lent in one second, in whatever order they come, either may have been the first.
    let at_once = Loan { to: dongle_id(), ..first };
    let mut heap = vec![loan_document(&first, &full_license()), loan_document(&at_once, &full_license())];
    for _ in 0..2 {
        assert!(matches!(find(&heap)[..], [What::LentTwice { .. }]));
        assert_eq!(with(&heap, of_borrower(returned(&first))), []);
        heap.reverse();
    }
    let after = Loan { issued: first.until, until: first.until.plus(DAY), ..again };
    assert_eq!(find(&[loan_document(&first, &full_license()), loan_document(&after, &full_license())]), []);
}

#[test]
fn statements_that_are_not_one_chain_prove_a_copy() {
    let [first, second] = chain([State::Held(held(3)), State::Held(held(4))]);
    let other_second = Statement { nonce: Nonce([1; 32]), ..second };
    let broken = |number| What::BrokenChain { device: holdfast_audit::finding::Id(dongle_id()), number };
    let find =
        |statements: &[Statement<'static>]| find(&statements.iter().map(of_dongle).collect::<Vec<_>>());
    assert_eq!(find(&[first, second, other_second]), [broken(2)]);
    assert_eq!(find(&[first, Statement { previous: SOME_HASH, ..second }]), [broken(2)]);
    // One that is missing between them breaks nothing; nor does another format of the storage.
    assert_eq!(find(&[first, Statement { number: 3, previous: SOME_HASH, ..second }]), []);
    assert_eq!(find(&[first, second, Statement { storage: StorageId([1; 16]), ..other_second }]), []);
}

#[test]
fn what_a_device_left_the_factory_with_stands_outside_every_chain() {
    let enrolled = |nonce| Statement {
        purpose: Purpose::Enrolled,
        vendor: VendorId::ZERO,
        nonce: Nonce([nonce; 32]),
        ..statement(0, Hash::ZERO, &[])
    };
    assert_eq!(find(&[of_dongle(&enrolled(1)), of_dongle(&enrolled(2))]), []);
}

#[test]
fn what_only_rises_and_fell_proves_that_flash_was_written_back() {
    let fell = |what: &str, from, to| What::WentDown {
        device: holdfast_audit::finding::Id(dongle_id()),
        what: what.replace("ID", &LicenseId([1; 16]).to_string()),
        from,
        to,
    };
    let used = of_chain([State::Held(held(9)), State::Held(held(4))]);
    let unnamed = "use of meter number 0 in revision 1 of license ID";
    assert_eq!(find(&used), [fell(unnamed, 9, 4)]);
    let with_license = [used, vec![by_desk(&sold(1, 1))]].concat();
    assert_eq!(find(&with_license), [fell("use of cuts of license ID", 9, 4)]);
    let revision = of_chain([State::Held(Held { revision: 2, ..held(0) }), State::Held(held(0))]);
    assert_eq!(find(&revision), [fell("revision of license ID", 2, 1)]);
    let [first, second] = chain([State::Held(held(0)), State::Held(held(0))]);
    let first = Statement { update: 5, ..first };
    let second = Statement { previous: digest(&first), ..second };
    assert_eq!(find(&[of_dongle(&first), of_dongle(&second)]), [fell("number of updates", 5, 2)]);
    // Hours of use rise, too, and are what they were when the license leaves.
    let hours = |of: u32| Held { usage_time: Seconds(of), ..held(0) };
    let gone = |of: u32| {
        let Held { id, hop, used, first_use, .. } = held(0);
        State::Departed(Departed { id, hop, to: None, used, usage_time: Seconds(of), first_use })
    };
    let seconds = [fell("seconds of use of license ID", 60, 59)];
    assert_eq!(find(&of_chain([State::Held(hours(60)), State::Held(hours(59))])), seconds);
    assert_eq!(find(&of_chain([State::Held(hours(60)), gone(59)])), seconds);
    assert_eq!(find(&of_chain([State::Held(hours(60)), gone(60)])), []);
    // A hop later it begins at zero.
    let moved = of_chain([State::Held(held(9)), State::Held(Held { hop: 1, ..held(0) })]);
    assert_eq!(find(&moved), []);
}

#[test]
fn more_used_than_was_granted_proves_a_device_that_breaks_its_rules() {
    let says = |used| of_dongle(&statement(1, Hash::ZERO, &[State::Held(held(used))]));
    assert_eq!(find(&[by_desk(&sold(1, 1)), says(120)]), []);
    let found = find(&[by_desk(&sold(1, 1)), says(121)]);
    assert!(matches!(&found[..], [What::Overused { used: 121, granted: 120, meter, .. }] if meter == "cuts"));
    // A term that is not known here may have granted the rest.
    let newer = License { signer: digest(&founding_record()), terms: list(&[CRITICAL]), ..sold(1, 1) };
    assert_eq!(find(&[Signer::vendor().document(&newer, &[]), says(121)]), []);
}

#[test]
fn what_was_given_up_is_not_held_again() {
    let Held { id, used, .. } = held(5);
    let gone = Departed { id, hop: 1, to: None, used, usage_time: Default::default(), first_use: None };
    let again = |hop| of_chain([State::Departed(gone.clone()), State::Held(Held { hop, ..held(0) })]);
    assert!(matches!(find(&again(1))[..], [What::HeldAfterDeparture { hop: 1, .. }]));
    assert!(matches!(find(&again(0))[..], [What::HeldAfterDeparture { hop: 0, .. }]));
    assert_eq!(find(&again(2)), []);
    // Nor is it given up for another device, however often it is stated for whom.
    let left = |to: u8| Departed { to: Some(DeviceId::Dongle(DongleId([to; 16]))), ..gone.clone() };
    let twice = |one: Departed, other| find(&of_chain([State::Departed(one), State::Departed(other)]));
    assert!(matches!(twice(left(1), left(2))[..], [What::DepartedTwice { hop: 1, .. }]));
    assert_eq!(twice(left(1), left(1)), []);
    assert_eq!(twice(left(1), Departed { hop: 3, ..left(2) }), []);
}

#[test]
fn one_license_is_not_held_by_two_devices() {
    let by_other = of_borrower(statement(1, Hash::ZERO, &[State::Held(held(0))]));
    let ours = of_dongle(&statement(1, Hash::ZERO, &[State::Held(held(0))]));
    assert!(matches!(find(&[ours, by_other])[..], [What::HeldByTwo { hop: 0, .. }]));
}

#[test]
fn two_updates_for_one_number_and_two_answers_to_one_request_are_found() {
    let answer = |time| Action::Answer(Answer { request: SOME_HASH, time });
    let heap = |one, other| find(&[by_desk(&one), by_desk(&other)]);
    assert!(matches!(
        heap(update(3, &[answer(NOW)]), Update { issued: NOW.plus(1), ..update(3, &[answer(NOW)]) })[..],
        [What::TwoUpdates { base: 3, .. }]
    ));
    let later = answer(NOW.plus(1));
    let found = heap(update(3, &[answer(NOW)]), update(4, &[later]));
    assert!(matches!(found[..], [What::AnsweredTwice { request: SOME_HASH, .. }]));
}

#[test]
fn what_stands_under_a_revoked_key_is_found_by_the_newest_revocations() {
    let desk = Revoked::Delegation(RevokedDelegation { body: digest(&desk()), from_number: 2 });
    let newest = by_root(&revocations(2, Part::Zero, &[desk]));
    let older = by_root(&revocations(1, Part::Zero, &[]));
    let heap = [by_desk(&sold(1, 1)), by_desk(&sold(2, 2)), newest, older];
    let report = report(&heap);
    let found: Vec<_> =
        report.findings.iter().map(|finding| (finding.documents.clone(), &finding.what)).collect();
    let what = What::UnderRevokedKey { kind: holdfast_document::Kind::License, place: 1 };
    assert_eq!(found, [(vec![2, 3], &what)]);
    // Newer ones that no longer name it take it back.
    assert_eq!(find(&[heap.to_vec(), vec![by_root(&revocations(3, Part::Zero, &[]))]].concat()), []);
}

#[test]
fn what_a_revoked_device_says_later_is_found() {
    let span =
        Part::Span { from: DeviceId::Dongle(DongleId([0; 16])), to: DeviceId::Dongle(DongleId([255; 16])) };
    let named = by_root(&revocations(1, span, &[Revoked::Device(dongle_id())]));
    let late = NOW.plus(2 * DAY);
    let before = statement(1, Hash::ZERO, &[]);
    let after = Statement { floor: late, ..statement(2, digest(&before), &[]) };
    let sale = License { issued: late, ..sold(1, 1) };
    let just_then = License { issued: NOW.plus(DAY), ..sold(2, 2) };
    let found = find(&[named, of_dongle(&before), of_dongle(&after), by_desk(&sale), by_desk(&just_then)]);
    assert!(matches!(found[..], [What::RevokedDevice { .. }, What::RevokedDevice { .. }]), "{found:?}");
}

#[test]
fn two_revocations_of_one_number_are_found() {
    let one = revocations(1, Part::Zero, &[]);
    let other = Revocations { issued: NOW, ..one };
    assert_eq!(find(&[by_root(&one), by_root(&other)]), [What::TwoRevocations { number: 1 }]);
    // The parts of one issue join and do not overlap; which ends of the other a part spans does not matter.
    let span = |from: u8, to: u8| {
        let [from, to] = [from, to].map(|end| DeviceId::Dongle(DongleId([end; 16])));
        by_root(&revocations(2, Part::Span { from, to }, &[]))
    };
    assert_eq!(find(&[span(0, 9), span(10, 255), by_root(&Revocations { number: 2, ..one })]), []);
    for other in [span(5, 255), span(3, 4), span(9, 9)] {
        for heap in [[span(0, 9), other.clone()], [other, span(0, 9)]] {
            assert_eq!(find(&heap), [What::TwoRevocations { number: 2 }]);
        }
    }
}

#[test]
fn two_records_of_one_number_prove_a_leaked_recovery_key() {
    let record = second_record();
    let forged = Vendor { root: Signer::stranger().key, ..record };
    let by_recovery = |record: &Vendor<'static>| Signer::recovery().document_under(1, record, &[]);
    assert_eq!(find(&[by_recovery(&record)]), []);
    let found = find(&[by_recovery(&forged), by_recovery(&record)]);
    assert_eq!(found, [What::ForkedSuccession { vendor: vendor_id(), number: 1 }]);
}

#[test]
fn a_development_devices_word_counts_for_no_production_vendor() {
    let batch = holdfast_document::Delegation {
        scope: holdfast_document::Scope::Maker {
            maker: maker_id(),
            models: names(&["key-one"]),
            best_class: Class::PROTECTED_MCU,
            production: false,
        },
        ..batch()
    };
    let device = holdfast_document::Device { signer: digest(&batch), production: false, ..dongle() };
    let says = Statement { signer: digest(&device), ..statement(1, Hash::ZERO, &[State::Held(held(999))]) };
    let document =
        Signer::dongle().document(&says, &[Signer::maker().link(&batch), Signer::batch().link(&device)]);
    assert!(matches!(&find(&[document])[..], [What::NotBelieved { why }] if why.contains("never mix")));
}

#[test]
fn every_finding_is_a_sentence_that_says_what_to_do_and_json() {
    let report = report(&[by_desk(&sold(1, 7)), by_desk(&sold(2, 7))]);
    let finding = &report.findings[0];
    assert_eq!(finding.weight(), Weight::Proof);
    let sentence = finding.what.to_string();
    assert!(sentence.starts_with("number 7 of the delegation "), "{sentence}");
    assert!(sentence.ends_with("hold its owner to it, or revoke it from that number on"), "{sentence}");
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!(
        (&json["rule"], &json["number"], &json["documents"]),
        (&"over-issue".into(), &7.into(), &[1, 2].as_slice().into())
    );
}
