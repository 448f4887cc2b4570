//! `holdfast ledger new`: an empty ledger for a desk that has none yet.

use std::path::PathBuf;

use holdfast_document::{Delegation, Kind, Received, Time};
use holdfast_issuer::Ledger;

use crate::documents;
use crate::failure::Failure;

/// Begin an empty ledger for a desk. Only once: a ledger that is lost comes back from a backup.
#[derive(clap::Args)]
pub(crate) struct LedgerNew {
    /// Where to write it.
    file: PathBuf,
    /// The vendor's founding record.
    #[arg(long)]
    vendor: PathBuf,
    /// The desk's delegation, whose first number is the ledger's first.
    #[arg(long)]
    desk: PathBuf,
}

impl LedgerNew {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let record = documents::records(&self.vendor)?;
        let vendor = documents::succession(&self.vendor, &record)?;
        let delegation = documents::read_one(&self.desk, Kind::Delegation)?;
        let root = vendor.root_of(&delegation)?;
        let verified = Received::parse(&delegation).and_then(|received| {
            received.verify::<holdfast_crypto::RustCrypto, Delegation<'_>>(&root, Time(0))
        });
        let verified = verified.map_err(|why| Failure::refused(&self.desk, why))?;
        Ledger::begin(&self.file, vendor.id(), verified.first)?;
        println!("{} begins at number {}", self.file.display(), verified.first);
        Ok(())
    }
}
