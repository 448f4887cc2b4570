//! A pipe of 64-byte reports: all that a USB HID device is to this crate.
//!
//! Who has the device open implements it: a HID library, or a test that stands in for the device
//! from outside. A shipped SDK knows nothing that could stand in.

use holdfast_wire::frame::Report;
use std::io;
use std::time::Duration;

/// Reports to a dongle, and from it.
pub trait Reports: Send {
    /// Sends one report.
    ///
    /// # Errors
    /// The device is gone, or the system refuses. What was sent before may have arrived.
    fn send(&mut self, report: &Report) -> io::Result<()>;

    /// The next report, waiting for it up to `timeout`; none when nothing came in that time.
    ///
    /// # Errors
    /// The device is gone, or the system refuses.
    fn receive(&mut self, timeout: Duration) -> io::Result<Option<Report>>;
}

impl<R: Reports + ?Sized> Reports for Box<R> {
    fn send(&mut self, report: &Report) -> io::Result<()> {
        (**self).send(report)
    }

    fn receive(&mut self, timeout: Duration) -> io::Result<Option<Report>> {
        (**self).receive(timeout)
    }
}
