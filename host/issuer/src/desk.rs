//! A licensing desk: a vendor's record, the office that signs, and the ledger that remembers.

use std::collections::BTreeMap;

use holdfast_crypto::RustCrypto;
use holdfast_document::{Authority, Received, Time, Vendor};
use holdfast_license::LicenseId;
use rand_core::CryptoRng;

use crate::ledger::Sold;
use crate::{IssueError, Ledger, Office, Standing, Template, bound, update};

/// Who issues. Every update it makes is in the ledger before it is returned.
pub struct Desk {
    record: Vec<u8>,
    office: Office,
    ledger: Ledger,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Order<'a> {
    /// The customer's pseudonym; a renewal keeps the one it has.
    pub customer: &'a str,
    /// The license to renew or refill; none: a new one.
    pub license: Option<LicenseId>,
    /// Units to grant beyond what was granted so far, for each meter.
    pub refills: BTreeMap<String, u64>,
}

/// What was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The license.
    pub id: LicenseId,
    /// Its revision.
    pub revision: u32,
    /// Its number in the quota.
    pub number: u32,
    /// The update that brings it, a whole document.
    pub update: Vec<u8>,
    /// What it gives away at most after each end, one sentence each.
    pub bounds: Vec<String>,
}

impl Desk {
    /// Opens the desk.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for a record that founds no vendor, or another one than the office's.
    pub fn new(record: Vec<u8>, office: Office, ledger: Ledger) -> Result<Self, IssueError> {
        let vendor = Vendor::found::<RustCrypto>(&Received::parse(&record)?)?.id();
        if office.authority() != Authority::Vendor(vendor) {
            return Err(holdfast_document::DocumentError::WrongAuthority.into());
        }
        Ok(Self { record, office, ledger })
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Issues a license to the device that made this statement, and answers the statement if it is
    /// a request.
    ///
    /// # Errors
    /// Any [`IssueError`]; the ledger's file is then as it was.
    pub fn issue(
        &mut self,
        template: &Template,
        order: &Order<'_>,
        statement: &[u8],
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Issued, IssueError> {
        let mut standing = Standing::read(&self.record, statement)?;
        self.ledger.together(|ledger| {
            ledger.learn(&mut standing);
            let (id, sold) = match order.license {
                Some(id) => (id, ledger.renew(id, &standing, &order.refills)?),
                None => ledger.sell((template.product(), order.customer), &standing, now, rng)?,
            };
            let Sold { number, revision, customer, refills, .. } = &sold;
            let offer = template.offer((id, *revision, *number), customer, refills)?;
            let answer = ledger.answer(&standing, now);
            let update = update::answering(&self.office, &standing, &[&offer], answer, now, rng)?;
            let bounds = bound::past_end(&offer, now).iter().map(ToString::to_string).collect();
            Ok(Issued { id, revision: *revision, number: *number, update, bounds })
        })
    }

    /// Answers a request, and changes nothing else.
    ///
    /// # Errors
    /// [`IssueError::NotARequest`], and those of [`issue`](Self::issue).
    pub fn answer(
        &mut self,
        statement: &[u8],
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        let mut standing = Standing::read(&self.record, statement)?;
        if !standing.is_request {
            return Err(IssueError::NotARequest);
        }
        self.ledger.together(|ledger| {
            ledger.learn(&mut standing);
            let answer = ledger.answer(&standing, now);
            update::answering(&self.office, &standing, &[], answer, now, rng)
        })
    }
}
