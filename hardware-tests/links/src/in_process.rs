//! A dongle in this process, whose clock stands until it is moved.

use std::io;
use std::time::Duration;

use holdfast::Reports;
use holdfast_simulator::{Flash, Simulator, power_down, power_up};

/// A dongle and its cable.
pub struct InProcess {
    dongle: Simulator,
    now_ms: u64,
}

impl InProcess {
    /// Powers up a dongle on this flash.
    pub fn new(flash: Flash) -> Self {
        Self { dongle: power_up(flash), now_ms: 0 }
    }

    /// Lets so many seconds pass.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now_ms += 1_000;
            self.dongle.tick(self.now_ms);
        }
    }

    /// Pulls the plug, and gives the flash back.
    pub fn unplug(self) -> Flash {
        power_down(self.dongle)
    }
}

impl Reports for InProcess {
    fn send(&mut self, report: &[u8; 64]) -> io::Result<()> {
        self.dongle.report(self.now_ms, report);
        Ok(())
    }

    fn receive(&mut self, _: Duration) -> io::Result<Option<[u8; 64]>> {
        let report = self.dongle.next_report(self.now_ms);
        // When the host waits, the dongle has time for what can wait.
        let _ = self.dongle.idle(self.now_ms);
        Ok(report)
    }
}
