//! Brings a document in; the only way in which what a dongle holds changes.

use super::command;
use serde::{Deserialize, Serialize};

/// Applies an Update, Loan, statement of a returned loan, TimeToken, Vendor, Device or Revocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apply<'a> {
    /// The whole document.
    pub document: &'a [u8],
}

command!(Apply<'a>, 17, Either, Applied<'b>);

/// It is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied<'a> {
    /// Whether it was done before, so that nothing changed now.
    pub before: bool,
    /// For an Update, the device's statement that it was applied; else empty.
    pub statement: &'a [u8],
}
