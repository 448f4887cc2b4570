//! A machine whose clock moves when it is moved, and whose randomness is a count.

use holdfast::Environment;
use holdfast::environment::NoRandomness;
use holdfast_document::Time;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Still {
    now: Mutex<Duration>,
    count: Mutex<u64>,
    pauses: Mutex<Vec<Duration>>,
}

impl Still {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn pass(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Environment for Still {
    fn elapsed(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn time(&self) -> Time {
        Time(0)
    }

    fn pause(&self, duration: Duration) {
        *self.now.lock().unwrap() += duration;
        self.pauses.lock().unwrap().push(duration);
    }

    fn randomize(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        let hash = holdfast_crypto::digest::plain(&[&count.to_le_bytes()]);
        bytes.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
        Ok(())
    }
}
