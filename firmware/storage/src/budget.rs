//! A budget of writes, so that no program can wear a device out before its time.
//!
//! It needs no state of its own: how much was ever written (the [mark](crate::Storage::mark)) is held against
//! how long the device was ever powered. Both are durable, so a power-cycler gains nothing.
//!
//! ```
//! use holdfast_storage::Budget;
//! // 39.5 million charges over ten years, a tenth of them kept for power-ups.
//! let budget = Budget::over(39_520_000, 3653);
//! assert_eq!(budget.a_day(), 9_736);
//! // A new device may write a day's share at once, then as powered time goes by.
//! assert_eq!(budget.retry_after(9_735, 0), None);
//! assert_eq!(budget.retry_after(9_736, 0), Some(9));
//! assert_eq!(budget.retry_after(9_736, 9), None);
//! ```

/// So many writes a day of powered time, and one day's share at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    a_day: u32,
}

const DAY: u64 = 86_400;

impl Budget {
    /// A life of so many granules spread over so many days; a tenth is kept for power-ups.
    pub const fn over(granules: u64, days: u32) -> Self {
        let share = match granules.saturating_mul(9).checked_div((days as u64).saturating_mul(10)) {
            Some(share) => share,
            None => 0,
        };
        Self { a_day: if share > u32::MAX as u64 { u32::MAX } else { share as u32 } }
    }

    /// Writes a day.
    pub const fn a_day(&self) -> u32 {
        self.a_day
    }

    /// In how many seconds of powered time one more may be written, when so many were; `None`: now.
    pub const fn retry_after(&self, written: u64, powered: u64) -> Option<u64> {
        let beyond = written.saturating_add(1).saturating_sub(self.a_day as u64);
        let earned_at = beyond.saturating_mul(DAY);
        let share = if self.a_day == 0 { 1 } else { self.a_day as u64 };
        match earned_at.div_ceil(share).saturating_sub(powered) {
            0 => None,
            seconds => Some(seconds),
        }
    }
}

#[cfg(test)]
mod laws {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whoever_waits_as_told_may_write_and_no_sooner(
            granules in 1u64..100_000_000, days in 1u32..10_000, written in 0u64..1_000_000, powered in 0u64..1_000_000_000
        ) {
            let budget = Budget::over(granules, days);
            prop_assume!(budget.a_day() > 0);
            if let Some(seconds) = budget.retry_after(written, powered) {
                prop_assert_eq!(budget.retry_after(written, powered + seconds), None);
                prop_assert!(budget.retry_after(written, powered + seconds - 1).is_some());
            }
        }
    }
}
