//! The laws of the decision, each a property by its name. `../laws` keeps for each a change of one
//! line that breaks it.

mod cast;
mod invented;

use cast::*;
use holdfast_document::{Seconds, Time, Units, strict};
use holdfast_license::condition::FreshBy;
use holdfast_license::decide::charge_limit;
use holdfast_license::{
    Condition, Facts, Grant, License, Loan, Refusal, Refused, Verdict, decide, decide_loan,
};
use invented::*;
use proptest::prelude::*;

/// All that a verdict says, apart from the arguments that it holds on to.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    in_force: Option<(u8, Seconds, bool)>,
    features: Vec<Result<Grant, Refusal>>,
    reasons: Vec<Refusal>,
}

fn said(license: &License<'_>, facts: &Facts) -> Said {
    said_by(&decide(license, facts))
}

fn said_by(verdict: &Verdict<'_, '_>) -> Said {
    let (in_force, reasons) = match verdict {
        Verdict::Granted(granted) => (Some((granted.index, granted.valid_for, granted.claimed)), vec![]),
        Verdict::Refused(refused) => (None, refused.reasons().collect()),
    };
    Said { in_force, features: FEATURES.map(|feature| verdict.feature(name(feature))).to_vec(), reasons }
}

/// The place of the term in force; that none is stands below all.
fn rank(license: &License<'_>, facts: &Facts) -> usize {
    said(license, facts).in_force.map_or(usize::MAX, |(index, ..)| usize::from(index))
}

/// The facts after so many seconds in which nothing happened, if a program was granted now.
fn after(license: &License<'_>, facts: &Facts, seconds: u64) -> Facts {
    let first_use = match decide(license, facts) {
        Verdict::Granted(granted) if granted.counts_from_first_use => Some(facts.first_use.unwrap_or(0)),
        _ => facts.first_use,
    };
    let short = u32::try_from(seconds).unwrap_or(u32::MAX);
    Facts {
        floor: facts.floor.plus(seconds),
        host_time: if facts.host_time.0 == 0 { facts.host_time } else { facts.host_time.plus(seconds) },
        age: facts.age.saturating_add(seconds),
        age_by_issuer: facts.age_by_issuer.saturating_add(seconds),
        first_use: first_use.map(|passed| passed.saturating_add(seconds)),
        usage_time: facts.usage_time.saturating_add(seconds),
        lease: facts.lease.map(|left| left.saturating_sub(short)),
        touched: facts.touched.map(|passed| passed.saturating_add(short)),
        ..facts.clone()
    }
}

/// The terms as a loan has them: both conditions added to each, and none that counts.
fn as_lent(terms: &[Clause], loan: &Loan<'static>) -> Vec<Clause> {
    let counts = |part: &Part| matches!(part, Part::Known(condition) if condition.is_counted_by_device());
    let added = [Condition::Until(loan.until), fresh(loan.fresh_within.0, FreshBy::Any)].map(Part::Known);
    let lent = |clause: &Clause| {
        let never = clause.conditions.iter().any(counts).then_some(Part::Unknown(100));
        let conditions = clause.conditions.iter().chain(&added).chain(&never).cloned().collect();
        Clause { conditions, ..clause.clone() }
    };
    terms.iter().map(lent).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn the_first_term_whose_conditions_all_hold_is_in_force(terms in terms(), facts in facts()) {
        let license = with_terms(&terms);
        let holds = |clause: &Clause| clause.conditions.iter().all(|part| part.holds(&facts));
        let seated = license.seats.is_none() || facts.lease.is_some_and(|left| left > 0);
        let expected = terms.iter().position(holds).filter(|_| seated);
        let found = said(&license, &facts);
        prop_assert_eq!(found.in_force.map(|(index, ..)| usize::from(index)), expected);
        if let Some((index, _, claimed)) = found.in_force {
            let claims = terms[usize::from(index)].conditions.iter().any(Part::is_claimed);
            prop_assert_eq!(claimed, claims);
        }
    }

    #[test]
    fn a_term_added_below_changes_no_grant_above(terms in terms(), below in clause(), facts in facts()) {
        let before = said(&with_terms(&terms), &facts);
        prop_assume!(before.in_force.is_some());
        let longer = [terms, vec![below]].concat();
        let after = said(&with_terms(&longer), &facts);
        prop_assert_eq!(before.in_force, after.in_force);
        for (before, after) in before.features.iter().zip(&after.features) {
            if before.is_ok() {
                prop_assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn as_time_passes_the_verdict_never_moves_up_the_list_but_by_from(
        terms in terms(), facts in facts(), seconds in passing(),
    ) {
        let license = with_terms(&terms);
        let then = after(&license, &facts, seconds);
        let (before, later) = (rank(&license, &facts), rank(&license, &then));
        if later < before {
            let began = terms[later].conditions.iter().any(|part| {
                matches!(part, Part::Known(Condition::From(from)) if *from > facts.floor && *from <= then.floor)
            });
            prop_assert!(began, "{} moved up to {}", before, later);
        }
    }

    #[test]
    fn raising_used_never_turns_refusal_into_grant(
        terms in terms(), facts in facts(), meter in 0usize..2, more in 0u64..40,
    ) {
        let license = with_terms(&terms);
        let mut used = facts.clone();
        used.used[meter].0 += more;
        let (before, later) = (rank(&license, &facts), rank(&license, &used));
        prop_assert!(later >= before, "from {} to {}", before, later);
        for meter in METERS {
            let limits = [&facts, &used].map(|facts| charge_limit(&license, facts, name(meter)));
            prop_assert!(limits[1] <= limits[0], "{:?}", limits);
        }
    }

    #[test]
    fn the_verdict_depends_on_its_two_arguments_alone(
        terms in terms(), facts in facts(), others in terms(), other in facts(),
    ) {
        let license = with_terms(&terms);
        let first = said(&license, &facts);
        let _ = said(&with_terms(&others), &other);
        let read_license: License<'_> = strict::decode(encode(&license)).unwrap();
        let read_facts: Facts = strict::decode(encode(&facts)).unwrap();
        prop_assert_eq!(&first, &said(&read_license, &read_facts));
        prop_assert_eq!(&first, &said(&license, &facts));
    }

    #[test]
    fn valid_for_is_exact_one_second_before_and_after(
        terms in terms(), facts in facts(), part in 0.0..1.0f64,
    ) {
        let license = with_terms(&terms);
        let now = said(&license, &facts);
        prop_assume!(now.in_force.is_some());
        let (index, valid_for, _) = now.in_force.unwrap();
        let in_force = |seconds| said(&license, &after(&license, &facts, seconds)).in_force.map(|(index, ..)| index);
        if valid_for == Seconds::FOREVER {
            prop_assert_eq!(in_force(10_000_000), Some(index));
            return Ok(());
        }
        let valid_for = u64::from(valid_for.0);
        prop_assert!(valid_for > 0);
        prop_assert_eq!(in_force(valid_for - 1), Some(index), "one second before");
        prop_assert_ne!(in_force(valid_for), Some(index), "at that second");
        let between = (valid_for as f64 * part) as u64;
        let remaining = said(&license, &after(&license, &facts, between)).in_force;
        prop_assert_eq!(
            remaining.map(|(index, valid_for, _)| (index, u64::from(valid_for.0))),
            Some((index, valid_for - between)),
            "it only counts down"
        );
    }

    #[test]
    fn without_a_live_lease_a_license_with_seats_says_no_seat(terms in terms(), facts in facts(), expired: bool) {
        let license = License { seats: SEATS, ..with_terms(&terms) };
        let facts = Facts { lease: expired.then_some(0), ..facts };
        let said = said(&license, &facts);
        prop_assert_eq!(said.in_force, None);
        let no_seat = Refusal { term: 0, condition: Refusal::NO_SEAT, needed: 40, seen: 0 };
        prop_assert_eq!(said.reasons.first(), Some(&no_seat));
        for (feature, answer) in FEATURES.iter().zip(&said.features) {
            let exists = terms.iter().any(|clause| clause.features.contains(feature));
            let expected = if exists { Refusal::NO_SEAT } else { Refusal::NO_TERM };
            prop_assert_eq!(answer.unwrap_err().condition, expected);
        }
        for meter in METERS {
            prop_assert_eq!(charge_limit(&license, &facts, name(meter)), None);
        }
        // A term that would hold gives no reason of its own; each other names what failed in it.
        let failing: Vec<usize> = (0..terms.len())
            .filter(|index| !terms[*index].conditions.iter().all(|part| part.holds(&facts)))
            .collect();
        let named: Vec<usize> = said.reasons[1..].iter().map(|reason| usize::from(reason.term)).collect();
        prop_assert_eq!(named, failing);
    }

    #[test]
    fn a_feature_is_granted_or_shadowed_or_its_first_term_says_what_failed(terms in terms(), facts in facts()) {
        let license = License { seats: None, ..with_terms(&terms) };
        let said = said(&license, &facts);
        let in_force = said.in_force.map(|(index, ..)| index);
        for (feature, answer) in FEATURES.iter().zip(&said.features) {
            let having = terms.iter().position(|clause| clause.features.contains(feature));
            match (answer, having) {
                (Ok(grant), _) => {
                    prop_assert_eq!(Some(grant.term), in_force);
                    prop_assert!(terms[usize::from(grant.term)].features.contains(feature));
                }
                (Err(refusal), None) => prop_assert_eq!(refusal.condition, Refusal::NO_TERM),
                (Err(refusal), Some(having)) => {
                    prop_assert_eq!(usize::from(refusal.term), having);
                    if in_force.is_some_and(|index| usize::from(index) < having) {
                        prop_assert_eq!(refusal.condition, Refusal::SHADOWED);
                        prop_assert_eq!(Some(refusal.needed), in_force.map(u64::from));
                    } else {
                        let failed = terms[having].conditions.iter().position(|part| !part.holds(&facts));
                        prop_assert_eq!(Some(usize::from(refusal.condition)), failed);
                    }
                }
            }
        }
    }

    #[test]
    fn an_unknown_critical_condition_is_not_met(
        terms in terms(), facts in facts(), term in 0usize..4, place in 0usize..8, tag in 100u8..128,
    ) {
        let mut with = terms.clone();
        let term = term % terms.len();
        let place = place % (terms[term].conditions.len() + 1);
        with[term].conditions.insert(place, Part::Unknown(tag));
        prop_assert_ne!(rank(&with_terms(&with), &facts), term);
        // And says which one it is, where nothing before it failed.
        let alone = Clause { conditions: vec![Part::Unknown(tag)], ..terms[term].clone() };
        let alone = License { seats: None, ..with_terms(&[alone]) };
        let refused = said(&alone, &facts).reasons;
        prop_assert_eq!(refused, [Refusal { term: 0, condition: 0, needed: u64::from(tag), seen: 0 }]);
    }

    #[test]
    fn an_unknown_skippable_condition_is_ignored_and_still_counted(
        terms in terms(), facts in facts(), term in 0usize..4, place in 0usize..8, tag in 128u8..,
    ) {
        let mut with = terms.clone();
        let term = term % terms.len();
        let place = place % (terms[term].conditions.len() + 1);
        with[term].conditions.insert(place, Part::Unknown(tag));
        let (before, after) = (said(&with_terms(&terms), &facts), said(&with_terms(&with), &facts));
        prop_assert_eq!(before.in_force, after.in_force);
        let moved = |refusal: &Refusal| match usize::from(refusal.condition) {
            condition if condition < 250 && usize::from(refusal.term) == term && condition >= place => {
                Refusal { condition: refusal.condition + 1, ..*refusal }
            }
            _ => *refusal,
        };
        prop_assert_eq!(before.reasons.iter().map(moved).collect::<Vec<_>>(), after.reasons);
        for (before, after) in before.features.iter().zip(&after.features) {
            prop_assert_eq!(before.as_ref().map_err(moved), after.as_ref().map_err(|refusal| *refusal));
        }
    }

    #[test]
    fn a_charge_may_reach_the_allowance_and_the_largest_overdraft_of_terms_that_else_hold(
        terms in terms(), facts in facts(),
    ) {
        let license = with_terms(&terms);
        let seated = license.seats.is_none() || facts.lease.is_some_and(|left| left > 0);
        for (index, meter) in METERS.into_iter().enumerate() {
            let overdraft = |clause: &Clause| {
                let of = clause.conditions.iter().filter_map(|part| part.overdraft_on(meter));
                of.min().unwrap_or(0)
            };
            let else_holds = |clause: &&Clause| {
                clause.conditions.iter().all(|part| part.overdraft_on(meter).is_some() || part.holds(&facts))
            };
            let largest = terms.iter().filter(else_holds).map(overdraft).max();
            let expected = largest.filter(|_| seated).map(|overdraft| Units(ALLOWANCES[index] + overdraft));
            prop_assert_eq!(charge_limit(&license, &facts, name(meter)), expected);
        }
        prop_assert_eq!(charge_limit(&license, &facts, name("no-such-meter")), None);
    }

    #[test]
    fn where_no_term_is_in_force_nothing_can_be_charged(terms in terms(), facts in facts()) {
        let license = with_terms(&terms);
        prop_assume!(!decide(&license, &facts).is_granted());
        for (index, meter) in METERS.into_iter().enumerate() {
            if let Some(limit) = charge_limit(&license, &facts, name(meter)) {
                prop_assert!(limit <= facts.used(index));
            }
        }
    }

    #[test]
    fn a_loan_decides_as_its_parent_would_with_its_two_conditions_in_every_term(
        terms in terms(), facts in facts(), lasts in 1u64..40, fresh in 1u32..40,
    ) {
        let loan = Loan {
            until: Time(facts.floor.0.saturating_add(lasts).saturating_sub(10)),
            fresh_within: Seconds(fresh),
            ..loan()
        };
        let parent = with_terms(&terms);
        let spelled_out = with_terms(&as_lent(&terms, &loan));
        let (lent, other) = (decide_loan(&parent, &loan, &facts), decide(&spelled_out, &facts));
        let (lent, other) = (said_by(&lent), said_by(&other));
        prop_assert_eq!(lent.in_force, other.in_force);
        let granted = |said: &Said| said.features.iter().map(|feature| feature.ok()).collect::<Vec<_>>();
        prop_assert_eq!(granted(&lent), granted(&other));
        prop_assert_eq!(lent.in_force.is_none(), !lent.reasons.is_empty());
    }
}

#[test]
fn a_refusal_gives_the_first_failed_condition_of_each_term_in_order() {
    let terms = [
        term("pro", &[Condition::Paired(()), Condition::Until(NOW)], &[flag("cut")]),
        term("basic", &[Condition::FirmwareAtLeast(9)], &[flag("view")]),
    ];
    let facts = Facts { paired: true, ..good_facts() };
    let license = license(&terms);
    let Verdict::Refused(refused) = decide(&license, &facts) else { panic!("granted") };
    let reasons = |refused: &Refused<'_, '_>| refused.reasons().collect::<Vec<_>>();
    let expected = [
        Refusal { term: 0, condition: 1, needed: NOW.0, seen: NOW.plus(DAY).0 },
        Refusal { term: 1, condition: 0, needed: 9, seen: 7 },
    ];
    assert_eq!(reasons(&refused), expected);
}
