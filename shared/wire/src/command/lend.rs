//! Lends one seat of a license to another device.

use super::command;
use holdfast_document::Time;
use serde::{Deserialize, Serialize};

/// Asks for a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lend<'a> {
    /// The license.
    pub handle: u8,
    /// The borrower's Device document, with its chain.
    pub borrower: &'a [u8],
    /// Until when.
    pub until: Time,
}

command!(Lend<'a>, 12, Sealed, Lent<'b>);

/// A loan, for the borrower to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent<'a> {
    /// The Loan document, with its chain.
    pub document: &'a [u8],
}
