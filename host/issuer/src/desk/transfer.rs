//! A license moves to another device: it leaves one, and arrives at the other by the statement of the
//! first that it left.

use std::collections::BTreeMap;

use holdfast_document::Time;
use holdfast_license::LicenseId;
use rand_core::CryptoRng;

use super::{Desk, Issued, answering, issued, offer};
use crate::update::{self, Errand};
use crate::{IssueError, Standing, Template};

impl Desk {
    /// Tells the device that made this request to give a license up for another device, whose own
    /// statement says which one. Asked again before the device has shown that it did, it says the same.
    ///
    /// # Errors
    /// [`IssueError::NotTransferable`] by the template; [`IssueError::NotARequest`]; those of
    /// [`Ledger::depart`](crate::Ledger::depart); the ledger's file is then as it was.
    pub fn depart(
        &mut self,
        (template, id): (&Template, LicenseId),
        request: &[u8],
        to: &[u8],
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        self.may_transfer(template)?;
        let [mut standing, to] = self.both(request, to)?;
        if !standing.is_request {
            return Err(IssueError::NotARequest);
        }
        self.ledger.together(|ledger| {
            ledger.learn(&mut standing);
            let (answer, departs) = ledger.depart(id, &standing, &to, now)?;
            let errand = Errand { departs, answer: Some(answer), ..Errand::default() };
            update::errand(&self.office, &standing, &errand, now, rng)
        })
    }

    /// Issues a license to the device it left for, by the statement of the one it left, with what is
    /// left of it. Should that update be lost, a renewal says the same again.
    ///
    /// # Errors
    /// [`IssueError::NotTransferable`] by the template; those of
    /// [`Ledger::arrive`](crate::Ledger::arrive); [`IssueError::Overdrawn`]; those of
    /// [`issue`](Self::issue); the ledger's file is then as it was.
    pub fn arrive(
        &mut self,
        (template, id): (&Template, LicenseId),
        departed: &[u8],
        statement: &[u8],
        refills: &BTreeMap<String, u64>,
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Issued, IssueError> {
        self.may_transfer(template)?;
        let [mut from, mut standing] = self.both(departed, statement)?;
        let meters = template.offer((id, 0, 0), "", &BTreeMap::new())?.meters;
        let meters: Vec<&str> = meters.iter().map(|(meter, ..)| *meter).collect();
        self.ledger.together(|ledger| {
            ledger.learn(&mut from);
            ledger.learn(&mut standing);
            let sold = ledger.arrive(id, &from, &standing, &meters, refills)?;
            let offer = offer(template, id, &sold, &self.secrets)?;
            let answer = ledger.answer(&standing, now);
            let answering = answering(ledger, &standing, answer);
            let errand = Errand { installs: vec![(&offer, sold.carry)], ..answering };
            let document = update::errand(&self.office, &standing, &errand, now, rng)?;
            Ok(issued(&offer, document, now, &[]))
        })
    }

    /// Departures and higher hops come only from who keeps the ledger.
    fn may_transfer(&self, template: &Template) -> Result<(), IssueError> {
        if !self.office.keeps_ledger() {
            return Err(IssueError::NoLedger);
        }
        let offer = template.offer((LicenseId::ZERO, 0, 0), "", &BTreeMap::new())?;
        if offer.transfer { Ok(()) } else { Err(IssueError::NotTransferable) }
    }

    fn both(&self, one: &[u8], other: &[u8]) -> Result<[Standing; 2], IssueError> {
        let [one, other] = [one, other].map(|statement| Standing::read(&self.record, statement));
        let (one, other) = (one?, other?);
        if one.dongle == other.dongle {
            return Err(IssueError::SameDevice { device: one.dongle.to_string() });
        }
        Ok([one, other])
    }
}
