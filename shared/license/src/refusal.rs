//! What a device answers when it is asked for one feature: a grant or a refusal, in numbers.
//!
//! Both are small enough for one report of the wire. [`Reason`](crate::Reason) makes a sentence of a
//! refusal for who has the license at hand.

use holdfast_document::Seconds;
use serde::{Deserialize, Serialize};

/// A feature is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Grant {
    /// The index of the term that grants it.
    pub term: u8,
    /// Its number; 1 for a flag.
    pub value: u64,
    /// Seconds of uninterrupted power for which this stays so, with time alone passing.
    pub valid_for: Seconds,
    /// Whether the host's word took part.
    pub claimed: bool,
}

/// Why something is refused: the first condition that failed, and the two numbers it compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The index of the term.
    pub term: u8,
    /// The index of the condition in the term, unknown ones counted, or one of the numbers below.
    pub condition: u8,
    /// What was needed, in the condition's own unit.
    pub needed: u64,
    /// What was seen.
    pub seen: u64,
}

impl Refusal {
    /// As `condition`: the term has the feature, but a higher one (`needed`) is in force.
    pub const SHADOWED: u8 = 255;
    /// As `condition`: no term has the feature.
    pub const NO_TERM: u8 = 254;
    /// As `condition`: the license has seats (`needed`), and this channel has no live lease.
    pub const NO_SEAT: u8 = 253;
    /// As `condition`: the loan ended at `needed`, and it is `seen`.
    pub const LOAN_OVER: u8 = 252;
    /// As `condition`: the loan needs a proof of time younger than `needed`, and it is `seen` old.
    pub const LOAN_STALE: u8 = 251;
    /// As `condition`: condition number `needed` of the term counts what only the lender counts.
    pub const NOT_LENT: u8 = 250;

    /// That no term has the feature.
    pub const fn no_term() -> Self {
        Self { term: 0, condition: Self::NO_TERM, needed: 0, seen: 0 }
    }
}
