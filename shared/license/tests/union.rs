//! Several licenses of one product: what they grant together, and which of them pays.

mod cast;

use cast::*;
use holdfast_document::{Seconds, Units};
use holdfast_license::{
    Condition, Grant, License, LicenseId, PayingOrder, Refusal, TooLittle, Union, decide,
};
use proptest::prelude::*;

fn union_of(said: &[Result<Grant, Refusal>]) -> Result<(usize, Grant), Option<(usize, Refusal)>> {
    let mut union = Union::new();
    union.extend(said.iter().copied().enumerate());
    union.feature()
}

fn said() -> impl Strategy<Value = Result<Grant, Refusal>> {
    let grant = (0u8..3, 0u64..4, 0u32..4, any::<bool>()).prop_map(|(term, value, valid_for, claimed)| {
        Ok(Grant { term, value, valid_for: Seconds(valid_for), claimed })
    });
    let condition = prop_oneof![0u8..3, Just(Refusal::SHADOWED), Just(Refusal::NO_TERM)];
    let refusal = condition.prop_map(|condition| Err(Refusal { term: 0, condition, needed: 1, seen: 0 }));
    prop_oneof![grant, refusal]
}

proptest! {
    #[test]
    fn a_license_more_never_takes_a_feature_away(
        said in proptest::collection::vec(said(), 0..5), more in said(), at in any::<proptest::sample::Index>(),
    ) {
        let before = union_of(&said);
        let mut longer = said.clone();
        longer.insert(at.index(said.len() + 1), more);
        let after = union_of(&longer);
        if let Ok((_, before)) = before {
            let (_, after) = after.unwrap();
            prop_assert!(after.value >= before.value);
            prop_assert!(!before.is_better_than(&after));
        }
    }

    #[test]
    fn a_union_says_the_same_in_whatever_order_its_licenses_are_asked(
        said in proptest::collection::vec(said(), 0..6),
    ) {
        let mut reversed = said.clone();
        reversed.reverse();
        let what = |found: Result<(usize, Grant), _>| found.ok().map(|(_, Grant { value, valid_for, claimed, .. })| {
            (value, valid_for, claimed)
        });
        prop_assert_eq!(what(union_of(&said)), what(union_of(&reversed)));
        let none = said.iter().all(Result::is_err);
        prop_assert_eq!(union_of(&said).is_err(), none);
    }

    #[test]
    fn licenses_pay_in_an_order_that_depends_on_themselves_alone(
        ends in proptest::collection::vec((0u64..4, 0u8..4), 0..6),
    ) {
        let mut order: Vec<PayingOrder> = ends.iter().map(|(end, id)| ending(*end, *id).paying_order()).collect();
        let mut plain = ends.clone();
        order.sort();
        plain.sort_unstable();
        let expected: Vec<PayingOrder> = plain.iter().map(|(end, id)| ending(*end, *id).paying_order()).collect();
        prop_assert_eq!(order, expected);
    }
}

fn ending(days: u64, id: u8) -> License<'static> {
    let term = term("pro", &[Condition::Until(NOW.plus(days * DAY))], &[]);
    License { id: LicenseId([id; 16]), ..license(&[term]) }
}

#[test]
fn of_several_grants_the_larger_number_counts_then_the_proven_one_then_the_longer() {
    let grant =
        |value, claimed, valid_for| Ok(Grant { term: 0, value, valid_for: Seconds(valid_for), claimed });
    let cases = [
        ([grant(2, false, 9), grant(3, true, 1)], 1),
        ([grant(2, true, 9), grant(2, false, 1)], 1),
        ([grant(2, false, 9), grant(2, false, 8)], 0),
        ([grant(2, false, 8), grant(2, false, 9)], 1),
    ];
    for (said, best) in cases {
        assert_eq!(union_of(&said), Ok((best, said[best].unwrap())));
    }
}

#[test]
fn modules_that_were_bought_apart_grant_together() {
    let module = |of| license(&[term("module", &[], &[flag(of)])]);
    let licenses = [module("cut"), module("export-step")];
    let facts = good_facts();
    for (feature, of) in [("cut", 0), ("export-step", 1)] {
        let said = licenses.each_ref().map(|license| decide(license, &facts).feature(name(feature)));
        assert_eq!(union_of(&said).map(|(license, _)| license), Ok(of));
    }
}

#[test]
fn a_refusal_by_the_license_that_has_the_feature_is_the_one_that_is_told() {
    let refusal = |condition| Err(Refusal { term: 0, condition, needed: 7, seen: 0 });
    let said = [refusal(Refusal::NO_TERM), refusal(Refusal::SHADOWED), refusal(2), refusal(1)];
    assert_eq!(union_of(&said), Err(Some((2, said[2].unwrap_err()))));
    assert_eq!(union_of(&said[..2]), Err(Some((1, said[1].unwrap_err()))));
    assert_eq!(union_of(&[]), Err(None));
}

#[test]
fn a_license_ends_with_the_last_of_its_terms_and_a_term_with_the_first_of_its_ends() {
    let until = |days| Condition::Until(NOW.plus(days * DAY));
    let license = |terms: &[&[Condition<'static>]]| {
        let terms: Vec<_> = terms.iter().map(|conditions| term("t", conditions, &[])).collect();
        license(&terms)
    };
    assert_eq!(license(&[&[until(3)], &[until(9), until(5)]]).ends(), NOW.plus(5 * DAY));
    assert_eq!(license(&[&[until(3)], &[Condition::Paired(())]]).ends(), END);
    assert_eq!(license(&[]).ends(), holdfast_document::Time(0));
}

#[test]
fn what_several_had_left_is_summed_without_overflow() {
    let left = [Units(3), Units(8), Units(u64::MAX)].into_iter().collect::<TooLittle>();
    assert_eq!(left, TooLittle { most: Units(u64::MAX), together: Units(u64::MAX) });
    let left = [Units(3), Units(8)].into_iter().collect::<TooLittle>();
    assert_eq!(left, TooLittle { most: Units(8), together: Units(11) });
}
