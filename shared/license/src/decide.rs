//! The one function that decides.
//!
//! Total, without allocation, the same code in firmware, SDK, issuer and server.

use crate::condition::{Finding, Window};
use crate::{Condition, Facts, License, Term};
use holdfast_document::{DocumentError, Name, Seconds, Units, limits};
use serde::{Deserialize, Serialize};

/// Says which term of a license is in force, or that none is.
pub fn decide<'l, 'a>(license: &'l License<'a>, facts: &'l Facts) -> Verdict<'l, 'a> {
    let seat = seat_window(license, facts);
    let mut valid_for = seat.closes;
    for (index, term) in terms(license) {
        let Ok(term) = term else { continue };
        let window = term_window(license, facts, &term, None);
        if window.is_open() && seat.is_open() {
            let claimed = term.conditions.known().any(|condition| condition.is_claimed());
            let valid_for = seconds(valid_for.min(window.closes));
            return Verdict::Granted(Granted { license, facts, index, term, valid_for, claimed });
        }
        // A better term that time alone will bring into force ends this verdict when it begins.
        if window.opens < window.closes {
            valid_for = valid_for.min(window.opens);
        }
    }
    Verdict::Refused(Refused { license, facts })
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
    /// The index of the condition in the term, or one of the numbers below.
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
        if let Some(refusal) = no_seat(license, facts) {
            return Err(refusal);
        }
        let having = |(index, term): (u8, Result<Term<'a>, _>)| {
            term.ok().filter(|term| term.feature(name).is_some()).map(|term| (index, term))
        };
        match (terms(license).find_map(having), in_force) {
            (None, _) => Err(Refusal { term: 0, condition: Refusal::NO_TERM, needed: 0, seen: 0 }),
            (Some((term, _)), Some(granted)) if term > granted.index => {
                let needed = u64::from(granted.index);
                Err(Refusal { term, condition: Refusal::SHADOWED, needed, seen: 0 })
            }
            (Some((index, term)), _) => Err(first_failed(license, facts, index, &term)),
        }
    }

    /// Whether a term is in force.
    pub const fn is_granted(&self) -> bool {
        matches!(self, Self::Granted(_))
    }
}

impl<'a> Granted<'_, 'a> {
    /// Whether the term in force counts days from its first use, so that a device notes that use.
    pub fn counts_from_first_use(&self) -> bool {
        self.term.conditions.known().any(|condition| matches!(condition, Condition::DaysFromFirstUse(_)))
    }
}

impl<'l, 'a> Refused<'l, 'a> {
    /// The first failed condition of each term, in order; before them, that there is no seat.
    pub fn reasons(&self) -> impl Iterator<Item = Refusal> + use<'l, 'a> {
        let Self { license, facts } = *self;
        let of_terms = terms(license).map(move |(index, term)| match term {
            Ok(term) => first_failed(license, facts, index, &term),
            Err(tag) => Refusal { term: index, condition: 0, needed: u64::from(tag), seen: 0 },
        });
        no_seat(license, facts).into_iter().chain(of_terms)
    }
}

/// The total that `meter` may reach by a charge: its allowance, and the largest overdraft among
/// the terms whose *other* conditions hold. None when no term is in force, no seat is held, or the
/// license has no such meter.
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

/// The terms with their indices; one of an unknown sort is its tag, and never in force.
fn terms<'a>(license: &License<'a>) -> impl Iterator<Item = (u8, Result<Term<'a>, u8>)> + use<'a> {
    const { assert!(limits::TERMS < Refusal::NO_SEAT as usize) };
    (0u8..).zip(license.terms.iter()).map(|(index, term)| {
        (
            index,
            term.map_err(|error| match error {
                DocumentError::UnknownItem { tag } => tag,
                _ => 0,
            }),
        )
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

/// The first condition of a term that does not hold. A term that holds has none, and says so with
/// the index behind its last condition.
fn first_failed(license: &License<'_>, facts: &Facts, index: u8, term: &Term<'_>) -> Refusal {
    let mut condition = 0u8;
    for item in term.conditions.iter() {
        let Finding { window, needed, seen } = match item {
            Ok(item) => item.find(license, facts),
            Err(DocumentError::UnknownItem { tag }) => {
                Finding { window: Window::NEVER, needed: u64::from(tag), seen: 0 }
            }
            Err(_) => Finding { window: Window::NEVER, needed: 0, seen: 0 },
        };
        if !window.is_open() {
            return Refusal { term: index, condition, needed, seen };
        }
        condition = condition.saturating_add(1);
    }
    Refusal { term: index, condition, needed: 0, seen: 0 }
}

/// Clips to what fits a verdict; [`Seconds::FOREVER`] means no end.
fn seconds(seconds: u64) -> Seconds {
    u32::try_from(seconds).map_or(Seconds::FOREVER, Seconds)
}
