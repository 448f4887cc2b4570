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
#![forbid(unsafe_code)]

pub mod delegate;
pub mod device;
pub mod offer;
pub mod office;
pub mod update;
pub mod vendor;

pub use offer::Offer;
pub use office::Office;
pub use update::Standing;

/// Why a document was not issued. Nothing was signed by any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A name is not 1 to 24 of `a-z 0-9 . - _`.
    #[error("a name is not 1 to 24 of a-z 0-9 . - _; choose another")]
    Name,
    /// The document would be refused by whoever reads it.
    #[error("what was described would be refused: {0}; change it")]
    Refused(#[from] holdfast_document::DocumentError),
    /// A development vendor and a production device, or the reverse.
    #[error("development and production never mix; use a device and a vendor of one sort")]
    Mixed,
    /// The maker of the device is not among those that the vendor accepts.
    #[error("this vendor does not accept devices of that maker; name the maker in a new vendor record")]
    UnknownMaker,
}
