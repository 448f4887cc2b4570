//! Brings a firmware image in, piece by piece.

use super::command;
use serde::{Deserialize, Serialize};

/// One step of a firmware update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Firmware<'a> {
    /// Begins with the whole Manifest document.
    Begin(&'a [u8]),
    /// Bytes of the image from this offset on.
    Piece(u32, &'a [u8]),
    /// All is there: verify it, and start it at the next power-up.
    Finish,
}

command!(Firmware<'a>, 20, Either, FirmwareTaken);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareTaken {
    /// The offset that is expected next.
    pub next: u32,
}
