//! A ledger that came back from a backup, and what it must hear before it answers anyone again.
//!
//! It has forgotten the answers that it gave since. If it went on answering, an honest device could stick for good
//! (what the ledger holds for its last answer is never taken), and two copies of a device could both go on. So it
//! answers a device, with a new answer or the last again, only once it was shown the last update that it had signed
//! for it, or an operator has said where the device stands; that is kept with the ledger. Updates without an answer
//! can be issued at any time.

use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{DeviceId, DocumentError, DongleId, Kinds, Received, Time};
use holdfast_license::update::Answer;
use holdfast_license::{Action, License, Update};
use serde::{Deserialize, Serialize};

use super::transferred::Departing;
use super::{Device, Ledger};
use crate::{IssueError, Standing, Succession};

/// What an operator said of a device, after a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    device: String,
    /// After which restore.
    restored: u32,
    /// The answer that is its last from now on.
    answered: Hash,
    at: Time,
}

/// What an update has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The device that it is for.
    pub device: DongleId,
    /// The request that the ledger holds for the last that was answered; zeros where none was.
    pub answered: Hash,
    /// Licenses in it that the ledger does not have: sold since the backup. They cannot be renewed from this ledger.
    pub unknown: Vec<String>,
}

impl Ledger {
    /// It came back from a backup, or was begun anew for devices in use: from now on it answers no device before it
    /// has learned where that stands. Gives the number of the restore.
    ///
    /// # Errors
    /// [`IssueError::File`].
    pub fn restored(&mut self) -> Result<u32, IssueError> {
        self.together(|ledger| {
            ledger.entries.restored = ledger.entries.restored.saturating_add(1);
            Ok(ledger.entries.restored)
        })
    }

    /// Whether it may answer this device: it has learned where that stands since it came back, or neither of them
    /// has heard of an update yet. (Of a first sale since the backup the device may not have heard either. If so it
    /// takes that sale's answer or the new one, and goes on.)
    pub fn knows(&self, standing: &Standing) -> bool {
        let nothing = Device::default();
        let device = self.entries.devices.get(&standing.dongle.to_string()).unwrap_or(&nothing);
        device.learned == self.entries.restored || device.is_new(standing)
    }

    /// Learns from the last update that this vendor's desk signed for a device: the answer in it, the number that
    /// the device had shown, the revisions of licenses and the numbers of the quota. An older one than it knows of
    /// sets nothing back.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for what is no such update; [`IssueError::OtherStorage`] for one from before the
    /// device's storage was formatted; [`IssueError::File`].
    pub fn learn_update(&mut self, record: &[u8], update: &[u8]) -> Result<Learned, IssueError> {
        let vendor = Succession::read(record)?;
        if vendor.id() != self.entries.vendor {
            return Err(DocumentError::WrongAuthority.into());
        }
        let root = vendor.root_of(update)?;
        let received = Received::parse(update)?;
        let update = received.verify::<RustCrypto, Update<'_>>(&root, Time(0))?;
        let DeviceId::Dongle(dongle) = update.to else { return Err(DocumentError::WrongAuthority.into()) };
        if !update.may(Kinds::ANSWER) {
            // A reseller's; it says nothing of answers.
            return Err(IssueError::NoLedger);
        }
        let mut sold = Vec::new();
        let (mut answer, mut departs) = (None, Vec::new());
        for action in update.actions.iter() {
            match action? {
                Action::Install(install) => {
                    let license = install.under(&update)?;
                    let license = license.verify::<RustCrypto, License<'_>>(&root, Time(0))?;
                    sold.push((license.id.to_string(), license.hop, license.revision, license.number));
                }
                Action::Answer(found) => answer = Some(found),
                Action::Depart(depart) => departs.push(depart.into()),
                _ => {}
            }
        }
        self.together(|ledger| {
            let entries = &mut ledger.entries;
            let device = entries.devices.entry(dongle.to_string()).or_default();
            if device.storage.is_zero() {
                device.storage = update.storage;
            }
            if device.storage != update.storage {
                return Err(IssueError::OtherStorage);
            }
            device.take(update.base, answer, departs, entries.restored);
            let answered = device.answered;
            let mut unknown = Vec::new();
            for (id, hop, revision, number) in sold {
                entries.next_number = entries.next_number.max(number.saturating_add(1));
                match entries.licenses.get_mut(&id) {
                    // It moved since; what earlier devices used of it stands in their statements only.
                    Some(known) if hop > known.hop => {
                        entries.licenses.remove(&id);
                        unknown.push(id);
                    }
                    Some(known) => known.revision = known.revision.max(revision),
                    None => unknown.push(id),
                }
            }
            Ok(Learned { device: dongle, answered, unknown })
        })
    }

    /// An operator says that a device stands where its own statement says, because the last update for it is lost.
    /// A copy of the device could say the same; so this is kept, with its time.
    ///
    /// # Errors
    /// [`IssueError::File`].
    pub fn trust(&mut self, standing: &mut Standing, now: Time) -> Result<(), IssueError> {
        self.together(|ledger| {
            ledger.learn(standing);
            let entries = &mut ledger.entries;
            let device = entries.devices.entry(standing.dongle.to_string()).or_default();
            (device.answered, device.answer_time, device.learned) =
                (standing.answered, Time(0), entries.restored);
            entries.decisions.push(Decision {
                device: standing.dongle.to_string(),
                restored: entries.restored,
                answered: standing.answered,
                at: now,
            });
            Ok(())
        })
    }
}

impl Device {
    /// Neither it nor the ledger has heard of an update or an answer.
    pub(super) fn is_new(&self, standing: &Standing) -> bool {
        self.update == 0 && standing.update == 0 && self.answered.is_zero() && standing.answered.is_zero()
    }

    fn take(&mut self, base: u32, answer: Option<Answer>, departs: Vec<Departing>, restored: u32) {
        self.update = self.update.max(base);
        if let Some(Answer { request, time }) = answer.filter(|answer| answer.time >= self.answer_time) {
            (self.answered, self.answer_time, self.departs) = (request, time, departs);
        }
        self.learned = restored;
    }
}
