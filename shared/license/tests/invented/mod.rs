//! Invented licenses and facts: small numbers close to each other, so that every boundary is met
//! often, and what it means for a condition to hold, said again without windows of time.

use crate::cast::*;
use holdfast_document::{Class, Seconds, Time, Units};
use holdfast_license::condition::{FreshBy, FreshWithin, UnitsLeft};
use holdfast_license::facts::MachineKey;
use holdfast_license::license::SeatBy;
use holdfast_license::term::Term;
use holdfast_license::{Claims, Condition, Facts, License, Seats};
use proptest::prelude::*;
use serde::{Serialize, Serializer, ser::SerializeTuple};

/// The features that an invented license may have.
pub(crate) const FEATURES: [&str; 3] = ["cut", "export-step", "view"];
/// Its meters.
pub(crate) const METERS: [&str; 2] = ["cuts", "exports"];
/// What is granted of each.
pub(crate) const ALLOWANCES: [u64; 2] = [20, 30];
/// Its seats, where it has any.
pub(crate) const SEATS: Option<Seats> = Some(Seats { count: 40, by: SeatBy::Lease, lease: 300 });

/// One condition of a term, or an item that nobody knows.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Known(Condition<'static>),
    Unknown(u8),
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(condition) => condition.serialize(to),
            Self::Unknown(tag) => {
                let mut item = to.serialize_tuple(2)?;
                item.serialize_element(tag)?;
                item.serialize_element(&7u8)?;
                item.end()
            }
        }
    }
}

/// One term.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) conditions: Vec<Part>,
    pub(crate) features: Vec<&'static str>,
}

impl Part {
    /// Whether it holds, as the rules say in words.
    pub(crate) fn holds(&self, facts: &Facts) -> bool {
        let condition = match self {
            Self::Known(condition) => condition,
            Self::Unknown(tag) => return *tag >= 128,
        };
        let claims = facts.claims;
        match *condition {
            Condition::From(from) => from <= facts.floor,
            Condition::Until(until) => facts.floor < until && facts.host_time < until,
            Condition::DaysFromFirstUse(days) => match facts.first_use {
                None => days > 0,
                Some(passed) => passed < u64::from(days) * DAY,
            },
            Condition::UsageTime(most) => facts.usage_time < u64::from(most.0),
            Condition::Units(UnitsLeft { meter, overdraft }) => {
                let index = METERS.iter().position(|name| *name == meter.as_str()).unwrap();
                facts.used[index].0 < ALLOWANCES[index] + overdraft.0
            }
            Condition::FreshWithin(FreshWithin { seconds, by: FreshBy::Any }) => {
                facts.age < u64::from(seconds.0)
            }
            Condition::FreshWithin(FreshWithin { seconds, by: FreshBy::Issuer }) => {
                facts.age_by_issuer < u64::from(seconds.0)
            }
            Condition::Machine(machine) => facts.machine == Some(machine),
            Condition::Touch(within) => facts.touched.is_some_and(|passed| passed < within.0),
            Condition::Paired(()) => facts.paired,
            Condition::FirmwareAtLeast(least) => facts.firmware >= least,
            Condition::ClassAtLeast(Class { scale: 0, .. }) => true,
            Condition::ClassAtLeast(least) => {
                facts.class.scale == least.scale && facts.class.level >= least.level
            }
            Condition::Requires(capability) => {
                (0..64).any(|bit| bit == capability && facts.capabilities >> bit & 1 == 1)
            }
            Condition::ReleasedBefore(end) => claims.released.is_some_and(|released| released < end),
            Condition::VirtualMachine(wanted) => claims.virtual_machine == Some(wanted),
            Condition::RemoteSession(wanted) => claims.remote_session == Some(wanted),
        }
    }

    /// Whether it takes the host's word.
    pub(crate) fn is_claimed(&self) -> bool {
        use Condition::{ReleasedBefore, RemoteSession, VirtualMachine};
        matches!(self, Self::Known(ReleasedBefore(_) | VirtualMachine(_) | RemoteSession(_)))
    }

    /// The overdraft that it allows on that meter, if it is about that meter.
    pub(crate) fn overdraft_on(&self, of: &str) -> Option<u64> {
        match self {
            Self::Known(Condition::Units(UnitsLeft { meter, overdraft })) if meter.as_str() == of => {
                Some(overdraft.0)
            }
            _ => None,
        }
    }
}

/// A license of these terms, with or without seats, two meters.
pub(crate) fn with_terms(terms: &[Clause]) -> License<'static> {
    let first_features = terms.first().map_or(0, |clause| clause.features.len());
    let terms: Vec<Term<'static>> = terms
        .iter()
        .map(|clause| Term {
            conditions: list(&clause.conditions),
            ..term("pro", &[], &clause.features.iter().map(|of| flag(of)).collect::<Vec<_>>())
        })
        .collect();
    let meters = [meter(METERS[0], ALLOWANCES[0]), meter(METERS[1], ALLOWANCES[1])];
    // Half of the invented licenses have seats: which half follows from their first term's features.
    let seats = SEATS.filter(|_| first_features.is_multiple_of(2));
    License { meters: list(&meters), terms: list(&terms), seats, ..bare_license() }
}

fn class() -> impl Strategy<Value = Class> {
    (0u8..3, 0u8..4).prop_map(|(scale, level)| Class { scale, level })
}

fn fresh_by() -> impl Strategy<Value = FreshBy> {
    prop_oneof![Just(FreshBy::Any), Just(FreshBy::Issuer)]
}

fn part() -> impl Strategy<Value = Part> {
    let known = prop_oneof![
        (0u64..60).prop_map(|from| Condition::From(Time(from))),
        (0u64..60).prop_map(|from| Condition::From(Time(from))),
        (0u64..90).prop_map(|until| Condition::Until(Time(until))),
        (0u16..4).prop_map(Condition::DaysFromFirstUse),
        (0u32..60).prop_map(|most| Condition::UsageTime(Seconds(most))),
        (0usize..2, 0u64..15).prop_map(|(of, overdraft)| units(METERS[of], overdraft)),
        (0usize..2, 0u64..3).prop_map(|(of, overdraft)| units(METERS[of], overdraft)),
        (0u32..60, fresh_by()).prop_map(|(seconds, by)| fresh(seconds, by)),
        (0u8..3).prop_map(|byte| Condition::Machine(MachineKey([byte; 64]))),
        (0u32..60).prop_map(|within| Condition::Touch(Seconds(within))),
        Just(Condition::Paired(())),
        (0u32..4).prop_map(Condition::FirmwareAtLeast),
        class().prop_map(Condition::ClassAtLeast),
        prop_oneof![0u16..4, 62u16..67, Just(u16::MAX)].prop_map(Condition::Requires),
        (0u64..60).prop_map(|end| Condition::ReleasedBefore(Time(end))),
        any::<bool>().prop_map(Condition::VirtualMachine),
        any::<bool>().prop_map(Condition::RemoteSession),
    ];
    prop_oneof![
        30 => known.prop_map(Part::Known),
        1 => (100u8..128).prop_map(Part::Unknown),
        1 => (128u8..).prop_map(Part::Unknown),
    ]
}

/// One term.
pub(crate) fn clause() -> impl Strategy<Value = Clause> {
    let features = proptest::sample::subsequence(FEATURES.to_vec(), 0..=FEATURES.len());
    (proptest::collection::vec(part(), 0..4), features)
        .prop_map(|(conditions, features)| Clause { conditions, features })
}

/// The terms of a license.
pub(crate) fn terms() -> impl Strategy<Value = Vec<Clause>> {
    proptest::collection::vec(clause(), 1..5)
}

/// A time that passes: mostly a little, sometimes days.
pub(crate) fn passing() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..100, 1 => 0..4 * DAY]
}

fn claims() -> impl Strategy<Value = Claims> {
    let released = proptest::option::of((0u64..60).prop_map(Time));
    (released, any::<Option<bool>>(), any::<Option<bool>>()).prop_map(
        |(released, virtual_machine, remote_session)| Claims { released, virtual_machine, remote_session },
    )
}

/// What a device might know.
pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let first_use =
        proptest::option::of(prop_oneof![0u64..60, DAY - 60..DAY + 60, 2 * DAY - 60..2 * DAY + 60]);
    let times = (0u64..60, prop_oneof![Just(0u64), 1u64..90], 0u64..60, 0u64..60, first_use, 0u64..60);
    let host = (
        proptest::option::weighted(0.8, 0u32..60),
        proptest::option::of(0u32..60),
        proptest::option::of(0u8..3),
        any::<bool>(),
    );
    // Often close to what is granted of each.
    let used = (prop_oneof![0u64..40, 18u64..24], prop_oneof![0u64..50, 28u64..34]);
    let device = (0u32..4, class(), prop_oneof![0u64..16, any::<u64>()]);
    (times, used, host, device, claims()).prop_map(|(times, used, host, device, claims)| {
        let (floor, host_time, age, age_by_issuer, first_use, usage_time) = times;
        let (lease, touched, machine, paired) = host;
        let (firmware, class, capabilities) = device;
        Facts {
            floor: Time(floor),
            host_time: Time(host_time),
            age,
            age_by_issuer,
            first_use,
            usage_time,
            used: [Units(used.0), Units(used.1)].into_iter().collect(),
            lease,
            touched,
            paired,
            machine: machine.map(|byte| MachineKey([byte; 64])),
            firmware,
            class,
            capabilities,
            claims,
        }
    })
}
