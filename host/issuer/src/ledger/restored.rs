//! A ledger that came back from a backup, and what it must hear before it answers anyone again.
//!
//! It has forgotten the answers that it gave since. If it went on answering, an honest device could stick for good
//! (what the ledger holds for its last answer is never taken), and two copies of a device could both go on. So it
//! answers a device, with a new answer or the last again, only once it was shown the last update that it had signed
//! for it, or an operator has said where the device stands; that is kept with the ledger. Updates without an answer
//! can be issued at any time.

use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{DeviceId, DocumentError, DongleId, Kind, Kinds, Received, Root, Time};
use holdfast_license::update::Answer;
use holdfast_license::{Action, License, Update};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::transferred::{Departing, Departures};
use super::{Device, Entries, Ledger, Sold};
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
        /// Whether the device is answered from now on; else the update was not the last one with an answer.
        known: bool,
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
        /// Whether every part of that issue was shown; nothing is revoked before.
        whole: bool,
    },
    /// A delegation, for the root that it stands under.
    Delegation {
        /// Whether it was revoked.
        revoked: bool,
    },
}

/// What was granted on a meter by the last revision that the ledger was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// What earlier devices had used of it is in that.
    total: u64,
    /// What the ledger had entered as refills by then.
    refills: u64,
}

/// Where a license stood when the ledger came back from a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    /// The last revision that the ledger remembered.
    revision: u32,
    /// The last one that may have been issued and forgotten.
    forgotten: u32,
    /// The refills that it remembered.
    refills: BTreeMap<String, u64>,
}

/// Revisions of one license that may have been issued and forgotten; the next one that is issued stands above
/// all of them. So no two of one number go out, and a device takes it whatever it holds: sixteen restores are far
/// from the jump that a device refuses.
const FORGOTTEN: u32 = 4_096;

impl Granted {
    /// The total, when so much has been refilled.
    const fn with(self, refills: u64) -> u64 {
        self.total.saturating_add(refills.saturating_sub(self.refills))
    }
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
            entries.licenses.values_mut().for_each(Sold::came_back);
            if nothing_revoked {
                entries.revocations_are_known();
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

    /// Learns from a document. From the last *Update* with an answer that this vendor's desk signed for a device: that
    /// answer, the number that the device had shown, the revisions and totals of its licenses and their numbers. From a
    /// device's *Statement*: the number that it shows. From *Revocations*, every part of the last issue: what was
    /// named. From a *Delegation* that was revoked: the root that it stands under. An older one than the ledger
    /// knows of sets nothing back, in whatever order they come.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for what is none of these, or does not hold; [`IssueError::NoLedger`] for an update
    /// by a desk that answers nobody; [`IssueError::UnderRevokedKey`]; [`IssueError::NotByARoot`] for revocations that a
    /// delegate signed; [`IssueError::OtherStorage`] for an update from before the device's storage was formatted;
    /// [`IssueError::File`].
    pub fn learn_from(&mut self, records: &[u8], document: &[u8]) -> Result<Learned, IssueError> {
        let vendor = Succession::read(records)?;
        if vendor.id() != self.entries.vendor {
            return Err(DocumentError::WrongAuthority.into());
        }
        let received = Received::parse(document)?;
        match received.kind() {
            Kind::Statement => self.learn_statement(records, document),
            Kind::Revocations => self.learn_revocations(&received, &vendor.root_of(document)?),
            Kind::Delegation => self.learn_delegation(&received, &vendor.root_of(document)?),
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

    fn learn_update(&mut self, received: &Received<'_>, root: &Root) -> Result<Learned, IssueError> {
        let update = received.verify::<RustCrypto, Update<'_>>(root, Time(0))?;
        self.stands(&update)?;
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
                    let license = license.verify::<RustCrypto, License<'_>>(root, Time(0))?;
                    self.stands(&license)?;
                    licenses.push(license);
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
            let departures = device.take(update.base, answer, departs, entries.restored);
            let (answered, known) = (device.answered, device.learned == entries.restored);
            let unknown = licenses.iter().filter_map(|license| entries.take(license)).collect();
            departures.enter(&mut entries.licenses, &dongle.to_string());
            Ok(Learned::Update { device: dongle, answered, known, unknown })
        })
    }

    /// An operator says that a device stands where its own statement says, because the last update for it is lost.
    /// A copy of the device could say the same; so this is kept, with its time.
    ///
    /// A request whose answer was taken back before may be answered anew from then on: of a device that has eight
    /// waiting and gives out no other, nothing else would be heard again.
    ///
    /// # Errors
    /// [`IssueError::OldStatement`] where the device has shown that it went on since; [`IssueError::File`].
    pub fn trust(&mut self, standing: &mut Standing, now: Time) -> Result<(), IssueError> {
        self.together(|ledger| {
            let shown = standing.update;
            let known = ledger.entries.devices.get(&standing.dongle.to_string());
            let was_taken_back = known.is_some_and(|known| known.taken_back.contains(&standing.statement));
            ledger.learn(standing);
            if shown < standing.update {
                return Err(IssueError::OldStatement { device: standing.dongle.to_string() });
            }
            ledger.believe(standing, now);
            if was_taken_back
                && let Some(device) = ledger.entries.devices.get_mut(&standing.dongle.to_string())
            {
                device.taken_back.retain(|request| *request != standing.statement);
            }
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
        if device.answered != standing.answered {
            // Its time is not known, so this answer is not given once more.
            (device.answered, device.answer_time) = (standing.answered, Time(0));
        }
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
        if license.hop == known.hop && known.has_forgotten(license.revision) {
            known.remember(license);
        }
        None
    }
}

impl Sold {
    /// The ledger came back from a backup: what was issued since is forgotten.
    fn came_back(&mut self) {
        let refills = self.refills.clone();
        // Where nothing was issued since the last time, what was forgotten then may still be shown.
        let backup = self.backup.take().filter(|backup| backup.forgotten == self.revision);
        let mut backup = backup.unwrap_or(Backup { revision: self.revision, forgotten: 0, refills });
        self.revision = self.revision.saturating_add(FORGOTTEN);
        backup.forgotten = self.revision;
        self.backup = Some(backup);
    }

    /// Whether this revision may be one that was issued and forgotten.
    fn has_forgotten(&self, revision: u32) -> bool {
        match &self.backup {
            Some(backup) => revision > backup.revision && revision <= backup.forgotten,
            None => revision > self.revision,
        }
    }

    /// Takes what a forgotten revision says.
    fn remember(&mut self, license: &License<'_>) {
        self.revision = self.revision.max(license.revision);
        let meters = license.meters.known().map(|meter| meter.name.as_str().to_owned());
        self.has_meters(license.revision, meters.collect());
        for meter in license.meters.known() {
            let name = meter.name.as_str();
            // What was refilled in this ledger since is not in that total.
            let before = self.backup.as_ref().map_or(&self.refills, |backup| &backup.refills);
            let of = |units: &BTreeMap<String, u64>| units.get(name).copied().unwrap_or_default();
            let total = meter.allowance.0.saturating_add(of(&self.spent));
            let granted = Granted { total, refills: of(before) };
            if granted.with(self.refilled(name)) > self.least(name) {
                self.learned.insert(name.to_owned(), granted);
            }
        }
    }

    fn refilled(&self, meter: &str) -> u64 {
        self.refills.get(meter).copied().unwrap_or_default()
    }

    /// The least that is granted on a meter, on all devices together: by a revision that the ledger forgot and was
    /// shown, and what was refilled since.
    pub(crate) fn least(&self, meter: &str) -> u64 {
        self.learned.get(meter).map_or(0, |then| then.with(self.refilled(meter)))
    }
}

impl Device {
    /// Neither it nor the ledger has heard of an update or an answer.
    pub(super) fn is_new(&self, standing: &Standing) -> bool {
        self.update == 0 && standing.update == 0 && self.answered.is_zero() && standing.answered.is_zero()
    }

    /// It was trusted when it said that it had taken an answer which this statement does not speak of.
    pub(super) fn has_gone_on(&self, standing: &Standing) -> bool {
        self.answer_time == Time(0) && !self.answered.is_zero() && self.answered != standing.answered
    }

    /// Takes what an update says; gives what changes of departures, if its answer is the last one.
    fn take(
        &mut self,
        base: u32,
        answer: Option<Answer>,
        departs: Vec<Departing>,
        restored: u32,
    ) -> Departures {
        self.update = self.update.max(base);
        // One that was taken back goes out no more, whoever shows it.
        let answer = answer.filter(|answer| !self.taken_back.contains(&answer.request));
        // Without an answer it says nothing of the last one, if there is any.
        if answer.is_some() || self.answered.is_zero() {
            self.learned = restored;
        }
        // A new answer is given to a device that has taken the update with the one before, so its base is higher; only
        // one that took the place of a departure which was taken back has the same, and a later time.
        let last = (self.answer_base, self.answer_time);
        let mut changed = Departures::default();
        let Some(Answer { request, time }) = answer else { return changed };
        let (newer, other) = ((base, time) >= last, request != self.answered && base == self.answer_base);
        if newer {
            let before = (self.answered, std::mem::replace(&mut self.departs, departs));
            (self.answered, self.answer_time, self.answer_base) = (request, time, base);
            changed.leave.clone_from(&self.departs);
            if other {
                self.takes_back(before, &mut changed);
            }
        } else if other {
            self.takes_back((request, departs), &mut changed);
        }
        changed
    }

    /// Of two answers on one number the later one took the place of the other, whose departures were taken back.
    fn takes_back(&mut self, (request, departs): (Hash, Vec<Departing>), changed: &mut Departures) {
        if !departs.is_empty() {
            self.taken_back.push(request);
            changed.stay = departs;
        }
    }
}
