//! Licenses on their way from device to device.
//!
//! A license leaves in an update that also carries an answer, so that a copy of the flash from before
//! is never answered again. For the same reason an answer goes out with its departure or without one, and
//! never both ways: who could choose would take the answer and keep the license. Until the device shows
//! that it took that answer, the same departures go with it again, and none beside them.

use std::collections::BTreeMap;

use holdfast_document::{DeviceId, Time};
use holdfast_license::LicenseId;
use holdfast_license::statement::Departed;
use holdfast_license::update::{Answer, Carry, Depart};
use serde::{Deserialize, Serialize};

use super::{Ledger, Sold};
use crate::{IssueError, Standing};

/// A departure that went with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Departing {
    id: LicenseId,
    hop: u16,
    to: Option<DeviceId>,
}

impl From<Depart> for Departing {
    fn from(Depart { id, hop, to }: Depart) -> Self {
        Self { id, hop, to }
    }
}

impl Departing {
    /// The license, as the ledger has it.
    pub(super) fn license(&self) -> String {
        self.id.to_string()
    }

    /// Whether the device says that it still has the license.
    pub(super) fn is_held(&self, standing: &Standing) -> bool {
        standing.held.iter().any(|held| (held.id, held.hop) == (self.id, self.hop))
    }
}

/// What an answer that was forgotten changes of departures.
#[derive(Debug, Default)]
pub(super) struct Departures {
    /// Those that it brought.
    pub(super) leave: Vec<Departing>,
    /// Those of the answer whose place it took.
    pub(super) stay: Vec<Departing>,
}

impl Departures {
    /// Enters them with the licenses, as far as these have not moved since.
    pub(super) fn enter(&self, licenses: &mut BTreeMap<String, Sold>, device: &str) {
        let mut each = |of: &[Departing], change: fn(&mut Sold, &Departing)| {
            for depart in of {
                let sold = licenses.get_mut(&depart.license());
                if let Some(sold) = sold.filter(|sold| sold.device == device && sold.hop == depart.hop) {
                    change(sold, depart);
                }
            }
        };
        each(&self.stay, |sold, _| sold.stays());
        each(&self.leave, |sold, depart| {
            sold.leaving = depart.to.as_ref().and_then(device_name);
            sold.stayed = false;
        });
    }
}

/// A device as the ledger names it.
fn device_name(device: &DeviceId) -> Option<String> {
    match device {
        DeviceId::Dongle(id) => Some(id.to_string()),
        DeviceId::Tpm(name) => Some(name.to_string()),
        DeviceId::Unbound => None,
    }
}

impl Sold {
    /// It leaves no more.
    pub(super) fn stays(&mut self) {
        (self.leaving, self.stayed) = (None, true);
    }
}

impl Ledger {
    /// The departures that go with the answer which [`answer`](Self::answer) gave this device.
    pub fn departs(&self, standing: &Standing) -> Vec<Depart> {
        let device = self.entries.devices.get(&standing.dongle.to_string());
        let departs = device.map_or(&[][..], |device| &device.departs);
        departs.iter().map(|Departing { id, hop, to }| Depart { id: *id, hop: *hop, to: *to }).collect()
    }

    /// Enters that a license leaves the device which made this request, for another.
    ///
    /// # Errors
    /// [`IssueError::NoLicense`], [`IssueError::RevokedDevice`], [`IssueError::Leaving`] when it is on
    /// its way to a third; [`IssueError::AnswerOutstanding`] when an answer is out that does not bring
    /// this departure, and the device has not shown that it took it; those of
    /// [`unanswered`](Self::unanswered); [`IssueError::NotARequest`].
    pub fn depart(
        &mut self,
        id: LicenseId,
        standing: &Standing,
        to: &Standing,
        now: Time,
    ) -> Result<(Answer, Vec<Depart>), IssueError> {
        let (device, destination) = (standing.dongle.to_string(), to.dongle.to_string());
        self.counts(&device)?;
        self.counts(&destination)?;
        let sold = self.held_by(id, &device)?;
        if sold.leaving.as_ref().is_some_and(|leaving| *leaving != destination) {
            return Err(IssueError::Leaving { id: id.to_string(), to: sold.leaving.unwrap_or_default() });
        }
        let depart = Depart { id, hop: sold.hop, to: Some(DeviceId::Dongle(to.dongle)) };
        let last = self.entries.devices.get(&device).map(|known| known.answered);
        let answer = self.answer(standing, now);
        let unanswered = || self.unanswered(standing).unwrap_or(IssueError::NotARequest);
        let answer = answer.ok_or_else(unanswered)?;
        let is_new = last != Some(answer.request);
        let asked_before = self.departs(standing).contains(&depart);
        if !is_new && !asked_before {
            return Err(IssueError::AnswerOutstanding { device });
        }
        if let Some(known) = self.entries.devices.get_mut(&device).filter(|_| !asked_before) {
            known.departs.push(depart.into());
        }
        if let Some(sold) = self.entries.licenses.get_mut(&id.to_string()) {
            sold.leaving = Some(destination);
            sold.stayed = false;
        }
        Ok((answer, self.departs(standing)))
    }

    /// Why a request of this device gets no answer, if so: [`IssueError::NotLearned`] where the ledger does not
    /// [know](Self::knows) it; [`IssueError::TakenBack`] where the answer to this very request is not to be
    /// given any more; [`IssueError::OldStatement`] where the device was trusted at a later word.
    pub fn unanswered(&self, standing: &Standing) -> Option<IssueError> {
        let device = standing.dongle.to_string();
        let known = self.entries.devices.get(&device);
        if known.is_some_and(|known| known.taken_back.contains(&standing.statement)) {
            Some(IssueError::TakenBack { device })
        } else if !self.knows(standing) {
            Some(IssueError::NotLearned { device })
        } else if known.is_some_and(|known| known.has_gone_on(standing)) {
            Some(IssueError::OldStatement { device })
        } else {
            None
        }
    }

    /// An operator takes back that a license leaves, because the device that has it did not take the
    /// update, or never can. Its statement must say that it still holds the license. A copy of the device
    /// could say so, too; so this is kept, with its time. Gives the licenses that stay: all that were to
    /// leave by the same answer, and that the statement shows.
    ///
    /// That answer never goes out again, without the departure least of all: who has both would take the
    /// one that leaves him the license, and go on beside the one that took the other. Should the device take the
    /// update after all, the license [arrives](Self::arrive) nowhere before it was told to leave once more.
    ///
    /// # Errors
    /// [`IssueError::NoLicense`]; [`IssueError::NotLeaving`]; [`IssueError::NotHeld`] when the statement
    /// does not say that the device has it, or is older than another that it made; [`IssueError::File`].
    pub fn stay(
        &mut self,
        id: LicenseId,
        standing: &mut Standing,
        now: Time,
    ) -> Result<Vec<LicenseId>, IssueError> {
        let device = standing.dongle.to_string();
        let sold = self.held_by(id, &device)?;
        self.together(|ledger| {
            let shown = standing.update;
            ledger.learn(standing);
            let known = ledger.entries.devices.get(&device);
            let departs = known.map_or_else(Vec::new, |known| known.departs.clone());
            let told = departs.iter().any(|depart| depart.id == id);
            if sold.leaving.is_none() && !told {
                return Err(IssueError::NotLeaving { id: id.to_string() });
            }
            let here = Departing { id, hop: sold.hop, to: None };
            if !here.is_held(standing) || shown < standing.update {
                return Err(IssueError::NotHeld { id: id.to_string(), device });
            }
            let mut stays = vec![id];
            if told {
                ledger.believe(standing, now);
                let others = departs.iter().filter(|depart| depart.id != id && depart.is_held(standing));
                stays.extend(others.map(|depart| depart.id));
            }
            if let Some(sold) = ledger.entries.licenses.get_mut(&id.to_string()) {
                sold.stays();
            }
            Ok(stays)
        })
    }

    /// Enters that a license has left the device which states so, and is now of the device it left
    /// for: one hop and one revision on, with what is left of it.
    ///
    /// # Errors
    /// [`IssueError::NoLicense`], [`IssueError::RevokedDevice`]; [`IssueError::NotDeparted`] when the
    /// statement does not say that it left, [`IssueError::LeftForAnother`] when it left for another device;
    /// [`IssueError::Stayed`]; [`IssueError::OtherProduct`]; [`IssueError::UnknownMeters`] when it counts meters
    /// that no revision known here has; [`IssueError::LastRevision`].
    pub fn arrive(
        &mut self,
        id: LicenseId,
        from: &Standing,
        to: &Standing,
        product: &str,
        refills: &BTreeMap<String, u64>,
    ) -> Result<Sold, IssueError> {
        let (device, destination) = (from.dongle.to_string(), to.dongle.to_string());
        self.counts(&device)?;
        self.counts(&destination)?;
        let mut sold = self.held_by(id, &device)?;
        sold.is_of(id, product)?;
        if sold.stayed {
            return Err(IssueError::Stayed { id: id.to_string(), device });
        }
        let departed = departed(&sold, id, from, to)?;
        let mut used = self.used(from, id);
        if !used.give_up(&sold, departed) {
            return Err(IssueError::UnknownMeters { id: id.to_string(), device });
        }
        for (meter, units) in used.each() {
            let spent = sold.spent.entry(meter.to_owned()).or_default();
            *spent = spent.saturating_add(units);
        }
        for (meter, units) in refills {
            let granted = sold.refills.entry(meter.clone()).or_default();
            *granted = granted.saturating_add(*units);
        }
        let Departed { first_use, usage_time, .. } = *departed;
        sold.carry = Some(Carry { first_use, usage_time });
        let last = || IssueError::LastRevision { id: id.to_string() };
        sold.hop = sold.hop.checked_add(1).ok_or_else(last)?;
        sold.revision = sold.next_revision(id)?;
        sold.leaving = None;
        if let Some(known) = self.entries.devices.get_mut(&destination) {
            known.used.remove(&id.to_string());
        }
        sold.device = destination;
        self.entries.licenses.insert(id.to_string(), sold.clone());
        Ok(sold)
    }

    /// A license that this device has, as far as the ledger knows.
    fn held_by(&self, id: LicenseId, device: &str) -> Result<Sold, IssueError> {
        let sold = self.entries.licenses.get(&id.to_string()).filter(|sold| sold.device == device);
        sold.cloned().ok_or_else(|| IssueError::NoLicense { id: id.to_string(), device: device.to_owned() })
    }
}

/// What this device says of a license that left it for that other one.
fn departed<'s>(
    sold: &Sold,
    id: LicenseId,
    from: &'s Standing,
    to: &Standing,
) -> Result<&'s Departed, IssueError> {
    let (id_text, device) = (id.to_string(), from.dongle.to_string());
    let of_this_hop = |departed: &&Departed| departed.id == id && departed.hop == sold.hop;
    let departed = from.departed.iter().find(of_this_hop);
    match departed.and_then(|departed| Some((departed, departed.to?))) {
        Some((departed, there)) if there == DeviceId::Dongle(to.dongle) => Ok(departed),
        Some((_, DeviceId::Dongle(other))) => {
            Err(IssueError::LeftForAnother { id: id_text, device, other: other.to_string() })
        }
        _ => Err(IssueError::NotDeparted { id: id_text, device, to: to.dongle.to_string() }),
    }
}
