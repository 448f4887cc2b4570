//! A term of a template: every condition is a field of its own.

use std::collections::BTreeMap;

use holdfast_crypto::bytes;
use holdfast_document::{Class, Seconds, Units};
use holdfast_license::Condition;
use holdfast_license::condition::{FreshBy, FreshWithin, UnitsLeft};
use holdfast_license::facts::MachineKey;
use serde::{Deserialize, Deserializer, de};

use crate::IssueError;
use crate::moment::{Date, Length, length};
use crate::offer::{Clause, name};

/// How old the proof of time may be on a dated term whose template does not say.
pub const FRESH_WITHIN: Seconds = Seconds(30 * 86_400);

/// One term. Every condition is a field of its own; those given must all hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermTemplate {
    edition: String,
    notice: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    numbers: BTreeMap<String, u64>,
    from: Option<Date>,
    until: Option<Date>,
    days_from_first_use: Option<u16>,
    usage_time: Option<Length>,
    #[serde(default)]
    units: Vec<UnitsTemplate>,
    #[serde(default)]
    fresh_within: Freshness,
    #[serde(default, deserialize_with = "machine")]
    machine: Option<MachineKey>,
    touch: Option<Length>,
    #[serde(default)]
    paired: bool,
    firmware_at_least: Option<u32>,
    class_at_least: Option<ClassTemplate>,
    #[serde(default)]
    requires: OneOrMore,
    released_before: Option<Date>,
    virtual_machine: Option<bool>,
    remote_session: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsTemplate {
    meter: String,
    #[serde(default)]
    overdraft: u64,
}

/// Numbers of capabilities: one, or a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(u16),
    More(Vec<u16>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl OneOrMore {
    fn all(&self) -> &[u16] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(all) => all,
        }
    }
}

/// A class by the name that the documentation uses.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClassTemplate {
    Simulator,
    GlitchableMcu,
    ProtectedMcu,
    SecureElement,
    VirtualTpm,
    FirmwareTpm,
    DiscreteTpm,
}

/// What a template says of the age of the proof of time: `"30d"`, `"30d by issuer"`, `"never"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Freshness {
    #[default]
    Unsaid,
    Never,
    Within(FreshWithin),
}

impl<'de> Deserialize<'de> for Freshness {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text == "never" {
            return Ok(Self::Never);
        }
        let (within, by) = match text.strip_suffix(" by issuer") {
            Some(within) => (within, FreshBy::Issuer),
            None => (text.as_str(), FreshBy::Any),
        };
        let wrong = || {
            let sentence =
                format!("\"{text}\" is not a freshness; write \"30d\", \"30d by issuer\" or \"never\"");
            de::Error::custom(sentence)
        };
        length(within).map(|seconds| Self::Within(FreshWithin { seconds, by })).ok_or_else(wrong)
    }
}

fn machine<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MachineKey>, D::Error> {
    bytes::deserialize(from).map(MachineKey).map(Some)
}

impl From<ClassTemplate> for Class {
    fn from(class: ClassTemplate) -> Self {
        match class {
            ClassTemplate::Simulator => Self::SIMULATOR,
            ClassTemplate::GlitchableMcu => Self::GLITCHABLE_MCU,
            ClassTemplate::ProtectedMcu => Self::PROTECTED_MCU,
            ClassTemplate::SecureElement => Self::SECURE_ELEMENT,
            ClassTemplate::VirtualTpm => Self::VIRTUAL_TPM,
            ClassTemplate::FirmwareTpm => Self::FIRMWARE_TPM,
            ClassTemplate::DiscreteTpm => Self::DISCRETE_TPM,
        }
    }
}

impl TermTemplate {
    pub(super) fn clause(&self, of_template: Freshness) -> Result<Clause<'_>, IssueError> {
        Ok(Clause {
            edition: &self.edition,
            notice: self.notice.as_deref(),
            conditions: self.conditions(of_template)?,
            features: self.features.iter().map(String::as_str).collect(),
            numbers: self.numbers.iter().map(|(name, &number)| (name.as_str(), number)).collect(),
        })
    }

    /// In the order in which a refusal should name them: what the customer can do least about
    /// first, so that nobody buys units for a term that is over.
    fn conditions(&self, of_template: Freshness) -> Result<Vec<Condition<'_>>, IssueError> {
        let units = self.units.iter().map(|units| {
            let UnitsTemplate { meter, overdraft } = units;
            Ok(Condition::Units(UnitsLeft { meter: name(meter)?, overdraft: Units(*overdraft) }))
        });
        let units = units.collect::<Result<Vec<_>, IssueError>>()?;
        let given = [
            self.from.map(|from| Condition::From(from.0)),
            self.until.map(|until| Condition::Until(until.0)),
            self.days_from_first_use.map(Condition::DaysFromFirstUse),
            self.usage_time.map(|time| Condition::UsageTime(time.0)),
            self.released_before.map(|date| Condition::ReleasedBefore(date.0)),
            self.class_at_least.map(|class| Condition::ClassAtLeast(class.into())),
            self.firmware_at_least.map(Condition::FirmwareAtLeast),
        ];
        let required = self.requires.all().iter().copied().map(Condition::Requires);
        let of_host = [
            self.machine.map(Condition::Machine),
            self.virtual_machine.map(Condition::VirtualMachine),
            self.remote_session.map(Condition::RemoteSession),
            self.fresh_within(of_template).map(Condition::FreshWithin),
        ];
        let asked = [
            self.paired.then_some(Condition::Paired(())),
            self.touch.map(|within| Condition::Touch(within.0)),
        ];
        let (given, of_host) = (given.into_iter().flatten(), of_host.into_iter().flatten());
        let asked = asked.into_iter().flatten();
        Ok(given.chain(required).chain(of_host).chain(units).chain(asked).collect())
    }

    fn fresh_within(&self, of_template: Freshness) -> Option<FreshWithin> {
        let dated = self.until.is_some();
        match (self.fresh_within, of_template) {
            (Freshness::Within(fresh), _) => Some(fresh),
            (Freshness::Unsaid, Freshness::Within(fresh)) if dated => Some(fresh),
            (Freshness::Unsaid, Freshness::Unsaid) if dated => {
                Some(FreshWithin { seconds: FRESH_WITHIN, by: FreshBy::Any })
            }
            _ => None,
        }
    }
}
