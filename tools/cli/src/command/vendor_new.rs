//! `holdfast vendor new`: a vendor's founding record, its keys, a desk under it and a ledger.

use std::path::PathBuf;

use holdfast_document::{Class, Time};
use holdfast_issuer::vendor::{Founding, found};
use holdfast_issuer::{Ledger, SigningKey, delegate};

use crate::documents;
use crate::failure::Failure;

/// Found a vendor: its record, its keys, a desk and a ledger.
#[derive(clap::Args)]
pub(crate) struct VendorNew {
    /// The vendor's name: 1 to 24 of a-z 0-9 . - _
    name: String,
    /// Where to put the files.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// A maker whose devices are accepted, as `maker new` wrote it; at most four.
    #[arg(long, required = true)]
    maker: Vec<PathBuf>,
    /// A production vendor. Development and production never mix.
    #[arg(long)]
    production: bool,
    /// The first day; today unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

impl VendorNew {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut rng = super::randomness();
        let issued = super::now(self.at);
        let file = |ending: &str| self.folder.join(format!("{}.{ending}", self.name));
        let [root, recovery, desk] = [(); 3].map(|()| SigningKey::generate(self.production, &mut rng));
        let founding = Founding {
            name: &self.name,
            makers: self
                .maker
                .iter()
                .map(|path| documents::public_key(path, "maker new"))
                .collect::<Result<_, _>>()?,
            secrets_class: if self.production { Class::PROTECTED_MCU } else { Class::ANY },
            production: self.production,
            issued,
        };
        // What can be refused is refused before any file is written; and the keys stand before the record
        // that names them.
        let keys = [(&root, "root.key"), (&recovery, "recovery.key"), (&desk, "desk.key")]
            .map(|(key, ending)| (key.to_file(), file(ending)));
        let (record, office) =
            found(&founding, root.for_use(self.production)?, &recovery.public(), &mut rng)?;
        let year = (issued, issued.plus(super::YEAR));
        let desk = desk.for_use(self.production)?;
        let delegation = delegate::desk(&office, desk, year, &mut rng)?.delegation()?;
        keys.iter().try_for_each(|(key, path)| key.save(path))?;
        let path = file("vendor");
        documents::write(&path, &record)?;
        documents::write(&file("desk"), &delegation)?;
        let id = documents::succession(&path, &record)?.id();
        Ledger::begin(&file("ledger.json"), id, 1)?;
        println!("vendor {} is {id}: ship {} with the program", self.name, path.display());
        println!(
            "put {} and {} away, apart from each other: the desk works without them for a year",
            file("root.key").display(),
            file("recovery.key").display()
        );
        Ok(())
    }
}
