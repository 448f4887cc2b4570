//! A feature that was granted, and for how long that may be remembered.

use holdfast_document::{DongleId, Name, Seconds};
use holdfast_license::{LicenseId, Term};
use holdfast_wire::command::check::Granted;
use std::collections::HashMap;
use std::time::Duration;

/// However long a grant is good for, after so long the dongle is asked again.
const LONGEST: Duration = Duration::from_secs(60);

/// A feature that is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the value is what the program goes on with"]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Its number; 1 for a flag. Where several licenses grant it, the largest.
    pub value: u64,
    /// The edition that grants it, such as *pro*.
    pub edition: String,
    /// One line to show to the user, such as *renewal is due*.
    pub notice: Option<String>,
    /// Seconds for which it stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Whether this program's own word took part, which proves nothing.
    pub claimed: bool,
    /// The license that grants it.
    pub license: LicenseId,
    /// The dongle it is on.
    pub dongle: DongleId,
}

impl Feature {
    pub(crate) fn new(
        name: Name<'_>,
        granted: &Granted,
        term: Option<&Term<'_>>,
        license: LicenseId,
        dongle: DongleId,
    ) -> Self {
        Self {
            name: name.as_str().into(),
            value: granted.value,
            edition: term.map_or_else(String::new, |term| term.edition.as_str().into()),
            notice: term.and_then(|term| term.notice).map(Into::into),
            valid_for: granted.valid_for,
            claimed: granted.claimed,
            license,
            dongle,
        }
    }
}

/// Grants that may be given again without asking.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    remembered: HashMap<String, Remembered>,
}

#[derive(Debug)]
struct Remembered {
    feature: Feature,
    since: Duration,
    until: Duration,
}

impl Cache {
    /// The grant, if it is still good, with what is left of its time.
    pub(crate) fn recall(&self, name: &str, now: Duration) -> Option<Feature> {
        let remembered = self.remembered.get(name).filter(|remembered| now < remembered.until)?;
        let mut feature = remembered.feature.clone();
        if feature.valid_for != Seconds::FOREVER {
            // Rounded up: what is left is promised no longer than it was.
            let passed = now.saturating_sub(remembered.since);
            let passed = u32::try_from(passed.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            feature.valid_for = Seconds(feature.valid_for.0.saturating_sub(passed));
        }
        Some(feature)
    }

    pub(crate) fn remember(&mut self, feature: &Feature, now: Duration) {
        let good_for = Duration::from_secs(u64::from(feature.valid_for.0)).min(LONGEST);
        let remembered = Remembered { feature: feature.clone(), since: now, until: now + good_for };
        self.remembered.insert(feature.name.clone(), remembered);
    }

    /// Something was charged or installed: nothing is known any more.
    pub(crate) fn forget(&mut self) {
        self.remembered.clear();
    }
}

#[cfg(test)]
mod laws {
    use super::*;
    use proptest::prelude::*;

    fn feature(valid_for: u32) -> Feature {
        Feature {
            name: "export".into(),
            value: 1,
            edition: "pro".into(),
            notice: None,
            valid_for: Seconds(valid_for),
            claimed: false,
            license: LicenseId::ZERO,
            dongle: DongleId::ZERO,
        }
    }

    proptest! {
        #[test]
        fn a_grant_is_remembered_as_long_as_it_is_good_and_at_most_a_minute(
            valid_for in prop_oneof![0u32..200, Just(u32::MAX)], start in 0u64..1_000_000, after in 0u64..200_000
        ) {
            let mut cache = Cache::default();
            let start = Duration::from_millis(start);
            cache.remember(&feature(valid_for), start);
            let recalled = cache.recall("export", start + Duration::from_millis(after));
            prop_assert_eq!(recalled.is_some(), after < u64::from(valid_for.min(60)) * 1000);
            if let Some(recalled) = recalled.filter(|_| valid_for != u32::MAX) {
                prop_assert!(after + u64::from(recalled.valid_for.0) * 1000 <= u64::from(valid_for) * 1000);
            }
        }
    }

    #[test]
    fn what_was_forgotten_is_asked_again() {
        let mut cache = Cache::default();
        cache.remember(&feature(50), Duration::ZERO);
        assert!(cache.recall("export", Duration::ZERO).is_some());
        assert!(cache.recall("other", Duration::ZERO).is_none());
        cache.forget();
        assert!(cache.recall("export", Duration::ZERO).is_none());
    }
}
