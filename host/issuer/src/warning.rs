//! What an offer says that its author hardly means: terms that can never be in force.
//!
//! The first term whose conditions all hold is in force. So a term that holds whenever a lower one
//! does hides it for ever, and with it every feature that only the lower one has: *Basic, always*
//! above *Pro, until 2027* sells no Pro. A license is no worse for a hidden term, so this warns and
//! does not refuse.

use std::fmt;

use holdfast_license::Condition;
use holdfast_license::condition::{FreshBy, FreshWithin};

use crate::Offer;
use crate::offer::Clause;

/// What is wrong with a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning<'a> {
    /// A higher term holds whenever this one does.
    Hidden {
        /// The place of the hidden term, from 1, and its edition.
        term: (usize, &'a str),
        /// The same of the term that hides it.
        by: (usize, &'a str),
        /// Features that nothing but hidden terms grants.
        lost: Vec<&'a str>,
    },
    /// It begins when it is over already.
    Empty {
        /// The place of the term, from 1, and its edition.
        term: (usize, &'a str),
    },
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hidden { term, by, lost } => {
                write!(f, "term {} ({}) can never be in force: whenever it holds, ", term.0, term.1)?;
                write!(f, "term {} ({}) above it holds too", by.0, by.1)?;
                if !lost.is_empty() {
                    write!(f, ", so nobody ever gets {}", lost.join(", "))?;
                }
                write!(f, "; put it higher, or give the one above a condition")
            }
            Self::Empty { term } => {
                write!(f, "term {} ({}) ends before it begins; mend its dates", term.0, term.1)
            }
        }
    }
}

/// Looks through all terms.
pub fn of<'a>(offer: &Offer<'a>) -> Vec<Warning<'a>> {
    let places = || offer.terms.iter().enumerate();
    let hiding = |(place, term): (usize, &Clause<'a>)| {
        places().take(place).find(|(_, above)| is_implied(above, term)).map(|(above, _)| above)
    };
    let is_reached = |place: usize, term: &Clause<'a>| hiding((place, term)).is_none() && !is_empty(term);
    let reached: Vec<&str> = places()
        .filter(|(place, term)| is_reached(*place, term))
        .flat_map(|(_, term)| features(term))
        .collect();
    let named = |place: usize| (place + 1, offer.terms[place].edition);
    places()
        .filter_map(|(place, term)| {
            if is_empty(term) {
                return Some(Warning::Empty { term: named(place) });
            }
            let by = named(hiding((place, term))?);
            let lost = features(term).filter(|feature| !reached.contains(feature)).collect();
            Some(Warning::Hidden { term: named(place), by, lost })
        })
        .collect()
}

fn features<'t, 'a>(term: &'t Clause<'a>) -> impl Iterator<Item = &'a str> + use<'t, 'a> {
    term.features.iter().copied().chain(term.numbers.iter().map(|(feature, _)| *feature))
}

fn is_empty(term: &Clause<'_>) -> bool {
    let of = |pick: fn(&Condition<'_>) -> Option<u64>| term.conditions.iter().filter_map(pick);
    let from = of(|condition| if let Condition::From(from) = condition { Some(from.0) } else { None }).max();
    let until =
        of(|condition| if let Condition::Until(until) = condition { Some(until.0) } else { None }).min();
    matches!((from, until), (Some(from), Some(until)) if until <= from)
}

/// Whether the upper term holds whenever the lower one does: each of its conditions follows from
/// one of the lower term's.
fn is_implied(upper: &Clause<'_>, lower: &Clause<'_>) -> bool {
    upper.conditions.iter().all(|needed| lower.conditions.iter().any(|given| follows(needed, given)))
}

/// Whether `needed` holds whenever `given` does.
fn follows(needed: &Condition<'_>, given: &Condition<'_>) -> bool {
    use Condition::{
        ClassAtLeast, DaysFromFirstUse, FirmwareAtLeast, FreshWithin as Fresh, From, ReleasedBefore, Touch,
        Units, Until, UsageTime,
    };
    match (needed, given) {
        (From(needed), From(given)) => needed <= given,
        (Until(needed), Until(given)) | (ReleasedBefore(needed), ReleasedBefore(given)) => given <= needed,
        (DaysFromFirstUse(needed), DaysFromFirstUse(given)) => given <= needed,
        (UsageTime(needed), UsageTime(given)) | (Touch(needed), Touch(given)) => given <= needed,
        (FirmwareAtLeast(needed), FirmwareAtLeast(given)) => needed <= given,
        (ClassAtLeast(needed), ClassAtLeast(given)) => given.reaches(*needed),
        (Units(needed), Units(given)) => needed.meter == given.meter && given.overdraft <= needed.overdraft,
        (Fresh(needed), Fresh(given)) => {
            let FreshWithin { seconds, by } = *needed;
            given.seconds <= seconds && (by == FreshBy::Any || given.by == FreshBy::Issuer)
        }
        (needed, given) => needed == given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Template;

    fn warnings(terms: &[&str]) -> Vec<String> {
        let terms: Vec<_> = terms.iter().map(|term| format!("[[term]]\n{term}\n")).collect();
        let text = format!(
            "product = \"p\"\nfresh_within = \"never\"\n{}[[meter]]\nname = \"m\"\nallowance = 1",
            terms.concat()
        );
        let template = Template::read(&text).unwrap();
        let offer = template.offer(Default::default(), "c-1", &Default::default()).unwrap();
        of(&offer).iter().map(ToString::to_string).collect()
    }

    const BASIC: &str = "edition = \"basic\"\nfeatures = [\"cut\"]";

    #[test]
    fn a_term_below_one_that_always_holds_is_named_with_what_is_lost() {
        let pro = "edition = \"pro\"\nuntil = \"2027-01-01\"\nfeatures = [\"cut\", \"step\"]\nnumbers = { axes = 5 }";
        assert_eq!(warnings(&[pro, BASIC]), [""; 0]);
        assert_eq!(
            warnings(&[BASIC, pro]),
            ["term 2 (pro) can never be in force: whenever it holds, term 1 (basic) above it holds too, so \
              nobody ever gets step, axes; put it higher, or give the one above a condition"]
        );
        // What another term grants is not lost.
        let step =
            "edition = \"trial\"\ndays_from_first_use = 14\nfeatures = [\"step\"]\nnumbers = { axes = 1 }";
        let said = warnings(&[step, BASIC, pro]);
        assert!(said.len() == 1 && !said[0].contains("nobody"), "{said:?}");
    }

    #[test]
    fn a_term_below_a_wider_one_is_hidden_and_below_a_narrower_one_is_not() {
        for (narrow, wide) in [
            ("until = \"2027-01-01\"", "until = \"2028-01-01\""),
            ("from = \"2027-01-01\"", "from = \"2026-01-01\""),
            ("days_from_first_use = 14", "days_from_first_use = 30"),
            ("usage_time = \"1h\"", "usage_time = \"2h\""),
            ("touch = \"1s\"", "touch = \"2s\""),
            ("released_before = \"2026-01-01\"", "released_before = \"2027-01-01\""),
            ("firmware_at_least = 3", "firmware_at_least = 2"),
            ("class_at_least = \"protected-mcu\"", "class_at_least = \"glitchable-mcu\""),
            ("units = [{ meter = \"m\" }]", "units = [{ meter = \"m\", overdraft = 5 }]"),
            ("fresh_within = \"1d\"", "fresh_within = \"2d\""),
            ("fresh_within = \"1d by issuer\"", "fresh_within = \"1d\""),
            ("paired = true\nrequires = 1", "paired = true"),
        ] {
            let [narrow, wide] = [narrow, wide].map(|condition| format!("edition = \"e\"\n{condition}"));
            assert_eq!(warnings(&[&wide, &narrow]).len(), 1, "{wide} hides {narrow}");
            assert_eq!(warnings(&[&narrow, &wide]), [""; 0], "{narrow} does not hide {wide}");
            assert_eq!(warnings(&[&narrow, &narrow]).len(), 1, "{narrow} hides its like");
        }
        let apart = ["edition = \"e\"\nvirtual_machine = true", "edition = \"e\"\nvirtual_machine = false"];
        assert_eq!(warnings(&apart), [""; 0]);
    }

    #[test]
    fn a_term_that_ends_before_it_begins_is_named() {
        let dates = |from, until| format!("edition = \"e\"\nfrom = \"{from}\"\nuntil = \"{until}\"");
        assert_eq!(warnings(&[&dates("2026-01-01", "2026-01-02")]), [""; 0]);
        let said = warnings(&[&dates("2026-01-02", "2026-01-02")]);
        assert_eq!(said, ["term 1 (e) ends before it begins; mend its dates"]);
    }
}
