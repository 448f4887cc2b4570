//! A ledger that came back from a backup, and what it must hear before it answers anyone again.
//!
//! It has forgotten the answers that it gave since. If it went on answering, an honest device could stick for good
//! (what the ledger holds for its last answer is never taken), and two copies of a device could both go on. So it
//! answers a device, with a new answer or the last again, only once it was shown the last update that it had signed
//! for it, or an operator has said where the device stands; that is kept with the ledger. Updates without an answer
//! can be issued at any time.

use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::revocations::Revoked;
use holdfast_document::{DeviceId, DocumentError, DongleId, Kind, Kinds, Received, Revocations, Root, Time};
use holdfast_license::update::Answer;
use holdfast_license::{Action, License, Update};
use serde::{Deserialize, Serialize};

use super::transferred::Departing;
use super::{Device, Entries, Ledger, Named, Sold};
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

/// What a document has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learned {
    /// An update.
    Update {
        /// The device that it is for.
        device: DongleId,
        /// The request that the ledger holds for the last that was answered; zeros where none was.
        answered: Hash,
        /// Licenses in it that the ledger does not have: sold since the backup. They cannot be renewed from this
        /// ledger.
        unknown: Vec<String>,
    },
    /// A statement.
    Statement {
        /// The device that made it.
        device: DongleId,
        /// The highest number of an update that it has shown.
        update: u32,
    },
    /// One part of an issue of revocations.
    Revocations {
        /// The number of the last issue, as far as the ledger knows.
        number: u32,
    },
}

/// What was granted on a meter by the last revision that the ledger was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    total: u64,
    /// What the ledger had entered as refills by then.
    refills: u64,
}

impl Ledger {
    /// It came back from a backup, or was begun anew for devices in use: from now on it answers no device before it
    /// has learned where that stands. `next` is a number of the quota that was surely not sold yet. Unless nothing
    /// was revoked since the backup, it revokes nothing before it was shown the last issue. Gives the number of the
    /// restore.
    ///
    /// # Errors
    /// [`IssueError::Sold`] for a number that was sold already; [`IssueError::File`].
    pub fn restored(&mut self, next: u32, nothing_revoked: bool) -> Result<u32, IssueError> {
        self.together(|ledger| {
            let entries = &mut ledger.entries;
            if next < entries.next_number {
                return Err(IssueError::Sold { next, least: entries.next_number });
            }
            entries.next_number = next;
            entries.restored = entries.restored.saturating_add(1);
            if nothing_revoked {
                entries.revocations_learned = entries.restored;
            }
            Ok(entries.restored)
        })
    }

    /// Whether it may answer this device: it has learned where that stands since it came back, or neither of them
    /// has heard of an update yet. (Of a first sale since the backup the device may not have heard either. If so it
    /// takes that sale's answer or the new one, and goes on.) A device that took an answer of which the ledger has
    /// never heard is another desk's, or its ledger was begun anew.
    pub fn knows(&self, standing: &Standing) -> bool {
        let nothing = Device::default();
        let device = self.entries.devices.get(&standing.dongle.to_string()).unwrap_or(&nothing);
        let of_another = device.answered.is_zero() && !standing.answered.is_zero();
        device.is_new(standing) || (device.learned == self.entries.restored && !of_another)
    }

    /// Nothing is revoked before the last issue is known, or it would be issued a second time with other names.
    ///
    /// # Errors
    /// [`IssueError::RevocationsNotLearned`].
    pub(super) fn knows_revocations(&self) -> Result<(), IssueError> {
        let known = self.entries.revocations_learned == self.entries.restored;
        if known { Ok(()) } else { Err(IssueError::RevocationsNotLearned) }
    }

    /// Learns from a document. From the last *Update* that this vendor's desk signed for a device: the answer in it,
    /// the number that the device had shown, the revisions and totals of its licenses and their numbers. From a
    /// device's *Statement*: the number that it shows. From *Revocations*, every part of the last issue: what was
    /// named. An older one than the ledger knows of sets nothing back, in whatever order they come.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for what is none of these, or does not hold; [`IssueError::NoLedger`] for an update
    /// by a desk that answers nobody; [`IssueError::OtherStorage`] for one from before the device's storage was
    /// formatted; [`IssueError::File`].
    pub fn learn_from(&mut self, records: &[u8], document: &[u8]) -> Result<Learned, IssueError> {
        let vendor = Succession::read(records)?;
        if vendor.id() != self.entries.vendor {
            return Err(DocumentError::WrongAuthority.into());
        }
        let received = Received::parse(document)?;
        match received.kind() {
            Kind::Statement => self.learn_statement(records, document),
            Kind::Revocations => self.learn_revocations(&received, &vendor.root_of(document)?),
            _ => self.learn_update(&received, &vendor.root_of(document)?),
        }
    }

    fn learn_statement(&mut self, records: &[u8], document: &[u8]) -> Result<Learned, IssueError> {
        let mut standing = Standing::read(records, document)?;
        self.together(|ledger| {
            ledger.learn(&mut standing);
            Ok(Learned::Statement { device: standing.dongle, update: standing.update })
        })
    }

    fn learn_revocations(&mut self, received: &Received<'_>, root: &Root) -> Result<Learned, IssueError> {
        let issue = received.verify::<RustCrypto, Revocations<'_>>(root, Time(0))?;
        let mut named = Named::default();
        for entry in issue.entries.iter() {
            match entry? {
                Revoked::Delegation(of) => named.key(&of.body.to_string(), of.from_number),
                Revoked::Firmware(of) => named.firmware(of.board.as_str(), of.version),
                Revoked::Device(device) => named.device(device),
            }
        }
        self.together(|ledger| {
            ledger.entries.revocations_learned = ledger.entries.restored;
            Ok(Learned::Revocations { number: ledger.entries.revoked.take(issue.number, &named) })
        })
    }

    fn learn_update(&mut self, received: &Received<'_>, root: &Root) -> Result<Learned, IssueError> {
        let update = received.verify::<RustCrypto, Update<'_>>(root, Time(0))?;
        let DeviceId::Dongle(dongle) = update.to else { return Err(DocumentError::WrongAuthority.into()) };
        if !update.may(Kinds::ANSWER) {
            // A reseller's; it says nothing of answers, and its numbers are no one's but the reseller's.
            return Err(IssueError::NoLedger);
        }
        let mut licenses = Vec::new();
        let (mut answer, mut departs) = (None, Vec::new());
        for action in update.actions.iter() {
            match action? {
                Action::Install(install) => {
                    let license = install.under(&update)?;
                    licenses.push(license.verify::<RustCrypto, License<'_>>(root, Time(0))?);
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
            let unknown = licenses.iter().filter_map(|license| entries.take(license)).collect();
            Ok(Learned::Update { device: dongle, answered, unknown })
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
            ledger.believe(standing, now);
            Ok(())
        })
    }

    /// Takes a device's own word for its last answer, and keeps that an operator said so. What was to leave it by an
    /// answer that it says it did not take, and still has, stays; and that answer goes out no more.
    pub(super) fn believe(&mut self, standing: &Standing, now: Time) {
        let entries = &mut self.entries;
        let device = entries.devices.entry(standing.dongle.to_string()).or_default();
        if !device.departs.is_empty() && device.answered != standing.answered {
            device.taken_back.push(device.answered);
        }
        for depart in device.departs.iter().filter(|depart| depart.is_held(standing)) {
            if let Some(sold) = entries.licenses.get_mut(&depart.license()) {
                sold.stays();
            }
        }
        (device.answered, device.answer_time) = (standing.answered, Time(0));
        // What was signed for it before it stood here is older.
        (device.answer_base, device.learned) = (device.update, entries.restored);
        device.departs.clear();
        entries.decisions.push(Decision {
            device: standing.dongle.to_string(),
            restored: entries.restored,
            answered: standing.answered,
            at: now,
        });
    }
}

impl Entries {
    /// Takes what a license tells that was signed since the backup; its id, where it is not known or has moved: what
    /// earlier devices used of it stands in their statements only.
    fn take(&mut self, license: &License<'_>) -> Option<String> {
        let id = license.id.to_string();
        self.next_number = self.next_number.max(license.number.saturating_add(1));
        let known = self.licenses.get_mut(&id).filter(|known| license.hop <= known.hop);
        let Some(known) = known else {
            self.licenses.remove(&id);
            return Some(id);
        };
        if license.hop == known.hop && license.revision > known.revision {
            known.revision = license.revision;
            let meters = license.meters.known().map(|meter| meter.name.as_str().to_owned());
            known.meters = Some(meters.collect());
            for meter in license.meters.known() {
                let name = meter.name.as_str().to_owned();
                let refills = known.refills.get(&name).copied().unwrap_or_default();
                known.learned.insert(name, Granted { total: meter.allowance.0, refills });
            }
        }
        None
    }
}

impl Sold {
    /// The least total that its next revision grants on a meter: what was granted by one that the ledger forgot and
    /// was shown, and what was refilled since.
    pub(crate) fn least(&self, meter: &str) -> u64 {
        let refills = self.refills.get(meter).copied().unwrap_or_default();
        let learned = self.learned.get(meter);
        learned.map_or(0, |then| then.total.saturating_add(refills.saturating_sub(then.refills)))
    }

    /// So many units of a meter were used up before it came to another device.
    pub(super) fn learned_is_spent(&mut self, meter: &str, used: u64) {
        if let Some(learned) = self.learned.get_mut(meter) {
            learned.total = learned.total.saturating_sub(used);
        }
    }
}

impl Device {
    /// Neither it nor the ledger has heard of an update or an answer.
    pub(super) fn is_new(&self, standing: &Standing) -> bool {
        self.update == 0 && standing.update == 0 && self.answered.is_zero() && standing.answered.is_zero()
    }

    fn take(&mut self, base: u32, answer: Option<Answer>, departs: Vec<Departing>, restored: u32) {
        self.update = self.update.max(base);
        // A new answer is given to a device that has taken the update with the one before, so its base is higher; only
        // one that took the place of a departure which was taken back has the same, and a later time.
        let last = (self.answer_base, self.answer_time);
        if let Some(Answer { request, time }) = answer.filter(|answer| (base, answer.time) >= last) {
            (self.answered, self.answer_time, self.departs) = (request, time, departs);
            self.answer_base = base;
        }
        self.learned = restored;
    }
}
