//! The one function that decides.
//!
//! Total, without allocation, the same code in firmware, SDK, issuer and server.

use crate::condition::{Finding, Window};
use crate::{Condition, Facts, License, Term};
use holdfast_document::{DocumentError, Name, Seconds, Units, limits};
use serde::{Deserialize, Serialize};

/// Says which term of a license is in force, or that none is.
pub fn decide<'l, 'a>(license: &'l License<'a>, facts: &'l Facts) -> Verdict<'l, 'a> {
    let open = |(index, term): (u8, Result<Term<'a>, u8>)| {
        let term = term.ok().filter(|term| term_window(license, facts, term, None).is_open())?;
        Some((index, term))
    };
    let in_force = if seat_window(license, facts).is_open() { terms(license).find_map(open) } else { None };
    let Some((index, term)) = in_force else {
        return Verdict::Refused(Refused { license, facts });
    };
    let valid_for = if facts.first_use.is_none() && counts_from_first_use(&term) {
        // This grant is the first use, so from now on its time counts, for better terms too.
        stays(license, &Facts { first_use: Some(0), ..facts.clone() }, index)
    } else {
        stays(license, facts, index)
    };
    let claimed = term.conditions.known().any(|condition| condition.is_claimed());
    Verdict::Granted(Granted { license, facts, index, term, valid_for: seconds(valid_for), claimed })
}

/// For how many seconds the term in force stays so: until it or the seat ends, or a better one
/// begins, if nothing changes but time.
fn stays(license: &License<'_>, facts: &Facts, in_force: u8) -> u64 {
    let upper = terms(license).take_while(|(index, _)| *index <= in_force);
    let changes = upper.filter_map(|(index, term)| {
        let window = term_window(license, facts, &term.ok()?, None);
        match index < in_force {
            true => (window.opens < window.closes).then_some(window.opens),
            false => Some(window.closes),
        }
    });
    changes.min().unwrap_or(u64::MAX).min(seat_window(license, facts).closes)
}

/// What is in force.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Verdict<'l, 'a> {
    /// A term is in force.
    Granted(Granted<'l, 'a>),
    /// None is.
    Refused(Refused<'l, 'a>),
}

/// A term is in force.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'l, 'a> {
    license: &'l License<'a>,
    facts: &'l Facts,
    /// The index of the term.
    pub index: u8,
    /// The term.
    pub term: Term<'a>,
    /// Seconds of uninterrupted power for which this stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Whether the host's word took part.
    pub claimed: bool,
}

/// No term is in force. Keeps its two arguments, and walks the reasons when asked.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'l, 'a> {
    license: &'l License<'a>,
    facts: &'l Facts,
}

/// A feature is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Grant {
    /// The index of the term that grants it.
    pub term: u8,
    /// Its number; 1 for a flag.
    pub value: u64,
    /// Seconds of uninterrupted power for which this stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Whether the host's word took part.
    pub claimed: bool,
}

/// Why something is refused: the first condition that failed, and the two numbers it compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The index of the term.
    pub term: u8,
    /// The index of the condition in the term, unknown ones counted, or one of the numbers below.
    pub condition: u8,
    /// What was needed, in the condition's own unit.
    pub needed: u64,
    /// What was seen.
    pub seen: u64,
}

impl Refusal {
    /// As `condition`: the term has the feature, but a higher one (`needed`) is in force.
    pub const SHADOWED: u8 = 255;
    /// As `condition`: no term has the feature.
    pub const NO_TERM: u8 = 254;
    /// As `condition`: the license has seats (`needed`), and this channel has no live lease.
    pub const NO_SEAT: u8 = 253;
}

impl<'a> Verdict<'_, 'a> {
    /// The value of a feature, or the first failed condition of the first term that has it.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn feature(&self, name: Name<'_>) -> Result<Grant, Refusal> {
        let (license, facts, in_force) = match self {
            Self::Granted(granted) => (granted.license, granted.facts, Some(granted)),
            Self::Refused(refused) => (refused.license, refused.facts, None),
        };
        if let Some(granted) = in_force
            && let Some(value) = granted.term.feature(name)
        {
            let Granted { index: term, valid_for, claimed, .. } = *granted;
            return Ok(Grant { term, value, valid_for, claimed });
        }
        let having = |(index, term): (u8, Result<Term<'a>, _>)| {
            term.ok().filter(|term| term.feature(name).is_some()).map(|term| (index, term))
        };
        let Some((index, term)) = terms(license).find_map(having) else {
            return Err(Refusal { term: 0, condition: Refusal::NO_TERM, needed: 0, seen: 0 });
        };
        let why = no_seat(license, facts).or_else(|| first_failed(license, facts, index, &term));
        // A term that has it and holds is not in force only because a higher one is.
        Err(why.filter(|_| in_force.is_none_or(|granted| index < granted.index)).unwrap_or_else(|| {
            let needed = in_force.map_or(0, |granted| u64::from(granted.index));
            Refusal { term: index, condition: Refusal::SHADOWED, needed, seen: 0 }
        }))
    }

    /// Whether a term is in force.
    pub const fn is_granted(&self) -> bool {
        matches!(self, Self::Granted(_))
    }
}

impl<'a> Granted<'_, 'a> {
    /// Whether the term in force counts days from its first use, so that a device notes that use.
    pub fn counts_from_first_use(&self) -> bool {
        counts_from_first_use(&self.term)
    }
}

impl<'l, 'a> Refused<'l, 'a> {
    /// The first failed condition of each term, in order; before them, that there is no seat. A
    /// term that would hold if there were a seat has no reason of its own.
    pub fn reasons(&self) -> impl Iterator<Item = Refusal> + use<'l, 'a> {
        let Self { license, facts } = *self;
        let of_terms = terms(license).filter_map(move |(index, term)| match term {
            Ok(term) => first_failed(license, facts, index, &term),
            Err(tag) => Some(Refusal { term: index, condition: 0, needed: u64::from(tag), seen: 0 }),
        });
        no_seat(license, facts).into_iter().chain(of_terms)
    }
}

/// The total that `meter` may reach by a charge: its allowance, and the largest overdraft among
/// the terms whose *other* conditions hold. None when there is no such term, no seat is held, or
/// the license has no such meter. A limit that is reached already leaves nothing to charge.
#[must_use]
pub fn charge_limit(license: &License<'_>, facts: &Facts, meter: Name<'_>) -> Option<Units> {
    let (_, found) = license.meter(meter)?;
    if !seat_window(license, facts).is_open() {
        return None;
    }
    let overdraft = terms(license)
        .filter_map(|(_, term)| term.ok())
        .filter(|term| term_window(license, facts, term, Some(meter)).is_open())
        .map(|term| overdraft_on(&term, meter))
        .max()?;
    Some(Units(found.allowance.0.saturating_add(overdraft.0)))
}

fn overdraft_on(term: &Term<'_>, meter: Name<'_>) -> Units {
    let overdrafts = term.conditions.known().filter_map(|condition| match condition {
        Condition::Units(units) if units.meter == meter => Some(units.overdraft),
        _ => None,
    });
    // A term with two conditions on one meter allows what both allow.
    overdrafts.min().unwrap_or_default()
}

/// Whether a grant of the term is a first use, from which days are counted.
fn counts_from_first_use(term: &Term<'_>) -> bool {
    term.conditions.known().any(|condition| matches!(condition, Condition::DaysFromFirstUse(_)))
}

/// The terms with their indices; one of an unknown sort is its tag, and never in force.
fn terms<'a>(license: &License<'a>) -> impl Iterator<Item = (u8, Result<Term<'a>, u8>)> + use<'a> {
    const { assert!(limits::TERMS < Refusal::NO_SEAT as usize) };
    license.terms.indexed().map(|(index, term)| {
        let tag = |error| match error {
            DocumentError::UnknownItem { tag } => tag,
            _ => 0,
        };
        (index, term.map_err(tag))
    })
}

fn seat_window(license: &License<'_>, facts: &Facts) -> Window {
    match (license.seats, facts.lease) {
        (None, _) => Window::ALWAYS,
        (Some(_), Some(left)) => Window { opens: 0, closes: u64::from(left) },
        (Some(_), None) => Window::NEVER,
    }
}

fn no_seat(license: &License<'_>, facts: &Facts) -> Option<Refusal> {
    let seats = license.seats.filter(|_| !seat_window(license, facts).is_open())?;
    Some(Refusal { term: 0, condition: Refusal::NO_SEAT, needed: u64::from(seats.count), seen: 0 })
}

/// When a term holds; `apart_from` leaves out the conditions on that meter.
fn term_window(
    license: &License<'_>,
    facts: &Facts,
    term: &Term<'_>,
    apart_from: Option<Name<'_>>,
) -> Window {
    term.conditions.iter().fold(Window::ALWAYS, |window, condition| match condition {
        Ok(Condition::Units(units)) if Some(units.meter) == apart_from => window,
        Ok(condition) => window.and(condition.find(license, facts).window),
        Err(_) => Window::NEVER,
    })
}

/// The first condition of a term that does not hold; none when all do.
fn first_failed(license: &License<'_>, facts: &Facts, index: u8, term: &Term<'_>) -> Option<Refusal> {
    term.conditions.indexed().find_map(|(condition, item)| {
        let never = |needed| Finding { window: Window::NEVER, needed, seen: 0 };
        let Finding { window, needed, seen } = match item {
            Ok(item) => item.find(license, facts),
            Err(DocumentError::UnknownItem { tag }) => never(u64::from(tag)),
            Err(_) => never(0),
        };
        (!window.is_open()).then_some(Refusal { term: index, condition, needed, seen })
    })
}

/// Clips to what fits a verdict; [`Seconds::FOREVER`] means no end.
fn seconds(seconds: u64) -> Seconds {
    u32::try_from(seconds).map_or(Seconds::FOREVER, Seconds)
}
