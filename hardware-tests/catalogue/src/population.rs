//! Five thousand customers of the reference vendor, made anew from a seed, byte for byte.
//!
//! A licensing desk, a dashboard, an audit or a bench is only as good as the heap of documents it was
//! tried on. This makes one as a desk would have it after two years: with renewals that supersede,
//! refills, upgrades, resellers within their quotas, modules that end apart, lost devices that are
//! revoked and replaced. Everything is issued by [`Desk::issue_all`](holdfast_issuer::Desk::issue_all),
//! through the ledgers, for statements that paper dongles sign; nothing is put into the heap by hand.
//!
//! ```text
//! seed ─▶ plan of a customer ─▶ sales of a batch, round by round ─▶ desks ─▶ folder, index, summary
//!          (pure)                 (paper dongles state, and keep)    (ledgers)
//! ```
//! The shape follows from three wishes. *The same seed gives the same bytes*: each customer, device
//! and batch draws from a stream of its own, so that no order of work matters. *Memory stays bounded*:
//! a batch of customers lives its whole story before the next begins; only the ledgers and the counts
//! outlive it. *An interrupted run goes on*: after each batch ledgers and counts are put aside, and
//! the next run begins from there and writes the same bytes again.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`house`] | keys, record and delegations of the vendor, its resellers and its maker |
//! | [`goods`] | what is sold: the cookbook's templates, with other dates and names |
//! | [`plan`], [`month`] | what happens to one customer, and when |
//! | [`keeper`] | a paper dongle that takes updates and says what it holds |
//! | [`batch`] | the sales of a batch of customers |
//! | [`folder`] | the files, and how a run goes on |
//! | [`summary`] | counts, for people and for a test |
//! | [`limit`] | how near issuing comes to signing and sealing alone |

pub mod batch;
pub mod folder;
pub mod goods;
pub mod house;
pub mod keeper;
pub mod limit;
pub mod month;
pub mod plan;
pub mod summary;

use holdfast_document::DocumentError;
use holdfast_issuer::IssueError;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub use folder::Run;
pub use summary::Summary;

/// What decides every byte of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Everything random is drawn from it.
    pub seed: u64,
    /// How many customers.
    pub customers: u32,
    /// How many licenses each reseller may sell. When they are sold, customers go to the vendor.
    pub quota: u32,
    /// How many customers share one change of the ledgers.
    pub batch: u32,
}

impl Options {
    /// The usual quota and batch.
    pub const fn new(seed: u64, customers: u32) -> Self {
        Self { seed, customers, quota: 250, batch: 250 }
    }
}

/// Why a population was not made. What is in the folder stays: another run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum PopulationError {
    /// A desk refused.
    #[error("{0}")]
    Issue(#[from] IssueError),
    /// A document does not read.
    #[error("{0}; make the population anew, in another folder")]
    Document(#[from] DocumentError),
    /// A file could not be read or written. A retry goes on from the last whole batch.
    #[error("cannot {what} {path}: {why}; mend that and run this again, it goes on from there")]
    File {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The folder holds something else. Nothing was changed.
    #[error("{path} holds {what}; name a new folder, or empty this one")]
    Occupied {
        /// The folder.
        path: String,
        /// What it holds.
        what: &'static str,
    },
    /// A template no longer says what is to be replaced in it. Nothing was changed.
    #[error("the template {template} no longer says {words}; mend the list of goods")]
    Template {
        /// The template.
        template: &'static str,
        /// What it should say.
        words: &'static str,
    },
}

impl PopulationError {
    fn file(what: &'static str, path: &Path, why: &std::io::Error) -> Self {
        Self::File { what, path: path.display().to_string(), why: why.to_string() }
    }
}

/// Whose randomness is drawn. Each has streams of its own.
#[derive(Clone, Copy, Debug)]
enum Draw {
    House = 1,
    Plan = 2,
    Dongle = 3,
    Desk = 4,
    Use = 5,
}

/// The randomness of one of them.
fn random(seed: u64, of: Draw, index: u64) -> ChaCha20Rng {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    rng.set_stream((of as u64) << 56 | index);
    rng
}
