//! The last charges of a license.

use super::command;
use holdfast_crypto::fixed_bytes;
use holdfast_document::{List, Name, Time, Units, untagged_item};
use serde::{Deserialize, Serialize};

fixed_bytes! {
    /// By which a charge is recognized by who knows its id.
    ChargeTag, 7
}

/// Asks for charges on a meter, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History<'a> {
    /// The license.
    pub handle: u8,
    /// The meter.
    #[serde(borrow)]
    pub meter: Name<'a>,
    /// Those before this number; 0: from the newest on.
    pub before: u64,
}

command!(History<'a>, 15, Sealed, Charges<'b>);

/// A page of charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges<'a> {
    /// The charges, newest first.
    #[serde(borrow)]
    pub charges: List<'a, PastCharge>,
    /// Whether older ones are remembered.
    pub more: bool,
}

/// A charge that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCharge {
    /// Its number on this dongle.
    pub number: u64,
    /// The meter's total after it.
    pub total: Units,
    /// What it charged.
    pub units: Units,
    /// Its tag.
    pub tag: ChargeTag,
    /// The vendor's time floor at some moment before it.
    pub time: Time,
}

untagged_item!('a, PastCharge);
