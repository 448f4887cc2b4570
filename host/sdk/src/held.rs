//! A license as this program holds it: the bytes, once they were believed.
//!
//! The bytes are kept and lent as a view; there is no second form of a license.

use crate::Error;
use crate::dongle::ChannelNumber;
use crate::vendor::Roots;
use holdfast_crypto::RustCrypto;
use holdfast_document::{DeviceId, Document, DongleId, Name, Received, Time, strict};
use holdfast_license::{Condition, License, LicenseId, Term};
use holdfast_wire::command::seat::LeaseId;
use std::time::Duration;

/// A license document whose signature, device and product were checked. There is no other way to
/// make one.
#[derive(Debug)]
pub(crate) struct Believed {
    document: Vec<u8>,
}

impl Believed {
    /// Takes a document that a dongle gave out.
    ///
    /// # Errors
    /// [`Error::Document`], and [`Error::OtherLicense`] when it is for another device or product.
    pub(crate) fn new(
        document: Vec<u8>,
        roots: &Roots,
        dongle: DongleId,
        product: Name<'_>,
    ) -> Result<Self, Error> {
        let received = Received::parse(&document)?;
        let license = received.verify::<RustCrypto, License<'_>>(roots.root(received.root())?, Time(0))?;
        if license.device != DeviceId::Dongle(dongle) || license.product != product {
            return Err(Error::OtherLicense { dongle });
        }
        Ok(Self { document })
    }

    /// The license in it.
    ///
    /// # Errors
    /// None that can happen: the same bytes were read before.
    pub(crate) fn license(&self) -> Result<License<'_>, Error> {
        let document: Document<'_> = strict::decode(&self.document)?;
        Ok(strict::decode(document.body)?)
    }
}

/// One license on one dongle.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: LicenseId,
    pub(crate) believed: Believed,
    pub(crate) handle: Option<Handle>,
    pub(crate) lease: Option<HeldLease>,
}

/// A handle, and the channel on which it is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle {
    pub(crate) channel: ChannelNumber,
    pub(crate) number: u8,
}

/// A seat that this program has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldLease {
    pub(crate) id: LeaseId,
    /// The channel that it is bound to.
    pub(crate) channel: ChannelNumber,
    /// When it is to be renewed, by the environment's clock: half of it is over then.
    pub(crate) renew_at: Duration,
}

/// Whether a term of it has the feature.
pub(crate) fn has_feature(license: &License<'_>, feature: Name<'_>) -> bool {
    license.terms.known().any(|term| term.feature(feature).is_some())
}

/// Whether the term hangs on units, which other programs use up too.
pub(crate) fn counts_units(term: &Term<'_>) -> bool {
    term.conditions.known().any(|condition| matches!(condition, Condition::Units(_)))
}
