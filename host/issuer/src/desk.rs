//! A licensing desk: a vendor's record, the office that signs, and the ledger that remembers. One
//! sale at a time, or with [`Desk::issue_all`] ten thousand.

use std::collections::BTreeMap;

use holdfast_document::{Authority, Time};
use holdfast_license::LicenseId;
use holdfast_license::update::Carry;
use rand_core::CryptoRng;

use crate::ledger::{Sold, Used};
use crate::update::Errand;
use crate::{
    IssueError, Ledger, Offer, Office, ProductSecrets, Standing, Succession, Template, bound, update, warning,
};

mod bulk;
mod tpm;
mod transfer;

pub use bulk::Sale;
pub use transfer::Departure;

/// In the place of a device, for a license that is for none.
const UNBOUND: &str = "unbound";

/// Who issues. Every update it makes is in the ledger before it is returned.
pub struct Desk {
    record: Vec<u8>,
    office: Office,
    ledger: Ledger,
    secrets: ProductSecrets,
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

/// What came of one sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What brings it, a whole document: an update of the device, or the license itself where it is for none.
    pub document: Vec<u8>,
    /// The licenses in it, in the order of the sale.
    pub lines: Vec<Line>,
    /// Why a request stays unanswered, one sentence; none where it is answered, or was none.
    pub unanswered: Option<String>,
}

/// A license of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The license.
    pub id: LicenseId,
    /// Its revision.
    pub revision: u32,
    /// Its number in the quota.
    pub number: u32,
    /// What it gives away at most after each end, and with a device that is lost; one sentence each.
    pub bounds: Vec<String>,
    /// What in the template is hardly meant, one sentence each.
    pub warnings: Vec<String>,
    /// Product and epoch of each secret in it, which this desk therefore knows.
    pub secrets: Vec<(String, u32)>,
}

impl Delivery {
    /// Of one license, and nothing to say of a request.
    const fn of_one(document: Vec<u8>, lines: Vec<Line>) -> Self {
        Self { document, lines, unanswered: None }
    }
}

impl Desk {
    /// Opens the desk. `record` is the vendor's founding record, with those that follow it behind it.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for a record that founds no vendor, or another one than the office's.
    pub fn new(record: Vec<u8>, office: Office, ledger: Ledger) -> Result<Self, IssueError> {
        let vendor = Succession::read(&record)?.id();
        if office.authority() != Authority::Vendor(vendor) {
            return Err(holdfast_document::DocumentError::WrongAuthority.into());
        }
        let secrets = ProductSecrets::default();
        Ok(Self { record, office, ledger, secrets })
    }

    /// Gives the desk secrets of products. It learns them: see [`product_secrets`](crate::product_secrets).
    #[must_use]
    pub fn with_secrets(self, secrets: ProductSecrets) -> Self {
        Self { secrets, ..self }
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Issues a license to the device that made this statement, and answers the statement if it is
    /// a request. None: the license is for no device in particular, a dated demo.
    ///
    /// # Errors
    /// Those of [`issue_all`](Self::issue_all).
    pub fn issue(
        &mut self,
        template: &Template,
        order: &Order<'_>,
        statement: Option<&[u8]>,
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Delivery, IssueError> {
        let sale = Sale { lines: vec![(template, order.clone())], statement, now };
        let mut delivered = self.issue_all(&[sale], rng)?;
        delivered.pop().ok_or(IssueError::NoDevice)
    }

    /// Answers a request, and changes nothing else.
    ///
    /// # Errors
    /// [`IssueError::NotARequest`], [`IssueError::RevokedDevice`], and those of [`issue`](Self::issue).
    pub fn answer(
        &mut self,
        statement: &[u8],
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        if !self.office.keeps_ledger() {
            return Err(IssueError::NoLedger);
        }
        let mut standing = Standing::read(&self.record, statement)?;
        if !standing.is_request {
            return Err(IssueError::NotARequest);
        }
        self.ledger.together(|ledger| {
            ledger.may_issue(&self.office.stands_on(), 0)?;
            ledger.counts(&standing.dongle.to_string())?;
            ledger.learn(&mut standing);
            if let Some(why) = ledger.unanswered(&standing) {
                return Err(why);
            }
            let (errand, _) = bringing(ledger, &self.office, &standing, Vec::new(), now);
            update::errand(&self.office, &standing, &errand, now, rng)
        })
    }
}

/// An errand that brings these licenses, and with them the answer to a request and the departures that go
/// along; and a sentence where a request stays unanswered.
fn bringing<'a>(
    ledger: &mut Ledger,
    office: &Office,
    standing: &Standing,
    installs: Vec<(&'a Offer<'a>, Option<Carry>)>,
    now: Time,
) -> (Errand<'a>, Option<String>) {
    if !office.keeps_ledger() {
        // A reseller's updates carry no answer: one vendor keeps one ledger.
        return (Errand { installs, ..Errand::default() }, None);
    }
    let answer = ledger.answer(standing, now);
    let departs = answer.map_or_else(Vec::new, |_| ledger.departs(standing));
    let unanswered = ledger.unanswered(standing).filter(|_| standing.is_request);
    let unanswered = unanswered.map(|why| format!("the request is not answered: {why}"));
    (Errand { installs, departs, answer }, unanswered)
}

/// Enters what is asked for: a new license, or the next revision of one.
fn enter(
    ledger: &mut Ledger,
    office: &Office,
    template: &Template,
    order: &Order<'_>,
    device: &str,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<(LicenseId, Sold), IssueError> {
    let (id, sold) = match order.license {
        Some(id) => (id, ledger.renew(id, template.product(), device, &order.refills)?),
        None => ledger.sell((template.product(), order.customer), device, office.quota(), now, rng)?,
    };
    ledger.may_issue(&office.stands_on(), sold.number)?;
    Ok((id, sold))
}

/// What is to be signed of a license, with the meters in the order that the ledger keeps.
fn offer<'a>(
    ledger: &mut Ledger,
    template: &'a Template,
    id: LicenseId,
    sold: &'a Sold,
    secrets: &'a ProductSecrets,
) -> Result<Offer<'a>, IssueError> {
    let Sold { number, revision, customer, refills, .. } = sold;
    let mut offer = template.offer((id, *revision, *number), customer, refills)?;
    offer.hop = sold.hop;
    for (meter, granted, _) in &mut offer.meters {
        // On this device it begins at zero, with what the earlier ones have left of it.
        let spent = sold.spent.get(*meter).copied().unwrap_or_default();
        let total = sold.least(meter).max(*granted);
        let beyond =
            || IssueError::Overdrawn { meter: (*meter).to_owned(), units: spent.saturating_sub(total) };
        *granted = total.checked_sub(spent).ok_or_else(beyond)?;
    }
    sold.order_meters(&mut offer);
    ledger.keep_meters(id, &offer);
    secrets.fill(&mut offer)?;
    Ok(offer)
}

/// What there is to say of a license that was issued.
fn line(offer: &Offer<'_>, now: Time, used: &Used) -> Line {
    let past_end = bound::past_end(offer, now);
    let at_risk = bound::at_risk(offer, used);
    let mut secrets: Vec<_> =
        offer.secrets.iter().map(|secret| (offer.product.to_owned(), secret.epoch)).collect();
    secrets.sort_unstable();
    secrets.dedup();
    Line {
        id: offer.id,
        revision: offer.revision,
        number: offer.number,
        bounds: past_end
            .iter()
            .map(ToString::to_string)
            .chain(at_risk.iter().map(ToString::to_string))
            .collect(),
        warnings: warning::of(offer).iter().map(ToString::to_string).collect(),
        secrets,
    }
}
