//! All licenses of a product that are here, as one.

use crate::connected::Connected;
use crate::dongle::Dongle;
use crate::feature::{Cache, Feature};
use crate::held::{counts_units, has_feature};
use crate::refused::{Reason, Refused};
use crate::token::Marks;
use crate::{Environment, Error, Meter, Product, Transport};
use holdfast_document::{DongleId, Name, Seconds, Time};
use holdfast_license::statement::Nonce;
use holdfast_license::{LicenseId, Purpose, Refusal, Union, Verdict, decide};
use holdfast_wire::command::charge::JobId;
use holdfast_wire::command::check::Granted;
use holdfast_wire::command::{Apply, Check, ErrorCode, Explain, MakeStatement};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All licenses of a product on the dongles here: what is granted is their union. Seats that it
/// took are given back when it is dropped.
pub struct License {
    environment: Arc<dyn Environment>,
    inner: Mutex<Inner>,
}

/// What calls from several threads share, one at a time.
pub(crate) struct Inner {
    pub(crate) connected: Vec<Connected>,
    pub(crate) cache: Cache,
    /// The jobs that this process charged without a token, so that within it each is charged once.
    pub(crate) jobs: HashMap<JobId, Marks>,
}

/// A term that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The license.
    pub license: LicenseId,
    /// The dongle it is on.
    pub dongle: DongleId,
    /// The edition that it grants, such as *pro*.
    pub edition: String,
    /// One line to show to the user.
    pub notice: Option<String>,
    /// Seconds for which this stays so, with time alone passing.
    pub valid_for: Seconds,
}

/// What came of a document that was brought to a dongle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The dongle.
    pub dongle: DongleId,
    /// Whether it was done before, so that nothing changed now.
    pub before: bool,
    /// For an Update, the dongle's statement for the desk that sent it; else empty.
    pub statement: Vec<u8>,
}

impl License {
    pub(crate) fn open(
        product: &Product,
        environment: Arc<dyn Environment>,
        transports: impl IntoIterator<Item = Box<dyn Transport>>,
    ) -> Result<Self, Error> {
        product.vendor().found()?;
        let mut connected: Vec<Connected> = Vec::new();
        let (mut dongles, mut last) = (0, None);
        for transport in transports {
            let opened = Dongle::connect(transport, environment.clone()).and_then(|dongle| {
                dongles += 1;
                Connected::open(dongle, product, environment.clone())
            });
            match opened {
                // One dongle may be reached in two ways.
                Ok(one) if connected.iter().any(|other| other.id() == one.id()) => {}
                Ok(one) => connected.push(one),
                Err(error) => last = Some(error),
            }
        }
        if connected.iter().all(|one| one.held.is_empty()) {
            let passed_over = connected.iter_mut().find_map(Connected::take_passed_over);
            return Err(match (passed_over.or(last), dongles) {
                (Some(error), _) => error,
                (None, 0) => Error::NoDevice,
                (None, dongles) => Error::NoLicense { product: product.text().into(), dongles },
            });
        }
        let inner = Inner { connected, cache: Cache::default(), jobs: HashMap::new() };
        Ok(Self { environment, inner: Mutex::new(inner) })
    }

    /// Asks for a feature. A grant that was given lately may be given again from memory, for as
    /// long as the dongle said and at most 60 s; never one that hangs on units or on a seat.
    ///
    /// # Errors
    /// [`Error::Refused`] with what helps; [`Error::Transport`] when no dongle answers.
    pub fn feature(&self, feature: &str) -> Result<Feature, Error> {
        let name = crate::name(feature)?;
        let mut inner = self.lock();
        if let Some(remembered) = inner.cache.recall(feature, self.environment.elapsed()) {
            return Ok(remembered);
        }
        inner.ask_feature(name, &*self.environment)
    }

    /// A meter, by its name.
    ///
    /// # Errors
    /// [`Error::NoMeter`].
    pub fn meter(&self, meter: &str) -> Result<Meter<'_>, Error> {
        let name = crate::name(meter)?;
        for (_, held) in self.lock().all() {
            if held.believed.license()?.meter(name).is_some() {
                return Ok(Meter::new(self, meter));
            }
        }
        Err(Error::NoMeter { meter: meter.into() })
    }

    /// The terms in force, one for each license that has one: editions, and notices to show.
    ///
    /// # Errors
    /// Those of transport and channel.
    pub fn in_force(&self) -> Result<Vec<InForce>, Error> {
        let mut inner = self.lock();
        let host_time = self.environment.time();
        let mut in_force = Vec::new();
        for (dongle, license) in inner.positions() {
            let connected = inner.at(dongle)?;
            let explained = connected.ask(license, |handle| Explain { handle, host_time })?;
            let (id, held) = (connected.id(), connected.held.get(license).ok_or(Error::NoDevice)?);
            let body = held.believed.license()?;
            if let Verdict::Granted(granted) = decide(&body, &explained.facts) {
                in_force.push(InForce {
                    license: held.id,
                    dongle: id,
                    edition: granted.term.edition.as_str().into(),
                    notice: granted.term.notice.map(Into::into),
                    valid_for: granted.valid_for,
                });
            }
        }
        Ok(in_force)
    }

    /// Brings a document to the dongles here that it is for, and opens what it brought.
    ///
    /// # Errors
    /// [`Error::Failed`] with the dongle's reason when no dongle takes it; those of transport and
    /// channel.
    pub fn apply(&self, document: &[u8]) -> Result<Vec<Applied>, Error> {
        let mut inner = self.lock();
        inner.cache.forget();
        let (mut applied, mut last) = (Vec::new(), Error::NoDevice);
        for connected in &mut inner.connected {
            let dongle = connected.id();
            match connected.dongle.ask(&Apply { document }) {
                Ok(done) => {
                    let (before, statement) = (done.before, done.statement.to_vec());
                    applied.push(Applied { dongle, before, statement });
                    connected.refresh()?;
                }
                // Of several reasons, that it is for another dongle tells least.
                Err(Error::Failed(failure)) if failure.is(ErrorCode::OtherDevice) => {
                    if matches!(last, Error::NoDevice) {
                        last = Error::Failed(failure);
                    }
                }
                Err(error) => last = error,
            }
        }
        if applied.is_empty() { Err(last) } else { Ok(applied) }
    }

    /// Each dongle's signed request for its vendor: what it holds, for the desk to answer.
    ///
    /// # Errors
    /// [`Error::Failed`], and those of transport and channel.
    pub fn request(&self) -> Result<Vec<(DongleId, Vec<u8>)>, Error> {
        let mut inner = self.lock();
        let mut requests = Vec::new();
        for connected in &mut inner.connected {
            let mut nonce = Nonce::ZERO;
            self.environment.randomize(&mut nonce.0)?;
            let (vendor, dongle) = (connected.vendor(), connected.id());
            let ask = MakeStatement { vendor, purpose: Purpose::Request, nonce, product: None, after: None };
            requests.push((dongle, connected.dongle.ask(&ask)?.document.to_vec()));
        }
        Ok(requests)
    }

    /// The dongles that are asked.
    pub fn dongles(&self) -> Vec<DongleId> {
        self.lock().connected.iter().map(Connected::id).collect()
    }

    /// The licenses, in the order in which they pay: the one that ends first comes first.
    pub fn licenses(&self) -> Vec<LicenseId> {
        let inner = self.lock();
        let at = |(dongle, license): (usize, usize)| Some(inner.connected.get(dongle)?.held.get(license)?.id);
        inner.paying_order().into_iter().filter_map(at).collect()
    }

    pub(crate) fn environment(&self) -> &dyn Environment {
        &*self.environment
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked while it asked left nothing half done that the next call relies on.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for License {
    fn drop(&mut self) {
        self.lock().connected.iter_mut().for_each(Connected::release_seats);
    }
}

impl Inner {
    fn all(&self) -> impl Iterator<Item = (DongleId, &crate::held::Held)> {
        self.connected.iter().flat_map(|one| one.held.iter().map(|held| (one.id(), held)))
    }

    /// Each license, by the positions of its dongle and of itself.
    fn positions(&self) -> Vec<(usize, usize)> {
        let of =
            |(dongle, one): (usize, &Connected)| (0..one.held.len()).map(move |license| (dongle, license));
        self.connected.iter().enumerate().flat_map(of).collect()
    }

    /// The same in the order in which they pay.
    pub(crate) fn paying_order(&self) -> Vec<(usize, usize)> {
        let mut order = self.positions();
        order.sort_by_cached_key(|&(dongle, license)| {
            let held = self.connected.get(dongle).and_then(|one| one.held.get(license));
            // One that cannot be read pays last, and says why when it is its turn.
            let order = held.and_then(|held| held.believed.license().ok()).map(|body| body.paying_order());
            (order.is_none(), order)
        });
        order
    }

    pub(crate) fn at(&mut self, dongle: usize) -> Result<&mut Connected, Error> {
        self.connected.get_mut(dongle).ok_or(Error::NoDevice)
    }

    fn ask_feature(&mut self, name: Name<'_>, environment: &dyn Environment) -> Result<Feature, Error> {
        let (mut union, mut refusals, mut trouble) = (Union::new(), Vec::new(), None);
        for (dongle, license) in self.positions() {
            match self.check(dongle, license, name, environment.time()) {
                Ok(Some((granted, feature, keeps))) => {
                    if self.at(dongle)?.note_state(granted.state) {
                        self.cache.forget();
                    }
                    union.add((feature, keeps), Ok(granted.grant()));
                }
                Ok(None) => {}
                Err(Error::Denied(refusal)) => refusals.push((dongle, license, refusal)),
                Err(error) => trouble = Some(error),
            }
        }
        if let Ok(((feature, keeps), _)) = union.feature() {
            if keeps {
                self.cache.remember(&feature, environment.elapsed());
            }
            return Ok(feature);
        }
        if let (Some(error), true) = (trouble, refusals.is_empty()) {
            return Err(error);
        }
        self.refuse_feature(name, &refusals, environment)
    }

    /// Asks one license; nothing where no term of it has the feature. Says too whether the grant
    /// may be remembered.
    fn check(
        &mut self,
        dongle: usize,
        license: usize,
        feature: Name<'_>,
        host_time: Time,
    ) -> Result<Option<(Granted, Feature, bool)>, Error> {
        let connected = self.at(dongle)?;
        let held = connected.held.get(license).ok_or(Error::NoDevice)?;
        if !has_feature(&held.believed.license()?, feature) {
            return Ok(None);
        }
        connected.take_seat(license)?;
        let granted = connected.ask(license, |handle| Check { handle, feature, host_time })?;
        let id = connected.id();
        let held = connected.held.get(license).ok_or(Error::NoDevice)?;
        let body = held.believed.license()?;
        let term = body.term(granted.term);
        let keeps = body.seats.is_none() && term.is_some_and(|term| !counts_units(&term));
        let feature = Feature::new(feature, &granted, term.as_ref(), held.id, id);
        Ok(Some((granted, feature, keeps)))
    }

    /// Says why, in this program's own words; where time has passed meanwhile and it is granted
    /// now, that.
    fn refuse_feature(
        &mut self,
        name: Name<'_>,
        refusals: &[(usize, usize, Refusal)],
        environment: &dyn Environment,
    ) -> Result<Feature, Error> {
        let mut reasons = Vec::new();
        for &(dongle, license, refusal) in refusals {
            match self.explain(dongle, license, name, refusal, environment.time())? {
                Some(reason) => reasons.push(reason),
                // The facts have changed since it refused. Asked once more it must be as it says.
                None => match self.check(dongle, license, name, environment.time()) {
                    Ok(Some((_, feature, _))) => return Ok(feature),
                    Err(Error::Denied(refusal)) => {
                        let reason = self.explain(dongle, license, name, refusal, environment.time())?;
                        let dongle = self.at(dongle)?.id();
                        reasons.push(reason.ok_or(Error::Disagreement { dongle })?);
                    }
                    Err(error) => return Err(error),
                    Ok(None) => {}
                },
            }
        }
        if reasons.is_empty() {
            let none = Refusal::no_term();
            for (dongle, held) in self.all() {
                reasons.push(Reason::new(&held.believed.license()?, dongle, none));
            }
        }
        Err(Error::Refused(Box::new(Refused::new(name.as_str(), reasons))))
    }

    /// Gets the facts and decides on them here: each term's reason, if none is in force.
    pub(crate) fn decide_here(
        &mut self,
        dongle: usize,
        license: usize,
        environment: &dyn Environment,
    ) -> Result<Vec<Refusal>, Error> {
        let host_time = environment.time();
        let connected = self.at(dongle)?;
        let explained = connected.ask(license, |handle| Explain { handle, host_time })?;
        let body = connected.held.get(license).ok_or(Error::NoDevice)?.believed.license()?;
        Ok(match decide(&body, &explained.facts) {
            Verdict::Granted(_) => Vec::new(),
            Verdict::Refused(refused) => refused.reasons().collect(),
        })
    }

    /// Gets the facts and decides on them here: the reason, or nothing when they no longer give
    /// the refusal that the dongle gave.
    fn explain(
        &mut self,
        dongle: usize,
        license: usize,
        feature: Name<'_>,
        refusal: Refusal,
        host_time: Time,
    ) -> Result<Option<Reason>, Error> {
        let connected = self.at(dongle)?;
        let explained = connected.ask(license, |handle| Explain { handle, host_time })?;
        let (id, held) = (connected.id(), connected.held.get(license).ok_or(Error::NoDevice)?);
        let body = held.believed.license()?;
        Ok(match decide(&body, &explained.facts).feature(feature) {
            Err(here) if (here.term, here.condition) == (refusal.term, refusal.condition) => {
                Some(Reason::new(&body, id, here))
            }
            _ => None,
        })
    }
}
