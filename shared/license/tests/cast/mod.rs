//! What the licensing desk, the dongle and its owner sign, on top of the cast of the documents.

#![allow(dead_code, reason = "each test binary takes the part of the cast that it needs")]

#[path = "../../../document/tests/cast/mod.rs"]
mod documents;

pub(crate) use documents::*;

use holdfast_crypto::Hash;
use holdfast_document::{
    Class, Device, DeviceId, Link, List, MakerId, Name, Seconds, StorageId, Time, Units, V1,
};
use holdfast_license::condition::{FreshBy, FreshWithin, UnitsLeft};
use holdfast_license::facts::MachineKey;
use holdfast_license::license::{Lend, Sealed, SealedSecret, SeatBy, SecretUse, Value};
use holdfast_license::statement::Nonce;
use holdfast_license::term::NumberedFeature;
use holdfast_license::{
    Action, Claims, Condition, Facts, Feature, License, LicenseId, Loan, Meter, Purpose, Right, Seats,
    Statement, Term, Update,
};

/// A key of a machine.
pub(crate) const MACHINE: MachineKey = MachineKey([0x4d; 64]);

/// A license without anything in it, for the dongle, by the desk.
pub(crate) fn bare_license() -> License<'static> {
    License {
        version: V1,
        signer: digest(&desk()),
        issued: NOW,
        number: 150,
        id: LicenseId([0x1d; 16]),
        revision: 1,
        hop: 0,
        vendor: vendor_id(),
        product: name("cutter"),
        region: Some(name("eu")),
        device: DeviceId::Dongle(dongle().id()),
        customer: name("c-4711"),
        terms: List::EMPTY,
        meters: List::EMPTY,
        seats: None,
        secrets: List::EMPTY,
        values: List::EMPTY,
        rights: List::EMPTY,
    }
}

/// A term of that edition.
pub(crate) fn term(
    edition: &'static str,
    conditions: &[Condition<'static>],
    features: &[Feature<'static>],
) -> Term<'static> {
    Term { edition: name(edition), notice: None, conditions: list(conditions), features: list(features) }
}

/// A license of these terms alone, with one meter, *cuts*, of 100 units.
pub(crate) fn license(terms: &[Term<'static>]) -> License<'static> {
    License { terms: list(terms), meters: list(&[meter("cuts", 100)]), ..bare_license() }
}

/// An open meter.
pub(crate) fn meter(of: &'static str, allowance: u64) -> Meter<'static> {
    Meter { name: name(of), allowance: Units(allowance), open: true }
}

/// That the meter has units left.
pub(crate) fn units(meter: &'static str, overdraft: u64) -> Condition<'static> {
    Condition::Units(UnitsLeft { meter: name(meter), overdraft: Units(overdraft) })
}

/// That the proof of time is fresh.
pub(crate) fn fresh(seconds: u32, by: FreshBy) -> Condition<'static> {
    Condition::FreshWithin(FreshWithin { seconds: Seconds(seconds), by })
}

/// A feature that is just there.
pub(crate) fn flag(of: &'static str) -> Feature<'static> {
    Feature::Flag(name(of))
}

/// A feature with a number.
pub(crate) fn number(of: &'static str, number: u64) -> Feature<'static> {
    Feature::Number(NumberedFeature { name: name(of), number })
}

/// A secret of a feature; nobody opens it here.
pub(crate) fn secret(feature: Name<'static>, epoch: u32, usage: SecretUse) -> SealedSecret<'static> {
    SealedSecret { feature, epoch, sealed: Sealed([0x5e; 113]), usage }
}

/// Every condition there is, each so that [`good_facts`] meets it.
pub(crate) fn every_condition() -> [Condition<'static>; 15] {
    [
        Condition::From(NOW),
        Condition::Until(NOW.plus(365 * DAY)),
        Condition::DaysFromFirstUse(30),
        Condition::UsageTime(Seconds(360_000)),
        units("cuts", 20),
        fresh(30 * 86_400, FreshBy::Issuer),
        Condition::Machine(MACHINE),
        Condition::Touch(Seconds(10)),
        Condition::Paired(()),
        Condition::FirmwareAtLeast(7),
        Condition::ClassAtLeast(Class::GLITCHABLE_MCU),
        Condition::Requires(3),
        Condition::ReleasedBefore(NOW.plus(DAY)),
        Condition::VirtualMachine(false),
        Condition::RemoteSession(false),
    ]
}

/// Facts that meet every condition of [`every_condition`].
pub(crate) fn good_facts() -> Facts {
    Facts {
        floor: NOW.plus(DAY),
        host_time: NOW.plus(DAY),
        age: 3_600,
        age_by_issuer: 7_200,
        first_use: Some(DAY),
        usage_time: 3_600,
        used: [Units(97)].into_iter().collect(),
        lease: Some(60),
        touched: Some(3),
        paired: true,
        machine: Some(MACHINE),
        firmware: 7,
        class: Class::PROTECTED_MCU,
        capabilities: 1 << 3,
        claims: Claims { released: Some(NOW), virtual_machine: Some(false), remote_session: Some(false) },
    }
}

/// A license with every condition, feature, right and sort of part that there is.
pub(crate) fn full_license() -> License<'static> {
    let everything = Term {
        notice: Some("Pro – thank you"),
        ..term("pro", &every_condition(), &[flag("cut"), number("export-step", 4_096)])
    };
    let any = term("any-proof", &[fresh(60, FreshBy::Any)], &[flag("cut")]);
    let lend = Lend {
        seats: 5,
        longest: Seconds(604_800),
        class: Class::PROTECTED_MCU,
        makers: list(&[maker_id()]),
    };
    License {
        terms: list(&[everything, any, term("basic", &[], &[flag("cut")])]),
        meters: list(&[meter("cuts", 100), Meter { open: false, ..meter("exports", 7) }]),
        seats: Some(Seats { count: 40, by: SeatBy::Machine, lease: 300 }),
        secrets: list(&[
            secret(name("cut"), 1, SecretUse::Derive),
            secret(name("export-step"), 2, SecretUse::Reveal),
        ]),
        values: list(&[Value { name: name("support"), bytes: b"gold" }]),
        rights: list(&[Right::Transfer(()), Right::Lend(lend)]),
        ..bare_license()
    }
}

/// A second dongle of the same batch, which borrows.
pub(crate) fn borrower() -> Device<'static> {
    Device {
        identity: Signer::new(14).key,
        channel: Signer::new(15).key,
        sealing: Signer::new(16).key,
        ..dongle()
    }
}

/// A seat of the full license, lent by the dongle to the borrower for a week.
pub(crate) fn loan() -> Loan<'static> {
    Loan {
        version: V1,
        signer: digest(&dongle()),
        issued: NOW,
        parent: digest(&full_license()),
        slot: 3,
        to: DeviceId::Dongle(borrower().id()),
        until: NOW.plus(7 * DAY),
        fresh_within: Seconds(604_800),
        secrets: list(&[secret(name("cut"), 1, SecretUse::Derive)]),
    }
}

/// The loan with its two chains: the desk's license, then the maker's links and the lender.
pub(crate) fn loan_document(loan: &Loan<'static>, parent: &License<'static>) -> Vec<u8> {
    Signer::dongle().document(loan, &loan_chain(parent))
}

/// What travels in front of a loan.
pub(crate) fn loan_chain(parent: &License<'static>) -> [Link<'static>; 4] {
    [
        Signer::vendor().link(&desk()),
        Signer::desk().link(parent),
        Signer::maker().link(&batch()),
        Signer::batch().link(&dongle()),
    ]
}

/// An empty list of makers.
pub(crate) const ANY_MAKER: List<'static, MakerId> = List::EMPTY;
/// The end of time.
pub(crate) const END: Time = Time(u64::MAX);
/// A digest of anything.
pub(crate) const SOME_HASH: Hash = Hash([0x5a; 32]);

/// An update of the dongle by the vendor's root.
pub(crate) fn update(actions: &[Action<'static>]) -> Update<'static> {
    Update {
        version: V1,
        signer: digest(&founding_record()),
        issued: NOW,
        to: DeviceId::Dongle(dongle().id()),
        storage: StorageId([0x57; 16]),
        vendor: vendor_id(),
        base: 4,
        actions: list(actions),
    }
}

/// The first report of a dongle that holds nothing of the vendor.
pub(crate) fn bare_statement() -> Statement<'static> {
    Statement {
        version: V1,
        signer: digest(&dongle()),
        vendor: vendor_id(),
        device: DeviceId::Dongle(dongle().id()),
        storage: StorageId([0x57; 16]),
        purpose: Purpose::Report,
        nonce: Nonce([1; 32]),
        number: 1,
        previous: Hash::ZERO,
        answered: Hash::ZERO,
        firmware: 7,
        class: dongle().class,
        update: 0,
        applied: Hash::ZERO,
        floor: NOW,
        wear: 0,
        digest: Hash::ZERO,
        state: List::EMPTY,
    }
}
