//! Why not, and what to do about it: one sentence for each way to be refused.

use crate::condition::{DAY, FreshBy};
use crate::{Condition, License, Refusal, Term};
use holdfast_document::{Class, Time};

/// What helps against a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Get a renewal from the vendor and apply it.
    Renew,
    /// Buy units and apply the refill.
    BuyUnits,
    /// Bring the device fresh time: send a request, apply the answer.
    SyncTime,
    /// Wait.
    Wait,
    /// Use the machine that it belongs to.
    UseItsMachine,
    /// Touch the device.
    Touch,
    /// Pair this machine with the device.
    Pair,
    /// Update the device's firmware.
    UpdateFirmware,
    /// Move the license to a better device.
    UseBetterDevice,
    /// Use a version of the program that is covered.
    UseCoveredRelease,
    /// Run the program where the license allows it.
    RunElsewhere,
    /// Close another program that holds a seat, or wait for one.
    FreeSeat,
    /// Borrow a seat again, or use the device that lent it.
    BorrowAgain,
    /// Use the device that lent it.
    UseLender,
    /// Buy a license that has the feature.
    BuyFeature,
    /// Update this software: it does not know the rule.
    UpdateHoldfast,
}

impl Remedy {
    /// What to do, as the end of a sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Renew => "renew the license and apply the renewal",
            Self::BuyUnits => "buy units and apply the refill",
            Self::SyncTime => "send the vendor a request from this device and apply the answer",
            Self::Wait => "wait until then, or apply any newer document of the vendor",
            Self::UseItsMachine => "use the machine that the license belongs to",
            Self::Touch => "touch the device",
            Self::Pair => "pair this machine with the device",
            Self::UpdateFirmware => "update the firmware of the device",
            Self::UseBetterDevice => "move the license to a device of that class",
            Self::UseCoveredRelease => "use a release that is covered, or renew maintenance",
            Self::RunElsewhere => "run the program where the license allows it",
            Self::FreeSeat => "close another program that uses it, or wait a minute",
            Self::BorrowAgain => "borrow a seat again, or use the device that lent it",
            Self::UseLender => "use the device that lent it",
            Self::BuyFeature => "buy a license that has it",
            Self::UpdateHoldfast => "update this program: it does not know the rule",
        }
    }
}

/// A refusal, seen beside the license that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// What the device answered.
    pub refusal: Refusal,
    /// The term that it is about.
    pub term: Option<Term<'a>>,
    /// The condition that failed, where there is one and it is known here.
    pub condition: Option<Condition<'a>>,
}

impl<'a> Reason<'a> {
    /// Finds the term and the condition that a refusal names.
    pub fn of(license: &License<'a>, refusal: Refusal) -> Self {
        let term = license.term(refusal.term);
        let named = |term: Term<'a>| {
            let mut conditions = term.conditions.indexed();
            conditions
                .find(|(place, _)| *place == refusal.condition)
                .and_then(|(_, condition)| condition.ok())
        };
        Self { refusal, term, condition: term.and_then(named) }
    }

    /// What helps.
    pub const fn remedy(&self) -> Remedy {
        match (self.refusal.condition, &self.condition) {
            (Refusal::SHADOWED | Refusal::NO_TERM, _) => Remedy::BuyFeature,
            (Refusal::NO_SEAT, _) => Remedy::FreeSeat,
            (Refusal::LOAN_OVER, _) => Remedy::BorrowAgain,
            (Refusal::LOAN_STALE, _) => Remedy::SyncTime,
            (Refusal::NOT_LENT, _) => Remedy::UseLender,
            (_, None) => Remedy::UpdateHoldfast,
            (_, Some(condition)) => remedy(condition),
        }
    }
}

const fn remedy(condition: &Condition<'_>) -> Remedy {
    match condition {
        Condition::From(_) => Remedy::Wait,
        Condition::Until(_) | Condition::DaysFromFirstUse(_) | Condition::UsageTime(_) => Remedy::Renew,
        Condition::Units(_) => Remedy::BuyUnits,
        Condition::FreshWithin(_) => Remedy::SyncTime,
        Condition::Machine(_) => Remedy::UseItsMachine,
        Condition::Touch(_) => Remedy::Touch,
        Condition::Paired(()) => Remedy::Pair,
        Condition::FirmwareAtLeast(_) | Condition::Requires(_) => Remedy::UpdateFirmware,
        Condition::ClassAtLeast(_) => Remedy::UseBetterDevice,
        Condition::ReleasedBefore(_) => Remedy::UseCoveredRelease,
        Condition::VirtualMachine(_) | Condition::RemoteSession(_) => Remedy::RunElsewhere,
    }
}

/// The rule and the numbers it saw, then what to do.
impl core::fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Refusal { needed, seen, condition, .. } = self.refusal;
        match (condition, &self.condition) {
            (Refusal::SHADOWED, _) => write!(f, "a higher term is in force that does not have this feature")?,
            (Refusal::NO_TERM, _) => write!(f, "no term of the license has this feature")?,
            (Refusal::NO_SEAT, _) if needed == 1 => write!(f, "the one seat is taken, or was not asked for")?,
            (Refusal::NO_SEAT, _) => write!(f, "all {needed} seats are taken, or none was asked for")?,
            (Refusal::LOAN_OVER, _) => {
                write!(f, "the loan ended on {}, and it is {}", Date(needed), Date(seen))?;
            }
            (Refusal::LOAN_STALE, _) => {
                let proof = "the device's proof of time";
                write!(
                    f,
                    "for this loan {proof} must be younger than {}, and is {} old",
                    Span(needed),
                    Span(seen)
                )?;
            }
            (Refusal::NOT_LENT, _) => write!(f, "units, trial days and hours of use are not lent")?,
            (_, None) => write!(f, "a rule of the license ({needed}) is not known here")?,
            (_, Some(condition)) => write_failed(f, condition, needed, seen)?,
        }
        write!(f, "; {}", self.remedy().advice())
    }
}

fn write_failed(
    f: &mut core::fmt::Formatter<'_>,
    condition: &Condition<'_>,
    needed: u64,
    seen: u64,
) -> core::fmt::Result {
    match condition {
        Condition::From(_) => write!(f, "it begins on {}, and it is {}", Date(needed), Date(seen)),
        Condition::Until(_) => write!(f, "it ended on {}, and it is {}", Date(needed), Date(seen)),
        Condition::DaysFromFirstUse(days) => {
            write!(f, "its {days} days from first use are over (day {})", (seen / DAY).saturating_add(1))
        }
        Condition::UsageTime(_) => {
            write!(f, "its {} of use are over ({} used)", Span(needed), Span(seen))
        }
        Condition::Units(units) => write!(f, "{seen} of {needed} units of {} are used", units.meter),
        Condition::FreshWithin(fresh) => {
            let proof = match fresh.by {
                FreshBy::Any => "the device's proof of time",
                FreshBy::Issuer => "the issuer's last answer to the device",
            };
            write!(f, "{proof} must be younger than {}, and is {} old", Span(needed), Span(seen))
        }
        Condition::Machine(_) if seen == 0 => {
            write!(f, "it belongs to one machine, and none has proven itself to the device")
        }
        Condition::Machine(_) => write!(f, "it belongs to another machine"),
        Condition::Touch(_) => write!(f, "the device must have been touched in the last {needed} seconds"),
        Condition::Paired(()) => write!(f, "this machine is not paired with the device"),
        Condition::FirmwareAtLeast(_) => write!(f, "it needs firmware {needed}, and the device has {seen}"),
        Condition::ClassAtLeast(_) => {
            write!(f, "it needs at least a {}, and this is a {}", Hardness(needed), Hardness(seen))
        }
        Condition::Requires(_) => write!(f, "it needs capability {needed}, which the device lacks"),
        Condition::ReleasedBefore(_) if seen == u64::MAX => {
            write!(
                f,
                "it covers releases before {}, and the program does not say when it was released",
                Date(needed)
            )
        }
        Condition::ReleasedBefore(_) => {
            write!(f, "it covers releases before {}, and this one is of {}", Date(needed), Date(seen))
        }
        Condition::VirtualMachine(wanted) => write_claim(f, *wanted, "in a virtual machine", seen),
        Condition::RemoteSession(wanted) => write_claim(f, *wanted, "over a remote session", seen),
    }
}

fn write_claim(f: &mut core::fmt::Formatter<'_>, wanted: bool, place: &str, seen: u64) -> core::fmt::Result {
    let only = if wanted { "only" } else { "not" };
    write!(f, "it may {only} be used {place}")?;
    if seen == 2 { write!(f, ", and the program does not say whether it is") } else { Ok(()) }
}

/// A length of time, in the unit that people would take.
struct Span(u64);

impl core::fmt::Display for Span {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            seconds @ 0..120 => write!(f, "{seconds} seconds"),
            seconds @ 120..7_200 => write!(f, "{} minutes", seconds / 60),
            seconds => write!(f, "{} hours", seconds / 3600),
        }
    }
}

/// A class of device by its number.
struct Hardness(u64);

impl core::fmt::Display for Hardness {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match Class::from_number(self.0) {
            Some(class) => class.fmt(f),
            None => f.write_str("device of an unknown class"),
        }
    }
}

/// A time as people write it: the day in UTC, and the time of day where it is not midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub u64);

impl From<Time> for Date {
    fn from(time: Time) -> Self {
        Self(time.0)
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let moment = i64::try_from(self.0).ok().and_then(|s| time::UtcDateTime::from_unix_timestamp(s).ok());
        let Some(moment) = moment else { return f.write_str("the end of time") };
        write!(f, "{}-{:02}-{:02}", moment.year(), u8::from(moment.month()), moment.day())?;
        match moment.as_hms() {
            (0, 0, 0) => Ok(()),
            (hour, minute, _) => write!(f, " {hour:02}:{minute:02}"),
        }
    }
}
