//! What a license gives away at most after its end: hours of use on a device that hears no time.
//!
//! A device without proof of the date counts powered time only. Cut off from all news on the day it
//! was licensed, it reaches the end of a term by its own use alone; `fresh_within` ends that sooner.

use holdfast_document::Time;
use holdfast_license::Condition;
use holdfast_license::condition::FreshWithin;

use crate::Offer;

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
