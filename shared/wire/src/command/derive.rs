//! 32 bytes that only this device can compute, while a term that grants the feature is in force.

use super::charge::Payment;
use super::command;
use holdfast_crypto::fixed_bytes;
use holdfast_document::{Name, Units};
use serde::{Deserialize, Serialize};

/// What is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation<'a> {
    /// The feature whose secret is used.
    #[serde(borrow)]
    pub feature: Name<'a>,
    /// The generation of the secret.
    pub epoch: u32,
    /// What the derived bytes are for.
    pub label: Name<'a>,
    /// Data that the program works on; at most 256 bytes.
    pub context: &'a [u8],
}

/// Derives, and charges for it in the same act if it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derive<'a> {
    /// The license.
    pub handle: u8,
    /// What.
    #[serde(borrow)]
    pub derivation: Derivation<'a>,
    /// What it costs.
    pub payment: Option<Payment<'a>>,
    /// As in [`Check`](super::Check).
    pub host_time: holdfast_document::Time,
}

command!(Derive<'a>, 10, Sealed, Derived);

fixed_bytes! {
    /// The derived bytes. What they unlock is for the program to keep.
    DerivedBytes, 32
}

/// The derived bytes, and what was charged.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// The bytes.
    pub bytes: DerivedBytes,
    /// The meter's total after the charge; 0 without one.
    pub total: Units,
    /// The number that the next charge on this dongle will get.
    pub mark: u64,
}
