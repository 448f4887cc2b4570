//! What was used of each meter, by its name.
//!
//! A device states what was used by the places of the meters in the revision that it holds, and a revision may have
//! more meters than the one before, or fewer. So the ledger remembers which revision had which, and each
//! revision keeps the order of the one before: read by the wrong names, units would be lost, or given twice.

use std::collections::BTreeMap;

use holdfast_document::Units;
use holdfast_license::LicenseId;
use holdfast_license::statement::{Departed, Held};
use serde::{Deserialize, Serialize};

use super::{Ledger, Sold};
use crate::{Offer, Standing};

/// Units used of one license on one device, as last shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The highest revision that the device has shown.
    revision: u32,
    units: BTreeMap<String, u64>,
}

impl Used {
    /// Of one meter; 0 where nothing was shown.
    pub fn of(&self, meter: &str) -> u64 {
        self.units.get(meter).copied().unwrap_or_default()
    }

    /// Of each meter.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, u64)> {
        self.units.iter().map(|(meter, units)| (meter.as_str(), *units))
    }

    /// The device has given the license up, and states what it counted last. What was once seen stays used, whatever
    /// a later statement says. Says whether the names of all that it states are known.
    pub(super) fn give_up(&mut self, sold: &Sold, departed: &Departed) -> bool {
        let Some(meters) = sold.meters_given_up(self.revision, departed.used.len()) else { return false };
        self.rise(meters, &departed.used);
        true
    }

    fn rise(&mut self, meters: &[String], shown: &[Units]) {
        for (meter, shown) in meters.iter().zip(shown) {
            let known = self.units.entry(meter.clone()).or_default();
            *known = shown.0.max(*known);
        }
    }

    /// An old statement, replayed, shows less; what was once seen stays used.
    pub(super) fn show(&mut self, sold: &Sold, held: &Held) {
        self.revision = self.revision.max(held.revision);
        self.rise(sold.meters_at(held.revision), &held.used);
    }
}

impl<'m> FromIterator<(&'m str, u64)> for Used {
    /// Of no revision in particular.
    fn from_iter<I: IntoIterator<Item = (&'m str, u64)>>(units: I) -> Self {
        let units = units.into_iter().map(|(meter, units)| (meter.to_owned(), units));
        Self { revision: 0, units: units.collect() }
    }
}

impl Sold {
    /// The meters of a revision, in its order.
    fn meters_at(&self, revision: u32) -> &[String] {
        let since = self.meters.range(..=revision).next_back();
        since.or(self.meters.first_key_value()).map_or(&[], |(_, meters)| meters)
    }

    /// A device gave up a revision of so many meters. It is the one that it had shown before, unless that has another
    /// number of them: it is told to leave by the update that stands where a later revision would have.
    fn meters_given_up(&self, shown: u32, places: usize) -> Option<&[String]> {
        let later = self.meters.range(shown.saturating_add(1)..).rev().map(|(_, meters)| meters.as_slice());
        let had = (shown > 0).then(|| self.meters_at(shown));
        had.into_iter().chain(later).find(|meters| meters.len() == places)
    }

    /// A revision has these meters.
    pub(super) fn has_meters(&mut self, revision: u32, meters: Vec<String>) {
        if self.meters.is_empty() || self.meters_at(revision) != meters {
            self.meters.insert(revision, meters);
        }
    }

    /// Puts the meters of an offer in the order of the revision before; further ones stand behind those.
    pub(crate) fn order_meters(&self, offer: &mut Offer<'_>) {
        let before = self.meters_at(self.revision);
        offer.meters.sort_by_key(|(meter, ..)| {
            before.iter().position(|known| known == meter).unwrap_or(before.len())
        });
    }
}

impl Ledger {
    /// Keeps which meters the last revision of a license has, in which order.
    pub(crate) fn keep_meters(&mut self, id: LicenseId, offer: &Offer<'_>) {
        if let Some(sold) = self.entries.licenses.get_mut(&id.to_string()) {
            let meters = offer.meters.iter().map(|(meter, ..)| (*meter).to_owned());
            sold.has_meters(sold.revision, meters.collect());
        }
    }

    /// Units used of a license, as last shown by the device.
    pub fn used(&self, standing: &Standing, id: LicenseId) -> Used {
        let device = self.entries.devices.get(&standing.dongle.to_string());
        device.and_then(|device| device.used.get(&id.to_string())).cloned().unwrap_or_default()
    }
}
