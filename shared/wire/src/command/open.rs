//! Opens a license: its document, and a handle to speak of it.

use super::command;
use holdfast_document::VendorId;
use holdfast_license::{Claims, LicenseId};
use serde::{Deserialize, Serialize};

/// Opens a license on this channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Whose license.
    pub vendor: VendorId,
    /// Which license.
    pub license: LicenseId,
    /// What the host says of itself and its program, once for this handle.
    pub claims: Claims,
}

command!(Open, 5, Sealed, Opened<'b>);

/// An open license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened<'a> {
    /// Names it on this channel until the channel ends or the license changes.
    pub handle: u8,
    /// The whole document, with its chain.
    pub document: &'a [u8],
}
