//! How the story of a device ends: it says what it holds, or gives a license to another, or is lost.

use std::collections::BTreeMap;

use holdfast_document::{DocumentError, Time};
use holdfast_issuer::desk::Departure;
use holdfast_license::Purpose;
use rand_chacha::ChaCha20Rng;

use super::{Served, Shop};
use crate::SOLD;
use crate::population::PopulationError;
use crate::population::keeper::Keeper;
use crate::population::plan::Seller;

impl Shop<'_> {
    /// Last words: what devices hold, which license moves to another, and which devices are lost.
    pub(super) fn farewell(
        &mut self,
        served: &mut [Served],
        rng: &mut ChaCha20Rng,
    ) -> Result<(), PopulationError> {
        for device in served {
            if device.plan.lost {
                self.outcome.lost.push(device.keeper.id());
            } else if let Some(at) = device.plan.moves {
                self.transfer(device, at, rng)?;
            } else if device.plan.reports {
                let report = device.keeper.states(self.house.vendor, Purpose::Report)?;
                self.outcome.keep(device.customer, report, "statements");
            }
        }
        Ok(())
    }

    /// The first license of a device leaves it for a new one, which says in the end what it holds.
    fn transfer(
        &mut self,
        device: &mut Served,
        at: Time,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), PopulationError> {
        let Some((id, goods, _)) = device.licenses.first().copied() else { return Ok(()) };
        let template = self.prices.template(&goods, device.region)?;
        let (vendor, customer) = (self.house.vendor, device.customer);
        let (seed, index) = device.index;
        let mut to = Keeper::new(device.plan.class, &self.house.batch, SOLD, (seed, index | 0x80))?;
        let enrolled = to.enrolled()?;
        let request = device.keeper.states(vendor, Purpose::Request)?;
        let desk = self.desks.get_mut(&Seller::Acme).ok_or(DocumentError::WrongAuthority)?;
        // A dongle on paper takes departures; no firmware of this version does.
        let departure = Departure {
            template: &template,
            license: id,
            request: &request,
            to: &enrolled,
            firmware_departs: true,
        };
        let leave = desk.depart(&departure, at, rng)?;
        device.keeper.takes(&leave)?.map_err(|_| DocumentError::WrongAuthority)?;
        let departed = device.keeper.states(vendor, Purpose::Applied)?;
        let at = at.plus(86_400);
        let arrive = desk.arrive((&template, id), &departed, &enrolled, &BTreeMap::new(), at, rng)?;
        to.takes(&arrive.document)?.map_err(|_| DocumentError::WrongAuthority)?;
        let report = to.states(vendor, Purpose::Report)?;
        for line in &arrive.lines {
            self.enter(customer, Seller::Acme, &goods, ("transfer", to.id().to_string(), at), line);
        }
        self.outcome.keep(customer, to.certificate().to_vec(), "devices");
        for statement in [request, enrolled, departed, report] {
            self.outcome.keep(customer, statement, "statements");
        }
        for update in [leave, arrive.document] {
            self.outcome.keep(customer, update, "updates");
        }
        Ok(())
    }
}
