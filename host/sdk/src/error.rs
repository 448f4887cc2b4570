//! Why the SDK could not do it, in sentences that end with what to do.

use crate::environment::NoRandomness;
use crate::{Refused, TransportError};
use holdfast_document::{DocumentError, DongleId};
use holdfast_license::Refusal;
use holdfast_wire::channel::ChannelError;
use holdfast_wire::command::Failure;

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The license does not allow it. Nothing was changed. What helps is in it.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// No dongle is here, or none that has left the factory.
    #[error("no dongle is plugged in; plug one in")]
    NoDevice,
    /// Dongles are here, and none holds a license of the product that can be opened.
    #[error(
        "no license for {product} is on any dongle here ({dongles} looked at); plug in the right one, or install the license"
    )]
    NoLicense {
        /// The product.
        product: String,
        /// How many dongles were asked.
        dongles: usize,
    },
    /// No license of the product has this meter. A retry helps once one is installed.
    #[error("no license here has a meter {meter}; buy units and apply the license")]
    NoMeter {
        /// The meter.
        meter: String,
    },
    /// No license has so many units left. Nothing was charged.
    #[error("{asked} units asked, {left} left in the license that has most{}; buy units and apply the refill",
        if *.together { ", though several together have enough: charge them in smaller parts" } else { "" })]
    NotEnough {
        /// Units asked for.
        asked: u64,
        /// The most that one license has left.
        left: u64,
        /// Whether licenses together have enough: a charge is never split.
        together: bool,
    },
    /// The dongle may have forgotten a charge for this job, so it cannot tell whether it was made.
    /// Nothing was charged, and a retry gets the same: whoever gave out the job decides.
    #[error(
        "dongle {dongle} cannot tell any more whether this job was charged; look at its history and decide yourself"
    )]
    TooOldToTell {
        /// The dongle.
        dongle: DongleId,
    },
    /// The job may have been charged on a dongle that is not here or does not answer. Nothing was
    /// charged elsewhere.
    #[error("this job may have been charged on dongle {dongle}; plug that one in and try again")]
    Elsewhere {
        /// The dongle.
        dongle: DongleId,
    },
    /// The job's token could not be stored, so nothing was charged.
    #[error("the job's token could not be stored ({0}), so nothing was charged; see to that first")]
    TokenNotStored(#[source] std::io::Error),
    /// The token names as many dongles as a token can. Nothing was charged.
    #[error("the job's token names too many dongles; begin the job anew")]
    TokenFull,
    /// The bytes are not a token.
    #[error("these are not the bytes of a job's token; begin the job anew only if it was never charged")]
    NotAToken,
    /// A text is not a name: 1 to 24 of `a-z 0-9 . - _`.
    #[error("{0:?} is not a name; use 1 to 24 of a-z 0-9 . - _")]
    BadName(String),
    /// The dongle refuses a command, by the license behind the handle: see [`Refused`] for the
    /// same with its reasons.
    #[error("the license does not allow it (term {}, condition {}); ask for the reasons", .0.term, .0.condition)]
    Denied(Refusal),
    /// The dongle could not do it. What state it is in is said with the code.
    #[error("{0}")]
    Failed(Failure),
    /// The dongle decides otherwise than this program does on the same facts. One of the two is
    /// older, or wrong.
    #[error("dongle {dongle} and this program decide differently; update the older of the two")]
    Disagreement {
        /// The dongle.
        dongle: DongleId,
    },
    /// A document is not to be believed.
    #[error("a document is not to be believed: {0}; get it again from the vendor")]
    Document(#[from] DocumentError),
    /// A license was given out that is not this dongle's, or not this product's.
    #[error(
        "dongle {dongle} gave out a license that is for another device or product; ask the vendor for a replacement"
    )]
    OtherLicense {
        /// The dongle.
        dongle: DongleId,
    },
    /// The vendor is a development one, and this program was not built with the feature
    /// `development`.
    #[error("this is a development vendor; use the production vendor's file")]
    DevelopmentVendor,
    /// See [`TransportError`].
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The secure channel could not be made: someone answers in the dongle's place, or changes
    /// what it says.
    #[error("no secure channel could be made ({0}); unplug the dongle, plug it in again and try again")]
    Channel(#[from] ChannelError),
    /// The channel that a handle was given on is no more; there is a new one. Open again.
    #[error("the secure channel was made anew; open the license again")]
    ChannelEnded,
    /// Where one dongle was, another answers.
    #[error("dongle {expected} was here, and now it is {found}; plug the first one in again")]
    OtherDongle {
        /// The one that was here.
        expected: DongleId,
        /// The one that answers.
        found: DongleId,
    },
    /// The dongle has no keys yet.
    #[error("the dongle is blank; it must go through the factory first")]
    Blank,
    /// The dongle speaks no version of the protocol that this program does.
    #[error("the dongle speaks other versions of the protocol; update this program or its firmware")]
    Incompatible,
    /// An answer is not the encoding of what it should be.
    #[error("the dongle's answer makes no sense; update this program or its firmware")]
    Malformed,
    /// The request does not fit a message. Nothing was sent.
    #[error("the request does not fit a message; ask for less")]
    TooLong,
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}
