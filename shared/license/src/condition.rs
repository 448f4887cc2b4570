//! Every condition, and when it holds.
//!
//! A condition looks at the facts of one moment and says in which window of the coming seconds it
//! holds if nothing changes but time. Windows make one thing out of three questions: whether it
//! holds now, how long a grant may be trusted, and when a better term begins.

use crate::{Facts, License, facts::MachineKey};
use holdfast_document::{Class, Name, Seconds, Time, Units, tagged_items};
use serde::{Deserialize, Serialize};

tagged_items! {
    /// A condition of a term. Tags below 32 are enforced by the device; 32 to 34 are claimed by
    /// the host, and a verdict says so when a claim took part.
    pub enum Condition<'a> {
        /// From this second on.
        1 => From(Time),
        /// Before this second.
        2 => Until(Time),
        /// So many days from the first grant of a term that has this condition.
        3 => DaysFromFirstUse(u16),
        /// So much powered time since installation.
        4 => UsageTime(Seconds),
        /// The meter has units left, or an overdraft.
        5 => Units(UnitsLeft<'a>),
        /// The proof of time is not older than this.
        6 => FreshWithin(FreshWithin),
        /// This machine has proven itself over the channel.
        7 => Machine(MachineKey),
        /// The device was touched for this channel within these seconds.
        8 => Touch(Seconds),
        /// The channel has proven a pairing.
        9 => Paired(()),
        /// The firmware is at least this version.
        10 => FirmwareAtLeast(u32),
        /// The device is at least of this class.
        11 => ClassAtLeast(Class),
        /// The device has this capability.
        12 => Requires(u16),
        /// The program was released before this second.
        32 => ReleasedBefore(Time),
        /// The program runs in a virtual machine, or does not.
        33 => VirtualMachine(bool),
        /// The program is used over a remote session, or is not.
        34 => RemoteSession(bool),
    }
}

/// That a meter has units left: used < allowance + overdraft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitsLeft<'a> {
    /// The meter.
    #[serde(borrow)]
    pub meter: Name<'a>,
    /// Units that may be used beyond the allowance.
    pub overdraft: Units,
}

/// That the proof of time is not older than so much powered time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshWithin {
    /// The greatest age.
    pub seconds: Seconds,
    /// Whose answers count.
    pub by: FreshBy,
}

/// Whose answers count as fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreshBy {
    /// Time authorities and the issuer.
    Any,
    /// The issuer alone: proof that the ledger still knows this device.
    Issuer,
}

/// The coming seconds in which something holds, from `opens` on and before `closes`, if nothing
/// changes but time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second, counted from now.
    pub opens: u64,
    /// The first second at which it no longer holds; [`u64::MAX`]: no end.
    pub closes: u64,
}

impl Window {
    /// It holds, and goes on.
    pub const ALWAYS: Self = Self { opens: 0, closes: u64::MAX };
    /// It does not hold, and time does not help.
    pub const NEVER: Self = Self { opens: u64::MAX, closes: 0 };

    const fn until(seconds: u64) -> Self {
        Self { opens: 0, closes: seconds }
    }

    const fn when(holds: bool) -> Self {
        if holds { Self::ALWAYS } else { Self::NEVER }
    }

    /// Whether it holds now.
    pub const fn is_open(self) -> bool {
        self.opens == 0 && self.closes > 0
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { opens: self.opens.max(other.opens), closes: self.closes.min(other.closes) }
    }
}

/// What a condition found: its window, and the two numbers that explain a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When it holds.
    pub window: Window,
    /// What it needs; the unit is the condition's own.
    pub needed: u64,
    /// What it saw; [`Facts`] that are absent count as worst.
    pub seen: u64,
}

/// Seconds in a day.
pub const DAY: u64 = 86_400;

impl Condition<'_> {
    /// Whether the host's word takes part.
    pub const fn is_claimed(&self) -> bool {
        matches!(self, Self::ReleasedBefore(_) | Self::VirtualMachine(_) | Self::RemoteSession(_))
    }

    /// Whether it looks at what a device counts of one license on it: a loan takes nothing of that
    /// along, and what began anew with each loan would never end.
    pub const fn is_counted_by_device(&self) -> bool {
        matches!(self, Self::DaysFromFirstUse(_) | Self::UsageTime(_) | Self::Units(_))
    }

    /// Holds it against the facts.
    pub fn find(&self, license: &License<'_>, facts: &Facts) -> Finding {
        match *self {
            Self::From(from) => {
                let window = Window { opens: from.since(facts.floor), closes: u64::MAX };
                Finding { window, needed: from.0, seen: facts.floor.0 }
            }
            Self::Until(until) => {
                let now = facts.latest();
                Finding { window: Window::until(until.since(now)), needed: until.0, seen: now.0 }
            }
            Self::DaysFromFirstUse(days) => {
                let most = u64::from(days).saturating_mul(DAY);
                match facts.first_use {
                    Some(passed) => lasting(most, passed),
                    // Before the first use no time counts, and only a grant makes a first use.
                    None => Finding { window: Window::when(most > 0), needed: most, seen: 0 },
                }
            }
            Self::UsageTime(most) => lasting(u64::from(most.0), facts.usage_time),
            Self::Units(units) => {
                let Some((index, meter)) = license.meter(units.meter) else {
                    return Finding { window: Window::NEVER, needed: 0, seen: 0 };
                };
                let (most, used) = (meter.allowance.0.saturating_add(units.overdraft.0), facts.used(index).0);
                Finding { window: Window::when(used < most), needed: most, seen: used }
            }
            Self::FreshWithin(fresh) => lasting(
                u64::from(fresh.seconds.0),
                match fresh.by {
                    FreshBy::Any => facts.age,
                    FreshBy::Issuer => facts.age_by_issuer,
                },
            ),
            Self::Machine(machine) => {
                // 0: none has proven itself, 1: this one, 2: another.
                let seen = facts.machine.map_or(0, |proven| if proven == machine { 1 } else { 2 });
                Finding { window: Window::when(seen == 1), needed: 1, seen }
            }
            Self::Touch(within) => lasting(u64::from(within.0), facts.touched.map_or(u64::MAX, u64::from)),
            Self::Paired(()) => yes(facts.paired),
            Self::FirmwareAtLeast(least) => {
                let window = Window::when(facts.firmware >= least);
                Finding { window, needed: u64::from(least), seen: u64::from(facts.firmware) }
            }
            Self::ClassAtLeast(least) => {
                let window = Window::when(facts.class.reaches(least));
                Finding { window, needed: least.number(), seen: facts.class.number() }
            }
            Self::Requires(capability) => {
                let bit = 1u64.checked_shl(u32::from(capability)).unwrap_or(0);
                let window = Window::when(facts.capabilities & bit != 0);
                Finding { window, needed: u64::from(capability), seen: facts.capabilities }
            }
            Self::ReleasedBefore(end) => {
                let released = facts.claims.released;
                let window = Window::when(released.is_some_and(|released| released < end));
                Finding { window, needed: end.0, seen: released.map_or(u64::MAX, |released| released.0) }
            }
            Self::VirtualMachine(is) => claim(is, facts.claims.virtual_machine),
            Self::RemoteSession(is) => claim(is, facts.claims.remote_session),
        }
    }
}

/// A length of time of which some has passed.
const fn lasting(most: u64, passed: u64) -> Finding {
    Finding { window: Window::until(most.saturating_sub(passed)), needed: most, seen: passed }
}

const fn yes(holds: bool) -> Finding {
    Finding { window: Window::when(holds), needed: 1, seen: holds as u64 }
}

/// A claim that was not made (seen 2) is not met, whichever way it was wanted.
const fn claim(wanted: bool, claimed: Option<bool>) -> Finding {
    let seen = match claimed {
        Some(claimed) => claimed as u64,
        None => 2,
    };
    Finding { window: Window::when(seen == wanted as u64), needed: wanted as u64, seen }
}
