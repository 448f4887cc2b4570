//! Where the dongle is, and the machine that the program runs on.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdfast::environment::NoRandomness;
use holdfast::{Environment, Framed, Machine, Reports, Transport};
use holdfast_document::Time;
use holdfast_links::{InProcess, Process};
use holdfast_simulator::Flash;

/// A place with a dongle. Each cable leads to the same dongle; what it keeps outlives all of them.
pub trait Bench {
    /// Plugs a program in.
    ///
    /// # Errors
    /// Those of the place.
    fn cable(&mut self) -> io::Result<Box<dyn Reports>>;

    /// A cable with framing on it.
    ///
    /// # Errors
    /// Those of the place.
    fn transport(&mut self) -> io::Result<Box<dyn Transport>> {
        Ok(Box::new(Framed::new(self.cable()?, Unclocked::shared())))
    }
}

/// A dongle in this process.
pub struct InThisProcess(Arc<Mutex<InProcess>>);

impl InThisProcess {
    /// A blank one.
    pub fn blank() -> Self {
        Self(Arc::new(Mutex::new(InProcess::new(Flash::in_memory()))))
    }
}

impl Bench for InThisProcess {
    fn cable(&mut self) -> io::Result<Box<dyn Reports>> {
        Ok(Box::new(Cable(self.0.clone())))
    }
}

struct Cable(Arc<Mutex<InProcess>>);

impl Reports for Cable {
    fn send(&mut self, report: &[u8; 64]) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(report)
    }

    fn receive(&mut self, timeout: Duration) -> io::Result<Option<[u8; 64]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).receive(timeout)
    }
}

/// A dongle in another process, started anew for each cable.
pub struct InAnotherProcess {
    /// The program.
    pub simulator: PathBuf,
    /// The dongle's flash.
    pub flash: PathBuf,
    /// For the next cable: the write or erase in the middle of which the process is killed.
    pub kill_at: Option<u64>,
}

impl Bench for InAnotherProcess {
    fn cable(&mut self) -> io::Result<Box<dyn Reports>> {
        Ok(Box::new(Process::start(&self.simulator, &self.flash, self.kill_at.take())?))
    }
}

/// The machine itself, with a clock that says nothing: the story's time is signed time.
pub struct Unclocked(Arc<dyn Environment>);

impl Unclocked {
    /// To be shared by all that belongs to one license.
    pub fn shared() -> Arc<dyn Environment> {
        Arc::new(Self(Machine::shared()))
    }
}

impl Environment for Unclocked {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn time(&self) -> Time {
        Time(0)
    }

    fn pause(&self, duration: Duration) {
        self.0.pause(duration);
    }

    fn randomize(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.randomize(bytes)
    }
}
