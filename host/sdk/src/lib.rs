//! Ask a Holdfast device whether this program may run here, now, this much.
//!
//! ```ignore
//! use holdfast::{Product, vendor};
//! const CUTTER: Product = Product::new(vendor!("acme.vendor"), "cutter").released("2026-03-01");
//!
//! let license = CUTTER.open_on(transports)?;
//! let export = license.feature("export-step")?;            // or which rule refused, and what helps
//! license.meter("cuts")?.charge(job.units).once(&job.id)?; // durable, and once however often tried
//! ```
//!
//! Nothing runs in between: no driver, no service. The secure channel ends inside the dongle, and
//! nothing is believed but what a license says that the compiled-in vendor signed for that dongle.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`product`], [`vendor`](mod@vendor) | what a program says of itself, and whom it believes |
//! | [`license`] | all licenses of the product that are here, as one |
//! | [`feature`], [`meter`], [`token`] | what is granted; what is charged, once |
//! | [`refused`], [`error`] | why not, and what to do |
//! | [`dongle`] | one dongle and the secure channel to it |
//! | [`transport`], [`framed`], [`reports`] | how messages get there |
//! | [`environment`] | clocks, patience and randomness |
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic_in_result_fn, clippy::todo)
)]

mod connected;
pub mod dongle;
pub mod environment;
pub mod error;
pub mod feature;
pub mod framed;
mod held;
pub mod license;
pub mod meter;
pub mod product;
pub mod refused;
pub mod reports;
pub mod token;
pub mod transport;
pub mod vendor;

pub use dongle::Dongle;
pub use environment::{Environment, Machine};
pub use error::Error;
pub use feature::Feature;
pub use framed::Framed;
pub use license::License;
pub use meter::Meter;
pub use product::Product;
pub use refused::{Reason, Refused};
pub use reports::Reports;
pub use token::Token;
pub use transport::{Transport, TransportError};
pub use vendor::Vendor;

use holdfast_document::Name;

fn name(text: &str) -> Result<Name<'_>, Error> {
    Name::new(text).ok_or_else(|| Error::BadName(text.into()))
}
