//! A signed statement of the dongle for one vendor.

use super::command;
use holdfast_document::{Name, VendorId};
use holdfast_license::{LicenseId, Purpose, statement::Nonce};
use serde::{Deserialize, Serialize};

/// Asks for a statement of purpose Report, Request or Time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeStatement<'a> {
    /// For whom.
    pub vendor: VendorId,
    /// What for.
    pub purpose: Purpose,
    /// From who asked.
    pub nonce: Nonce,
    /// About this product only.
    #[serde(borrow)]
    pub product: Option<Name<'a>>,
    /// About the licenses behind this id: the next page of a long statement.
    pub after: Option<LicenseId>,
}

command!(MakeStatement<'a>, 16, Sealed, Stated<'b>);

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated<'a> {
    /// The Statement document, with its chain.
    pub document: &'a [u8],
    /// Whether it leaves out some of what was asked about. The next page is asked for behind the last license
    /// that is listed. One that may be given out again lists nothing; a Report then says the rest.
    pub more: bool,
}
