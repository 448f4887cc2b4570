//! A vendor's succession, for a program that was shipped before the latest root.

use super::command;
use holdfast_document::VendorId;
use serde::{Deserialize, Serialize};

/// Asks for one document of a vendor's succession.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendors {
    /// The vendor.
    pub vendor: VendorId,
    /// Which document.
    pub number: u8,
}

command!(Vendors, 4, Sealed, Succession<'b>);

/// One document of a vendor's succession.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession<'a> {
    /// How many documents the dongle has of this vendor.
    pub count: u8,
    /// The one that was asked for.
    pub document: &'a [u8],
}
