//! The decision once more, slow and plain: no windows of time, only whether each condition holds *now*.
//!
//! How long a verdict stays is then a question of asking again later; see [`after`].

use crate::grammar::split;
use holdfast_document::{Class, Item, Name};
use holdfast_license::condition::FreshBy;
use holdfast_license::{Condition, Facts, License, Loan, Meter, Refusal, Term};

/// What stands at one place of a list.
pub(super) enum Place<T> {
    Known(T),
    /// Must be understood, and is not; or is broken. With its tag.
    NotMet(u8),
    /// May be passed over.
    Skipped,
}

/// The items of a list, one for each place.
fn places<'a, T: Item<'a>>(list: &'a [u8]) -> Vec<Place<T>> {
    let (items, whole) = split(list);
    let place = |item: &&'a [u8]| match T::from_item(item) {
        Ok(known) => Place::Known(known),
        Err(holdfast_document::DocumentError::UnknownItem { tag: 128.. }) => Place::Skipped,
        Err(holdfast_document::DocumentError::UnknownItem { tag }) => Place::NotMet(tag),
        Err(_) => Place::NotMet(0),
    };
    let broken = (!whole).then_some(Place::NotMet(0));
    items.iter().map(place).chain(broken).collect()
}

/// What is decided on.
pub(super) struct Case<'a> {
    pub terms: Vec<Place<Term<'a>>>,
    pub meters: Vec<Meter<'a>>,
    pub seats: Option<u16>,
    pub loan: Option<&'a Loan<'a>>,
}

/// What a condition of a term comes to.
enum Comes {
    True,
    False,
    /// Only the lender counts it.
    NotLent,
}

impl<'a> Case<'a> {
    pub(super) fn new(license: &License<'a>, loan: Option<&'a Loan<'a>>) -> Self {
        let known = |place| match place {
            Place::Known(meter) => Some(meter),
            _ => None,
        };
        Self {
            terms: places(license.terms.as_bytes()),
            meters: places(license.meters.as_bytes()).into_iter().filter_map(known).collect(),
            seats: license.seats.map(|seats| seats.count),
            loan,
        }
    }

    /// The place of the term in force.
    pub(super) fn in_force(&self, facts: &Facts) -> Option<usize> {
        if self.closed(facts).is_some() {
            return None;
        }
        self.known().find(|(_, term)| self.first_failed(term, facts, None).is_none()).map(|(place, _)| place)
    }

    pub(super) fn known(&self) -> impl Iterator<Item = (usize, &Term<'a>)> {
        self.terms.iter().enumerate().filter_map(|(place, term)| match term {
            Place::Known(term) => Some((place, term)),
            _ => None,
        })
    }

    /// Why no term at all can be in force, by the number of that reason.
    fn closed(&self, facts: &Facts) -> Option<u8> {
        if let Some(loan) = self.loan {
            if facts.floor >= loan.until || facts.host_time >= loan.until {
                return Some(Refusal::LOAN_OVER);
            }
            if facts.age >= u64::from(loan.fresh_within.0) {
                return Some(Refusal::LOAN_STALE);
            }
        }
        let seated = self.seats.is_none() || facts.lease.is_some_and(|left| left > 0);
        (!seated).then_some(Refusal::NO_SEAT)
    }

    /// The number by which a refusal names the first condition that does not hold, and the tag of one that is
    /// not known; `apart_from` leaves out the conditions on that meter.
    fn first_failed(
        &self,
        term: &Term<'a>,
        facts: &Facts,
        apart_from: Option<Name<'_>>,
    ) -> Option<(u8, u64)> {
        let conditions = places::<Condition<'a>>(term.conditions.as_bytes());
        conditions.iter().enumerate().find_map(|(place, condition)| match condition {
            Place::Skipped => None,
            Place::NotMet(tag) => Some((place as u8, u64::from(*tag))),
            Place::Known(Condition::Units(units)) if Some(units.meter) == apart_from => None,
            Place::Known(condition) => match self.holds(condition, facts) {
                Comes::True => None,
                Comes::False => Some((place as u8, u64::MAX)),
                Comes::NotLent => Some((Refusal::NOT_LENT, place as u64)),
            },
        })
    }

    fn holds(&self, condition: &Condition<'a>, facts: &Facts) -> Comes {
        let counted = matches!(
            condition,
            Condition::DaysFromFirstUse(_) | Condition::UsageTime(_) | Condition::Units(_)
        );
        if counted && self.loan.is_some() {
            return Comes::NotLent;
        }
        let claims = facts.claims;
        let holds = match *condition {
            Condition::From(from) => from <= facts.floor,
            Condition::Until(until) => facts.floor < until && facts.host_time < until,
            Condition::DaysFromFirstUse(days) => facts.first_use.unwrap_or(0) < u64::from(days) * 86_400,
            Condition::UsageTime(most) => facts.usage_time < u64::from(most.0),
            Condition::Units(left) => match self.meters.iter().position(|meter| meter.name == left.meter) {
                None => false,
                Some(at) => {
                    let most = u128::from(self.meters[at].allowance.0) + u128::from(left.overdraft.0);
                    let used = facts.used.get(at).map_or(0, |used| used.0);
                    u128::from(used) < most.min(u128::from(u64::MAX))
                }
            },
            Condition::FreshWithin(fresh) => {
                let age = if fresh.by == FreshBy::Any { facts.age } else { facts.age_by_issuer };
                age < u64::from(fresh.seconds.0)
            }
            Condition::Machine(machine) => facts.machine == Some(machine),
            Condition::Touch(within) => facts.touched.is_some_and(|passed| passed < within.0),
            Condition::Paired(()) => facts.paired,
            Condition::FirmwareAtLeast(least) => facts.firmware >= least,
            Condition::ClassAtLeast(Class { scale: 0, .. }) => true,
            Condition::ClassAtLeast(least) => {
                facts.class.scale == least.scale && facts.class.level >= least.level
            }
            Condition::Requires(bit) => bit < 64 && facts.capabilities >> bit & 1 == 1,
            Condition::ReleasedBefore(end) => claims.released.is_some_and(|released| released < end),
            Condition::VirtualMachine(wanted) => claims.virtual_machine == Some(wanted),
            Condition::RemoteSession(wanted) => claims.remote_session == Some(wanted),
        };
        if holds { Comes::True } else { Comes::False }
    }

    /// Every reason of a refusal, as term and condition, and the tag where one is not known.
    pub(super) fn reasons(&self, facts: &Facts) -> Vec<(u8, u8, Option<u64>)> {
        let of_term = |(place, term): (usize, &Place<Term<'a>>)| match term {
            Place::Skipped => None,
            Place::NotMet(tag) => Some((place as u8, 0, Some(u64::from(*tag)))),
            Place::Known(term) => {
                let (condition, needed) = self.first_failed(term, facts, None)?;
                Some((place as u8, condition, Some(needed).filter(|needed| *needed != u64::MAX)))
            }
        };
        let closed = self.closed(facts).map(|number| (0, number, None));
        closed.into_iter().chain(self.terms.iter().enumerate().filter_map(of_term)).collect()
    }

    /// The value of a feature and the term that grants it; else term and condition of the refusal.
    pub(super) fn feature(&self, name: Name<'_>, facts: &Facts) -> Result<(u8, u64), (u8, u8)> {
        let in_force = self.in_force(facts);
        let mut having = self.known().filter_map(|(place, term)| Some((place, term, term.feature(name)?)));
        let Some((place, term, _)) = having.next() else { return Err((0, Refusal::NO_TERM)) };
        if let Some(granted) = in_force {
            let its =
                self.known().find(|(place, _)| *place == granted).and_then(|(_, term)| term.feature(name));
            if let Some(value) = its {
                return Ok((granted as u8, value));
            }
            if place > granted {
                return Err((place as u8, Refusal::SHADOWED));
            }
        }
        let why = self.closed(facts).map(|number| (0, number));
        let failed = || self.first_failed(term, facts, None).map(|(condition, _)| (place as u8, condition));
        Err(why.or_else(failed).expect("a term that holds and is first would be in force"))
    }

    /// The total that a meter may reach by a charge.
    pub(super) fn charge_limit(&self, meter: Name<'_>, facts: &Facts) -> Option<u64> {
        let found = self.meters.iter().find(|known| known.name == meter)?;
        if self.closed(facts).is_some() {
            return None;
        }
        let else_holds =
            self.known().filter(|(_, term)| self.first_failed(term, facts, Some(meter)).is_none());
        let overdraft = else_holds.map(|(_, term)| {
            let conditions = places::<Condition<'a>>(term.conditions.as_bytes());
            let on_meter = conditions.iter().filter_map(|condition| match condition {
                Place::Known(Condition::Units(units)) if units.meter == meter => Some(units.overdraft.0),
                _ => None,
            });
            on_meter.min().unwrap_or(0)
        });
        overdraft.max().map(|overdraft| found.allowance.0.saturating_add(overdraft))
    }

    /// Whether the term at this place has a condition that this one is.
    pub(super) fn has(&self, place: usize, is: impl Fn(&Condition<'a>) -> bool) -> bool {
        let term = self.known().find(|(of, _)| *of == place).map(|(_, term)| *term);
        let conditions = term.map(|term| places::<Condition<'a>>(term.conditions.as_bytes()));
        conditions
            .into_iter()
            .flatten()
            .any(|condition| matches!(condition, Place::Known(known) if is(&known)))
    }
}

/// The facts after so many seconds in which nothing happened but what a grant now begins.
pub(super) fn after(case: &Case<'_>, facts: &Facts, seconds: u64) -> Facts {
    let counts = |place| case.has(place, |condition| matches!(condition, Condition::DaysFromFirstUse(_)));
    let begun = case.in_force(facts).is_some_and(counts);
    let first_use = if begun { Some(facts.first_use.unwrap_or(0)) } else { facts.first_use };
    let short = u32::try_from(seconds).unwrap_or(u32::MAX);
    let host_time = if facts.host_time.0 == 0 { facts.host_time } else { facts.host_time.plus(seconds) };
    Facts {
        floor: facts.floor.plus(seconds),
        host_time,
        age: facts.age.saturating_add(seconds),
        age_by_issuer: facts.age_by_issuer.saturating_add(seconds),
        first_use: first_use.map(|passed| passed.saturating_add(seconds)),
        usage_time: facts.usage_time.saturating_add(seconds),
        lease: facts.lease.map(|left| left.saturating_sub(short)),
        touched: facts.touched.map(|passed| passed.saturating_add(short)),
        ..facts.clone()
    }
}
