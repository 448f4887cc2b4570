//! Raises a meter, exactly once however often it is sent.

use super::command;
use holdfast_crypto::fixed_bytes;
use holdfast_document::{Name, Units};
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// Chosen by the program for a job, so that a retry is recognized.
    JobId, 8
}

/// What is charged, for which job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment<'a> {
    /// The meter.
    #[serde(borrow)]
    pub meter: Name<'a>,
    /// How many units.
    pub units: Units,
    /// The job.
    pub id: JobId,
    /// A mark from before the job began; 0: none. With one, a charge that may have been forgotten
    /// is reported and never made again.
    pub since: u64,
}

/// Charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge<'a> {
    /// The license that pays.
    pub handle: u8,
    /// What.
    #[serde(borrow)]
    pub payment: Payment<'a>,
}

command!(Charge<'a>, 8, Sealed, Charged);

/// It is charged: now, or by the first of these retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// The meter's total after the charge.
    pub total: Units,
    /// The number that the next charge on this dongle will get.
    pub mark: u64,
}
