//! A dongle in this process, on a clock that stands until it is moved, and what it must have been through.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use holdfast::{Reports, Vendor};
use holdfast_conformance::{Given, Subject};
use holdfast_simulator::{Flash, Fuse, Simulator, power_down, power_up};
use holdfast_story::{Bench, Cast, story};

struct Clocked {
    dongle: Option<Simulator>,
    now_ms: u64,
}

/// Its clones are cables to the same dongle.
#[derive(Clone)]
pub(crate) struct InProcess(Arc<Mutex<Clocked>>);

impl InProcess {
    pub(crate) fn blank() -> Self {
        Self::on(Flash::in_memory()).0
    }

    /// A dongle on this flash, and what interrupts it.
    pub(crate) fn on(flash: Flash) -> (Self, Arc<Fuse>) {
        let fuse = flash.fuse();
        (Self(Arc::new(Mutex::new(Clocked { dongle: Some(power_up(flash)), now_ms: 0 }))), fuse)
    }

    /// A dongle on the flash in a file.
    pub(crate) fn in_file(path: &Path) -> (Self, Arc<Fuse>) {
        Self::on(Flash::in_file(path).unwrap())
    }

    /// Lets days of power pass at once.
    pub(crate) fn days_pass(&self, days: u64) {
        self.0.lock().unwrap().now_ms += days * 86_400_000;
        self.with(|dongle, now_ms| dongle.tick(now_ms));
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

/// A dongle of this cast, through the factory; its statement of what it is.
pub(crate) fn with_keys(dongle: &mut InProcess, cast: &Cast) -> Vec<u8> {
    story::leave_the_factory(dongle, cast).unwrap()
}

/// The same, and the reference license with 100 units on it.
pub(crate) fn with_license(dongle: &mut InProcess, cast: &Cast) -> Given {
    let enrolled = with_keys(dongle, cast);
    let update = update(cast, &enrolled, 1, 100);
    story::install(dongle, cast, &update).unwrap();
    let vendor = Vendor::read(cast.record.clone()).unwrap().id().unwrap();
    Given { vendor, documents: vec![cast.record.clone(), update] }
}

/// An Update with the reference license, for the device that made a statement.
pub(crate) fn update(cast: &Cast, statement: &[u8], revision: u32, units: u64) -> Vec<u8> {
    let standing = holdfast_issuer::Standing::read(&cast.record, statement).unwrap();
    let offer = holdfast_catalogue::cutter(revision, units).unwrap();
    let (now, rng) = (holdfast_catalogue::SOLD, &mut holdfast_story::cast::rng());
    holdfast_issuer::update::update(&cast.desk, &standing, &[&offer], now, rng).unwrap()
}
