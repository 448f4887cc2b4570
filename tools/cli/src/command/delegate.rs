//! `holdfast delegate`: a vendor lets a reseller sell for it, within limits.

use std::path::PathBuf;

use holdfast_document::{Kind, Time};
use holdfast_issuer::delegate::{Limits, reseller};
use holdfast_issuer::{Office, SigningKey};

use super::issue::is_free;
use crate::documents;
use crate::failure::Failure;

/// Let a reseller sell for a vendor, within limits. A limit that is not given is the signer's own.
#[derive(clap::Args)]
pub(crate) struct Delegate {
    /// The reseller's public key, as reseller new wrote it.
    public: PathBuf,
    /// The vendor's founding record.
    #[arg(long)]
    vendor: PathBuf,
    /// The secret key that signs: the vendor's root, or with --under the delegate's.
    #[arg(long)]
    key: PathBuf,
    /// The delegation of whoever signs, where that is not the vendor's root.
    #[arg(long)]
    under: Option<PathBuf>,
    /// Products that it may sell, such as cutter,viewer.
    #[arg(long, value_delimiter = ',')]
    products: Vec<String>,
    /// Regions that it may sell in.
    #[arg(long, value_delimiter = ',')]
    regions: Vec<String>,
    /// Features that it may grant.
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// The first number of its quota.
    #[arg(long)]
    first: u32,
    /// The last number of its quota.
    #[arg(long)]
    last: u32,
    /// The first day; today unless told otherwise.
    #[arg(long, value_parser = super::date)]
    from: Option<Time>,
    /// The first day after.
    #[arg(long, value_parser = super::date)]
    until: Time,
    /// It may delegate in turn, within its own limits.
    #[arg(long)]
    may_delegate: bool,
    /// Where to write the delegation; - is standard output.
    #[arg(long)]
    out: PathBuf,
}

impl Delegate {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        is_free(&self.out)?;
        let record = documents::records(&self.vendor)?;
        let succession = documents::succession(&self.vendor, &record)?;
        let vendor = succession.newest();
        let public = documents::public_key(&self.public, "reseller new")?;
        let key = SigningKey::load(&self.key)?.for_use(vendor.production)?;
        let above = match &self.under {
            Some(under) => {
                let delegation = documents::read_one(under, Kind::Delegation)?;
                Office::of_delegate(key, succession.root_of(&delegation)?, &delegation)?
            }
            None => Office::of_root(key, vendor.root()),
        };
        if self.under.is_none() && above.key() != above.root().key {
            return Err(holdfast_issuer::IssueError::OtherKey.into());
        }
        let from = super::now(self.from);
        let limits = Limits {
            products: self.products.iter().map(String::as_str).collect(),
            regions: self.regions.iter().map(String::as_str).collect(),
            features: self.features.iter().map(String::as_str).collect(),
            numbers: (self.first, self.last),
            validity: (from, self.until),
            may_delegate: self.may_delegate,
        };
        let document = reseller(&above, public, &limits, from, &mut super::randomness())?;
        documents::write(&self.out, &document)?;
        let numbers = u64::from(self.last - self.first) + 1;
        documents::say(&self.out, &format!("{numbers} licenses, numbers {} to {}", self.first, self.last));
        documents::say(
            &self.out,
            "send it to the reseller, with the vendor's record; it begins a ledger with ledger new",
        );
        Ok(())
    }
}
