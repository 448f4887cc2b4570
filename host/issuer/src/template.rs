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
//!
//! | field | what it says |
//! | --- | --- |
//! | `product`, `region` | what is sold, and where |
//! | `unbound = true` | for no device in particular: dated demos |
//! | `[[term]]` | `edition`, `notice`, `features`, `numbers`, and the conditions, each by its name |
//! | `[[meter]]` | `name`, `allowance`, `open` |
//! | `[seats]` | `count`, `by = "lease"` or `"machine"`, `lease = "5m"` |
//! | `[[secret]]` | `feature`, `epoch`, `use = "derive"` or `"reveal"` |
//! | `[values]` | facts for the program: a text, or `{ hex = "00ff" }` |
//! | `transfer = true` | it may be moved to another device |
//! | `[lend]` | `seats`, `longest = "14d"`, `class`, `makers`: what may be lent |

use std::collections::BTreeMap;

use holdfast_document::{Class, MakerId};
use holdfast_license::LicenseId;
use holdfast_license::license::{SeatBy, Seats, SecretUse};
use serde::{Deserialize, Deserializer, de};

use crate::IssueError;
use crate::moment::Length;
use crate::offer::{LendOffer, Offer, SecretOffer};

mod term;

pub use term::FRESH_WITHIN;
use term::{ClassTemplate, Freshness, TermTemplate};

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
    #[serde(default, rename = "secret")]
    secrets: Vec<SecretTemplate>,
    #[serde(default)]
    values: BTreeMap<String, ValueTemplate>,
    #[serde(default)]
    transfer: bool,
    lend: Option<LendTemplate>,
    #[serde(default)]
    unbound: bool,
}

/// Which secret the license is to have; the secret itself is the desk's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretTemplate {
    feature: String,
    epoch: u32,
    #[serde(rename = "use")]
    usage: UseTemplate,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum UseTemplate {
    Derive,
    Reveal,
}

/// A public fact for the program.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum ValueTemplate {
    Text(String),
    Bytes { hex: HexBytes },
}

#[derive(Clone, Debug)]
struct HexBytes(Vec<u8>);

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let is_hex = text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let bytes = (0..text.len()).step_by(2).map(byte).collect::<Option<Vec<_>>>();
        let wrong = || de::Error::custom(format!("\"{text}\" is not pairs of hexadecimal digits"));
        bytes.filter(|_| is_hex).map(Self).ok_or_else(wrong)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LendTemplate {
    seats: u16,
    longest: Length,
    class: Option<ClassTemplate>,
    #[serde(default)]
    makers: Vec<MakerId>,
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

    /// Whether it may be moved to another device.
    pub(crate) const fn may_move(&self) -> bool {
        self.transfer
    }

    /// Whether it is for no device in particular.
    pub const fn is_unbound(&self) -> bool {
        self.unbound
    }

    /// What is sold, to one customer, without the secrets themselves. `granted` adds to the allowance of each meter that it names:
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
            hop: 0,
            number,
            product: &self.product,
            region: self.region.as_deref(),
            customer,
            terms: self.terms.iter().map(|term| term.clause(self.fresh_within)).collect::<Result<_, _>>()?,
            meters: meters.collect(),
            seats: self.seats.as_ref().map(SeatsTemplate::seats),
            secrets: self.secrets.iter().map(SecretTemplate::secret).collect(),
            values: self.values.iter().map(|(name, value)| (name.as_str(), value.bytes())).collect(),
            transfer: self.transfer,
            lend: self.lend.as_ref().map(LendTemplate::lend),
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

impl SecretTemplate {
    fn secret(&self) -> SecretOffer<'_> {
        let usage = match self.usage {
            UseTemplate::Derive => SecretUse::Derive,
            UseTemplate::Reveal => SecretUse::Reveal,
        };
        SecretOffer { feature: &self.feature, epoch: self.epoch, usage, secret: None }
    }
}

impl ValueTemplate {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes { hex } => &hex.0,
        }
    }
}

impl LendTemplate {
    fn lend(&self) -> LendOffer {
        LendOffer {
            seats: self.seats,
            longest: self.longest.0,
            class: self.class.map_or(Class::ANY, Class::from),
            makers: self.makers.clone(),
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
             class_at_least = \"protected-mcu\"\nrequires = [4, 5]\nreleased_before = \"2026-06-01\"\n\
             virtual_machine = false\nremote_session = false\nnumbers = {{ axes = 5 }}\n\
             [[meter]]\nname = \"m\"\nallowance = 1\n",
            "ab".repeat(64)
        );
        let template = Template::read(&text).unwrap();
        let offer =
            template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::from([("m".into(), 9)])).unwrap();
        assert_eq!(offer.terms[0].conditions.len(), 16);
        assert_eq!(offer.terms[0].numbers, [("axes", 5)]);
        assert_eq!(offer.meters, [("m", 10, false)]);
        let no_such = template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::from([("n".into(), 9)]));
        assert!(matches!(no_such, Err(IssueError::NoMeter { .. })));
    }

    #[test]
    fn all_that_is_no_condition_can_be_written_too() {
        let text = format!(
            "product = \"p\"\nregion = \"eu\"\ntransfer = true\n[[term]]\nedition = \"e\"\n\
             [seats]\ncount = 40\nby = \"machine\"\nlease = \"5m\"\n\
             [[secret]]\nfeature = \"f\"\nepoch = 3\nuse = \"derive\"\n\
             [[secret]]\nfeature = \"g\"\nepoch = 4\nuse = \"reveal\"\n\
             [values]\nsupport = \"gold\"\nlogo = {{ hex = \"00Ff\" }}\n\
             [lend]\nseats = 5\nlongest = \"14d\"\nclass = \"protected-mcu\"\nmakers = [\"{}\"]\n",
            "ab".repeat(16)
        );
        let template = Template::read(&text).unwrap();
        let offer = template.offer((LicenseId::ZERO, 1, 1), "c-1", &BTreeMap::new()).unwrap();
        assert_eq!((offer.region, offer.transfer), (Some("eu"), true));
        assert_eq!(offer.seats, Some(Seats { count: 40, by: SeatBy::Machine, lease: 300 }));
        assert_eq!(offer.values, [("logo", &b"\x00\xff"[..]), ("support", b"gold")]);
        assert_eq!(
            format!("{:?}", offer.secrets),
            "[SecretOffer { f, 3, Derive, missing }, SecretOffer { g, 4, Reveal, missing }]"
        );
        let lend = offer.lend.unwrap();
        assert_eq!((lend.seats, lend.longest.0, lend.class), (5, 14 * 86_400, Class::PROTECTED_MCU));
        assert_eq!(lend.makers, [MakerId([0xab; 16])]);
        assert!(!template.is_unbound());
        assert!(Template::read("product = \"p\"\nunbound = true\nterm = []").unwrap().is_unbound());
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
            ("until = \"2027-01-01\"", "[values]\nlogo = { hex = \"0\" }", "logo"),
            ("until = \"2027-01-01\"", "[[secret]]\nfeature = \"f\"\nepoch = 1\nuse = \"keep\"", "keep"),
        ] {
            match Template::read(&good.replace(from, to)) {
                Err(IssueError::Template(text)) => assert!(text.contains(named), "{to}: {text}"),
                other => panic!("{to}: {other:?}"),
            }
        }
    }
}
