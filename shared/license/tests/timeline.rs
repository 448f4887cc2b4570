//! What a customer will see of a license, held against a life that is walked second by second.

mod cast;
#[allow(dead_code, reason = "the part of it that says what holds is for the laws")]
mod invented;

use cast::*;
use holdfast_document::{Seconds, Time, Units};
use holdfast_license::condition::FreshBy;
use holdfast_license::timeline::{HORIZON, Spending};
use holdfast_license::{Condition, Facts, License, Life, Span, Timeline, Verdict, decide};
use proptest::prelude::*;

/// What a customer sees: the term, or the rules that refuse.
type Seen = Result<u8, Vec<(u8, u8)>>;

/// What follows from facts.
fn seen(license: &License<'_>, facts: &Facts) -> Seen {
    match decide(license, facts) {
        Verdict::Granted(granted) => Ok(granted.index),
        Verdict::Refused(refused) => {
            Err(refused.reasons().map(|reason| (reason.term, reason.condition)).collect())
        }
    }
}

/// The facts after so many seconds, of which so many with power: the rules in words, once more.
fn facts_after(life: &Life, elapsed: u64, powered: u64, first_use: Option<u64>, used: &[u64]) -> Facts {
    let counted = if life.hears_time { elapsed } else { powered };
    Facts {
        floor: Time(life.facts.floor.0 + counted),
        host_time: Time(if life.host_clock { life.facts.floor.0 + elapsed } else { 0 }),
        age: if life.hears_time { 0 } else { life.facts.age + powered },
        age_by_issuer: if life.hears_time { 0 } else { life.facts.age_by_issuer + powered },
        first_use: first_use.map(|began| counted - began),
        usage_time: life.facts.usage_time + powered,
        used: used.iter().map(|used| Units(*used)).collect(),
        lease: life.facts.lease.map(|_| u32::MAX),
        ..life.facts.clone()
    }
}

/// Walks a life second by second, without looking at any window, and notes each change.
fn walked(license: &License<'_>, life: &Life, seconds: u64) -> Vec<(u64, Seen)> {
    let mut used: Vec<u64> = life.facts.used.iter().map(|used| used.0).collect();
    let (mut parts, mut powered) = (vec![0; used.len()], 0);
    let mut first_use = None;
    let mut changes: Vec<(u64, Seen)> = Vec::new();
    for elapsed in 0..seconds {
        let has_power = elapsed % DAY < u64::from(life.powered.0);
        let mut facts = facts_after(life, elapsed, powered, first_use, &used);
        if has_power
            && first_use.is_none()
            && matches!(decide(license, &facts), Verdict::Granted(of) if of.counts_from_first_use)
        {
            first_use = Some(if life.hears_time { elapsed } else { powered });
            facts = facts_after(life, elapsed, powered, first_use, &used);
        }
        let now = seen(license, &facts);
        if changes.last().is_none_or(|(_, before)| *before != now) {
            changes.push((elapsed, now));
        }
        if has_power {
            powered += 1;
            for (index, meter) in license.meters.known().enumerate() {
                let most = holdfast_license::decide::charge_limit(license, &facts, meter.name);
                let Some(most) = most.filter(|most| used[index] < most.0) else { continue };
                let Spending { units, seconds } = life.spending[index];
                parts[index] += units;
                used[index] += parts[index] / seconds;
                parts[index] %= seconds;
                if used[index] >= most.0 {
                    (used[index], parts[index]) = (most.0, 0);
                }
            }
        }
    }
    changes
}

fn changes(license: &License<'_>, life: &Life) -> Vec<(u64, Seen)> {
    let since = |span: &Span| span.from.0 - life.facts.floor.0;
    Timeline::new(license, life).map(|span| (since(&span), seen(license, &span.facts))).collect()
}

fn a_life(powered: impl Strategy<Value = u32>) -> impl Strategy<Value = Life> {
    let spending = proptest::collection::vec((0u64..5, 1u64..7), 2..=2);
    (invented::facts(), powered, any::<(bool, bool)>(), spending).prop_map(
        |(facts, powered, (hears_time, host_clock), spending)| Life {
            // No one has used it yet: where counting begins is what is to be found.
            facts: Facts { first_use: None, ..facts },
            powered: Seconds(powered),
            hears_time,
            host_clock,
            spending: spending.into_iter().map(|(units, seconds)| Spending { units, seconds }).collect(),
        },
    )
}

proptest! {
    #[test]
    fn a_timeline_changes_at_the_seconds_at_which_a_walk_does(
        terms in invented::terms(), life in a_life(Just(86_400)),
    ) {
        let license = invented::with_terms(&terms);
        let mut found = changes(&license, &life);
        found.retain(|(from, _)| *from < 120);
        prop_assert_eq!(found, walked(&license, &life, 120));
    }

    #[test]
    fn spans_follow_each_other_without_a_gap_and_the_last_has_no_end(
        terms in invented::terms(), life in a_life(1u32..86_401),
    ) {
        let license = invented::with_terms(&terms);
        let spans: Vec<_> = Timeline::new(&license, &life).collect();
        prop_assert_eq!(spans[0].from, life.facts.floor);
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].until, Some(pair[1].from));
            prop_assert!(pair[0].from < pair[1].from);
            prop_assert_ne!(seen(&license, &pair[0].facts), seen(&license, &pair[1].facts));
        }
        prop_assert_eq!(spans.last().unwrap().until, None);
    }

    /// Where nothing is charged and power never ends, the verdict itself says how long it holds.
    #[test]
    fn a_span_lasts_for_as_long_as_its_verdict_is_valid(terms in invented::terms(), life in a_life(Just(86_400))) {
        let license = invented::with_terms(&terms);
        let facts = Facts { touched: None, ..life.facts.clone() };
        let life = Life { facts, hears_time: false, spending: Default::default(), ..life };
        for span in Timeline::new(&license, &life) {
            if let Verdict::Granted(granted) = decide(&license, &span.facts) {
                let lasts = span.until.map_or(u64::from(u32::MAX), |until| until.0 - span.from.0);
                prop_assert_eq!(u64::from(granted.valid_for.0), lasts);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn a_device_with_some_hours_of_power_a_day_changes_at_the_seconds_at_which_a_walk_does(
        terms in invented::terms(), life in a_life(1u32..40),
    ) {
        let license = invented::with_terms(&terms);
        let most = DAY + 50;
        let mut found = changes(&license, &life);
        found.retain(|(from, _)| *from < most);
        prop_assert_eq!(found, walked(&license, &life, most));
    }
}

fn life(powered: u32) -> Life {
    let facts = Facts { floor: NOW, used: [Units(0)].into_iter().collect(), ..Facts::default() };
    Life { facts, powered: Seconds(powered), hears_time: true, host_clock: true, ..Life::default() }
}

#[test]
fn hours_of_power_a_day_say_when_use_and_proof_run_out() {
    let fresh = fresh(30 * 86_400, FreshBy::Any);
    let pro = term("pro", &[Condition::Until(NOW.plus(400 * DAY)), fresh], &[flag("cut")]);
    let license = license(&[pro, term("basic", &[], &[flag("view")])]);
    let heard = life(8 * 3_600);
    assert_eq!(changes(&license, &heard), [(0, Ok(0)), (400 * DAY, Ok(1))]);
    // Thirty days of power are ninety days at eight hours each; they end as the last of them ends.
    let unplugged = Life { hears_time: false, ..heard };
    assert_eq!(changes(&license, &unplugged), [(0, Ok(0)), (89 * DAY + 8 * 3_600, Ok(1))]);
    // Nobody tells the time: power alone moves the device's own towards the end.
    let frozen = Life { host_clock: false, ..unplugged };
    assert_eq!(changes(&license, &frozen), [(0, Ok(0)), (89 * DAY + 8 * 3_600, Ok(1))]);
}

#[test]
fn units_are_used_while_there_is_power_and_run_out_at_the_second() {
    let license = license(&[term("pro", &[units("cuts", 0)], &[flag("cut")])]);
    let mut life = life(3_600);
    life.spending = [Spending { units: 20, seconds: 3_600 }].into_iter().collect();
    // The 100th unit of 20 a day is used as the fifth hour ends.
    assert_eq!(changes(&license, &life), [(0, Ok(0)), (4 * DAY + 3_600, Err(vec![(0, 0)]))]);
    let last = Timeline::new(&license, &life).last().unwrap();
    assert_eq!(last.facts.used[0], Units(100));
}

#[test]
fn what_would_change_in_more_than_a_hundred_years_counts_as_never() {
    for (until, spans) in [(HORIZON - 1, 2), (HORIZON, 1)] {
        let license = license(&[term("pro", &[Condition::Until(NOW.plus(until))], &[])]);
        assert_eq!(Timeline::new(&license, &life(1)).count(), spans);
    }
}

#[test]
fn what_was_used_of_a_unit_is_kept_through_a_change_and_is_gone_at_a_limit() {
    let spent = |units, seconds| {
        let mut life = life(86_400);
        life.facts.used = [Units(99)].into_iter().collect();
        life.spending = [Spending { units, seconds }].into_iter().collect();
        life
    };
    let later = |begins: u64, overdraft| {
        let from = Condition::From(NOW.plus(begins));
        let terms =
            [term("later", &[from, units("cuts", overdraft)], &[]), term("now", &[units("cuts", 0)], &[])];
        license(&terms)
    };
    // The last unit takes six seconds, whatever begins after three of them.
    let gone = Err(vec![(0, 1), (1, 0)]);
    assert_eq!(changes(&later(3, 0), &spent(1, 6)), [(0, Ok(1)), (3, Ok(0)), (6, gone.clone())]);
    // Two units in three seconds: the limit stops the fourth third, and the overdraft begins anew.
    let waiting = Err(vec![(0, 0), (1, 0)]);
    let overdrawn = [(0, Ok(1)), (2, waiting), (100, Ok(0)), (102, gone)];
    assert_eq!(changes(&later(100, 1), &spent(2, 3)), overdrawn);
}
