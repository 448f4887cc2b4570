//! Why something could not be done, in numbers that never change.

use holdfast_document::DocumentError;
use serde::{Deserialize, Serialize};

/// A failure as it travels: a number and two arguments, whose meaning the number gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// See [`ErrorCode`]; 200 to 299 are a document's.
    pub code: u16,
    /// First argument.
    pub a: u64,
    /// Second argument.
    pub b: u64,
}

/// The numbers of failures, with their two arguments.
///
/// Unless it says otherwise, nothing was changed, and the same request fails in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum ErrorCode {
    /// No such command (its number). A newer firmware may have it.
    UnknownCommand = 101,
    /// The command is known and not built into this firmware (its number).
    Unsupported = 102,
    /// The request is not the encoding of what its number says.
    Malformed = 103,
    /// The command is asked over the wrong road: clear instead of sealed, or the reverse.
    WrongRoad = 104,
    /// The dongle has left the factory, and takes no manufacturer's commands any more.
    Locked = 105,
    /// The dongle has no keys or no Device document yet: it must go through the factory first. One that has been there
    /// and cannot read what it stores says so when it is asked for its certificate: [`OtherFormat`](Self::OtherFormat),
    /// [`Damaged`](Self::Damaged) or what else it is.
    NotReady = 106,
    /// The answer does not fit a message (bytes needed). Ask for less.
    AnswerTooLong = 107,

    /// No such license or vendor here.
    NotHeld = 301,
    /// The handle was not given out on this channel. Open the license again.
    BadHandle = 302,
    /// The license behind the handle has changed. Open it again.
    Stale = 303,
    /// The channel has all its handles in use. Open fewer licenses, or on another channel.
    NoHandle = 304,
    /// An update's number is ahead of this device's (the device's last number): one is missing.
    OutOfOrder = 305,
    /// An update's number is behind (the device's last number): it was overtaken, or done before.
    OvertakenOrDone = 306,
    /// It is for another device.
    OtherDevice = 307,
    /// It is for another format of this device's storage.
    OtherStorage = 308,
    /// It answers what is not outstanding here.
    NotOutstanding = 309,
    /// The license's revision is lower than the one held (held, offered), or equal and different.
    OlderRevision = 310,
    /// The revision jumps too far ahead (held, offered).
    RevisionJump = 311,
    /// The signer has no power over the license that is held: another desk issued it.
    OtherDesk = 312,
    /// The license has departed from this device at this hop or a higher one (that hop).
    Departed = 313,
    /// The signer may not do this: it does not keep the ledger, or is not the newest root.
    NotAllowed = 314,
    /// Revocations with this number or a higher one are held.
    OlderRevocations = 315,
    /// A license at a hop above 0 must say what it carries.
    CarryMissing = 316,
    /// The vendor is not known here; apply its founding record first.
    UnknownVendor = 317,

    /// Fewer units are left than asked for (asked, left). After a refill it can work.
    NotEnough = 401,
    /// The meter would pass 2⁴⁰.
    MeterFull = 402,
    /// The device may have forgotten a charge under this id (since, oldest in memory): it cannot
    /// tell whether it was made, and charges nothing.
    TooOldToTell = 403,
    /// The meter is charged over a paired channel only.
    NotPaired = 404,
    /// Too much was written lately. After that many seconds of power it can work.
    Budget = 405,
    /// A derivation was paid for, and its secret is no longer here.
    PaidSecretGone = 406,
    /// No such meter in the license.
    NoMeter = 407,
    /// A charge of nothing.
    NoUnits = 408,

    /// It does not fit (bytes needed, bytes free). Nothing was written. Remove licenses first.
    Full = 501,
    /// The flash is worn out. What is held can be used, and nothing more be stored.
    WornOut = 502,
    /// A record cannot be read, or its seal does not open. The device keeps the rest.
    Unreadable = 503,
    /// The flash failed. Unplug the device and plug it in again; what was in flight is then either
    /// done or not.
    StorageFailed = 504,
    /// All counters are in use. Depart a license with meters first.
    NoCounter = 505,
    /// The storage must make room first. Try again in a moment.
    StorageBusy = 506,
    /// What is stored was written by another version of the firmware, and this one cannot read it. Nothing is lost:
    /// with that version it is there again.
    OtherFormat = 507,
    /// Of what is stored it cannot be told as a whole what is true. A retry seldom helps. Only the factory begins
    /// such a dongle anew, with other keys and with nothing on it.
    Damaged = 508,
}

impl ErrorCode {
    /// With its two arguments.
    pub const fn with(self, a: u64, b: u64) -> Failure {
        Failure { code: self as u16, a, b }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        code.with(0, 0)
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        let (code, a, b) = error.code();
        Self { code, a, b }
    }
}

impl Failure {
    /// Whether it is this one.
    pub const fn is(&self, code: ErrorCode) -> bool {
        self.code == code as u16
    }
}

/// What happened and what to do, in a sentence.
impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { code, a, b } = *self;
        match code {
            101 => write!(f, "the dongle does not know command {a}; update its firmware"),
            102 => write!(f, "the dongle's firmware does not have command {a}; update its firmware"),
            103 => f.write_str("the dongle could not read the request; update this program or the firmware"),
            104 => f.write_str("the command may not be sent this way; this is a fault of the program"),
            105 => f.write_str("the dongle has left the factory and takes no manufacturer's commands"),
            106 => f.write_str("the dongle has not been through the factory yet; provision it first"),
            107 => write!(f, "the answer of {a} bytes does not fit a message; ask for less"),
            201 => write!(f, "the document has {a} bytes where {b} are allowed; get it again"),
            202 => f.write_str("the document is damaged; get it again"),
            203..=205 | 217 => {
                f.write_str("the document is newer than the dongle's firmware; update the firmware")
            }
            206 => f.write_str("this kind of document does not belong here"),
            207 => write!(
                f,
                "it starts at the vendor's root number {a}; apply the vendor's newer documents first"
            ),
            208 => write!(f, "signature {a} of the document does not hold; get it again from who issued it"),
            209 | 210 | 213..=215 | 218 | 219 => {
                write!(f, "the document is not in order (error {code}); ask who issued it for a new one")
            }
            211 => write!(f, "who signed it was not allowed to (limit {a}); ask the vendor"),
            212 => f.write_str("who signed it was not in office then; ask the vendor for a new one"),
            216 => f.write_str("development and production never mix; use a device and a vendor of one sort"),
            220 => write!(f, "newer revocations (number {a}) are known; get the newest"),
            221 => f.write_str("what it was signed with has been revoked; ask the vendor for a new one"),
            301 => f.write_str("the dongle holds no such license; install it first"),
            302 | 303 => f.write_str("the license must be opened again"),
            304 => f.write_str("the program has too many licenses open; close some"),
            305 => write!(f, "an update is missing: the dongle has applied {a}; apply the ones before"),
            306 => write!(f, "the update was overtaken or done before: the dongle has applied {a}"),
            307 => f.write_str("it is for another device"),
            308 => f.write_str("it is for this device before its storage was formatted; ask for a new one"),
            309 => f.write_str("it answers what is not outstanding any more; send a new request"),
            310 => write!(f, "the dongle holds revision {a}, and this is {b}; ask for a newer one"),
            311 => write!(f, "the revision jumps from {a} to {b}; only the vendor's root may do that"),
            312 => f.write_str("the license is another desk's; ask the desk that issued it"),
            313 => write!(f, "the license has left this device at hop {a}"),
            314 => f.write_str("who signed it may not do that; ask the vendor's own desk"),
            315 => write!(f, "newer revocations (number {a}) are held"),
            316 => f.write_str("a transferred license must say what it carries; ask who issued it"),
            317 => {
                f.write_str("the dongle does not know this vendor; apply the vendor's founding record first")
            }
            401 => write!(f, "{a} units asked, {b} left; buy units and apply the refill"),
            402 => f.write_str("the meter is full; ask the vendor for a new license"),
            403 => write!(
                f,
                "too old to tell whether it was charged (mark {a}, memory begins at {b}); decide yourself"
            ),
            404 => f.write_str("this machine is not paired with the dongle; pair it first"),
            405 => write!(f, "too much was written lately; try again in {a} seconds"),
            406 => f.write_str("it was paid for, and its secret is no longer here; ask the vendor"),
            407 => f.write_str("the license has no such meter"),
            408 => f.write_str("a charge of nothing; charge at least one unit"),
            501 => write!(f, "it needs {a} bytes, and {b} are free; remove licenses first"),
            502 => f.write_str(
                "the dongle's flash is worn out; ask for a replacement, what it holds still works",
            ),
            503 => f.write_str("a record in the dongle cannot be read; ask for a replacement of the license"),
            504 => f.write_str("the dongle's flash failed; unplug it and plug it in again"),
            505 => f.write_str("all counters are in use; remove a license with meters first"),
            506 => f.write_str("the dongle is making room; try again in a moment"),
            507 => f.write_str("another firmware wrote what the dongle stores; install that version again"),
            508 => f.write_str("what the dongle stores is damaged; ask for a replacement"),
            _ => write!(f, "error {code} ({a}, {b}), which is not known here; update this program"),
        }
    }
}
