//! What a customer will see of a license: from change to change, and from when until when.
//!
//! A [`Life`] says how the device is used from some moment on. [`Timeline`] asks [`decide()`] at that
//! moment and at each later second at which a condition begins or ends to hold; what looks the same
//! to the customer is one [`Span`]. It is exact to the second, and never walks through seconds: the
//! windows in which conditions hold say where the next change is.

use crate::condition::DAY;
use crate::decide::{Verdict, charge_limit, decide};
use crate::{Condition, Facts, License};
use holdfast_document::{Seconds, Time, Units, limits};

/// How far a timeline looks, in seconds: 100 years. What would change later counts as never.
pub const HORIZON: u64 = 36_525 * DAY;

/// How a device with a license is used, from a first second on: that of `facts.floor`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// What the device knows at the first second. A lease that it holds is renewed for ever; a touch
    /// stays as fresh as it is.
    pub facts: Facts,
    /// Seconds of power in each day, from the first second on: at least 1, at most 86,400.
    pub powered: Seconds,
    /// Whether the device hears of the time as it passes, from its issuer. Else it counts its own
    /// power, and its proof of time ages.
    pub hears_time: bool,
    /// Whether the clock of the machine is right and is told with each question. Else none is told.
    pub host_clock: bool,
    /// Units used of each meter, in the order of the license.
    pub spending: heapless::Vec<Spending, { limits::METERS }>,
}

/// A steady use of a meter while the device has power and the license lets it be charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// So many units; 0: none.
    pub units: u64,
    /// In so many seconds of power, at least 1.
    pub seconds: u64,
}

/// A time in which a customer sees the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first second.
    pub from: Time,
    /// The first second of the next span; none: nothing changes any more.
    pub until: Option<Time>,
    /// What is known at the first second; [`decide()`] says what follows from it.
    pub facts: Facts,
}

/// Walks the spans of a license, in order; each begins where the one before ends.
#[derive(Clone, Debug)]
pub struct Timeline<'l, 'a> {
    license: &'l License<'a>,
    life: &'l Life,
    /// None when the last span is out.
    moment: Option<Moment>,
}

/// Where a life has come to.
#[derive(Clone, Debug)]
struct Moment {
    /// Seconds of the calendar that have passed.
    elapsed: u64,
    /// Seconds of power that have passed.
    powered: u64,
    /// What the device's clock for first use showed when it began, and how much had passed by then.
    first_use: Option<(u64, u64)>,
    used: heapless::Vec<Units, { limits::METERS }>,
    /// What was used of the next unit of each meter, in parts of its `seconds`.
    parts: heapless::Vec<u64, { limits::METERS }>,
}

impl<'l, 'a> Timeline<'l, 'a> {
    /// Begins at the first second of a life.
    pub fn new(license: &'l License<'a>, life: &'l Life) -> Self {
        let meters = 0..license.meters.known().count();
        let mut moment = Moment {
            elapsed: 0,
            powered: 0,
            first_use: life.facts.first_use.map(|passed| (0, passed)),
            used: meters.clone().map(|meter| life.facts.used(meter)).collect(),
            parts: meters.map(|_| 0).collect(),
        };
        moment.begin_first_use(license, life);
        Self { license, life, moment: Some(moment) }
    }
}

impl Iterator for Timeline<'_, '_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let (license, life) = (self.license, self.life);
        let mut moment = self.moment.take()?;
        let facts = moment.facts(life);
        let from = life.facts.floor.plus(moment.elapsed);
        while let Some(step) = moment.step(license, life) {
            moment.pass(license, life, step);
            if moment.elapsed >= HORIZON {
                break;
            }
            if !looks_alike(license, &facts, &moment.facts(life)) {
                let until = life.facts.floor.plus(moment.elapsed);
                self.moment = Some(moment);
                return Some(Span { from, until: Some(until), facts });
            }
        }
        Some(Span { from, until: None, facts })
    }
}

/// Whether a customer sees no difference: the same term, or the same reasons.
fn looks_alike(license: &License<'_>, one: &Facts, other: &Facts) -> bool {
    match (decide(license, one), decide(license, other)) {
        (Verdict::Granted(one), Verdict::Granted(other)) => one.index == other.index,
        (Verdict::Refused(one), Verdict::Refused(other)) => {
            let rule = |reason: crate::Refusal| (reason.term, reason.condition);
            one.reasons().map(rule).eq(other.reasons().map(rule))
        }
        _ => false,
    }
}

impl Life {
    /// Seconds of power a day, within their bounds.
    fn day(&self) -> u64 {
        u64::from(self.powered.0).clamp(1, DAY)
    }

    fn spending(&self, meter: usize) -> Spending {
        self.spending.get(meter).copied().unwrap_or_default()
    }
}

impl Moment {
    fn is_powered(&self, life: &Life) -> bool {
        self.elapsed % DAY < life.day()
    }

    /// The clock that the device goes by.
    fn clock(&self, life: &Life) -> u64 {
        if life.hears_time { self.elapsed } else { self.powered }
    }

    fn facts(&self, life: &Life) -> Facts {
        let start = &life.facts;
        let aged = |age: u64| if life.hears_time { 0 } else { age.saturating_add(self.powered) };
        let since =
            |(began, passed): (u64, u64)| self.clock(life).saturating_sub(began).saturating_add(passed);
        Facts {
            floor: start.floor.plus(self.clock(life)),
            host_time: if life.host_clock { start.floor.plus(self.elapsed) } else { Time(0) },
            age: aged(start.age),
            age_by_issuer: aged(start.age_by_issuer),
            first_use: self.first_use.map(since),
            usage_time: start.usage_time.saturating_add(self.powered),
            used: self.used.clone(),
            lease: start.lease.map(|_| u32::MAX),
            ..start.clone()
        }
    }

    /// Seconds until something may change; none when nothing ever will. Until then every clock runs
    /// steadily, or stands.
    fn step(&self, license: &License<'_>, life: &Life) -> Option<u64> {
        let is_powered = self.is_powered(life);
        let of_conditions = self.until_a_window_moves(license, life, is_powered);
        let of_meters = if is_powered { self.until_a_limit(license, life) } else { None };
        let next = earlier(of_conditions, of_meters);
        if is_powered && next.is_none() {
            // All clocks that ever run are running.
            return None;
        }
        let today = self.elapsed % DAY;
        let switched = if is_powered { life.day() } else { DAY }.saturating_sub(today);
        earlier(next, (life.day() < DAY).then_some(switched))
    }

    /// Seconds until a condition begins or ends to hold. One whose clock stands is passed over: its
    /// window looks the same a second later.
    fn until_a_window_moves(&self, license: &License<'_>, life: &Life, is_powered: bool) -> Option<u64> {
        let here = self.facts(life);
        let mut later = self.clone();
        later.run(1, is_powered);
        let later = later.facts(life);
        let conditions = license.terms.known().flat_map(|term| term.conditions.known());
        let edges = conditions.flat_map(|condition| {
            let (now, then) = (condition.find(license, &here).window, condition.find(license, &later).window);
            [(now.opens, then.opens), (now.closes, then.closes)]
        });
        edges.filter(|(now, then)| then < now && *now < u64::MAX).map(|(now, _)| now).min()
    }

    /// Seconds until a meter reaches a number that a condition names, and that a charge may reach.
    fn until_a_limit(&self, license: &License<'_>, life: &Life) -> Option<u64> {
        let facts = self.facts(life);
        let of_meter = |(index, meter): (usize, crate::Meter<'_>)| {
            let most = charge_limit(license, &facts, meter.name)?;
            let conditions = license.terms.known().flat_map(|term| term.conditions.known());
            let named = conditions.filter_map(|condition| match condition {
                Condition::Units(units) if units.meter == meter.name => {
                    Some(meter.allowance.0.saturating_add(units.overdraft.0))
                }
                _ => None,
            });
            named
                .filter(|total| *total <= most.0)
                .filter_map(|total| self.until_used(index, life, total))
                .min()
        };
        license.meters.known().enumerate().filter_map(of_meter).min()
    }

    /// Seconds of power until so many units of a meter are used; none when they are, or never will.
    fn until_used(&self, meter: usize, life: &Life, total: u64) -> Option<u64> {
        let (Spending { units, seconds }, used) = (life.spending(meter), self.used.get(meter)?.0);
        let missing = u128::from(total.checked_sub(used).filter(|missing| *missing > 0)?);
        let parts = missing.saturating_mul(u128::from(seconds.max(1)));
        let parts = parts.saturating_sub(u128::from(*self.parts.get(meter)?));
        let passing = (units > 0).then(|| parts.div_ceil(u128::from(units)))?;
        u64::try_from(passing).ok()
    }

    /// Lets time pass: at most up to the next step.
    fn pass(&mut self, license: &License<'_>, life: &Life, seconds: u64) {
        let is_powered = self.is_powered(life);
        if is_powered {
            self.spend(license, life, seconds);
        }
        self.run(seconds, is_powered);
        self.begin_first_use(license, life);
    }

    fn run(&mut self, seconds: u64, is_powered: bool) {
        self.elapsed = self.elapsed.saturating_add(seconds);
        self.powered = self.powered.saturating_add(if is_powered { seconds } else { 0 });
    }

    fn spend(&mut self, license: &License<'_>, life: &Life, seconds: u64) {
        let facts = self.facts(life);
        for (index, meter) in license.meters.known().enumerate() {
            let spending = life.spending(index);
            let most = charge_limit(license, &facts, meter.name);
            let (Some(used), Some(part), Some(most)) =
                (self.used.get_mut(index), self.parts.get_mut(index), most)
            else {
                continue;
            };
            if used.0 >= most.0 {
                continue;
            }
            let whole = u128::from(spending.seconds.max(1));
            let parts = u128::from(spending.units).saturating_mul(u128::from(seconds));
            let parts = parts.saturating_add(u128::from(*part));
            let total = u128::from(used.0).saturating_add(parts.checked_div(whole).unwrap_or(0));
            let left = parts.checked_rem(whole).and_then(|left| u64::try_from(left).ok()).unwrap_or(0);
            // A use that would reach beyond the limit is not made.
            let total = u64::try_from(total).unwrap_or(u64::MAX);
            (used.0, *part) = if total < most.0 { (total, left) } else { (most.0, 0) };
        }
    }

    /// A grant that counts days from first use is the first use; it takes power.
    fn begin_first_use(&mut self, license: &License<'_>, life: &Life) {
        if self.first_use.is_none()
            && self.is_powered(life)
            && let Verdict::Granted(granted) = decide(license, &self.facts(life))
            && granted.counts_from_first_use
        {
            self.first_use = Some((self.clock(life), 0));
        }
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
