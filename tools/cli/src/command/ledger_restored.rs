//! `holdfast ledger restored`, `learn` and `trust`: a ledger that came back from a backup, and how it finds its way
//! again.

use std::path::{Path, PathBuf};

use holdfast_document::{Kind, Time};
use holdfast_issuer::ledger::Learned;
use holdfast_issuer::{Ledger, Standing};

use crate::documents;
use crate::failure::Failure;

/// Say that a ledger came back from a backup. It then answers no device before it has learned which answer that got
/// last; else a device could be locked out for good.
#[derive(clap::Args)]
pub(crate) struct Restored {
    #[command(flatten)]
    of: LedgerFile,
    /// A number of the quota that was surely not sold since the backup; leave a gap rather than guess.
    #[arg(long)]
    next: u32,
    /// Nothing was revoked since the backup. Else show the ledger every part of the last revocations.
    #[arg(long)]
    nothing_revoked: bool,
}

/// Show a ledger what it forgot: the last update with an answer that was made for a device, later ones that brought it
/// licenses, every part of the last revocations; or a device's statement, for the number of updates that it has
/// applied. Shown a delegation that was revoked, it knows under which root that stands.
#[derive(clap::Args)]
pub(crate) struct Learn {
    #[command(flatten)]
    of: LedgerFile,
    /// Files with updates, revocations, delegations or statements, in any order.
    #[arg(required = true)]
    documents: Vec<PathBuf>,
}

/// Say that a device stands where its own statement says, because the last update for it is lost. Copies of a device
/// say the same; the ledger keeps what you said.
#[derive(clap::Args)]
pub(crate) struct Trust {
    #[command(flatten)]
    of: LedgerFile,
    /// A statement of the device, made now.
    statement: PathBuf,
    /// The time of the decision; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

#[derive(clap::Args)]
struct LedgerFile {
    /// The ledger.
    #[arg(long)]
    ledger: PathBuf,
    /// The vendor's founding record.
    #[arg(long)]
    vendor: PathBuf,
}

impl LedgerFile {
    fn open(&self) -> Result<(Ledger, Vec<u8>), Failure> {
        super::open_ledger(&self.ledger, &self.vendor)
    }
}

impl Restored {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.of.open()?.0.restored(self.next, self.nothing_revoked)?;
        println!(
            "{} answers no device from now on before it knows where that stands;",
            self.of.ledger.display()
        );
        if !self.nothing_revoked {
            println!(
                "show it every part of the last revocations first, so that it believes no key that was revoked;"
            );
        }
        println!("show it the last update of each device that was answered since: holdfast ledger learn");
        Ok(())
    }
}

impl Learn {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let (mut ledger, record) = self.of.open()?;
        for path in &self.documents {
            for document in documents::read(path)? {
                learn(&mut ledger, &record, path, &document)?;
            }
        }
        Ok(())
    }
}

fn learn(ledger: &mut Ledger, record: &[u8], path: &Path, document: &[u8]) -> Result<(), Failure> {
    let name = documents::name(path);
    match ledger.learn_from(record, document)? {
        Learned::Statement { device, update } => {
            println!("{name}: device {device} has applied {update} updates")
        }
        Learned::Revocations { number, whole: true } => {
            println!(
                "{name}: revocations number {number} are known whole; if there are later ones, show those"
            )
        }
        Learned::Revocations { number, whole: false } => {
            println!("{name}: nothing is revoked before every part of revocations number {number} was shown")
        }
        Learned::Delegation { revoked: true } => println!("{name}: was revoked; its root is known now"),
        Learned::Delegation { revoked: false } => {
            println!("{name}: was not revoked, as far as the ledger knows")
        }
        Learned::Update { device, answered, known, unknown } => {
            let last = match (known, answered.is_zero()) {
                (false, _) => "is not known yet; show the last update for it that has an answer",
                (true, true) => "was answered never",
                (true, false) => "is known with its last answer",
            };
            println!("{name}: device {device} {last}");
            for id in unknown {
                println!(
                    "    license {id} was sold or moved since the backup; it is not in this ledger and cannot be \
                     renewed from it"
                );
            }
        }
    }
    Ok(())
}

impl Trust {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let (mut ledger, record) = self.of.open()?;
        let statement = documents::read_one(&self.statement, Kind::Statement)?;
        let mut standing = Standing::read(&record, &statement)?;
        ledger.trust(&mut standing, super::now(self.at))?;
        println!(
            "device {} goes on from where it says it stands; the ledger keeps that you said so",
            standing.dongle
        );
        Ok(())
    }
}
