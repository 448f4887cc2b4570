//! Found vendors, delegate, certify devices, issue licenses and updates.
//!
//! What builds documents needs an allocator and lives here, in one host-side place; everything that
//! reads them is in the shared crates. Randomness and time are arguments: an [`Office`] signs with
//! the key it has, under the links that lead to it.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`office`] | a key, the links above it, and signing any body |
//! | [`vendor`] | founding records |
//! | [`delegate`] | desks of a vendor, batch keys of a maker |
//! | [`device`] | Device documents |
//! | [`offer`] | what is sold, as a license |
//! | [`update`] | what changes a device, and the device's own word for where it stands |
//! | [`template`], [`moment`] | what is sold, as a file; dates and lengths of time in it |
//! | [`bound`] | what a license gives away at most after its end |
//! | [`ledger`] | what was issued, and what each device has shown |
//! | [`desk`] | all of these behind one counter |
//! | [`key_file`] | secret keys in files |
#![forbid(unsafe_code)]

pub mod bound;
pub mod delegate;
pub mod desk;
pub mod device;
pub mod key_file;
pub mod ledger;
pub mod moment;
pub mod offer;
pub mod office;
pub mod template;
pub mod update;
pub mod vendor;

pub use desk::{Desk, Issued, Order};
pub use key_file::SigningKey;
pub use ledger::Ledger;
pub use offer::Offer;
pub use office::Office;
pub use template::Template;
pub use update::Standing;

/// Why a document was not issued. Nothing was signed by any of them, and no file was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A name is not 1 to 24 of `a-z 0-9 . - _`.
    #[error("a name is not 1 to 24 of a-z 0-9 . - _; choose another")]
    Name,
    /// The document would be refused by whoever reads it, or one that was handed in is not to be
    /// believed.
    #[error("{0}; change it, or get another")]
    Refused(#[from] holdfast_document::DocumentError),
    /// A development vendor and a production device or key, or the reverse.
    #[error("development and production never mix; use a device, a key and a vendor of one sort")]
    Mixed,
    /// The maker of the device is not among those that the vendor accepts.
    #[error("this vendor does not accept devices of that maker; name the maker in a new vendor record")]
    UnknownMaker,
    /// A file could not be read or written. A retry helps when the cause is gone.
    #[error("cannot {what} {path}: {why}; mend that and try again")]
    File {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A secret key stands in a file that others can read.
    #[error("others can read the secret key {path}; run chmod 600 on it, and replace it if anyone did")]
    OpenKey {
        /// The file.
        path: String,
    },
    /// A file holds no secret key.
    #[error("{path} is not a secret key; name the file that was written when the key was made")]
    NoKey {
        /// The file.
        path: String,
    },
    /// A secret key is not the one that the delegation names.
    #[error("the key is not the one that the delegation names; use the two that were made together")]
    OtherKey,
    /// A root works under no delegation.
    #[error("a root has no delegation; ask a desk for its own")]
    NoDelegation,
    /// A template does not read. The text shows the line.
    #[error("{0}\nmend the template there")]
    Template(String),
    /// A refill of a meter that the template does not have.
    #[error("there is no meter {name} in the template; add it, or refill another")]
    NoMeter {
        /// The meter asked for.
        name: String,
    },
    /// Another desk has the ledger open. A retry helps when it is done.
    #[error("another desk has the ledger open; wait until it is done")]
    Busy,
    /// The ledger does not read, or is another vendor's.
    #[error("the ledger {path} cannot be used: {what}; restore it from a backup, or name the right one")]
    Ledger {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The license is not in this ledger, or was issued to another device.
    #[error("license {id} was not issued to device {device} by this desk; look its id up in the ledger")]
    NoLicense {
        /// The license.
        id: String,
        /// The device.
        device: String,
    },
    /// The quota is used up.
    #[error("all numbers of the quota are used up; get a new delegation")]
    NoNumbers,
    /// An answer was asked for a statement that is not a request.
    #[error("this statement asks for no answer; have the device make a request")]
    NotARequest,
}

impl IssueError {
    fn file(what: &'static str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { what, path: path.display().to_string(), why: error.to_string() }
    }
}
