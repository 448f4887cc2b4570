//! `holdfast reseller new`: a reseller's key; the vendor delegates to its public half.

use std::path::PathBuf;

use holdfast_issuer::SigningKey;

use crate::documents;
use crate::failure::Failure;

/// Make a reseller's key. Its public half goes to the vendor, for delegate.
#[derive(clap::Args)]
pub(crate) struct ResellerNew {
    /// The name of the files.
    name: String,
    /// Where to put them.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// To sell for a production vendor. Development and production never mix.
    #[arg(long)]
    production: bool,
}

impl ResellerNew {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let file = |ending: &str| self.folder.join(format!("{}.{ending}", self.name));
        let key = SigningKey::generate(self.production, &mut super::randomness());
        key.save(&file("desk.key"))?;
        documents::write_new(&file("public"), &format!("{}\n", key.public()))?;
        println!("send {} to the vendor, and keep {}", file("public").display(), file("desk.key").display());
        Ok(())
    }
}
