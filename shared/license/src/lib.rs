//! Licenses, and the one function that decides what they unlock.
//!
//! A [`License`] is an ordered list of terms; the first whose conditions all hold is in force.
//! [`decide()`] takes a license and the [`Facts`] of one moment and says which one that is, or why
//! none is. It is pure: the dongle, the SDK that explains a refusal, the issuer that previews a
//! license and a server that reports on it all call the same function.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`mod@license`] | [`License`] and what it is made of |
//! | [`term`] | terms and features |
//! | [`condition`] | every condition, and when it holds |
//! | [`facts`] | what a device knows when it decides |
//! | [`mod@decide`] | the decision |
//! | [`refusal`] | a grant or a refusal of one feature, in numbers |
//! | [`mod@union`] | what several licenses of a product grant together, and which one pays |
//! | [`explain`] | why not, and what to do about it |
//! | [`secret`] | how a secret is sealed to one device |
//! | [`mod@timeline`] | what a customer will see, from change to change |
//! | [`issuer`] | whose licenses may take the place of whose |
//! | [`update`] | how an issuer changes what a device holds |
//! | [`statement`] | what a device says about itself |
//! | [`loan`] | one seat, lent |
//!
//! To add a condition, touch `condition.rs`, `facts.rs`, `explain.rs` and one vector.
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod condition;
pub mod decide;
pub mod explain;
pub mod facts;
pub mod issuer;
pub mod license;
pub mod loan;
pub mod refusal;
pub mod secret;
pub mod statement;
pub mod term;
pub mod timeline;
pub mod union;
pub mod update;

pub use condition::Condition;
pub use decide::{Granted, Refused, Verdict, decide, decide_loan};
pub use explain::{Reason, Remedy};
pub use facts::{Claims, Facts};
pub use issuer::Issuer;
pub use license::{License, LicenseId, Meter, Right, Seats};
pub use loan::{Breach, Lent, Loan, LoanError};
pub use refusal::{Grant, Refusal};
pub use statement::{Purpose, Statement};
pub use term::{Feature, Term};
pub use timeline::{Life, Span, Timeline};
pub use union::{PayingOrder, TooLittle, Union};
pub use update::{Action, Update};
