//! A license moves to another device: it leaves one, and arrives at the other by the statement of the
//! first that it left.

use std::collections::BTreeMap;

use holdfast_document::Time;
use holdfast_license::LicenseId;
use rand_core::CryptoRng;

use super::{Delivery, Desk, bringing, line, offer};
use crate::ledger::Used;
use crate::update::{self, Errand};
use crate::{IssueError, Standing, Template};

/// A license that is to leave a device for another.
#[derive(Clone, Copy, Debug)]
pub struct Departure<'a> {
    /// What was sold.
    pub template: &'a Template,
    /// The license.
    pub license: LicenseId,
    /// A request of the device that has it.
    pub request: &'a [u8],
    /// A statement of the device that it goes to.
    pub to: &'a [u8],
    /// Whether the firmware of the device that has it takes departures: the word of who asks, since no
    /// firmware of this version does. One that does not refuses the answer that goes along, and therefore
    /// gets no other until [`Ledger::stay`](crate::Ledger::stay).
    pub firmware_departs: bool,
}

impl Desk {
    /// Tells the device that made this request to give a license up for another device, whose own
    /// statement says which one. Asked again before the device has shown that it did, it says the same.
    ///
    /// # Errors
    /// [`IssueError::NotTransferable`] by the template; [`IssueError::FirmwareKeeps`];
    /// [`IssueError::NotARequest`]; [`IssueError::RevokedDesk`]; those of
    /// [`Ledger::depart`](crate::Ledger::depart); the ledger's file is then as it was.
    pub fn depart(
        &mut self,
        departure: &Departure<'_>,
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        let Departure { template, license: id, request, to, firmware_departs } = *departure;
        self.may_transfer(template)?;
        let [mut standing, to] = self.both(request, to)?;
        if !standing.is_request {
            return Err(IssueError::NotARequest);
        }
        if !firmware_departs {
            return Err(IssueError::FirmwareKeeps { device: standing.dongle.to_string() });
        }
        self.ledger.together(|ledger| {
            ledger.may_issue(&self.office.stands_on(), 0)?;
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
    ) -> Result<Delivery, IssueError> {
        self.may_transfer(template)?;
        let [mut from, mut standing] = self.both(departed, statement)?;
        self.ledger.together(|ledger| {
            ledger.learn(&mut from);
            ledger.learn(&mut standing);
            let sold = ledger.arrive(id, &from, &standing, template.product(), refills)?;
            ledger.may_issue(&self.office.stands_on(), sold.number)?;
            let offer = offer(ledger, template, id, &sold, &self.secrets)?;
            let installs = vec![(&offer, sold.carry)];
            let (errand, unanswered) = bringing(ledger, &self.office, &standing, installs, now);
            let document = update::errand(&self.office, &standing, &errand, now, rng)?;
            Ok(Delivery { document, lines: vec![line(&offer, now, &Used::default())], unanswered })
        })
    }

    /// Departures and higher hops come only from who keeps the ledger.
    fn may_transfer(&self, template: &Template) -> Result<(), IssueError> {
        if !self.office.keeps_ledger() {
            return Err(IssueError::NoLedger);
        }
        if template.may_move() { Ok(()) } else { Err(IssueError::NotTransferable) }
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
