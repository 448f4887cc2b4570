//! What a license gives away at most after its end: hours of use on a device that hears no time; and
//! how many units go with a device that is lost.
//!
//! A device without proof of the date counts powered time only. Cut off from all news on the day it
//! was licensed, it reaches the end of a term by its own use alone; `fresh_within` ends that sooner.

use holdfast_document::Time;
use holdfast_license::Condition;
use holdfast_license::condition::FreshWithin;

use crate::Offer;
use crate::ledger::Used;

/// The bound for one dated term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// The term's edition.
    pub edition: &'a str,
    /// When it ends.
    pub until: Time,
    /// Hours of use that are possible after that end, if the device hears nothing from now on.
    pub hours: u64,
}

impl std::fmt::Display for Bound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { edition, until, hours } = self;
        let until = holdfast_license::explain::Date::from(*until);
        write!(
            f,
            "{edition}, until {until}: at most {hours} hours of use past the end, on a device cut off from news"
        )
    }
}

/// The bounds of all dated terms of an offer, when issued at `issued`.
pub fn past_end<'a>(offer: &Offer<'a>, issued: Time) -> Vec<Bound<'a>> {
    let of_term = |term: &crate::offer::Clause<'a>| {
        let until = term.conditions.iter().filter_map(|condition| match condition {
            Condition::Until(until) => Some(*until),
            _ => None,
        });
        let until = until.min()?;
        let fresh = term.conditions.iter().filter_map(|condition| match condition {
            Condition::FreshWithin(FreshWithin { seconds, .. }) => Some(u64::from(seconds.0)),
            _ => None,
        });
        let seconds = fresh.min().unwrap_or(u64::MAX).min(until.since(issued));
        Some(Bound { edition: term.edition, until, hours: seconds.div_ceil(3600) })
    };
    offer.terms.iter().filter_map(of_term).collect()
}

/// Units that are lost with the device, or that a thief may still use: granted, less what the device
/// is known to have used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk<'a> {
    /// The meter.
    pub meter: &'a str,
    /// Units of its allowance.
    pub units: u64,
    /// Units of the largest overdraft beside them.
    pub overdraft: u64,
}

impl std::fmt::Display for Risk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { meter, units, overdraft } = self;
        write!(f, "{meter}: at most {units} units")?;
        if *overdraft > 0 {
            write!(f, " and an overdraft of {overdraft}")?;
        }
        f.write_str(" at risk, should the device be lost")
    }
}

/// The risks of all meters of an offer; `used` is what was used of each, as last heard.
pub fn at_risk<'a>(offer: &Offer<'a>, used: &Used) -> Vec<Risk<'a>> {
    let of_meter = |(meter, allowance, _): &(&'a str, u64, bool)| {
        let used = used.of(meter);
        let conditions = offer.terms.iter().flat_map(|term| &term.conditions);
        let overdrafts = conditions.filter_map(|condition| match condition {
            Condition::Units(units) if units.meter.as_str() == *meter => Some(units.overdraft.0),
            _ => None,
        });
        // What was overdrawn is no longer at risk; what is left of an overdraft is.
        let overdraft = overdrafts.max().unwrap_or_default();
        let overdrawn = used.saturating_sub(*allowance);
        Risk { meter, units: allowance.saturating_sub(used), overdraft: overdraft.saturating_sub(overdrawn) }
    };
    offer.meters.iter().map(of_meter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Template;

    #[test]
    fn what_is_granted_and_not_known_to_be_used_is_at_risk() {
        let text = "product = \"p\"\n[[term]]\nedition = \"e\"\nunits = [{ meter = \"m\", overdraft = 10 }]\n\
                    [[meter]]\nname = \"m\"\nallowance = 100\n[[meter]]\nname = \"n\"\nallowance = 7";
        let template = Template::read(text).unwrap();
        let offer = template.offer(Default::default(), "c-1", &Default::default()).unwrap();
        let with = |used: &[u64]| Used::from_iter(["m", "n"].into_iter().zip(used.iter().copied()));
        let said =
            |used: &[u64]| at_risk(&offer, &with(used)).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            said(&[]),
            [
                "m: at most 100 units and an overdraft of 10 at risk, should the device be lost",
                "n: at most 7 units at risk, should the device be lost"
            ]
        );
        let risk = |used: &[u64]| {
            at_risk(&offer, &with(used)).iter().map(|risk| (risk.units, risk.overdraft)).collect::<Vec<_>>()
        };
        assert_eq!(risk(&[97, 7]), [(3, 10), (0, 0)]);
        assert_eq!(risk(&[104, 8]), [(0, 6), (0, 0)]);
    }
}
