//! What a heap of documents proves together.
//!
//! Each document may hold by itself and two of them still contradict each other: a reseller sold one
//! number of its quota twice, a device lent one seat to two, a flash was written back and the dongle
//! went on from there. Who has both documents can prove it, with signatures of those who did it.
//!
//! ```text
//! documents ─▶ Heap: roots found, each document verified ─▶ rules, one file for each kind ─▶ Report
//!                                                        └▶ verify: a verdict on each document
//! ```
//! Nothing is believed that does not verify from a vendor's founding record on; what does not is
//! part of the report. A heap need not be complete: a rule looks only at what is there, so that a
//! finding stays true whatever else turns up, but for the one document that it names as missing.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`heap`] | documents, verified and sorted by kind |
//! | `succession` | records of vendors, and which follows which |
//! | `forked` | successions that split |
//! | `standing` | which revocations count, and against what |
//! | [`believed`] | what holds, or why it does not |
//! | [`mod@verify`] | whether to use each document, given all the others |
//! | [`finding`] | what was found: a sentence that ends with what to do |
//! | `rules/` | the rules, by the kind of document that they look at |

pub mod believed;
pub mod finding;
mod forked;
pub mod heap;
mod rules;
mod standing;
mod succession;
pub mod verify;

use holdfast_document::{Time, VendorId};

pub use believed::{Believed, NotBelieved};
pub use finding::{Finding, Weight, What};
pub use heap::{Heap, Place};
pub use verify::{Good, verify};

/// What came of an audit.
#[derive(Debug)]
pub struct Report {
    /// Documents that were looked at.
    pub documents: usize,
    /// What was found, in the order of the rules.
    pub findings: Vec<Finding>,
}

/// Audits documents. With a vendor's id only what belongs to that vendor is believed; else every
/// founding record in the heap founds one. Delegations count by their times of issue, and must be
/// in force at `floor`, too, where it is later: zero for an audit of the past.
pub fn audit(documents: &[Vec<u8>], vendor: Option<VendorId>, floor: Time) -> Report {
    let heap = Heap::sort(documents, vendor, floor);
    Report { documents: documents.len(), findings: rules::all(&heap) }
}
