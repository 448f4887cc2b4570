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
//! | [`succession`] | later records: a new root in the place of a lost one |
//! | [`revoke`] | what no longer counts |
//! | [`delegate`] | desks and resellers of a vendor, batch keys of a maker |
//! | [`device`] | Device documents |
//! | [`offer`] | what is sold, as a license |
//! | [`update`] | what changes a device, and the device's own word for where it stands |
//! | [`template`], [`moment`] | what is sold, as a file; dates and lengths of time in it |
//! | [`bound`] | what a license gives away at most after its end, and when its device is lost |
//! | [`warning`] | what a template says that its author hardly means |
//! | [`IssueError`] | why nothing was issued: a sentence that ends with what to do |
//! | [`ledger`] | what was issued, and what each device has shown |
//! | [`desk`] | all of these behind one counter |
//! | [`key_file`], [`product_secrets`] | secret keys, and the secrets of products, in files |
#![forbid(unsafe_code)]

pub mod bound;
pub mod delegate;
pub mod desk;
pub mod device;
mod error;
pub mod key_file;
pub mod ledger;
pub mod moment;
pub mod offer;
pub mod office;
mod private_file;
pub mod product_secrets;
mod remembered;
pub mod revoke;
pub mod succession;
pub mod template;
pub mod update;
pub mod vendor;
pub mod warning;
mod whole_file;

pub use desk::{Delivery, Desk, Line, Order, Sale};
pub use error::IssueError;
pub use key_file::SigningKey;
pub use ledger::Ledger;
pub use offer::Offer;
pub use office::Office;
pub use product_secrets::ProductSecrets;
pub use succession::Succession;
pub use template::Template;
pub use update::Standing;
