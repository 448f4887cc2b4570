//! What a bench has to give.

use std::io;

use holdfast::Reports;
use holdfast_document::VendorId;

/// A dongle on a bench.
pub trait Subject: Reports {
    /// Lets so many milliseconds pass for the dongle: its clock is moved, or the bench waits.
    fn pass(&mut self, milliseconds: u64);

    /// Pulls the plug and puts it back. What the dongle has said and nobody read is gone.
    ///
    /// # Errors
    /// The bench cannot.
    fn replug(&mut self) -> io::Result<()>;
}

/// What a check may build on, because the dongle was given it before.
#[derive(Clone, Debug)]
pub struct Given {
    /// The vendor whose reference license it holds.
    pub vendor: VendorId,
    /// Documents that it has taken, whole: the vendor's founding record, then the Update that brought the
    /// license.
    pub documents: Vec<Vec<u8>>,
}
