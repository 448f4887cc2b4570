//! Why not: the rule, the numbers it saw, and what helps.
//!
//! A dongle answers a refusal with two numbers. The program then asks for the facts they rest on,
//! decides on the license itself by the same function, and so says in its own words why; that the
//! two agree is checked.

use holdfast_document::DongleId;
use holdfast_license::{License, LicenseId, Refusal, Remedy};

/// What was asked for, and why none of the licenses here gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The feature or meter.
    pub asked: String,
    /// One for each license that was asked, the most telling first. There is at least one.
    pub reasons: Vec<Reason>,
}

/// Why one license refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The license.
    pub license: LicenseId,
    /// The dongle it is on.
    pub dongle: DongleId,
    /// The name of the rule, such as `until`.
    pub rule: String,
    /// What the rule needs, in its own unit.
    pub needed: u64,
    /// What it saw.
    pub seen: u64,
    /// What helps.
    pub remedy: Remedy,
    /// All of it in a sentence that ends with what to do.
    pub sentence: String,
}

impl Reason {
    pub(crate) fn new(license: &License<'_>, dongle: DongleId, refusal: Refusal) -> Self {
        let reason = holdfast_license::Reason::of(license, refusal);
        let rule = match (refusal.condition, reason.condition) {
            (Refusal::SHADOWED, _) => "shadowed".into(),
            (Refusal::NO_TERM, _) => "no-term".into(),
            (Refusal::NO_SEAT, _) => "no-seat".into(),
            // A condition's name is that of its variant, so that a new one needs nothing here.
            (_, Some(condition)) => dashed(format!("{condition:?}").split('(').next().unwrap_or_default()),
            (_, None) => "unknown".into(),
        };
        let Refusal { needed, seen, .. } = refusal;
        let (remedy, sentence) = (reason.remedy(), reason.to_string());
        Self { license: license.id, dongle, rule, needed, seen, remedy, sentence }
    }

    /// A license that has the feature in some term says more than one that does not.
    fn tells(&self) -> bool {
        self.rule != "no-term"
    }
}

impl Refused {
    pub(crate) fn new(asked: &str, mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| !reason.tells());
        Self { asked: asked.into(), reasons }
    }
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} is not granted", self.asked)?;
        self.reasons.first().map_or(Ok(()), |reason| write!(f, ": {}", reason.sentence))
    }
}

impl std::error::Error for Refused {}

/// `FreshWithin` as `fresh-within`.
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !dashed.is_empty() {
            dashed.push('-');
        }
        dashed.push(letter.to_ascii_lowercase());
    }
    dashed
}

#[cfg(test)]
mod tests {
    use super::dashed;

    #[test]
    fn a_rule_is_named_as_the_pages_name_it() {
        assert_eq!(dashed("FreshWithin"), "fresh-within");
        assert_eq!(dashed("Until"), "until");
    }
}
