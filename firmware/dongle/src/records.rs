//! What is stored, under which keys.
//!
//! | kind | id | value |
//! | --- | --- | --- |
//! | 1 | zeros | [`Config`] |
//! | 2 | zeros | the Device document, with its chain |
//! | 3 | vendor | [`VendorState`]: all that outlives a vendor's licenses |
//! | 4 | license | the License document, without its chain |
//! | 5 | license | [`LicenseState`] |
//! | 6 | half the digest of its body | a [`Link`](holdfast_document::Link) |
//! | 16 to 23 | vendor | the Vendor document of number 0 to 7 |

use holdfast_crypto::{Hash, Key as PublicKey};
use holdfast_document::{StorageId, Time, VendorId, limits};
use holdfast_license::LicenseId;
use holdfast_storage::Key;
use holdfast_wire::command::hello::Stage;
use serde::{Deserialize, Serialize};

/// Licenses, their states, links, vendors: as many records as may live at once.
pub(crate) const RECORDS: usize = 1_024;

/// Unanswered requests that are kept for each purpose.
pub(crate) const REQUESTS: usize = 8;

pub(crate) const CONFIG: Key = Key { kind: 1, id: [0; 16] };
pub(crate) const DEVICE: Key = Key { kind: 2, id: [0; 16] };
pub(crate) const LICENSE: u8 = 4;
pub(crate) const LICENSE_STATE: u8 = 5;

pub(crate) const fn vendor_state(vendor: VendorId) -> Key {
    Key { kind: 3, id: vendor.0 }
}

pub(crate) const fn license(id: LicenseId) -> Key {
    Key { kind: LICENSE, id: id.0 }
}

pub(crate) const fn license_state(id: LicenseId) -> Key {
    Key { kind: LICENSE_STATE, id: id.0 }
}

pub(crate) fn link(digest: &Hash) -> Key {
    let mut id = [0; 16];
    id.iter_mut().zip(digest.0).for_each(|(to, from)| *to = from);
    Key { kind: 6, id }
}

pub(crate) const fn vendor_document(vendor: VendorId, number: u8) -> Key {
    Key { kind: 16 + number % limits::SUCCESSION, id: vendor.0 }
}

/// What the factory settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Config {
    pub(crate) stage: Stage,
    pub(crate) maker: PublicKey,
    pub(crate) production: bool,
    pub(crate) storage: StorageId,
}

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outstanding {
    /// The digest of the statement.
    pub(crate) statement: Hash,
    /// Powered seconds when it was made.
    pub(crate) powered: u64,
    /// The time floor when it was made.
    pub(crate) floor: Time,
}

/// The most that a Statement's body takes which lists nothing.
pub(crate) const STATEMENT_OF_NOTHING: usize = 320;

/// Unanswered requests of one purpose, oldest first.
pub(crate) type Requests = heapless::Vec<Outstanding, REQUESTS>;

/// Takes the request with this digest out, and drops those before it: they will not be answered any
/// more. None: it is not outstanding.
pub(crate) fn take(requests: &mut Requests, statement: &Hash) -> Option<Outstanding> {
    let at = requests.iter().position(|request| request.statement == *statement)?;
    let request = *requests.get(at)?;
    *requests = requests.iter().skip(at.saturating_add(1)).copied().collect();
    Some(request)
}

/// An answer that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// Powered seconds when its request was made.
    pub(crate) asked: u64,
    /// The time that it says it was then.
    pub(crate) time: Time,
}

/// When a license was first used.
///
/// A dongle knows it in powered seconds only. The first answer to a request made later sets it in time: its
/// time, less the powered seconds between. That rests in the vendor's state, and comes to stand here before
/// another answer takes its place there; so an answer need not write every license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstUse {
    /// Powered seconds at the first grant of a term that counts from it.
    pub(crate) powered: u64,
    /// The time, as an answer has set it.
    pub(crate) time: Option<Time>,
}

impl FirstUse {
    /// The time that it was, once an answer has told; `answer` is the last that was taken.
    pub(crate) fn told(&self, answer: Option<Answered>) -> Option<Time> {
        let by = |answer: Answered| {
            // What was asked in the same second may have been asked before.
            let before = answer.asked.checked_sub(self.powered).filter(|seconds| *seconds > 0)?;
            Some(Time(answer.time.0.saturating_sub(before)))
        };
        self.time.or_else(|| answer.and_then(by))
    }
}

/// All that outlives a vendor's licenses, and ends only with a format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VendorState {
    /// Updates applied.
    pub(crate) update: u32,
    /// The digest of the last one.
    pub(crate) applied: Hash,
    /// The digest of the last request whose answer was taken.
    pub(crate) answered: Hash,
    /// When that request was made, and what its answer said.
    pub(crate) answer: Option<Answered>,
    /// Statements made.
    pub(crate) statement: u32,
    /// The digest of the last one.
    pub(crate) previous: Hash,
    /// Requests for the issuer.
    pub(crate) requests: Requests,
    /// The body of the newest of them, while no further one fits.
    pub(crate) newest_request: heapless::Vec<u8, STATEMENT_OF_NOTHING>,
    /// Requests for time.
    pub(crate) times: Requests,
    /// The body of the newest of them.
    pub(crate) newest_time: heapless::Vec<u8, STATEMENT_OF_NOTHING>,
    /// The time floor, anchor and freshness.
    pub(crate) floor: crate::floor::Floor,
}

impl VendorState {
    /// A vendor of whom only the founding record is known.
    pub(crate) const fn new() -> Self {
        Self {
            update: 0,
            applied: Hash::ZERO,
            answered: Hash::ZERO,
            answer: None,
            statement: 0,
            previous: Hash::ZERO,
            requests: Requests::new(),
            newest_request: heapless::Vec::new(),
            times: Requests::new(),
            newest_time: heapless::Vec::new(),
            floor: crate::floor::Floor::UNKNOWN,
        }
    }
}

/// What an envelope adds to a body, at most: kind, algorithm, root, lengths, signature.
const ENVELOPE: usize = 96;

/// The most that a link takes when encoded.
pub(crate) const LINK: usize = limits::DELEGATION + ENVELOPE;

/// The most that a Vendor document takes.
pub(crate) const VENDOR_DOCUMENT: usize = limits::VENDOR + ENVELOPE;

/// The most that a Device document takes, and a statement's chain, which is that and its links.
pub(crate) const DEVICE_DOCUMENT: usize = limits::DEVICE + ENVELOPE + LINK * limits::LINKS;

/// The most that a state takes when encoded.
pub(crate) const STATE: usize = 1_920;

/// What a device keeps beside a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LicenseState {
    pub(crate) vendor: VendorId,
    pub(crate) hop: u16,
    pub(crate) revision: u32,
    /// The digest of its body.
    pub(crate) body: Hash,
    /// The number of the root that it stands under.
    pub(crate) root: u8,
    /// Digests of the links between the root and it, root first.
    pub(crate) links: heapless::Vec<Hash, { limits::LINKS }>,
    /// Powered seconds at installation, less what was carried over.
    pub(crate) usage_from: u64,
    /// Powered seconds at installation.
    pub(crate) installed: u64,
    pub(crate) first_use: Option<FirstUse>,
    /// The counter of each meter, by name: a license's meters may change from revision to revision.
    pub(crate) counters: heapless::Vec<MeterCounter, { limits::METERS }>,
}

/// Which counter a meter has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MeterCounter {
    pub(crate) meter: heapless::String<{ limits::NAME }>,
    pub(crate) index: u8,
}

impl LicenseState {
    /// The counter of a meter; none before its first charge.
    pub(crate) fn counter(&self, meter: &str) -> Option<u8> {
        self.counters.iter().find(|counter| counter.meter == meter).map(|counter| counter.index)
    }
}
