//! The suite against the simulator, in this process, on a clock that stands until it is moved.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use holdfast::{Reports, Vendor};
use holdfast_conformance::{Check, Given, Needs, Subject, suite};
use holdfast_simulator::{Flash, Simulator, power_down, power_up};
use holdfast_story::{Bench, Cast, story};

/// A dongle on a clock.
struct Clocked {
    dongle: Option<Simulator>,
    now_ms: u64,
}

#[derive(Clone)]
struct InProcess(Arc<Mutex<Clocked>>);

impl InProcess {
    fn blank() -> Self {
        Self(Arc::new(Mutex::new(Clocked { dongle: Some(power_up(Flash::in_memory())), now_ms: 0 })))
    }

    fn with<T>(&self, does: impl FnOnce(&mut Simulator, u64) -> T) -> T {
        let mut clocked = self.0.lock().unwrap();
        let now_ms = clocked.now_ms;
        does(clocked.dongle.as_mut().unwrap(), now_ms)
    }
}

impl Reports for InProcess {
    fn send(&mut self, report: &[u8; 64]) -> io::Result<()> {
        self.with(|dongle, now_ms| dongle.report(now_ms, report));
        Ok(())
    }

    fn receive(&mut self, _: Duration) -> io::Result<Option<[u8; 64]>> {
        Ok(self.with(|dongle, now_ms| {
            let _ = dongle.idle(now_ms);
            dongle.next_report(now_ms)
        }))
    }
}

impl Subject for InProcess {
    fn pass(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.0.lock().unwrap().now_ms += 1;
            self.with(|dongle, now_ms| dongle.tick(now_ms));
        }
    }

    fn replug(&mut self) -> io::Result<()> {
        let mut clocked = self.0.lock().unwrap();
        let flash = clocked.dongle.take().map(power_down).unwrap();
        *clocked = Clocked { dongle: Some(power_up(flash)), now_ms: 0 };
        Ok(())
    }
}

impl Bench for InProcess {
    fn cable(&mut self) -> io::Result<Box<dyn Reports>> {
        Ok(Box::new(self.clone()))
    }
}

/// A dongle that has been through what a check needs.
fn prepared(needs: Needs) -> (InProcess, Option<Given>) {
    let mut dongle = InProcess::blank();
    if needs == Needs::Power {
        return (dongle, None);
    }
    let cast = Cast::new().unwrap();
    let enrolled = story::leave_the_factory(&mut dongle, &cast).unwrap();
    if needs == Needs::Keys {
        return (dongle, None);
    }
    let standing = holdfast_issuer::Standing::read(&cast.record, &enrolled).unwrap();
    let offer = holdfast_catalogue::cutter(1, 100).unwrap();
    let (now, rng) = (holdfast_catalogue::SOLD, &mut holdfast_story::cast::rng());
    let update = holdfast_issuer::update::update(&cast.desk, &standing, &[&offer], now, rng).unwrap();
    story::install(&mut dongle, &cast, &update).unwrap();
    let vendor = Vendor::read(cast.record.clone()).unwrap().id().unwrap();
    (dongle, Some(Given { vendor, documents: vec![cast.record.clone(), update] }))
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
