//! Licenses and facts, drawn in numbers close to each other, so that every boundary is met often.

use crate::document::bytes;
use crate::draw::Draw;
use holdfast_crypto::Hash;
use holdfast_document::{Class, DeviceId, DongleId, List, Name, Seconds, Time, Units, V1, VendorId};
use holdfast_license::condition::{FreshBy, FreshWithin, UnitsLeft};
use holdfast_license::facts::MachineKey;
use holdfast_license::license::SeatBy;
use holdfast_license::term::NumberedFeature;
use holdfast_license::{Claims, Condition, Facts, Feature, License, LicenseId, Loan, Meter, Seats, Term};

/// The names that everything is called by.
pub(super) const NAMES: [&str; 3] = ["a", "b", "c"];

/// The bytes of the lists that a drawn license borrows.
pub(super) struct Parts {
    terms: Vec<u8>,
    meters: Vec<u8>,
    seats: Option<Seats>,
}

pub(super) fn name(text: &str) -> Name<'_> {
    Name::new(text).expect("a name")
}

/// Appends an item behind its length.
fn frame(list: &mut Vec<u8>, item: &[u8]) {
    match item.len() {
        length @ 0..128 => list.push(length as u8),
        length => list.extend([(length & 127) as u8 | 128, (length >> 7) as u8]),
    }
    list.extend(item);
}

/// An item that is not what it should be: of an unknown tag, or broken.
fn odd(draw: &mut Draw<'_>) -> Vec<u8> {
    match draw.below(3) {
        0 => vec![60 + draw.byte() % 68, 7],
        1 => vec![128 | draw.byte(), 7],
        _ => draw.bytes(3).to_vec(),
    }
}

pub(super) fn parts(draw: &mut Draw<'_>) -> Parts {
    let (mut terms, mut meters) = (Vec::new(), Vec::new());
    for which in NAMES.iter().take(draw.below(4)) {
        let allowance = Units(draw.number() % (1 << 40));
        frame(&mut meters, &bytes(&Meter { name: name(which), allowance, open: draw.flag() }));
    }
    for _ in 0..draw.below(6) {
        let item = if draw.rarely(16) { odd(draw) } else { term(draw) };
        frame(&mut terms, &item);
    }
    let by = if draw.flag() { SeatBy::Machine } else { SeatBy::Lease };
    let seats = draw.rarely(3).then_some(Seats { count: 3, by, lease: 60 });
    Parts { terms, meters, seats }
}

fn term(draw: &mut Draw<'_>) -> Vec<u8> {
    let (mut conditions, mut features) = (Vec::new(), Vec::new());
    for _ in 0..draw.below(5) {
        let item = if draw.rarely(24) { odd(draw) } else { bytes(&condition(draw)) };
        frame(&mut conditions, &item);
    }
    for which in NAMES {
        let item = match draw.below(4) {
            0 => continue,
            1 => bytes(&Feature::Flag(name(which))),
            2 => bytes(&Feature::Number(NumberedFeature { name: name(which), number: draw.number() })),
            _ if draw.rarely(8) => odd(draw),
            _ => continue,
        };
        frame(&mut features, &item);
    }
    bytes(&Term {
        edition: name("pro"),
        notice: None,
        conditions: List::from_bytes(&conditions),
        features: List::from_bytes(&features),
    })
}

fn class(draw: &mut Draw<'_>) -> Class {
    Class { scale: draw.byte() % 3, level: draw.byte() % 4 }
}

fn condition(draw: &mut Draw<'_>) -> Condition<'static> {
    match draw.below(17) {
        0 | 15 => Condition::From(Time(draw.number())),
        1 => Condition::Until(Time(draw.number())),
        2 => Condition::DaysFromFirstUse(u16::from(draw.byte() % 4)),
        3 => Condition::UsageTime(Seconds(draw.number_32())),
        4 | 16 => {
            let (meter, overdraft) = (name(draw.pick(&NAMES)), Units(draw.number() % (1 << 40)));
            Condition::Units(UnitsLeft { meter, overdraft })
        }
        5 => {
            let by = if draw.flag() { FreshBy::Issuer } else { FreshBy::Any };
            Condition::FreshWithin(FreshWithin { seconds: Seconds(draw.number_32()), by })
        }
        6 => Condition::Machine(MachineKey([draw.byte() % 2; 64])),
        7 => Condition::Touch(Seconds(draw.number_32())),
        8 => Condition::Paired(()),
        9 => Condition::FirmwareAtLeast(draw.number_32()),
        10 => Condition::ClassAtLeast(class(draw)),
        11 => Condition::Requires(draw.number() as u16 % 70),
        12 => Condition::ReleasedBefore(Time(draw.number())),
        13 => Condition::VirtualMachine(draw.flag()),
        _ => Condition::RemoteSession(draw.flag()),
    }
}

/// The license of these parts.
pub(super) fn license(parts: &Parts) -> License<'_> {
    License {
        version: V1,
        signer: Hash::ZERO,
        issued: Time(0),
        number: 1,
        id: LicenseId::ZERO,
        revision: 1,
        hop: 0,
        vendor: VendorId::ZERO,
        product: name("p"),
        region: None,
        device: DeviceId::Dongle(DongleId::ZERO),
        customer: name("c-1"),
        terms: List::from_bytes(&parts.terms),
        meters: List::from_bytes(&parts.meters),
        seats: parts.seats,
        secrets: List::EMPTY,
        values: List::EMPTY,
        rights: List::EMPTY,
    }
}

/// A loan of a seat of it.
pub(super) fn loan(draw: &mut Draw<'_>) -> Loan<'static> {
    Loan {
        version: V1,
        signer: Hash::ZERO,
        issued: Time(0),
        parent: Hash::ZERO,
        slot: 0,
        to: DeviceId::Dongle(DongleId::ZERO),
        until: Time(draw.number()),
        fresh_within: Seconds(draw.number_32()),
        secrets: List::EMPTY,
    }
}

/// What a device might know.
pub(super) fn facts(draw: &mut Draw<'_>) -> Facts {
    Facts {
        floor: Time(draw.number()),
        host_time: Time(if draw.flag() { draw.number() } else { 0 }),
        age: draw.number(),
        age_by_issuer: draw.number(),
        first_use: draw.maybe(Draw::number),
        usage_time: draw.number(),
        used: (0..draw.below(4)).map(|_| Units(draw.number())).collect(),
        lease: draw.maybe(Draw::number_32),
        touched: draw.maybe(Draw::number_32),
        paired: draw.flag(),
        machine: draw.maybe(|draw| MachineKey([draw.byte() % 3; 64])),
        firmware: draw.number_32(),
        class: class(draw),
        capabilities: draw.number() | if draw.flag() { 1 << 63 } else { 0 },
        claims: Claims {
            released: draw.maybe(|draw| Time(draw.number())),
            virtual_machine: draw.maybe(Draw::flag),
            remote_session: draw.maybe(Draw::flag),
        },
    }
}
