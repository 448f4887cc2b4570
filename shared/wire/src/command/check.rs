//! The question that is asked most: one report out, one report back.

use super::command;
use holdfast_document::{Name, Seconds, Time};
use holdfast_license::Grant;
use serde::{Deserialize, Serialize};

/// Asks for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check<'a> {
    /// The license.
    pub handle: u8,
    /// The feature.
    #[serde(borrow)]
    pub feature: Name<'a>,
    /// What the host's clock says; 0: not told. It can only tighten this one answer.
    pub host_time: Time,
}

command!(Check<'a>, 6, Sealed, Granted);

/// It is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The index of the term.
    pub term: u8,
    /// The feature's number; 1 for a flag.
    pub value: u64,
    /// Seconds of uninterrupted power for which it stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Changes with any charge or installation for this vendor.
    pub state: u32,
    /// Whether the host's word took part.
    pub claimed: bool,
}

impl Granted {
    /// What was granted, without the state that came along.
    pub const fn grant(&self) -> Grant {
        let Self { term, value, valid_for, claimed, .. } = *self;
        Grant { term, value, valid_for, claimed }
    }
}
