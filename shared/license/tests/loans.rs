//! A seat is lent: what the borrower takes, what it refuses, and what the loan then grants.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{
    Body, Class, Delegation, Device, DeviceId, DocumentError, DongleId, Link, MakerId, Received, Root,
    Seconds, Vendor,
};
use holdfast_license::license::{Lend, SecretUse};
use holdfast_license::{
    Breach, Condition, Facts, Lent, License, Loan, LoanError, Reason, Refusal, Remedy, Right, Verdict,
    decide, decide_loan,
};

fn vendor_root() -> Root {
    let document = Signer::vendor().document(&founding_record(), &[]);
    Vendor::found::<RustCrypto>(&Received::parse(&document).unwrap()).unwrap().root()
}

fn take(document: Vec<u8>, vendor: &Vendor<'static>) -> Result<Lent<'static>, LoanError> {
    Lent::verify::<RustCrypto>(&Received::parse(document.leak()).unwrap(), &vendor_root(), vendor)
}

fn taken(loan: &Loan<'static>, parent: &License<'static>) -> Result<(), LoanError> {
    take(loan_document(loan, parent), &founding_record()).map(|_| ())
}

/// What becomes of the loan when it comes out of a license with that right.
fn under(lend: Lend<'static>, loan: &Loan<'static>) -> Result<(), LoanError> {
    let parent = License { rights: list(&[Right::Lend(lend)]), ..full_license() };
    taken(&Loan { parent: digest(&parent), ..*loan }, &parent)
}

fn lend() -> Lend<'static> {
    let makers = list(&[maker_id()]);
    Lend { seats: 5, longest: Seconds(604_800), class: Class::PROTECTED_MCU, makers }
}

#[test]
fn a_loan_is_taken_with_the_license_that_it_comes_out_of() {
    let lent = take(loan_document(&loan(), &full_license()), &founding_record()).unwrap();
    assert_eq!(lent.loan().body(), &loan());
    assert_eq!(lent.parent().body(), &full_license());
    assert_eq!(lent.loan().device(), Some(&dongle()));
    assert_eq!(lent.may_go_to(&borrower()), Ok(()));
}

#[test]
fn a_loan_out_of_a_license_under_a_later_root_is_taken_under_that_root() {
    let received = |document: Vec<u8>| Received::parse(document.leak()).unwrap();
    let founding = received(Signer::vendor().document(&founding_record(), &[]));
    let founded = Vendor::found::<RustCrypto>(&founding).unwrap();
    let second = received(Signer::recovery().document_under(1, &second_record(), &[]));
    let newest = Vendor::succeed::<RustCrypto>(&second, &founded).unwrap();
    let desk = Delegation { signer: newest.digest(), ..desk() };
    let parent = License { signer: digest(&desk), ..full_license() };
    let loan = Loan { parent: digest(&parent), ..loan() };
    let mut chain = loan_chain(&parent);
    chain[0] = Signer::new_vendor().link(&desk);
    let document = received(Signer::dongle().document_under(1, &loan, &chain));
    let lent = Lent::verify::<RustCrypto>(&document, &newest.root(), &newest).unwrap();
    assert_eq!((lent.parent().body(), lent.loan().device()), (&parent, Some(&dongle())));
    let under_the_old = Lent::verify::<RustCrypto>(&document, &vendor_root(), &newest);
    assert_eq!(under_the_old.err(), Some(DocumentError::UnknownRoot { number: 1 }.into()));
}

#[test]
fn a_loan_without_its_parent_is_no_loan() {
    let chain = loan_chain(&full_license());
    let root = Root::of_maker(Signer::maker().key);
    let document = Signer::dongle().document(&loan(), &chain[2..]).leak();
    let received = Received::parse(document).unwrap();
    assert_eq!(received.verify::<RustCrypto, Loan<'_>>(&root, NOW).err(), Some(DocumentError::BadChain));
    let document = Signer::dongle().document(&loan(), &chain[2..]);
    assert_eq!(take(document, &founding_record()).err(), Some(DocumentError::BadChain.into()));
}

#[test]
fn a_loan_beyond_what_its_parent_allows_is_refused_by_its_breach() {
    let full = full_license();
    let to_other = License { device: DeviceId::Dongle(DongleId([9; 16])), ..full };
    let sale = License { rights: list(&[Right::Transfer(())]), ..full };
    let of = |parent: &License<'static>| Loan { parent: digest(parent), ..loan() };
    let with = |secret| Loan { secrets: list(&[secret]), ..loan() };
    let longest = u64::from(lend().longest.0);
    for (found, breach) in [
        (taken(&Loan { parent: SOME_HASH, ..loan() }, &full), Breach::Parent),
        (taken(&of(&to_other), &to_other), Breach::Lender),
        (taken(&of(&sale), &sale), Breach::Right),
        (under(lend(), &Loan { slot: 5, ..loan() }), Breach::Slot { slot: 5, seats: 5 }),
        (
            under(lend(), &Loan { until: NOW.plus(longest + 1), ..loan() }),
            Breach::Longest { seconds: longest + 1, longest: 604_800 },
        ),
        (taken(&with(secret(name("cut"), 2, SecretUse::Derive)), &full), Breach::Secret),
        (taken(&with(secret(name("cut"), 1, SecretUse::Reveal)), &full), Breach::Secret),
        (taken(&with(secret(name("export-step"), 1, SecretUse::Derive)), &full), Breach::Secret),
    ] {
        assert_eq!(found, Err(LoanError::NotAllowed(breach)));
    }
    assert_eq!(under(lend(), &Loan { slot: 4, ..loan() }), Ok(()));
    assert_eq!(under(lend(), &Loan { until: NOW.plus(longest), ..loan() }), Ok(()));
}

#[test]
fn only_the_device_that_is_named_and_good_enough_may_borrow() {
    let lent = take(loan_document(&loan(), &full_license()), &founding_record()).unwrap();
    assert_eq!(lent.may_go_to(&dongle()), Err(Breach::Borrower));
    let of_class = |class| Device { class, ..borrower() };
    let least = lend();
    assert_eq!(least.may_go_to(&of_class(Class::SECURE_ELEMENT)), Ok(()));
    assert_eq!(least.may_go_to(&of_class(Class::GLITCHABLE_MCU)), Err(Breach::Class));
    let by_other = Device { maker: MakerId([3; 16]), ..borrower() };
    assert_eq!(least.may_go_to(&by_other), Err(Breach::Maker));
    assert_eq!(Lend { makers: ANY_MAKER, ..least }.may_go_to(&by_other), Ok(()));
}

#[test]
fn a_loan_that_contradicts_itself_is_refused() {
    for wrong in [
        Loan { until: NOW, ..loan() },
        Loan { fresh_within: Seconds(0), ..loan() },
        Loan { to: DeviceId::Unbound, ..loan() },
        Loan { secrets: list(&[secret(name("cut"), 1, SecretUse::Derive); 2]), ..loan() },
    ] {
        assert_eq!(taken(&wrong, &full_license()), Err(DocumentError::Inconsistent.into()));
    }
    let many = list(&[0, 1, 2, 3, 4].map(|epoch| secret(name("cut"), epoch, SecretUse::Derive)));
    assert_eq!(taken(&Loan { secrets: many, ..loan() }, &full_license()), Err(DocumentError::TooMany.into()));
}

#[test]
fn a_right_to_lend_what_is_not_there_is_refused() {
    let rights = |lend| License { rights: list(&[Right::Lend(lend)]), ..full_license() };
    let wrong = Err(DocumentError::Inconsistent);
    assert_eq!(rights(Lend { seats: 40, ..lend() }).check(), Ok(()));
    assert_eq!(rights(Lend { seats: 41, ..lend() }).check(), wrong);
    assert_eq!(rights(Lend { seats: 0, ..lend() }).check(), wrong);
    assert_eq!(rights(Lend { longest: Seconds(0), ..lend() }).check(), wrong);
    assert_eq!(License { seats: None, ..rights(lend()) }.check(), wrong);
    let twice = License { rights: list(&[Right::Lend(lend()), Right::Lend(lend())]), ..full_license() };
    assert_eq!(twice.check(), wrong);
}

#[test]
fn each_signature_of_both_chains_counts_and_is_named_by_its_place() {
    for place in 0..4usize {
        let mut chain = loan_chain(&full_license());
        chain[place].signature.0[7] ^= 1;
        let document = Signer::dongle().document(&loan(), &chain);
        let link = u8::try_from(place).unwrap();
        assert_eq!(
            take(document, &founding_record()).err(),
            Some(DocumentError::BadSignature { link }.into())
        );
    }
    let by_stranger = Signer::stranger().document(&loan(), &loan_chain(&full_license()));
    let last = DocumentError::BadSignature { link: 4 };
    assert_eq!(take(by_stranger, &founding_record()).err(), Some(last.into()));
    let other = Loan { signer: Hash::ZERO, ..loan() };
    assert_eq!(taken(&other, &full_license()), Err(DocumentError::WrongSigner { link: 4 }.into()));
}

#[test]
fn links_in_another_order_are_no_chains() {
    let good = loan_chain(&full_license());
    let wrong: [&[Link<'static>]; 4] = [
        &[good[0], good[1]],
        &[good[2], good[3], good[0], good[1]],
        &[good[0], good[1], good[2], good[3], good[3]],
        &[good[0], good[1], good[3]],
    ];
    for chain in wrong {
        assert!(take(Signer::dongle().document(&loan(), chain), &founding_record()).is_err());
    }
}

#[test]
fn the_lender_is_by_any_maker_that_the_vendor_accepts_and_no_other() {
    let with = |makers: &[holdfast_crypto::Key]| Vendor { makers: list(makers), ..founding_record() };
    let (good, other) = (Signer::maker().key, Signer::stranger().key);
    let document = || loan_document(&loan(), &full_license());
    assert!(take(document(), &with(&[other, other, other, good])).is_ok());
    let none = DocumentError::BadSignature { link: 2 };
    assert_eq!(take(document(), &with(&[other, other])).err(), Some(none.into()));
    assert_eq!(take(document(), &with(&[])).err(), Some(none.into()));
}

#[test]
fn a_production_license_is_not_lent_by_a_development_device_nor_the_reverse() {
    let vendor = Vendor { production: false, ..founding_record() };
    let document = loan_document(&loan(), &full_license());
    assert_eq!(take(document, &vendor).err(), Some(DocumentError::Mixed.into()));
}

#[test]
fn a_loan_outlives_the_delegation_of_the_desk_that_sold_its_parent() {
    let late = desk().until.plus(DAY);
    let late = Loan { issued: late, until: late.plus(DAY), ..loan() };
    assert_eq!(taken(&late, &full_license()), Ok(()));
}

/// The loan of these tests about deciding: a week from the floor on, fresh within a day.
fn week() -> Loan<'static> {
    Loan { until: good_facts().floor.plus(7 * DAY), fresh_within: Seconds(86_400), ..loan() }
}

fn refusals(license: &License<'_>, facts: &Facts) -> Vec<Refusal> {
    match decide_loan(license, &week(), facts) {
        Verdict::Refused(refused) => refused.reasons().collect(),
        Verdict::Granted(_) => vec![],
    }
}

#[test]
fn a_refusal_of_a_loan_says_that_it_is_over_and_what_to_do() {
    let seated = License { seats: full_license().seats, ..license(&[term("basic", &[], &[flag("cut")])]) };
    let first = |facts: &Facts| {
        let refusal = refusals(&seated, facts)[0];
        let reason = Reason::of(&seated, refusal);
        (refusal.condition, reason.remedy(), reason.to_string())
    };
    let facts = good_facts();
    let over = Facts { floor: week().until, ..facts.clone() };
    let (condition, remedy, sentence) = first(&over);
    assert_eq!((condition, remedy), (Refusal::LOAN_OVER, Remedy::BorrowAgain));
    assert!(sentence.starts_with("the loan ended on 2026-03-09, and it is 2026-03-09;"), "{sentence}");
    let (condition, remedy, sentence) = first(&Facts { age: 86_400, ..facts.clone() });
    assert_eq!((condition, remedy), (Refusal::LOAN_STALE, Remedy::SyncTime));
    assert!(sentence.contains("younger than 24 hours, and is 24 hours old"), "{sentence}");
    let (condition, remedy, sentence) = first(&Facts { lease: None, ..facts });
    assert_eq!((condition, remedy), (Refusal::NO_SEAT, Remedy::FreeSeat));
    assert!(sentence.starts_with("the one seat"), "{sentence}");
}

#[test]
fn what_only_the_lender_counts_is_not_lent() {
    for counted in [units("cuts", 0), Condition::DaysFromFirstUse(9), Condition::UsageTime(Seconds(9_999))] {
        let license = license(&[term("pro", &[Condition::Paired(()), counted], &[flag("cut")])]);
        let facts = Facts { used: Default::default(), first_use: None, usage_time: 0, ..good_facts() };
        assert!(decide(&license, &facts).is_granted(), "{counted:?}");
        let refusals = refusals(&license, &facts);
        assert_eq!(refusals, [Refusal { term: 0, condition: Refusal::NOT_LENT, needed: 1, seen: 0 }]);
        let reason = Reason::of(&license, refusals[0]);
        assert_eq!(reason.remedy(), Remedy::UseLender);
        assert!(reason.to_string().contains("not lent; use the device that lent it"), "{reason}");
    }
}
