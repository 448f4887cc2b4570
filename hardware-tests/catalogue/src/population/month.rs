//! Months, in which customers buy and licenses end.

use holdfast_document::Time;
use holdfast_issuer::moment;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

/// A month, counted from March 2026, when the first license is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(pub u32);

impl Month {
    /// A day of it, such as `2027-03-01`.
    pub fn day(self, day: u32) -> String {
        let (year, month) = self.parts();
        format!("{year}-{month:02}-{day:02}")
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        NAMES[self.parts().1 as usize - 1]
    }

    /// The first September after it, when schools begin.
    pub(super) fn next_september(self) -> Self {
        Self((self.0 + 6) / 12 * 12 + 6)
    }

    pub(super) const fn plus(self, months: u32) -> Self {
        Self(self.0 + months)
    }

    const fn parts(self) -> (u32, u32) {
        (2026 + (self.0 + 2) / 12, (self.0 + 2) % 12 + 1)
    }

    /// A moment in its first four weeks.
    pub(super) fn moment(self, rng: &mut ChaCha20Rng) -> Time {
        let first = moment::date(&self.day(1)).unwrap_or_default();
        first.plus(rng.next_u64() % (28 * 86_400))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_from_march_2026() {
        assert_eq!(Month(0).day(1), "2026-03-01");
        assert_eq!((Month(9).day(15).as_str(), Month(9).name()), ("2026-12-15", "December"));
        assert_eq!((Month(10).day(1).as_str(), Month(10).name()), ("2027-01-01", "January"));
        assert_eq!(moment::date(&Month(0).day(1)), Some(crate::SOLD));
        for (month, ends) in [(0, "2026-09-01"), (5, "2026-09-01"), (6, "2027-09-01"), (11, "2027-09-01")] {
            assert_eq!(Month(month).next_september().day(1), ends, "from month {month}");
        }
    }
}
