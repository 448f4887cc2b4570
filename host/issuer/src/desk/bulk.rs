//! Many sales as one change of the ledger: ten thousand devices before anyone touches them.
//!
//! A ledger is written whole before anything that rests on it leaves the desk. With one sale that
//! costs little; with each of ten thousand it would cost more than all signatures together. So a run
//! of sales is one transaction: all of it is entered and written once, or none of it was sold.
//! The vendor's record is verified once for all of them, and what one device gets comes in one update.

use std::collections::BTreeSet;

use holdfast_document::{Time, Vendor, Verified, limits};
use rand_core::CryptoRng;

use super::{Delivery, Desk, Order, UNBOUND, bringing, enter, line, offer};
use crate::ledger::Used;
use crate::update;
use crate::{IssueError, Ledger, Offer, Office, ProductSecrets, Standing, Succession, Template};

/// All that one device is to get.
#[derive(Clone, Debug)]
pub struct Sale<'a> {
    /// What is sold or renewed, and how.
    pub lines: Vec<(&'a Template, Order<'a>)>,
    /// A statement of the device, which is answered along the way if it is a request. None for
    /// licenses that are for no device: then there is one line, with an unbound template.
    pub statement: Option<&'a [u8]>,
    /// When.
    pub now: Time,
}

impl Sale<'_> {
    /// Whether a device takes all of it in one update.
    fn fits_an_update(&self) -> Result<(), IssueError> {
        let (count, most) = (self.lines.len(), limits::INSTALLS);
        if count > most {
            return Err(IssueError::TooManyLicenses { count, most });
        }
        let mut renewed = BTreeSet::new();
        for id in self.lines.iter().filter_map(|(_, order)| order.license) {
            if !renewed.insert(id.0) {
                return Err(IssueError::LicenseTwice { id: id.to_string() });
            }
        }
        Ok(())
    }
}

/// What a run of sales needs of its desk.
struct Run<'d> {
    vendor: Verified<'d, Vendor<'d>>,
    office: &'d Office,
    secrets: &'d ProductSecrets,
}

impl Desk {
    /// Makes all of these sales, or none. What comes back is in the order of the sales.
    ///
    /// # Errors
    /// Any [`IssueError`], of the first sale that fails; the ledger's file is then as it was.
    /// [`IssueError::DeviceTwice`] when a device is in two of the sales; [`IssueError::TooManyLicenses`] and
    /// [`IssueError::LicenseTwice`] for a sale whose update no device would take.
    pub fn issue_all(
        &mut self,
        sales: &[Sale<'_>],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Delivery>, IssueError> {
        let Self { record, office, ledger, secrets } = self;
        let vendor = *Succession::read(record)?.newest();
        let run = Run { vendor, office, secrets };
        ledger.together(|ledger| {
            let mut served = BTreeSet::new();
            let sell = |sale: &Sale<'_>| match sale.statement {
                Some(statement) => {
                    let standing = Standing::with(&run.vendor, statement)?;
                    if !served.insert(standing.dongle) {
                        return Err(IssueError::DeviceTwice { device: standing.dongle.to_string() });
                    }
                    run.to_device(ledger, sale, standing, rng)
                }
                None => run.unbound(ledger, sale, rng),
            };
            sales.iter().map(sell).collect()
        })
    }

    /// How many more licenses its quota allows.
    pub fn numbers_left(&self) -> u32 {
        self.ledger.numbers_left(self.office.quota())
    }
}

impl Run<'_> {
    fn to_device(
        &self,
        ledger: &mut Ledger,
        sale: &Sale<'_>,
        mut standing: Standing,
        rng: &mut impl CryptoRng,
    ) -> Result<Delivery, IssueError> {
        sale.fits_an_update()?;
        ledger.learn(&mut standing);
        let device = standing.dongle.to_string();
        let mut entered = Vec::with_capacity(sale.lines.len());
        for (template, order) in &sale.lines {
            if template.is_unbound() {
                return Err(IssueError::Unbound);
            }
            let sold = enter(ledger, self.office, template, order, &device, sale.now, rng)?;
            entered.push((*template, sold));
        }
        let offers =
            entered.iter().map(|(template, (id, sold))| offer(ledger, template, *id, sold, self.secrets));
        let offers = offers.collect::<Result<Vec<_>, _>>()?;
        let installs =
            offers.iter().zip(&entered).map(|(offer, (_, (_, sold)))| (offer, sold.carry)).collect();
        let (errand, unanswered) = bringing(ledger, self.office, &standing, installs, sale.now);
        let document = update::errand(self.office, &standing, &errand, sale.now, rng)?;
        let line = |offer: &Offer<'_>| line(offer, sale.now, &ledger.used(&standing, offer.id));
        Ok(Delivery { document, lines: offers.iter().map(line).collect(), unanswered })
    }

    fn unbound(
        &self,
        ledger: &mut Ledger,
        sale: &Sale<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Delivery, IssueError> {
        let [(template, order)] = sale.lines.as_slice() else { return Err(IssueError::NoDevice) };
        if !template.is_unbound() {
            return Err(IssueError::NoDevice);
        }
        let (id, sold) = enter(ledger, self.office, template, order, UNBOUND, sale.now, rng)?;
        let offer = offer(ledger, template, id, &sold, self.secrets)?;
        let document = update::unbound(self.office, &offer, sale.now, rng)?;
        Ok(Delivery::of_one(document, vec![line(&offer, sale.now, &Used::default())]))
    }
}
