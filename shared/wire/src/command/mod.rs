//! What a host may ask of a dongle, and what it is answered.
//!
//! Each command is a struct with a number and an answer, in a file of its own; there is no enum of
//! everything. A request is its number and its body; an answer is a status and a body:
//!
//! | status | body |
//! | --- | --- |
//! | 0 | the command's answer |
//! | 1 | a [`Refusal`]: the license does not allow it |
//! | 2 | a [`Failure`]: it could not be done |
//!
//! Numbers are stable and only ever added. A command that is known and not built yet answers
//! [`ErrorCode::Unsupported`].

pub mod apply;
pub mod certificate;
pub mod charge;
pub mod check;
pub mod derive;
pub mod explain;
pub mod failure;
pub mod firmware;
pub mod hello;
pub mod history;
pub mod lend;
pub mod licenses;
pub mod lock;
pub mod open;
pub mod pair;
pub mod probe;
pub mod prove;
pub mod provision;
pub mod read;
pub mod seat;
pub mod statement;
pub mod vendors;
pub mod write;

pub use apply::Apply;
pub use certificate::Certificate;
pub use charge::Charge;
pub use check::Check;
pub use derive::Derive;
pub use explain::Explain;
pub use failure::{ErrorCode, Failure};
pub use firmware::Firmware;
pub use hello::Hello;
pub use history::History;
pub use lend::Lend;
pub use licenses::Licenses;
pub use lock::Lock;
pub use open::Open;
pub use pair::Pair;
pub use probe::Probe;
pub use prove::Prove;
pub use provision::Provision;
pub use read::Read;
pub use seat::Seat;
pub use statement::MakeStatement;
pub use vendors::Vendors;
pub use write::Write;

use holdfast_document::{DocumentError, strict};
use holdfast_license::Refusal;
use serde::{Deserialize, Serialize};

/// A command: its number, where it may be asked, and what answers it.
pub trait Command<'a>: Serialize + Deserialize<'a> {
    /// Its number on the wire.
    const NUMBER: u8;
    /// Where it may be asked.
    const ROAD: Road;
    /// What answers it.
    type Answer<'b>: Serialize + Deserialize<'b>;

    /// Writes the request into the front of `buffer` and returns its length.
    ///
    /// # Errors
    /// [`DocumentError::TooMany`] when it does not fit.
    fn write(&self, buffer: &mut [u8]) -> Result<usize, DocumentError> {
        write(Self::NUMBER, self, buffer)
    }

    /// Reads a body, the request's bytes behind its number.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`].
    fn read(body: &'a [u8]) -> Result<Self, DocumentError> {
        strict::decode(body)
    }
}

/// Where a command may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Road {
    /// In clear messages only.
    Clear,
    /// Inside a channel only.
    Sealed,
    /// Either.
    Either,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<A> {
    /// It was done.
    Answer(A),
    /// The license does not allow it.
    Refused(Refusal),
    /// It could not be done.
    Failed(Failure),
}

/// The status byte of an answer.
const ANSWER: u8 = 0;
/// The status byte of a refusal.
const REFUSED: u8 = 1;
/// The status byte of a failure.
const FAILED: u8 = 2;

impl<A: Serialize> Outcome<A> {
    /// Writes it into the front of `buffer` and returns its length.
    ///
    /// # Errors
    /// [`DocumentError::TooMany`] when it does not fit.
    pub fn write(&self, buffer: &mut [u8]) -> Result<usize, DocumentError> {
        match self {
            Self::Answer(answer) => write(ANSWER, answer, buffer),
            Self::Refused(refusal) => write(REFUSED, refusal, buffer),
            Self::Failed(failure) => write(FAILED, failure, buffer),
        }
    }
}

impl<'a, A: Serialize + Deserialize<'a>> Outcome<A> {
    /// Reads what a dongle answered.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        match bytes.split_first() {
            Some((&ANSWER, body)) => strict::decode(body).map(Self::Answer),
            Some((&REFUSED, body)) => strict::decode(body).map(Self::Refused),
            Some((&FAILED, body)) => strict::decode(body).map(Self::Failed),
            _ => Err(DocumentError::Malformed),
        }
    }
}

fn write(first: u8, body: &impl Serialize, buffer: &mut [u8]) -> Result<usize, DocumentError> {
    let (head, rest) = buffer.split_first_mut().ok_or(DocumentError::TooMany)?;
    *head = first;
    strict::encode(body, rest).map(|body| body.len().saturating_add(1))
}

/// Declares a struct as a command.
macro_rules! command {
    ($name:ident $(<$life:lifetime>)?, $number:literal, $road:ident, $answer:ty) => {
        impl<'a> $crate::command::Command<'a> for $name $(<$life>)? {
            const NUMBER: u8 = $number;
            const ROAD: $crate::command::Road = $crate::command::Road::$road;
            type Answer<'b> = $answer;
        }
    };
}
use command;
