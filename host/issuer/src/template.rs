//! What is sold, as a file that a licensing desk keeps: a template in TOML.
//!
//! ```
//! let template = holdfast_issuer::Template::read(r#"
//!     product = "cutter"
//!
//!     [[term]]
//!     edition = "pro"
//!     until = "2027-01-01"
//!     units = [{ meter = "cuts" }]
//!     features = ["cut", "export-step"]
//!
//!     [[term]]
//!     edition = "basic"
//!     features = ["cut"]
//!
//!     [[meter]]
//!     name = "cuts"
//!     allowance = 100
//!     open = true
//! "#).unwrap();
//! assert_eq!(template.product(), "cutter");
//! ```
//! A field that is not known is refused, so that a misspelled condition never sells more than was
//! meant. A dated term, one with `until`, also needs proof of time of the last 30 days of powered
//! time, unless the template says another `fresh_within`, or `fresh_within = "never"`.

use std::collections::BTreeMap;

use holdfast_crypto::bytes;
use holdfast_document::{Class, Seconds, Units};
use holdfast_license::condition::{FreshBy, FreshWithin, UnitsLeft};
use holdfast_license::facts::MachineKey;
use holdfast_license::license::{SeatBy, Seats};
use holdfast_license::{Condition, LicenseId};
use serde::{Deserialize, Deserializer, de};

use crate::IssueError;
use crate::moment::{Date, Length, length};
use crate::offer::{Clause, Offer, name};

/// How old the proof of time may be on a dated term whose template does not say.
pub const FRESH_WITHIN: Seconds = Seconds(30 * 86_400);

/// What is sold: everything of a license but for whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    product: String,
    region: Option<String>,
    #[serde(default)]
    fresh_within: Freshness,
    #[serde(rename = "term")]
    terms: Vec<TermTemplate>,
    #[serde(default, rename = "meter")]
    meters: Vec<MeterTemplate>,
    seats: Option<SeatsTemplate>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    transfer: bool,
}

/// One term. Every condition is a field of its own; those given must all hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermTemplate {
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
    requires: Option<u16>,
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

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeterTemplate {
    name: String,
    allowance: u64,
    #[serde(default)]
    open: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatsTemplate {
    count: u16,
    #[serde(default)]
    by: SeatByTemplate,
    lease: Length,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeatByTemplate {
    #[default]
    Lease,
    Machine,
}

/// A class by the name that the documentation uses.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClassTemplate {
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
enum Freshness {
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

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`IssueError::Template`], which shows the line and names the field.
    pub fn read(text: &str) -> Result<Self, IssueError> {
        toml::from_str(text).map_err(|error| IssueError::Template(error.to_string()))
    }

    /// The product.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// What is sold, to one customer. `granted` adds to the allowance of each meter that it names:
    /// what refills have granted beyond the template.
    ///
    /// # Errors
    /// [`IssueError::Name`]; [`IssueError::NoMeter`] when `granted` names a meter that the template
    /// does not have.
    pub fn offer<'a>(
        &'a self,
        (id, revision, number): (LicenseId, u32, u32),
        customer: &'a str,
        granted: &BTreeMap<String, u64>,
    ) -> Result<Offer<'a>, IssueError> {
        if let Some(meter) = granted.keys().find(|name| !self.meters.iter().any(|meter| meter.name == **name))
        {
            return Err(IssueError::NoMeter { name: meter.clone() });
        }
        let meters = self.meters.iter().map(|meter| {
            let refills = granted.get(&meter.name).copied().unwrap_or_default();
            (meter.name.as_str(), meter.allowance.saturating_add(refills), meter.open)
        });
        Ok(Offer {
            id,
            revision,
            number,
            product: &self.product,
            region: self.region.as_deref(),
            customer,
            terms: self.terms.iter().map(|term| term.clause(self.fresh_within)).collect::<Result<_, _>>()?,
            meters: meters.collect(),
            seats: self.seats.as_ref().map(SeatsTemplate::seats),
            values: self.values.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect(),
            transfer: self.transfer,
        })
    }
}

impl SeatsTemplate {
    fn seats(&self) -> Seats {
        // A lease that does not fit is too long in any case, and the license would say so.
        let lease = u16::try_from(self.lease.0.0).unwrap_or(u16::MAX);
        let by = match self.by {
            SeatByTemplate::Lease => SeatBy::Lease,
            SeatByTemplate::Machine => SeatBy::Machine,
        };
        Seats { count: self.count, by, lease }
    }
}

impl TermTemplate {
    fn clause(&self, of_template: Freshness) -> Result<Clause<'_>, IssueError> {
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
            self.requires.map(Condition::Requires),
            self.machine.map(Condition::Machine),
            self.virtual_machine.map(Condition::VirtualMachine),
            self.remote_session.map(Condition::RemoteSession),
            self.fresh_within(of_template).map(Condition::FreshWithin),
        ];
        let asked = [
            self.paired.then_some(Condition::Paired(())),
            self.touch.map(|within| Condition::Touch(within.0)),
        ];
        Ok(given.into_iter().flatten().chain(units).chain(asked.into_iter().flatten()).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(text: &str) -> Vec<String> {
        let template = Template::read(text).unwrap();
        let offer = template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::new()).unwrap();
        offer.terms.iter().map(|term| format!("{:?}", term.conditions)).collect()
    }

    #[test]
    fn a_dated_term_needs_proof_of_time_unless_told_otherwise() {
        let dated = "[[term]]\nedition = \"pro\"\nuntil = \"2027-01-01\"\n";
        let with = |first: &str, more: &str| {
            conditions(&format!("product = \"p\"\n{first}\n{dated}{more}\n[[term]]\nedition = \"basic\""))
                .swap_remove(0)
        };
        assert!(with("", "").contains("FreshWithin { seconds: Seconds(2592000), by: Any }"));
        assert!(with("fresh_within = \"2d\"", "").contains("Seconds(172800), by: Any"));
        assert!(
            with("fresh_within = \"2d\"", "fresh_within = \"1h by issuer\"")
                .contains("Seconds(3600), by: Issuer")
        );
        assert!(!with("fresh_within = \"never\"", "").contains("Fresh"));
        assert!(!with("fresh_within = \"2d\"", "fresh_within = \"never\"").contains("Fresh"));
        assert_eq!(conditions("product = \"p\"\n[[term]]\nedition = \"basic\""), ["[]"]);
    }

    #[test]
    fn every_condition_can_be_written() {
        let text = format!(
            "product = \"p\"\n[[term]]\nedition = \"e\"\nfrom = \"2026-01-01\"\nuntil = \"2027-01-01\"\n\
             days_from_first_use = 14\nusage_time = \"5h\"\nunits = [{{ meter = \"m\", overdraft = 2 }}]\n\
             fresh_within = \"1d\"\nmachine = \"{}\"\ntouch = \"15s\"\npaired = true\nfirmware_at_least = 3\n\
             class_at_least = \"protected-mcu\"\nrequires = 4\nreleased_before = \"2026-06-01\"\n\
             virtual_machine = false\nremote_session = false\nnumbers = {{ axes = 5 }}\n\
             [[meter]]\nname = \"m\"\nallowance = 1\n",
            "ab".repeat(64)
        );
        let template = Template::read(&text).unwrap();
        let offer =
            template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::from([("m".into(), 9)])).unwrap();
        assert_eq!(offer.terms[0].conditions.len(), 15);
        assert_eq!(offer.terms[0].numbers, [("axes", 5)]);
        assert_eq!(offer.meters, [("m", 10, false)]);
        let no_such = template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::from([("n".into(), 9)]));
        assert!(matches!(no_such, Err(IssueError::NoMeter { .. })));
    }

    #[test]
    fn what_is_wrong_in_a_template_is_named() {
        let good = "product = \"p\"\n[[term]]\nedition = \"e\"\nuntil = \"2027-01-01\"\n";
        for (from, to, named) in [
            ("until", "untill", "untill"),
            ("product = \"p\"", "", "product"),
            ("edition = \"e\"", "", "edition"),
            ("\"2027-01-01\"", "\"in May\"", "in May"),
            ("\"e\"", "7", "edition"),
            ("until =", "until", "until"),
            ("until = \"2027-01-01\"", "class_at_least = \"best\"", "best"),
            ("until = \"2027-01-01\"", "usage_time = \"5\"", "usage_time"),
        ] {
            match Template::read(&good.replace(from, to)) {
                Err(IssueError::Template(text)) => assert!(text.contains(named), "{to}: {text}"),
                other => panic!("{to}: {other:?}"),
            }
        }
    }
}
