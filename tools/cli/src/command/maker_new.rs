//! `holdfast maker new`: the root of a maker of devices, and a first batch key under it.

use std::path::PathBuf;

use holdfast_document::{Class, Root, Time};
use holdfast_issuer::{Office, SigningKey, delegate};

use crate::documents;
use crate::failure::Failure;

/// Make the root key of a maker, and a first batch key.
#[derive(clap::Args)]
pub(crate) struct MakerNew {
    /// The name of the files.
    name: String,
    /// Where to put them.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// The best class that the batch key may certify.
    #[arg(long, value_enum)]
    class: DongleClass,
    /// For production devices. Development and production never mix.
    #[arg(long)]
    production: bool,
    /// The first day of the batch key's year; today unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum DongleClass {
    Simulator,
    GlitchableMcu,
    ProtectedMcu,
    SecureElement,
}

impl MakerNew {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut rng = super::randomness();
        let from = super::now(self.at);
        let class = match self.class {
            DongleClass::Simulator => Class::SIMULATOR,
            DongleClass::GlitchableMcu => Class::GLITCHABLE_MCU,
            DongleClass::ProtectedMcu => Class::PROTECTED_MCU,
            DongleClass::SecureElement => Class::SECURE_ELEMENT,
        };
        let file = |ending: &str| self.folder.join(format!("{}.{ending}", self.name));
        let [root, batch] = [(); 2].map(|()| SigningKey::generate(self.production, &mut rng));
        root.save(&file("maker.key"))?;
        batch.save(&file("batch.key"))?;
        let public = root.public();
        let root = Office::of_root(root.for_use(self.production)?, Root::of_maker(public));
        let year = (from, from.plus(super::YEAR));
        let batch =
            delegate::batch(&root, batch.for_use(self.production)?, class, self.production, year, &mut rng)?;
        documents::write(&file("batch"), &batch.delegation()?)?;
        documents::write_new(&file("maker"), &format!("{public}\n"))?;
        println!("maker {}: give {} to vendors", self.name, file("maker").display());
        println!("put {} away: the batch key certifies devices for a year", file("maker.key").display());
        Ok(())
    }
}
