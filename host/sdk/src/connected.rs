//! One dongle, with the licenses of the product that are on it.
//!
//! Keeps what ends by itself: handles, which end with the channel or when a license changes, and
//! leases, which end unless they are renewed.

use crate::dongle::Dongle;
use crate::held::{Believed, Handle, Held, HeldLease};
use crate::vendor::Roots;
use crate::{Environment, Error, Product};
use holdfast_document::{DongleId, VendorId};
use holdfast_license::{Claims, LicenseId};
use holdfast_wire::command::probe::Probed;
use holdfast_wire::command::seat::{Lease, SeatAct};
use holdfast_wire::command::{Command, ErrorCode, Failure, Licenses, Open, Probe, Seat, Vendors};
use std::sync::Arc;
use std::time::Duration;

/// How often a license is opened again under one request.
const REOPENINGS: u32 = 4;

/// One dongle, with the licenses of the product that are on it.
pub(crate) struct Connected {
    pub(crate) dongle: Dongle,
    pub(crate) held: Vec<Held>,
    /// The latest mark that a charge or a probe returned.
    pub(crate) mark: Option<u64>,
    /// What the last answer said; see [`Connected::note_state`].
    state: Option<u32>,
    roots: Roots,
    product: Product,
    environment: Arc<dyn Environment>,
    /// Why licenses of the product are on the dongle and not among `held`.
    passed_over: Option<Error>,
}

impl Connected {
    /// Opens all licenses of the product. Until the first is believed, nothing else is asked.
    pub(crate) fn open(
        mut dongle: Dongle,
        product: &Product,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, Error> {
        let roots = Roots::follow(product.vendor(), |vendor, number| {
            match dongle.ask(&Vendors { vendor, number }) {
                Ok(succession) => Ok(Some(succession.document.to_vec())),
                Err(Error::Failed(failure)) if not_held(&failure) => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        let mut connected = Self {
            dongle,
            held: Vec::new(),
            mark: None,
            state: None,
            roots,
            product: product.clone(),
            environment,
            passed_over: None,
        };
        connected.refresh()?;
        Ok(connected)
    }

    /// The dongle.
    pub(crate) const fn id(&self) -> DongleId {
        self.dongle.id()
    }

    /// Whose licenses they are.
    pub(crate) const fn vendor(&self) -> VendorId {
        self.roots.vendor()
    }

    /// Why a license was passed over, if one was.
    pub(crate) const fn take_passed_over(&mut self) -> Option<Error> {
        self.passed_over.take()
    }

    /// Looks again at what the dongle holds. One that is not to be believed is passed over.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let ids = self.list()?;
        self.held.retain(|held| ids.contains(&held.id));
        for id in ids {
            let (handle, believed) = match self.open_one(id) {
                Ok(opened) => opened,
                Err(error @ (Error::Document(_) | Error::OtherLicense { .. } | Error::Failed(_))) => {
                    self.held.retain(|held| held.id != id);
                    self.passed_over = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match self.held.iter_mut().find(|held| held.id == id) {
                Some(held) => (held.handle, held.believed) = (Some(handle), believed),
                None => self.held.push(Held { id, believed, handle: Some(handle), lease: None }),
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Vec<LicenseId>, Error> {
        let (vendor, product) = (self.roots.vendor(), self.product.name()?);
        let mut ids: Vec<LicenseId> = Vec::new();
        loop {
            let page = Licenses { vendor, product: Some(product), after: ids.last().copied() };
            let holdings = match self.dongle.ask(&page) {
                Ok(holdings) => holdings,
                Err(Error::Failed(failure)) if not_held(&failure) => return Ok(ids),
                Err(error) => return Err(error),
            };
            let before = ids.len();
            ids.extend(holdings.licenses.known().map(|holding| holding.id));
            if !holdings.more || ids.len() == before {
                return Ok(ids);
            }
        }
    }

    fn open_one(&mut self, license: LicenseId) -> Result<(Handle, Believed), Error> {
        let claims = Claims { released: self.product.release_day(), ..Claims::default() };
        let opened = self.dongle.ask(&Open { vendor: self.roots.vendor(), license, claims })?;
        let (number, document) = (opened.handle, opened.document.to_vec());
        let believed = Believed::new(document, &self.roots, self.dongle.id(), self.product.name()?)?;
        Ok((Handle { channel: self.dongle.channel(), number }, believed))
    }

    /// Asks about one of the licenses, opening it again where its handle has ended.
    pub(crate) fn ask<'c, C, A>(&mut self, index: usize, command: impl Fn(u8) -> C) -> Result<A, Error>
    where
        C: for<'b> Command<'c, Answer<'b> = A>,
    {
        let mut reopenings = 0;
        loop {
            let handle = self.handle(index)?;
            match self.dongle.ask_on(handle.channel, &command(handle.number)) {
                Err(Error::ChannelEnded) if reopenings < REOPENINGS => {}
                Err(Error::Failed(failure)) if reopenings < REOPENINGS && has_ended(&failure) => {}
                other => return other,
            }
            self.held_mut(index)?.handle = None;
            reopenings += 1;
        }
    }

    fn handle(&mut self, index: usize) -> Result<Handle, Error> {
        let channel = self.dongle.channel();
        let held = self.held_mut(index)?;
        if let Some(handle) = held.handle.filter(|handle| handle.channel == channel) {
            return Ok(handle);
        }
        let id = held.id;
        let (handle, believed) = self.open_one(id)?;
        let held = self.held_mut(index)?;
        (held.handle, held.believed) = (Some(handle), believed);
        Ok(handle)
    }

    fn held_mut(&mut self, index: usize) -> Result<&mut Held, Error> {
        let product = self.product.text();
        self.held.get_mut(index).ok_or_else(|| Error::NoLicense { product: product.into(), dongles: 1 })
    }

    /// Sees to it that this program has a seat of the license, if the license has seats.
    ///
    /// # Errors
    /// [`Error::Denied`] when all are taken, and those of [`ask`](Self::ask).
    pub(crate) fn take_seat(&mut self, index: usize) -> Result<(), Error> {
        if self.held_mut(index)?.believed.license()?.seats.is_none() {
            return Ok(());
        }
        let (now, channel) = (self.environment.elapsed(), self.dongle.channel());
        if let Some(lease) = self.held_mut(index)?.lease {
            if lease.channel == channel && now < lease.renew_at {
                return Ok(());
            }
            match self.ask(index, |handle| Seat { handle, act: SeatAct::Renew(lease.id) }) {
                Ok(renewed) => return self.note_lease(index, &renewed),
                // It ended, or the dongle was unplugged: what is left is to take one anew.
                Err(Error::Denied(_) | Error::Failed(_)) => self.held_mut(index)?.lease = None,
                Err(error) => return Err(error),
            }
        }
        let lease = self.ask(index, |handle| Seat { handle, act: SeatAct::Acquire })?;
        self.note_lease(index, &lease)
    }

    fn note_lease(&mut self, index: usize, lease: &Lease) -> Result<(), Error> {
        let (now, channel) = (self.environment.elapsed(), self.dongle.channel());
        let renew_at = now + Duration::from_secs(u64::from(lease.seconds)) / 2;
        self.held_mut(index)?.lease = Some(HeldLease { id: lease.id, channel, renew_at });
        Ok(())
    }

    /// Gives all seats back; what cannot be given back now ends by itself.
    pub(crate) fn release_seats(&mut self) {
        for index in 0..self.held.len() {
            let lease = self.held.get_mut(index).and_then(|held| held.lease.take());
            if let Some(lease) = lease {
                let _ = self.ask(index, |handle| Seat { handle, act: SeatAct::Release(lease.id) });
            }
        }
    }

    /// Asks whether a payment was made.
    pub(crate) fn probe(
        &mut self,
        payment: holdfast_wire::command::charge::Payment<'_>,
    ) -> Result<Probed, Error> {
        let (vendor, product) = (self.roots.vendor(), self.product.name()?);
        let probed = self.dongle.ask(&Probe { vendor, product, payment, derivation: None })?;
        self.mark = Some(probed.mark);
        Ok(probed)
    }

    /// Takes note of the state that an answer carried, and says whether it is another than before:
    /// then something was charged or installed, and no answer from memory counts.
    #[must_use]
    pub(crate) fn note_state(&mut self, state: u32) -> bool {
        self.state.replace(state).is_some_and(|before| before != state)
    }
}

/// The dongle knows nothing of the vendor, or of the license.
const fn not_held(failure: &Failure) -> bool {
    failure.is(ErrorCode::NotHeld) || failure.is(ErrorCode::UnknownVendor)
}

/// A handle is no longer good.
const fn has_ended(failure: &Failure) -> bool {
    failure.is(ErrorCode::Stale) || failure.is(ErrorCode::BadHandle)
}
