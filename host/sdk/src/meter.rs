//! Charging a job exactly once, however often it is tried.
//!
//! The dongle recognizes a job it has charged. What remains is where and since when to ask: a job
//! that may have been charged on one dongle is charged on no other, and a dongle that may have
//! forgotten says so instead of charging again. Both follow from the list of (dongle, mark) that
//! goes with each job: in this process for a job without a token, with the job's [`Token`] for ever.

use crate::license::Inner;
use crate::refused::{Reason, Refused};
use crate::token::Marks;
use crate::{Environment, Error, License, Token};
use holdfast_crypto::{digest, label};
use holdfast_document::{DongleId, Units};
use holdfast_license::{Refusal, TooLittle};
use holdfast_wire::command::charge::{JobId, Payment};
use holdfast_wire::command::{Charge, ErrorCode, Failure};

/// A meter of the product.
pub struct Meter<'l> {
    license: &'l License,
    name: String,
}

/// A charge that is about to be made.
#[must_use = "nothing is charged before `once`"]
pub struct Charging<'c, 's> {
    license: &'c License,
    meter: &'c str,
    units: u64,
    token: Option<&'c mut Token<'s>>,
}

/// A charge that is durable: made now, or by an earlier try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// The meter's total after it, on the license that paid.
    pub total: u64,
    /// The dongle that it was charged on.
    pub dongle: DongleId,
}

impl<'l> Meter<'l> {
    pub(crate) fn new(license: &'l License, name: &str) -> Self {
        Self { license, name: name.into() }
    }

    /// A charge of so many units, which [`Charging::once`] makes.
    pub fn charge(&self, units: u64) -> Charging<'_, 'static> {
        Charging { license: self.license, meter: &self.name, units, token: None }
    }
}

impl<'c> Charging<'c, '_> {
    /// With the job's token, so that it is charged exactly once after a restart of the program or
    /// a change of dongles too, for ever.
    pub fn with<'s>(self, token: &'c mut Token<'s>) -> Charging<'c, 's> {
        let Self { license, meter, units, .. } = self;
        Charging { license, meter, units, token: Some(token) }
    }

    /// Charges for the job of this name, unless that was done before. The license that ends first
    /// among those that can pay it whole pays. Without a token this is exact within this process,
    /// and after a restart as far back as the dongles remember.
    ///
    /// # Errors
    /// Nothing was charged: [`Error::NotEnough`], [`Error::Refused`], [`Error::TokenNotStored`],
    /// [`Error::TooOldToTell`], [`Error::Elsewhere`], and most of [`Error::Failed`]. It may have
    /// been charged, and trying again is safe: [`Error::Transport`] and those of the channel.
    pub fn once(self, job: impl AsRef<[u8]>) -> Result<Charged, Error> {
        let Self { license, meter, units, token } = self;
        let payment =
            Payment { meter: crate::name(meter)?, units: Units(units), id: job_id(job.as_ref()), since: 0 };
        let mut inner = license.lock();
        let marks = match &token {
            Some(token) => token.marks.clone(),
            None => inner.jobs.remove(&payment.id).unwrap_or_default(),
        };
        let without_token = token.is_none();
        let mut job = Job { payment, marks, token };
        let charged = inner.settle(&mut job, license.environment());
        if without_token {
            inner.jobs.insert(payment.id, job.marks);
        }
        charged
    }
}

/// The 8 bytes by which a dongle knows a job: cut from the hash of its name.
fn job_id(name: &[u8]) -> JobId {
    let mut id = JobId::ZERO;
    id.0.iter_mut().zip(digest::labeled(label::JOB, &[name]).0).for_each(|(to, from)| *to = from);
    id
}

/// A job to be paid, and where it may have been paid already.
struct Job<'j, 'c, 's> {
    payment: Payment<'j>,
    marks: Marks,
    token: Option<&'c mut Token<'s>>,
}

impl<'j> Job<'j, '_, '_> {
    /// Writes down, durably where there is a token, that from now on the job may be charged there.
    fn name(&mut self, dongle: DongleId, mark: u64) -> Result<(), Error> {
        let mut marks = self.marks.clone();
        marks.set(dongle, mark)?;
        if let Some(token) = &mut self.token {
            token.keep(marks.clone())?;
        }
        self.marks = marks;
        Ok(())
    }

    const fn since(&self, mark: u64) -> Payment<'j> {
        Payment { since: mark, ..self.payment }
    }
}

/// Why licenses did not pay. In none of these was anything charged.
#[derive(Default)]
struct Unpaid {
    refusals: Vec<(usize, usize, Refusal)>,
    lefts: Vec<Units>,
    failure: Option<Failure>,
}

impl Inner {
    fn settle(&mut self, job: &mut Job<'_, '_, '_>, environment: &dyn Environment) -> Result<Charged, Error> {
        if let Some(charged) = self.find_paid(job)? {
            return Ok(charged);
        }
        // Whatever is charged now, no answer from memory counts after it.
        self.cache.forget();
        let mut unpaid = Unpaid::default();
        for (dongle, license) in self.paying_order() {
            let held = self.at(dongle)?.held.get(license).ok_or(Error::NoDevice)?;
            if held.believed.license()?.meter(job.payment.meter).is_none() {
                continue;
            }
            let since = self.name_dongle(job, dongle)?;
            match self.charge_one(job, dongle, license, since) {
                Ok(charged) => return Ok(charged),
                Err(Error::Denied(refusal)) => unpaid.refusals.push((dongle, license, refusal)),
                Err(Error::Failed(failure)) if failure.is(ErrorCode::NotEnough) => {
                    unpaid.lefts.push(Units(failure.b))
                }
                Err(Error::Failed(failure)) if is_for_this_license_alone(&failure) => {
                    unpaid.failure = unpaid.failure.or(Some(failure));
                }
                Err(error) => return Err(error),
            }
        }
        Err(self.say_unpaid(job, unpaid, environment)?)
    }

    /// Asks every dongle on which the job may have been charged. Nothing is charged anywhere while
    /// one of those that are named cannot be asked.
    fn find_paid(&mut self, job: &Job<'_, '_, '_>) -> Result<Option<Charged>, Error> {
        let (mut forgotten, mut unasked) = (None, None);
        for (dongle, mark) in job.marks.iter() {
            let connected = self.connected.iter_mut().find(|connected| connected.id() == dongle);
            match connected.map(|connected| connected.probe(job.since(mark))) {
                Some(Ok(probed)) if probed.found => {
                    return Ok(Some(Charged { total: probed.total.0, dongle }));
                }
                Some(Ok(_)) => {}
                Some(Err(Error::Failed(failure))) if failure.is(ErrorCode::TooOldToTell) => {
                    forgotten = Some(dongle);
                }
                Some(Err(_)) | None => unasked = Some(dongle),
            }
        }
        if let Some(dongle) = forgotten {
            return Err(Error::TooOldToTell { dongle });
        }
        if let Some(dongle) = unasked {
            return Err(Error::Elsewhere { dongle });
        }
        self.find_unnamed(job)
    }

    /// A program that lost its list, having no token, can still ask all dongles here; one alone
    /// is asked by the charge itself.
    fn find_unnamed(&mut self, job: &Job<'_, '_, '_>) -> Result<Option<Charged>, Error> {
        if self.connected.len() < 2 {
            return Ok(None);
        }
        for connected in &mut self.connected {
            let dongle = connected.id();
            if job.marks.of(dongle).is_some() {
                continue;
            }
            match connected.probe(job.payment) {
                Ok(probed) if probed.found => return Ok(Some(Charged { total: probed.total.0, dongle })),
                // It is not known to have been asked before, so it holds up nothing.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Sees to it that the dongle stands in the job's list before it is asked to charge.
    fn name_dongle(&mut self, job: &mut Job<'_, '_, '_>, dongle: usize) -> Result<Since, Error> {
        let connected = self.at(dongle)?;
        let id = connected.id();
        if let Some(mark) = job.marks.of(id) {
            return Ok(Since { mark, remembered: false });
        }
        let remembered = connected.mark;
        let mark = match remembered {
            Some(mark) => mark,
            None => connected.probe(job.payment)?.mark,
        };
        job.name(id, mark)?;
        Ok(Since { mark, remembered: remembered.is_some() })
    }

    fn charge_one(
        &mut self,
        job: &mut Job<'_, '_, '_>,
        dongle: usize,
        license: usize,
        since: Since,
    ) -> Result<Charged, Error> {
        let connected = self.at(dongle)?;
        let id = connected.id();
        connected.take_seat(license)?;
        let mut payment = job.since(since.mark);
        let mut charged = connected.ask(license, |handle| Charge { handle, payment });
        if since.remembered && is_too_old(&charged) {
            // The job is new, and the mark was from before many charges of other programs. It was
            // not charged just now, so a mark of this moment is from before it too.
            payment = job.since(connected.probe(job.payment)?.mark);
            job.name(id, payment.since)?;
            charged = connected.ask(license, |handle| Charge { handle, payment });
        }
        match charged {
            Ok(charged) => {
                connected.mark = Some(charged.mark);
                Ok(Charged { total: charged.total.0, dongle: id })
            }
            Err(Error::Failed(failure)) if failure.is(ErrorCode::TooOldToTell) => {
                Err(Error::TooOldToTell { dongle: id })
            }
            Err(error) => Err(error),
        }
    }

    fn say_unpaid(
        &mut self,
        job: &Job<'_, '_, '_>,
        unpaid: Unpaid,
        environment: &dyn Environment,
    ) -> Result<Error, Error> {
        let Payment { meter, units: Units(asked), .. } = job.payment;
        if !unpaid.lefts.is_empty() {
            let TooLittle { most, together } = unpaid.lefts.into_iter().collect();
            return Ok(Error::NotEnough { asked, left: most.0, together: together.0 >= asked });
        }
        if let Some(failure) = unpaid.failure {
            return Ok(Error::Failed(failure));
        }
        if unpaid.refusals.is_empty() {
            return Ok(Error::NoMeter { meter: meter.as_str().into() });
        }
        let reasons = self.reasons(&unpaid.refusals, environment)?;
        Ok(Error::Refused(Box::new(Refused::new(meter.as_str(), reasons))))
    }

    fn reasons(
        &mut self,
        refusals: &[(usize, usize, Refusal)],
        environment: &dyn Environment,
    ) -> Result<Vec<Reason>, Error> {
        let mut reasons = Vec::new();
        for &(dongle, license, refusal) in refusals {
            let here = self.decide_here(dongle, license, environment)?;
            let connected = self.at(dongle)?;
            let held = connected.held.get(license).ok_or(Error::NoDevice)?;
            let body = held.believed.license()?;
            // What both decide is said with the numbers seen here; else the dongle's word stands.
            let agreed =
                here.into_iter().find(|h| (h.term, h.condition) == (refusal.term, refusal.condition));
            reasons.push(Reason::new(&body, connected.id(), agreed.unwrap_or(refusal)));
        }
        Ok(reasons)
    }
}

/// The mark to charge with.
#[derive(Clone, Copy)]
struct Since {
    mark: u64,
    /// Whether it is of an earlier job of this process, and the job at hand was never sent.
    remembered: bool,
}

fn is_too_old<A>(answer: &Result<A, Error>) -> bool {
    matches!(answer, Err(Error::Failed(failure)) if failure.is(ErrorCode::TooOldToTell))
}

/// Whether another license may pay where this one did not.
const fn is_for_this_license_alone(failure: &Failure) -> bool {
    failure.is(ErrorCode::MeterFull)
        || failure.is(ErrorCode::NotPaired)
        || failure.is(ErrorCode::NoMeter)
        || failure.is(ErrorCode::NoCounter)
        || failure.is(ErrorCode::NotHeld)
        || failure.is(ErrorCode::Full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_known_by_the_first_bytes_of_its_names_hash() {
        let hash = digest::plain(&[b"holdfast/v1/job\0order 66"]);
        assert_eq!(job_id(b"order 66").0, hash.0[..8]);
    }
}
