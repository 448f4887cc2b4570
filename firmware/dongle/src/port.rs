//! Frames in, frames out: a dongle behind 64-byte reports, whatever carries them.

use holdfast_storage::MoreWork;
use holdfast_wire::frame::{Device, Event, Report, Version};

use crate::Platform;
use crate::dongle::{Dongle, Reply};

/// A dongle and its end of the framing.
pub struct Port<P: Platform> {
    frames: Device,
    dongle: Dongle<P>,
}

/// The version of the firmware that INIT tells.
const VERSION: Version = Version { major: 0, minor: 1, build: 0 };

impl<P: Platform> Port<P> {
    /// Powers up.
    pub fn start(platform: P) -> Self {
        Self { frames: Device::new(VERSION), dongle: Dongle::start(platform) }
    }

    /// Takes a report from a host. `now_ms` counts from power-up and never falls.
    pub fn report(&mut self, now_ms: u64, report: &Report) {
        let Some(Event::Message { cid, kind, length }) = self.frames.report(now_ms, report) else {
            return;
        };
        match self.dongle.receive(now_ms, cid, kind, self.frames.buffer(), length) {
            Reply::Answer(length) => self.frames.answer(now_ms, length),
            Reply::Refuse(code) => self.frames.refuse(now_ms, code),
            Reply::Ignore => self.frames.ignore(),
        }
    }

    /// The next report for the hosts, if there is one.
    pub fn next_report(&mut self, now_ms: u64) -> Option<Report> {
        self.frames.next_report(now_ms)
    }

    /// Lets time pass; to be called at least every 100 ms.
    pub fn tick(&mut self, now_ms: u64) {
        self.frames.tick(now_ms);
        self.dongle.tick(now_ms);
    }

    /// Does one step of what need not be done while a host waits.
    pub fn idle(&mut self, now_ms: u64) -> MoreWork {
        self.dongle.idle(now_ms)
    }

    /// Powers down, and gives the board back.
    pub fn into_platform(self) -> P {
        self.dongle.into_platform()
    }
}
