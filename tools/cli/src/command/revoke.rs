//! `holdfast revoke`: what no longer counts, numbered by the ledger, signed by the vendor's root.

use std::path::{Path, PathBuf};

use holdfast_document::{Delegation, DeviceId, Kind, Name, Received, Time};
use holdfast_issuer::ledger::Named;
use holdfast_issuer::{IssueError, Ledger, Office, SigningKey, Succession, revoke};

use super::issue::is_free;
use crate::documents;
use crate::failure::Failure;

/// Revoke keys, devices and firmware of a vendor.
///
/// The ledger gives the number and remembers what was revoked before, since each issue names all of it
/// again. Verify and audit hold documents against what is written here. Dongles of this version take no
/// revocations yet: what they hold lives on until it ends. One license alone cannot be revoked; revoke
/// its device, or what its desk sold from its number on.
#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// The vendor's founding record; its later records may follow in the same file.
    #[arg(long)]
    vendor: PathBuf,
    /// The secret key of the newest root.
    #[arg(long)]
    key: PathBuf,
    /// The ledger; beside the vendor's record unless told otherwise.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// A delegation, wholly; or north.desk=120: what it sells from license number 120 on.
    #[arg(long)]
    delegation: Vec<String>,
    /// A device, by its id.
    #[arg(long, value_parser = device)]
    device: Vec<DeviceId>,
    /// A version of a board's firmware and all before it, such as nrf52840=7.
    #[arg(long, value_parser = super::amount)]
    firmware: Vec<(String, u64)>,
    /// An earlier root, by the number of its record.
    #[arg(long)]
    root: Vec<u8>,
    /// Where to write them; - is standard output.
    #[arg(long)]
    out: PathBuf,
    /// The time of issue; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

impl Revoke {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        is_free(&self.out)?;
        let records = documents::records(&self.vendor)?;
        let vendor = documents::succession(&self.vendor, &records)?;
        let newest = vendor.newest();
        let key = SigningKey::load(&self.key)?;
        if key.public() != newest.root {
            return Err(IssueError::OtherRoot { number: newest.number }.into());
        }
        let office = Office::of_root(key.for_use(newest.production)?, newest.root());
        let named = self.named(&vendor)?;
        let ledger = super::beside(self.ledger.as_ref(), &self.vendor, "ledger.json");
        let mut ledger = Ledger::open(&ledger, vendor.id())?;
        let now = super::now(self.at);
        let issue = revoke::revoke(&office, &mut ledger, &named, now, &mut super::randomness())?;
        documents::write_all(&self.out, issue.parts.iter().map(Vec::as_slice))?;
        let say = |sentence: &str| documents::say(&self.out, sentence);
        let Named { delegations, firmware, devices, .. } = &issue.named;
        say(&format!(
            "revocations number {}: {} keys, {} boards, {} devices, those of earlier issues among them",
            issue.number,
            delegations.len(),
            firmware.len(),
            devices.len()
        ));
        say(&format!(
            "give {} to whoever verifies or audits; dongles of this version do not take it yet",
            self.out.display()
        ));
        Ok(())
    }

    fn named(&self, vendor: &Succession<'_>) -> Result<Named, Failure> {
        let mut named = Named::default();
        for text in &self.delegation {
            let (path, from) = match text.rsplit_once('=') {
                Some((path, number)) => (path, number.parse().ok().filter(|number| *number > 0)),
                None => (text.as_str(), Some(0)),
            };
            let from = from.ok_or_else(|| {
                let wrong = "is not a file and a license number from 1; write it as north.desk=120";
                Failure::Argument(format!("{text} {wrong}"))
            })?;
            let path = Path::new(path);
            let document = documents::read_one(path, Kind::Delegation)?;
            let root = vendor.root_of(&document)?;
            let received = Received::parse(&document).map_err(|why| Failure::refused(path, why))?;
            let verified = received.verify::<holdfast_crypto::RustCrypto, Delegation<'_>>(&root, Time(0));
            let verified = verified.map_err(|why| Failure::refused(path, why))?;
            named.delegation(verified.digest(), root.body, from);
        }
        self.device.iter().for_each(|device| named.device(*device));
        for (board, version) in &self.firmware {
            let version = u32::try_from(*version).ok().filter(|_| Name::new(board).is_some());
            let version = version.ok_or_else(|| {
                Failure::Argument(format!("{board} is not a board with a version; write it as nrf52840=7"))
            })?;
            named.firmware(board, version);
        }
        for number in &self.root {
            named.root(vendor.record(*number)?.digest());
        }
        Ok(named)
    }
}

fn device(text: &str) -> Result<DeviceId, String> {
    let id = || serde_json::Value::from(text);
    let dongle = serde_json::from_value(id()).map(DeviceId::Dongle);
    dongle.or_else(|_| serde_json::from_value(id()).map(DeviceId::Tpm)).map_err(|_| {
        "not a device's id: 32 hexadecimal digits for a dongle, 68 for a TPM, as holdfast show prints them".into()
    })
}
