//! Whether a charge was made. Needs no license and no handle: the license may have left since.

use super::charge::Payment;
use super::command;
use super::derive::Derivation;
use holdfast_document::{Name, Units, VendorId};
use serde::{Deserialize, Serialize};

/// Asks whether this was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe<'a> {
    /// The vendor.
    pub vendor: VendorId,
    /// The product.
    #[serde(borrow)]
    pub product: Name<'a>,
    /// What was charged.
    pub payment: Payment<'a>,
    /// The derivation that it paid for, if any.
    pub derivation: Option<Derivation<'a>>,
}

command!(Probe<'a>, 9, Sealed, Probed);

/// What the dongle remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// Whether it was charged.
    pub found: bool,
    /// The meter's total after that charge; 0 where none was found.
    pub total: Units,
    /// The number that the next charge on this dongle will get.
    pub mark: u64,
}
