//! What was issued, and what each device has shown: the desk's memory.
//!
//! It answers three questions. *Which number does the next update of this device carry?* The highest
//! that any statement of the device has shown, so that a lost update never locks a device out. *What
//! was granted so far?* A refill is a new revision with a larger total. *Is this device the one that
//! was answered last?* That is proof of life: each request names the last answer that the device
//! took, and only if that is the ledger's own last answer does it get a new one; else the last is
//! repeated. So of two copies of a device at most one goes on, and a device whose answer was lost
//! always can.
//!
//! It is one JSON file. A change is written to a new file, made durable and renamed over the old
//! one *before* anything that depends on it leaves the desk; a lock file keeps a second desk out.

mod meters;
mod restored;
mod revoked;
mod transferred;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use holdfast_crypto::Hash;
use holdfast_document::{StorageId, Time, VendorId};
use holdfast_license::LicenseId;
use holdfast_license::update::{Answer, Carry};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{IssueError, Standing, whole_file};

pub use meters::Used;
pub use restored::{Granted, Learned};
pub use revoked::Named;

/// The desk's memory, open and locked.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    entries: Entries,
    /// Held for as long as the ledger is open.
    _lock: File,
}

/// What stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entries {
    vendor: VendorId,
    next_number: u32,
    licenses: BTreeMap<String, Sold>,
    devices: BTreeMap<String, Device>,
    /// How often it came back from a backup.
    #[serde(default)]
    restored: u32,
    #[serde(default)]
    decisions: Vec<restored::Decision>,
    /// The restore since which the last issue of revocations is known again.
    #[serde(default)]
    revocations_learned: u32,
    #[serde(default)]
    revoked: revoked::LastIssue,
}

/// A license through all its revisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sold {
    /// Its number in the quota.
    pub number: u32,
    /// The last revision that was issued.
    pub revision: u32,
    /// The product.
    pub product: String,
    /// The customer's pseudonym.
    pub customer: String,
    /// The device it was issued for, in hexadecimal.
    pub device: String,
    /// What refills have granted beyond the template, for each meter.
    pub refills: BTreeMap<String, u64>,
    /// How often it moved to another device.
    #[serde(default)]
    pub hop: u16,
    /// What earlier devices used up of each meter, and so is granted no more.
    #[serde(default)]
    pub spent: BTreeMap<String, u64>,
    /// What goes along with it: first use and hours; none before the first move.
    #[serde(default)]
    pub carry: Option<Carry>,
    /// The device it is on its way to: told to the one that has it, and not yet confirmed.
    #[serde(default)]
    pub leaving: Option<String>,
    /// What revisions that were forgotten had granted, for each meter.
    #[serde(default)]
    pub learned: BTreeMap<String, Granted>,
    /// Whether an operator took back that it leaves, and it was not told to leave since.
    #[serde(default)]
    pub stayed: bool,
    /// Its meters in the order in which a device counts them, from each revision on that changed them.
    #[serde(default)]
    pub meters: BTreeMap<u32, Vec<String>>,
    /// Where it stood when the ledger last came back from a backup.
    #[serde(default)]
    pub(crate) backup: Option<restored::Backup>,
}

impl Sold {
    /// One license is of one product, through all revisions.
    fn is_of(&self, id: LicenseId, product: &str) -> Result<(), IssueError> {
        if self.product == product {
            return Ok(());
        }
        let (of, other) = (self.product.clone(), product.to_owned());
        Err(IssueError::OtherProduct { id: id.to_string(), of, other })
    }

    /// The number of its next revision.
    fn next_revision(&self, id: LicenseId) -> Result<u32, IssueError> {
        let next = self.revision.checked_add(1);
        next.ok_or_else(|| IssueError::LastRevision { id: id.to_string() })
    }
}

/// What a device has shown, and was answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    storage: StorageId,
    update: u32,
    answered: Hash,
    answer_time: Time,
    /// The number of updates that it had shown when it got that answer.
    #[serde(default)]
    answer_base: u32,
    /// The restore since which its answers are known again.
    #[serde(default)]
    learned: u32,
    /// Units used of each license, by the name of the meter.
    used: BTreeMap<String, meters::Used>,
    /// The departures that went with the last answer, and go with it again.
    #[serde(default)]
    departs: Vec<transferred::Departing>,
    /// Requests whose answers brought departures that were taken back: they get no other answer.
    #[serde(default)]
    taken_back: Vec<Hash>,
}

impl Ledger {
    /// Begins an empty ledger whose quota starts at `first`. One that is there already is left alone.
    ///
    /// # Errors
    /// [`IssueError::File`], [`IssueError::Busy`].
    pub fn begin(path: &Path, vendor: VendorId, first: u32) -> Result<Self, IssueError> {
        let lock = lock(path)?;
        if path.exists() {
            let there = std::io::ErrorKind::AlreadyExists.into();
            return Err(IssueError::file("begin", path, &there));
        }
        let entries = Entries {
            vendor,
            next_number: first,
            licenses: BTreeMap::new(),
            devices: BTreeMap::new(),
            restored: 0,
            decisions: Vec::new(),
            revocations_learned: 0,
            revoked: revoked::LastIssue::default(),
        };
        let ledger = Self { path: path.to_owned(), entries, _lock: lock };
        ledger.save()?;
        Ok(ledger)
    }

    /// Opens the ledger of this vendor.
    ///
    /// # Errors
    /// [`IssueError::File`], [`IssueError::Busy`], [`IssueError::Ledger`].
    pub fn open(path: &Path, vendor: VendorId) -> Result<Self, IssueError> {
        if !path.exists() {
            let missing = std::io::ErrorKind::NotFound.into();
            return Err(IssueError::file("open", path, &missing));
        }
        let lock = lock(path)?;
        // Read under the lock: what another desk wrote just before counts.
        let text = fs::read_to_string(path).map_err(|error| IssueError::file("read", path, &error))?;
        let broken = |what: String| IssueError::Ledger { path: path.display().to_string(), what };
        let entries: Entries = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        if entries.vendor != vendor {
            return Err(broken(format!("it is the ledger of vendor {}", entries.vendor)));
        }
        Ok(Self { path: path.to_owned(), entries, _lock: lock })
    }

    /// Makes all changes of one errand, and makes them durable before anything that rests on them
    /// leaves the desk; or none.
    ///
    /// # Errors
    /// Those of the errand, and [`IssueError::File`]; memory and file are then as before.
    pub fn together<T>(
        &mut self,
        errand: impl FnOnce(&mut Self) -> Result<T, IssueError>,
    ) -> Result<T, IssueError> {
        let before = self.entries.clone();
        let done = errand(self).and_then(|done| self.save().map(|()| done));
        if done.is_err() {
            self.entries = before;
        }
        done
    }

    fn save(&self) -> Result<(), IssueError> {
        let text = serde_json::to_string_pretty(&self.entries)
            .map_err(|error| IssueError::file("write", &self.path, &error.into()))?;
        whole_file::replace(&self.path, &text, 0o666)
    }

    /// Learns from a device's statement, and lets it stand at the highest update it ever showed.
    pub fn learn(&mut self, standing: &mut Standing) {
        let device = self.entries.devices.entry(standing.dongle.to_string()).or_default();
        if device.storage != standing.storage {
            // A format ends everything that the storage held; the answers with it.
            *device = Device { storage: standing.storage, learned: device.learned, ..Device::default() };
        }
        device.update = device.update.max(standing.update);
        standing.update = device.update;
        for held in &standing.held {
            // What it says of a license that has moved on since counts for an earlier hop.
            let sold = self.entries.licenses.get(&held.id.to_string());
            if let Some(sold) = sold.filter(|sold| held.hop >= sold.hop) {
                device.used.entry(held.id.to_string()).or_default().show(sold, held);
            }
        }
    }

    /// The answer to a request: a new one to the device that took the last one, else the last again.
    /// None for a statement that asks for none, and for one that stays [unanswered](Self::unanswered).
    pub fn answer(&mut self, standing: &Standing, now: Time) -> Option<Answer> {
        if !standing.is_request || self.unanswered(standing).is_some() {
            return None;
        }
        let device = self.entries.devices.get_mut(&standing.dongle.to_string())?;
        device.learned = self.entries.restored;
        if standing.answered == device.answered {
            (device.answered, device.answer_time) = (standing.statement, now);
            // Only here: the same answer, given once more, is no newer than what was signed since it was given first.
            device.answer_base = standing.update;
            // It took the last answer, and with it what went along.
            device.departs.clear();
        }
        let last = Answer { request: device.answered, time: device.answer_time };
        (!last.request.is_zero()).then_some(last)
    }

    /// Enters a new license for a device, and returns its id and number: the next of the desk's quota,
    /// whose first and last number are given. A new delegation may have brought further ones.
    ///
    /// # Errors
    /// [`IssueError::NoNumbers`] when the quota is used up; [`IssueError::RevokedDevice`].
    pub fn sell(
        &mut self,
        (product, customer): (&str, &str),
        device: &str,
        (first, last): (u32, u32),
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<(LicenseId, Sold), IssueError> {
        self.counts(device)?;
        let mut random = [0; 10];
        rng.fill_bytes(&mut random);
        let millis = now.0.saturating_mul(1000);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        let id = LicenseId(id.into_bytes());
        let number = self.entries.next_number.max(first);
        let next_number = number.checked_add(1).filter(|_| number <= last);
        self.entries.next_number = next_number.ok_or(IssueError::NoNumbers { first, last })?;
        let sold = Sold {
            number,
            revision: 1,
            product: product.to_owned(),
            customer: customer.to_owned(),
            device: device.to_owned(),
            refills: BTreeMap::new(),
            hop: 0,
            spent: BTreeMap::new(),
            carry: None,
            leaving: None,
            learned: BTreeMap::new(),
            stayed: false,
            meters: BTreeMap::new(),
            backup: None,
        };
        self.entries.licenses.insert(id.to_string(), sold.clone());
        Ok((id, sold))
    }

    /// How many numbers of the desk's quota, whose first and last are given, no license has yet.
    pub fn numbers_left(&self, (first, last): (u32, u32)) -> u32 {
        let next = self.entries.next_number.max(first);
        // The last number of all stays unsold, since the next one could not be told.
        last.min(u32::MAX - 1).checked_sub(next).map_or(0, |left| left.saturating_add(1))
    }

    /// Enters the next revision of a license, with more units on its meters.
    ///
    /// # Errors
    /// [`IssueError::NoLicense`] when it is not in this ledger, or of another device;
    /// [`IssueError::RevokedDevice`]; [`IssueError::OtherProduct`]; [`IssueError::Leaving`] while it is on
    /// its way to another device; [`IssueError::LastRevision`].
    pub fn renew(
        &mut self,
        id: LicenseId,
        product: &str,
        device: &str,
        refills: &BTreeMap<String, u64>,
    ) -> Result<Sold, IssueError> {
        self.counts(device)?;
        let none = || IssueError::NoLicense { id: id.to_string(), device: device.to_owned() };
        let sold = self.entries.licenses.get_mut(&id.to_string()).ok_or_else(none)?;
        if sold.device != device {
            return Err(none());
        }
        sold.is_of(id, product)?;
        if let Some(to) = &sold.leaving {
            return Err(IssueError::Leaving { id: id.to_string(), to: to.clone() });
        }
        sold.revision = sold.next_revision(id)?;
        for (meter, units) in refills {
            let granted = sold.refills.entry(meter.clone()).or_default();
            *granted = granted.saturating_add(*units);
        }
        Ok(sold.clone())
    }
}

fn lock(path: &Path) -> Result<File, IssueError> {
    let path = path.with_added_extension("lock");
    let failed = |error| IssueError::file("lock", &path, &error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IssueError::Busy),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
