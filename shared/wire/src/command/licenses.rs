//! Which licenses a dongle holds.

use super::command;
use holdfast_document::{List, Name, VendorId, untagged_item};
use holdfast_license::LicenseId;
use serde::{Deserialize, Serialize};

/// Asks for the licenses of a vendor, in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licenses<'a> {
    /// The vendor.
    pub vendor: VendorId,
    /// Of this product only.
    #[serde(borrow)]
    pub product: Option<Name<'a>>,
    /// Those behind this id.
    pub after: Option<LicenseId>,
}

command!(Licenses<'a>, 3, Sealed, Holdings<'b>);

/// A page of licenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings<'a> {
    /// The licenses.
    #[serde(borrow)]
    pub licenses: List<'a, Holding<'a>>,
    /// Whether there are more behind the last.
    pub more: bool,
    /// What is left of the flash's life, in ten-thousandths.
    pub life_left: u16,
}

/// A license that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding<'a> {
    /// Which one.
    pub id: LicenseId,
    /// Its hop.
    pub hop: u16,
    /// Its revision.
    pub revision: u32,
    /// Its product.
    #[serde(borrow)]
    pub product: Name<'a>,
}

untagged_item!('a, Holding<'a>);
