//! `holdfast secret new`: the secret of a new epoch of a product.

use std::path::PathBuf;

use holdfast_issuer::ProductSecrets;

use crate::failure::Failure;

/// Make the secret of a new epoch of a product, and put it into a desk's file.
///
/// Whoever issues licenses with it learns it; so keep the file as you keep the desk's key.
#[derive(clap::Args)]
pub(crate) struct SecretNew {
    /// The product.
    product: String,
    /// The epoch: a number that was never used for the product.
    epoch: u32,
    /// The file of secrets; it is begun where there is none.
    #[arg(long)]
    file: PathBuf,
    /// For a production vendor. Development and production never mix.
    #[arg(long)]
    production: bool,
}

impl SecretNew {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut secrets = if self.file.exists() {
            ProductSecrets::load(&self.file, self.production)?
        } else {
            ProductSecrets::none(self.production)
        };
        secrets.make(&self.product, self.epoch, &mut super::randomness())?;
        secrets.save(&self.file)?;
        println!("{} has epoch {} of {}", self.file.display(), self.epoch, self.product);
        println!(
            "whoever reads it can do what a license of that epoch lets a program do: keep it as you keep a key"
        );
        Ok(())
    }
}
