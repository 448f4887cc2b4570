//! Signed documents: the envelope, the chain of delegations, and the kinds that boot and factory
//! need.
//!
//! Everything that is signed in Holdfast, whoever signs it, is one [`Document`]: a kind, a body, a
//! signature, and the chain of links that leads from a root key to the signer. Its life is a
//! one-way road: bytes come in as [`Received`], which shows nothing but the kind; `verify` walks
//! the chain, each link parsed only after its own signature held; and [`Verified`], which cannot
//! be made in any other way, lends the body.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`envelope`] | [`Document`], [`Link`], [`Received`] |
//! | [`mod@verify`] | the walk from a root to a [`Verified`] body |
//! | [`parent`] | the two walks of a document that stands on another |
//! | [`accepted`] | the walk from the makers that a vendor accepts |
//! | [`vendor`], [`device`], [`delegation`], [`revocations`], [`time_token`], [`manifest`] | bodies |
//! | [`kind`] | the ten kinds, their labels and limits, and the trait [`Body`] |
//! | [`list`], [`name`], [`value`] | what bodies are made of |
//! | `armor` (feature) | documents as text |
//! | [`sequence`] | documents one after another, as bytes |
//! | [`strict`] | one value, one byte string |
//! | [`limits`] | every capacity, with its reason |
//! | [`error`] | why a document was not taken |
//!
//! Bodies are views: a `License<'a>` borrows the bytes it was read from, and nothing is copied or
//! allocated. `'a` always means *the bytes I was read from*.
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod accepted;
#[cfg(feature = "armor")]
pub mod armor;
pub mod delegation;
pub mod device;
pub mod envelope;
pub mod error;
pub mod kind;
pub mod limits;
pub mod list;
pub mod manifest;
pub mod name;
pub mod parent;
pub mod revocations;
pub mod sequence;
pub mod strict;
pub mod time_token;
pub mod value;
pub mod vendor;
pub mod verify;

pub use delegation::{Delegation, Kinds, Scope};
pub use device::Device;
pub use envelope::{Document, Link, Received};
pub use error::{DocumentError, Limit};
pub use kind::{Body, Kind};
pub use list::{Item, List, ListWriter};
pub use manifest::Manifest;
pub use name::Name;
pub use parent::WithParent;
pub use revocations::Revocations;
#[doc(hidden)]
pub use serde;
pub use time_token::TimeToken;
pub use value::{
    Authority, Class, DeviceId, DongleId, MakerId, Seconds, StorageId, Time, TpmName, Units, V1, VendorId,
};
pub use vendor::Vendor;
pub use verify::{Root, Verified};
