//! What a budget of writes allows, to the granule and to the second.

use holdfast_storage::Budget;

#[test]
fn nine_tenths_of_a_life_are_spread_over_its_days() {
    for (granules, days, a_day) in [
        (39_520_000, 3653, 9_736),
        (10, 1, 9),
        (10, 2, 4),
        (0, 1, 0),
        // A life of no days has no share; a share beyond all numbers is the highest.
        (1_000, 0, 0),
        (u64::MAX, 1, u32::MAX),
        (u64::from(u32::MAX) * 10, 9, u32::MAX),
        ((u64::from(u32::MAX) - 1) * 10, 9, u32::MAX - 1),
    ] {
        assert_eq!(Budget::over(granules, days).a_day(), a_day, "{granules} over {days}");
    }
}

#[test]
fn a_days_share_may_be_written_at_once_and_each_more_is_earned_in_time() {
    // Nine a day: one in 9,600 seconds.
    let budget = Budget::over(10, 1);
    for (written, powered, wait) in [
        (8, 0, None),
        (9, 0, Some(9_600)),
        (9, 1, Some(9_599)),
        (9, 9_599, Some(1)),
        (9, 9_600, None),
        (9, 9_601, None),
        (10, 0, Some(19_200)),
        (27, 86_400, Some(96_000)),
    ] {
        assert_eq!(budget.retry_after(written, powered), wait, "{written} written in {powered} s");
    }
    // 7 a day do not divide it: the second is rounded up.
    assert_eq!(Budget::over(8, 1).retry_after(7, 0), Some(12_343));
}

#[test]
fn where_nothing_may_be_written_the_wait_ends_in_a_day_each() {
    let nothing = Budget::over(0, 1);
    assert_eq!(nothing.retry_after(0, 0), Some(86_400));
    assert_eq!(nothing.retry_after(1, 86_400), Some(86_400));
}
