//! The suite against the simulator.

use holdfast_conformance::{Check, Given, Needs, suite};
use holdfast_story::Cast;

use crate::bench::{self, InProcess};

/// A dongle that has been through what a check needs.
fn prepared(needs: Needs) -> (InProcess, Option<Given>) {
    let mut dongle = InProcess::blank();
    let given = match needs {
        Needs::Power => None,
        Needs::Keys => {
            bench::with_keys(&mut dongle, &Cast::new().unwrap());
            None
        }
        Needs::License => Some(bench::with_license(&mut dongle, &Cast::new().unwrap())),
    };
    (dongle, given)
}

/// Runs checks, each on a dongle of its own, and tells all that are broken.
fn hold(checks: impl Iterator<Item = &'static Check>) {
    let mut broken = Vec::new();
    for check in checks {
        let (mut dongle, given) = prepared(check.needs);
        if let Err(found) = check.against(&mut dongle, given.as_ref()) {
            broken.push(format!("{}\n    {}\n    {found}", check.name, check.law));
        }
    }
    assert!(broken.is_empty(), "{} laws do not hold:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn the_simulator_keeps_every_law_of_a_dongle_with_power() {
    hold(suite::all().filter(|check| check.needs == Needs::Power));
}

#[test]
fn the_simulator_keeps_every_law_of_a_dongle_with_keys() {
    hold(suite::all().filter(|check| check.needs == Needs::Keys));
}

#[test]
fn the_simulator_keeps_every_law_of_a_dongle_with_a_license() {
    hold(suite::all().filter(|check| check.needs == Needs::License));
}

#[test]
fn no_two_checks_have_one_name() {
    let mut names: Vec<_> = suite::all().map(|check| check.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
