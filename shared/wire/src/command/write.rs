//! Writes the scratch area of a license.

use super::command;
use serde::{Deserialize, Serialize};

/// Replaces the scratch area, whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write<'a> {
    /// The license.
    pub handle: u8,
    /// At most 256 bytes.
    pub bytes: &'a [u8],
}

command!(Write<'a>, 14, Sealed, Written);

/// It is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {}
