//! A paper dongle that takes updates, and says truly what it holds.

use holdfast_document::{Class, DeviceId, DongleId, Received, Seconds, Time, Units, VendorId, strict};
use holdfast_issuer::Office;
use holdfast_license::statement::{Departed, Held};
use holdfast_license::update::Carry;
use holdfast_license::{Action, License, LicenseId, Purpose, Update};

use super::{Draw, PopulationError, random};
use crate::paper::{PaperDongle, Word};
use rand_core::Rng;

/// The dongle and what it remembers of its vendor.
pub struct Keeper {
    dongle: PaperDongle,
    id: DongleId,
    word: Word,
}

/// Why an update was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It is for another device.
    OtherDevice,
    /// It is not the next one.
    OutOfOrder,
}

impl Keeper {
    /// A dongle fresh from the factory.
    ///
    /// # Errors
    /// Those of [`PaperDongle::of_class`].
    pub fn new(
        class: Class,
        batch: &Office,
        made: Time,
        (seed, index): (u64, u64),
    ) -> Result<Self, PopulationError> {
        let dongle =
            PaperDongle::of_class(class, batch, false, made, &mut random(seed, Draw::Dongle, index))?;
        Ok(Self { id: dongle.id()?, dongle, word: Word::enrolled(made) })
    }

    /// Its id.
    pub const fn id(&self) -> DongleId {
        self.id
    }

    /// Its Device document.
    pub fn certificate(&self) -> &[u8] {
        self.dongle.certificate()
    }

    /// What the factory had it say.
    ///
    /// # Errors
    /// None that can be caused from here.
    pub fn enrolled(&self) -> Result<Vec<u8>, PopulationError> {
        Ok(self.dongle.states(VendorId::ZERO, &self.word)?.0)
    }

    /// Says what it holds, in the next statement of its chain.
    ///
    /// # Errors
    /// None that can be caused from here.
    pub fn states(&mut self, vendor: VendorId, purpose: Purpose) -> Result<Vec<u8>, PopulationError> {
        let number = self.word.number + 1;
        let said = Word { purpose, number, ..self.word.clone() };
        let (statement, digest) = self.dongle.states(vendor, &said)?;
        (self.word.number, self.word.previous) = (number, digest);
        Ok(statement)
    }

    /// Spends some of what is left on each meter.
    pub fn uses(&mut self, granted: &[(LicenseId, u64)], rng: &mut impl Rng) {
        for held in &mut self.word.held {
            let Some((_, granted)) = granted.iter().find(|(id, _)| *id == held.id) else { continue };
            for used in &mut held.used {
                let left = granted.saturating_sub(used.0);
                used.0 += left * (64 + rng.next_u64() % 192) / 256;
            }
        }
    }

    /// Takes an update: all of it, if it is for this device and the next.
    ///
    /// # Errors
    /// [`PopulationError::Document`] for one that does not read.
    pub fn takes(&mut self, update: &[u8]) -> Result<Result<(), NotTaken>, PopulationError> {
        let received = Received::parse(update)?;
        let update: Update<'_> = strict::decode(received.document().body)?;
        if update.to != DeviceId::Dongle(self.id) {
            return Ok(Err(NotTaken::OtherDevice));
        }
        if update.base != self.word.update {
            return Ok(Err(NotTaken::OutOfOrder));
        }
        for action in update.actions.iter() {
            match action? {
                Action::Install(install) => {
                    let license = Received::parse(install.license)?;
                    self.installs(&strict::decode(license.document().body)?, install.carry);
                }
                Action::Depart(depart) => {
                    let leaves = |held: &Held| (held.id, held.hop) == (depart.id, depart.hop);
                    let place = self.word.held.iter().position(leaves);
                    let held = place.map(|place| self.word.held.remove(place));
                    let departed = held.map(|Held { id, hop, used, usage_time, first_use, .. }| Departed {
                        id,
                        hop,
                        to: depart.to,
                        used,
                        usage_time,
                        first_use,
                    });
                    self.word.departed.extend(departed);
                }
                Action::Answer(answer) => self.word.answered = answer.request,
                _ => {}
            }
        }
        self.word.update += 1;
        self.word.applied = received.digest();
        self.word.floor = self.word.floor.max(update.issued);
        Ok(Ok(()))
    }

    fn installs(&mut self, license: &License<'_>, carry: Option<Carry>) {
        let meters = license.meters.known().count();
        let held = &mut self.word.held;
        match held.iter_mut().find(|held| held.id == license.id) {
            Some(held) => {
                held.revision = license.revision;
                while held.used.len() < meters && held.used.push(Units(0)).is_ok() {}
            }
            None => held.push(Held {
                id: license.id,
                hop: license.hop,
                revision: license.revision,
                used: std::iter::repeat_n(Units(0), meters).collect(),
                usage_time: carry.map_or(Seconds(0), |carry| carry.usage_time),
                first_use: carry.and_then(|carry| carry.first_use),
            }),
        }
    }
}
