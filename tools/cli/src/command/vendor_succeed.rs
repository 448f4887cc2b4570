//! `holdfast vendor succeed`: a new root in the place of one that is lost or in other hands.

use std::path::{Path, PathBuf};

use holdfast_document::Time;
use holdfast_issuer::{SigningKey, delegate};

use super::issue::is_free;
use crate::documents;
use crate::failure::Failure;

/// Replace a vendor's root key, by the recovery key that its newest record names.
///
/// Writes all records so far and the new one, the new root and recovery keys, and a desk under the new
/// root. The ledger goes on, and the new desk renews what the old one sold. What the earlier root signed
/// counts until it is revoked.
#[derive(clap::Args)]
pub(crate) struct VendorSucceed {
    /// The vendor's founding record, with all that follow it behind it.
    #[arg(long)]
    vendor: PathBuf,
    /// The secret recovery key that the newest of them names.
    #[arg(long)]
    recovery: PathBuf,
    /// Accept devices of these makers from now on; those of the newest record unless told otherwise.
    #[arg(long)]
    maker: Vec<PathBuf>,
    /// The first day; today unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

impl VendorSucceed {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut rng = super::randomness();
        let issued = super::now(self.at);
        let records = documents::records(&self.vendor)?;
        let succession = documents::succession(&self.vendor, &records)?;
        let newest = succession.newest();
        let production = newest.production;
        let recovery = SigningKey::load(&self.recovery)?;
        let number = succession.next_number(&recovery.public())?;
        let recovery = recovery.for_use(production)?;
        let makers: Vec<_> = self
            .maker
            .iter()
            .map(|path| documents::public_key(path, "maker new"))
            .collect::<Result<_, _>>()?;
        let makers = (!makers.is_empty()).then_some(&makers[..]);
        let [root, next_recovery, desk] = [(); 3].map(|()| SigningKey::generate(production, &mut rng));
        let next_public = next_recovery.public();
        let file = |ending: &str| beside(&self.vendor, newest.name.as_str(), number, ending);
        let endings = ["vendor", "root.key", "recovery.key", "desk.key", "desk"];
        endings.iter().try_for_each(|ending| is_free(&file(ending)))?;
        // What can be refused is refused before any file is written; and the keys stand before the record
        // that names them.
        let keys = [(&root, "root.key"), (&next_recovery, "recovery.key"), (&desk, "desk.key")]
            .map(|(key, ending)| (key.to_file(), file(ending)));
        let root = root.for_use(production)?;
        let (record, office) = succession.succeed(&recovery, root, &next_public, makers, issued, &mut rng)?;
        let year = (issued, issued.plus(super::YEAR));
        let delegation = delegate::desk(&office, desk.for_use(production)?, year, &mut rng)?.delegation()?;
        let so_far = documents::read(&self.vendor)?;
        keys.iter().try_for_each(|(key, path)| key.save(path))?;
        documents::write_all(&file("vendor"), so_far.iter().chain([&record]).map(Vec::as_slice))?;
        documents::write(&file("desk"), &delegation)?;
        let [vendor, root_key, recovery_key] =
            ["vendor", "root.key", "recovery.key"].map(|ending| file(ending).display().to_string());
        println!(
            "record {number} of vendor {}: apply {vendor} to devices before what its desk issues",
            newest.name
        );
        println!("put {root_key} and {recovery_key} away, apart from each other");
        println!(
            "destroy {}: it has done its work, and who finds it can fork the succession",
            self.recovery.display()
        );
        println!("go on with --vendor {vendor} and --ledger with the ledger that there is: a vendor has one");
        println!(
            "what the earlier root signed counts until you revoke it: holdfast revoke --root {}",
            newest.number
        );
        Ok(())
    }
}

/// A file that goes with the new record, beside those before.
fn beside(vendor: &Path, name: &str, number: u8, ending: &str) -> PathBuf {
    vendor.with_file_name(format!("{name}-{number}.{ending}"))
}
