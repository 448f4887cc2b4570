//! Milliseconds since the board was started, from the processor's own timer.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::{SYST, syst::SystClkSource};

/// The frequency of the processor, on which the timer runs.
const HERTZ: u32 = 25_000_000;

/// Raised by the timer's exception. It wraps after 49 days; [`Clock::now`] carries the rest.
static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

/// The clock of the board. It counts powered time only.
pub struct Clock {
    wraps: u32,
    last: u32,
}

impl Clock {
    /// Starts the timer.
    pub fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(HERTZ / 1000 - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
        Self { wraps: 0, last: 0 }
    }

    /// Milliseconds since the start. To be asked at least once in 49 days, or it loses that long.
    pub fn now(&mut self) -> u64 {
        let low = MILLISECONDS.load(Ordering::Relaxed);
        if low < self.last {
            self.wraps = self.wraps.saturating_add(1);
        }
        self.last = low;
        (u64::from(self.wraps) << 32) | u64::from(low)
    }
}

/// To be called by the timer's exception, once a millisecond.
pub fn on_tick() {
    MILLISECONDS.fetch_add(1, Ordering::Relaxed);
}
