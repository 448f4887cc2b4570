//! What the SDK asks of the machine that it runs on: two clocks, patience, randomness.
//!
//! A trait, so that a test brings its own: no test sleeps, and each is the same twice.

use holdfast_document::Time;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Clocks, waiting and randomness.
pub trait Environment: Send + Sync {
    /// Time that has passed since some moment that stays the same; it never falls.
    fn elapsed(&self) -> Duration;

    /// What the clock of the machine says; [`Time`] 0 when it is not known. A dongle lets it tighten
    /// a verdict, never loosen one.
    fn time(&self) -> Time;

    /// Does nothing for so long.
    fn pause(&self, duration: Duration);

    /// Fills `bytes` with randomness fit for keys.
    ///
    /// # Errors
    /// [`NoRandomness`]; then no channel can be made.
    fn randomize(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The machine has no randomness to give. A retry may help early after boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine gives no randomness; try again in a moment")]
pub struct NoRandomness;

/// The machine itself.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    start: Instant,
}

impl Machine {
    /// The machine itself, shared by all that belongs to one license.
    pub fn shared() -> Arc<dyn Environment> {
        Arc::new(Self { start: Instant::now() })
    }
}

impl Environment for Machine {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn time(&self) -> Time {
        Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn randomize(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(bytes).map_err(|_| NoRandomness)
    }
}
