//! How near issuing in bulk comes to its limit: one signature for each license and one sealing for each
//! secret, on one core.
//!
//! Both are measured in the same run on the same machine, so that their ratio says something where
//! their seconds do not; and in processor time of the one thread, so that it says the same while the
//! machine does other things. Waiting for the disk is therefore not in the ratio: a run of sales waits
//! for it once. What else issuing costs is named too: the signature of each update, and the signatures
//! to verify before a device's statement is believed.

use std::fmt;
use std::time::Duration;

use holdfast_crypto::{Curve, Hash, RustCrypto, Secret, SecretKey};
use holdfast_document::{Class, DeviceId, Received, Vendor};
use holdfast_issuer::Standing;
use holdfast_issuer::offer::name;
use holdfast_license::LicenseId;
use holdfast_license::secret::SealedFor;

use super::house::House;
use super::keeper::Keeper;
use super::{Draw, PopulationError, random};
use crate::{PRODUCT, SOLD};

/// What one of each costs here.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitCosts {
    sign: Duration,
    seal: Duration,
    believe: Duration,
    times: u32,
}

/// What desks did, and how long they took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Processor time in the desks: statements verified, ledgers written, secrets sealed, everything signed.
    pub issuing: Duration,
    /// Licenses signed, revisions too.
    pub licenses: u64,
    /// Updates signed, each for one statement.
    pub updates: u64,
    /// Secrets sealed.
    pub seals: u64,
}

/// Shares of the time in the desks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Licenses signed and secrets sealed: the limit, and so the ratio to it.
    pub limit: f64,
    /// Updates signed.
    pub updates: f64,
    /// Statements verified.
    pub statements: f64,
}

impl Shares {
    /// The ratio to the limit once statements are believed: of what only issuing costs.
    pub fn of_issuing(&self) -> f64 {
        self.limit / (1.0 - self.statements)
    }
}

impl Cost {
    /// Adds another's.
    pub fn merge(&mut self, other: Self) {
        self.issuing += other.issuing;
        self.licenses += other.licenses;
        self.updates += other.updates;
        self.seals += other.seals;
    }

    /// Licenses in a second of processor time.
    pub fn licenses_per_second(&self) -> f64 {
        self.licenses as f64 / self.issuing.as_secs_f64()
    }

    /// What share of the time each part takes.
    pub fn shares(&self, unit: &UnitCosts) -> Shares {
        let share = |count: u64, of: Duration| count as f64 * of.as_secs_f64() / self.issuing.as_secs_f64();
        Shares {
            limit: share(self.licenses, unit.sign) + share(self.seals, unit.seal),
            updates: share(self.updates, unit.sign),
            statements: share(self.updates, unit.believe),
        }
    }
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, updates, statements } = self;
        let (rest, of_issuing) = (1.0 - limit - updates - statements, self.of_issuing());
        write!(
            f,
            "{limit:.2} of the time in the desks signs licenses and seals secrets, {updates:.2} signs \
             updates, {statements:.2} verifies statements, {rest:.2} is the rest; \
             without statements {of_issuing:.2} signs licenses and seals secrets"
        )
    }
}

impl UnitCosts {
    /// Measures each so many times, and counts these beside the earlier ones: some before each batch, so
    /// that unit costs and desks meet the same machine.
    ///
    /// # Errors
    /// None that can be caused from here.
    pub fn sample(&mut self, house: &House, times: u32) -> Result<(), PopulationError> {
        let mut rng = random(0, Draw::Use, u64::MAX >> 8);
        let device = |turn: u32| {
            let index = u64::MAX >> 8 ^ u64::from(turn);
            Keeper::new(Class::PROTECTED_MCU, &house.batch, SOLD, (house.seed(), index))
        };
        let record = Received::parse(&house.record)?;
        let vendor = Vendor::found::<RustCrypto>(&record)?;
        let key = SecretKey::generate(&mut rng);
        let recipient = RustCrypto::public(&key);
        let secret = Secret::new([7; 32]);
        let sealed_for = SealedFor {
            vendor: house.vendor,
            license: LicenseId([1; 16]),
            device: DeviceId::Dongle(device(0)?.id()),
            product: name(PRODUCT)?,
            feature: name("export-step")?,
            epoch: 3,
        };
        let mut costs = Self::default();
        // In turns, so that whatever else the machine does meanwhile falls on all of them.
        for turn in 0..times {
            let digest = Hash([turn as u8; 32]);
            costs.sign += timed(|| RustCrypto::sign(&key, &digest, &digest.0));
            let ephemeral = SecretKey::generate(&mut rng);
            costs.seal += timed(|| sealed_for.seal::<RustCrypto>(&recipient, ephemeral, &secret));
            // Of another dongle each time, as in a run of sales.
            let statement = device(turn)?.enrolled()?;
            costs.believe += timed(|| Standing::with(&vendor, &statement));
        }
        let weigh = |known: Duration, new: Duration| {
            (known * self.times + new) / self.times.saturating_add(times).max(1)
        };
        *self = Self {
            sign: weigh(self.sign, costs.sign),
            seal: weigh(self.seal, costs.seal),
            believe: weigh(self.believe, costs.believe),
            times: self.times.saturating_add(times),
        };
        Ok(())
    }
}

fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let begun = processor_time();
    std::hint::black_box(act());
    processor_time().saturating_sub(begun)
}

/// What this thread has had of a processor.
pub(super) fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

impl fmt::Display for UnitCosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign, seal, believe, .. } = self;
        write!(
            f,
            "a signature takes {sign:.1?}, sealing a secret {seal:.1?}, believing a statement {believe:.1?}"
        )
    }
}
