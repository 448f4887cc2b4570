//! The one function that decides.
//!
//! Total, without allocation, the same code in firmware, SDK, issuer and server. A loan is decided
//! as its parent is, with its own end and its demand for fresh time added to every term; what only
//! the lender's device can count (units, days from first use, powered hours) is not lent.

use crate::condition::{Finding, FreshBy, FreshWithin, Window};
use crate::{Condition, Facts, Grant, License, Loan, Refusal, Term};
use holdfast_document::{DocumentError, Name, Seconds, Units, limits};

/// Says which term of a license is in force, or that none is.
pub fn decide<'l, 'a>(license: &'l License<'a>, facts: &'l Facts) -> Verdict<'l, 'a> {
    Grounds { license, loan: None, facts }.decide()
}

/// The same for a loan of a seat of the license, on the device that borrowed it.
pub fn decide_loan<'l, 'a>(
    license: &'l License<'a>,
    loan: &'l Loan<'a>,
    facts: &'l Facts,
) -> Verdict<'l, 'a> {
    Grounds { license, loan: Some(loan), facts }.decide()
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug)]
struct Grounds<'l, 'a> {
    license: &'l License<'a>,
    loan: Option<&'l Loan<'a>>,
    facts: &'l Facts,
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
    grounds: Grounds<'l, 'a>,
    /// The index of the term.
    pub index: u8,
    /// The term.
    pub term: Term<'a>,
    /// Seconds of uninterrupted power for which this stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Whether the host's word took part.
    pub claimed: bool,
    /// Whether the term in force counts days from its first use, so that a device notes that use.
    pub counts_from_first_use: bool,
}

/// No term is in force. Keeps its arguments, and walks the reasons when asked.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'l, 'a> {
    grounds: Grounds<'l, 'a>,
}

impl<'a> Verdict<'_, 'a> {
    /// The value of a feature, or the first failed condition of the first term that has it.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn feature(&self, name: Name<'_>) -> Result<Grant, Refusal> {
        let (grounds, in_force) = match self {
            Self::Granted(granted) => (granted.grounds, Some(granted)),
            Self::Refused(refused) => (refused.grounds, None),
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
        let Some((index, term)) = grounds.terms().find_map(having) else {
            return Err(Refusal::no_term());
        };
        let why = grounds.closed().or_else(|| grounds.first_failed(index, &term));
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

impl<'l, 'a> Refused<'l, 'a> {
    /// The first failed condition of each term, in order; before them, that the loan is over or
    /// there is no seat. A term that would hold but for those has no reason of its own.
    pub fn reasons(&self) -> impl Iterator<Item = Refusal> + use<'l, 'a> {
        let grounds = self.grounds;
        let of_terms = grounds.terms().filter_map(move |(index, term)| match term {
            Ok(term) => grounds.first_failed(index, &term),
            Err(tag) => Some(Refusal { term: index, condition: 0, needed: u64::from(tag), seen: 0 }),
        });
        grounds.closed().into_iter().chain(of_terms)
    }
}

/// The total that `meter` may reach by a charge: its allowance, and the largest overdraft among
/// the terms whose *other* conditions hold. None when there is no such term, no seat is held, or
/// the license has no such meter. A limit that is reached already leaves nothing to charge. A loan
/// has no such limit: units are not lent.
#[must_use]
pub fn charge_limit(license: &License<'_>, facts: &Facts, meter: Name<'_>) -> Option<Units> {
    let (_, found) = license.meter(meter)?;
    let grounds = Grounds { license, loan: None, facts };
    if !grounds.gate().is_open() {
        return None;
    }
    let overdraft = grounds
        .terms()
        .filter_map(|(_, term)| term.ok())
        .filter(|term| grounds.stand(term, Some(meter)).window.is_open())
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

/// What one walk over the conditions of a term finds.
#[derive(Clone, Copy)]
struct Standing {
    /// When all of them hold.
    window: Window,
    /// Whether one of them takes the host's word.
    claimed: bool,
    /// Whether a grant of the term is a first use, from which days are counted.
    counts_from_first_use: bool,
}

/// The first term that holds, and the second from which a higher one does.
struct InForce<'a> {
    index: u8,
    term: Term<'a>,
    standing: Standing,
    higher_opens: u64,
}

impl<'l, 'a> Grounds<'l, 'a> {
    fn decide(self) -> Verdict<'l, 'a> {
        let gate = self.gate();
        let in_force = if gate.is_open() { self.in_force() } else { None };
        let Some(InForce { index, term, standing, higher_opens }) = in_force else {
            return Verdict::Refused(Refused { grounds: self });
        };
        let (closes, higher_opens) = if self.facts.first_use.is_none() && standing.counts_from_first_use {
            // This grant is the first use, so from now on its time counts, for higher terms too.
            let facts = Facts { first_use: Some(0), ..self.facts.clone() };
            let later = Grounds { facts: &facts, ..self }.in_force();
            later.map_or((0, 0), |later| (later.standing.window.closes, later.higher_opens))
        } else {
            (standing.window.closes, higher_opens)
        };
        // Until it, the seat or the loan ends, or a higher one begins, if nothing changes but time.
        let valid_for = seconds(closes.min(higher_opens).min(gate.closes));
        let Standing { claimed, counts_from_first_use, .. } = standing;
        Verdict::Granted(Granted { grounds: self, index, term, valid_for, claimed, counts_from_first_use })
    }

    fn in_force(&self) -> Option<InForce<'a>> {
        let mut higher_opens = u64::MAX;
        for (index, term) in self.terms() {
            let Ok(term) = term else { continue };
            let standing = self.stand(&term, None);
            let Window { opens, closes } = standing.window;
            if standing.window.is_open() {
                return Some(InForce { index, term, standing, higher_opens });
            }
            if opens < closes {
                higher_opens = higher_opens.min(opens);
            }
        }
        None
    }

    /// The terms with their indices; one of an unknown sort is its tag, and never in force.
    fn terms(&self) -> impl Iterator<Item = (u8, Result<Term<'a>, u8>)> + use<'a> {
        self.license.terms.indexed().map(|(index, term)| {
            let tag = |error| match error {
                DocumentError::UnknownItem { tag } => tag,
                _ => 0,
            };
            (index, term.map_err(tag))
        })
    }

    /// When any term can be in force at all: the channel holds a seat, and a loan is not over.
    fn gate(&self) -> Window {
        let loan = self.loan_ends().into_iter().flatten();
        loan.fold(self.seat(), |gate, (_, finding)| gate.and(finding.window))
    }

    fn seat(&self) -> Window {
        match (self.license.seats, self.facts.lease) {
            (None, _) => Window::ALWAYS,
            (Some(_), Some(left)) => Window { opens: 0, closes: u64::from(left) },
            (Some(_), None) => Window::NEVER,
        }
    }

    /// What a loan adds to every term, each with the number by which a refusal names it.
    fn loan_ends(&self) -> Option<[(u8, Finding); 2]> {
        let Loan { until, fresh_within: seconds, .. } = *self.loan?;
        let fresh = Condition::FreshWithin(FreshWithin { seconds, by: FreshBy::Any });
        Some([
            (Refusal::LOAN_OVER, Condition::Until(until).find(self.license, self.facts)),
            (Refusal::LOAN_STALE, fresh.find(self.license, self.facts)),
        ])
    }

    /// Why no term can be in force whatever its conditions, if so.
    fn closed(&self) -> Option<Refusal> {
        let of_loan = self.loan_ends().into_iter().flatten().find(|(_, finding)| !finding.window.is_open());
        if let Some((condition, Finding { needed, seen, .. })) = of_loan {
            return Some(Refusal { term: 0, condition, needed, seen });
        }
        let seats = self.license.seats.filter(|_| !self.seat().is_open())?;
        // A loan is one seat, however many its parent has.
        let needed = if self.loan.is_some() { 1 } else { u64::from(seats.count) };
        Some(Refusal { term: 0, condition: Refusal::NO_SEAT, needed, seen: 0 })
    }

    /// When a term holds; `apart_from` leaves out the conditions on that meter. One walk, since
    /// reading a condition is most of the cost of deciding on it.
    fn stand(&self, term: &Term<'_>, apart_from: Option<Name<'_>>) -> Standing {
        let start = Standing { window: Window::ALWAYS, claimed: false, counts_from_first_use: false };
        term.conditions.iter().fold(start, |so_far, condition| {
            let Ok(condition) = condition else { return Standing { window: Window::NEVER, ..so_far } };
            let window = match condition {
                Condition::Units(units) if Some(units.meter) == apart_from => Window::ALWAYS,
                _ if self.is_not_lent(&condition) => Window::NEVER,
                _ => condition.find(self.license, self.facts).window,
            };
            let counts = matches!(condition, Condition::DaysFromFirstUse(_));
            Standing {
                window: so_far.window.and(window),
                claimed: so_far.claimed || condition.is_claimed(),
                counts_from_first_use: so_far.counts_from_first_use || counts,
            }
        })
    }

    fn is_not_lent(&self, condition: &Condition<'_>) -> bool {
        self.loan.is_some() && condition.is_counted_by_device()
    }

    /// The first condition of a term that does not hold; none when all do.
    fn first_failed(&self, index: u8, term: &Term<'_>) -> Option<Refusal> {
        term.conditions.indexed().find_map(|(condition, item)| {
            let never = |needed| Finding { window: Window::NEVER, needed, seen: 0 };
            let Finding { window, needed, seen } = match item {
                Ok(item) if self.is_not_lent(&item) => {
                    let needed = u64::from(condition);
                    return Some(Refusal { term: index, condition: Refusal::NOT_LENT, needed, seen: 0 });
                }
                Ok(item) => item.find(self.license, self.facts),
                Err(DocumentError::UnknownItem { tag }) => never(u64::from(tag)),
                Err(_) => never(0),
            };
            (!window.is_open()).then_some(Refusal { term: index, condition, needed, seen })
        })
    }
}

const _: () = assert!(
    limits::TERMS <= u8::MAX as usize && limits::CONDITIONS < Refusal::NOT_LENT as usize,
    "the numbers of a refusal are no places in a list"
);

/// Clips to what fits a verdict; [`Seconds::FOREVER`] means no end.
fn seconds(seconds: u64) -> Seconds {
    u32::try_from(seconds).map_or(Seconds::FOREVER, Seconds)
}
