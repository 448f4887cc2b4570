//! `holdfast issue`: a license, a renewal or a refill, as an update for one device.

use std::path::{Path, PathBuf};

use holdfast_document::{Kind, Time, TpmName};
use holdfast_issuer::{Delivery, Desk, Ledger, Office, Order, ProductSecrets, SigningKey};
use holdfast_license::LicenseId;

use crate::documents;
use crate::failure::Failure;

/// Issue a license, a renewal or a refill to a device.
#[derive(clap::Args)]
pub(crate) struct Issue {
    /// What is sold: a template in TOML.
    template: PathBuf,
    #[command(flatten)]
    desk: DeskFiles,
    /// A statement of the device; a request is answered along the way. None for an unbound template.
    #[arg(long)]
    device: Option<PathBuf>,
    /// A machine's TPM instead, by the name of its key: identity only, so without secrets, meters, seats
    /// or rights. Nothing of the machine is verified, and no program of this version opens it yet.
    #[arg(long, value_parser = tpm, conflicts_with = "device")]
    tpm: Option<TpmName>,
    /// A pseudonym of the customer: 1 to 24 of a-z 0-9 . - _
    #[arg(long, required_unless_present = "license")]
    customer: Option<String>,
    /// Renew or refill this license instead of issuing a new one.
    #[arg(long, value_parser = license)]
    license: Option<LicenseId>,
    /// With --license: units to grant beyond those granted so far, such as cuts=50.
    #[arg(long, value_parser = super::amount, requires = "license")]
    add: Vec<(String, u64)>,
    /// Where to write the update; - is standard output.
    #[arg(long)]
    out: PathBuf,
    /// The time of issue; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

/// Where a desk keeps its things. All stand beside the vendor's record unless told otherwise.
#[derive(clap::Args)]
pub(crate) struct DeskFiles {
    /// The vendor's founding record; its later records may follow in the same file.
    #[arg(long)]
    vendor: PathBuf,
    /// The desk's delegation.
    #[arg(long)]
    desk: Option<PathBuf>,
    /// The desk's secret key.
    #[arg(long)]
    key: Option<PathBuf>,
    /// The ledger.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// The secrets of products that this desk was given, as secret new wrote them.
    #[arg(long)]
    secrets: Option<PathBuf>,
}

pub(crate) fn license(text: &str) -> Result<LicenseId, String> {
    let wrong = |_| String::from("not the id of a license; copy it from the ledger, 32 hexadecimal digits");
    serde_json::from_value(serde_json::Value::String(text.into())).map_err(wrong)
}

fn tpm(text: &str) -> Result<TpmName, String> {
    serde_json::from_value(text.into()).map_err(|_| holdfast_issuer::IssueError::NotATpmName.to_string())
}

impl DeskFiles {
    /// Opens the desk.
    pub(crate) fn open(&self) -> Result<Desk, Failure> {
        let beside =
            |given: &Option<PathBuf>, ending: &str| super::beside(given.as_ref(), &self.vendor, ending);
        let record = documents::records(&self.vendor)?;
        let vendor = documents::succession(&self.vendor, &record)?;
        let (id, production) = (vendor.id(), vendor.newest().production);
        let delegation = documents::read_one(&beside(&self.desk, "desk"), Kind::Delegation)?;
        let key = SigningKey::load(&beside(&self.key, "desk.key"))?.for_use(production)?;
        let office = Office::of_delegate(key, vendor.root_of(&delegation)?, &delegation)?;
        let ledger = Ledger::open(&beside(&self.ledger, "ledger.json"), id)?;
        let beside = beside(&self.secrets, "secrets");
        let secrets = if self.secrets.is_some() || beside.exists() {
            ProductSecrets::load(&beside, production)?
        } else {
            ProductSecrets::none(production)
        };
        Ok(Desk::new(record, office, ledger)?.with_secrets(secrets))
    }
}

/// Refuses to write over a file, before anything is signed or entered.
pub(crate) fn is_free(path: &Path) -> Result<(), Failure> {
    if !documents::is_stream(path) && path.exists() {
        Err(Failure::file("write", path, std::io::ErrorKind::AlreadyExists.into()))
    } else {
        Ok(())
    }
}

impl Issue {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        is_free(&self.out)?;
        let template = super::template(&self.template)?;
        let statement = self.device.as_deref().map(|path| documents::read_one(path, Kind::Statement));
        let statement = statement.transpose()?;
        let mut desk = self.desk.open()?;
        let order = Order {
            customer: self.customer.as_deref().unwrap_or_default(),
            license: self.license,
            refills: super::amounts(&self.add),
        };
        let (now, mut rng) = (super::now(self.at), super::randomness());
        let issued = match &statement {
            None if let Some(machine) = self.tpm => {
                desk.issue_to_tpm(&template, &order, machine, now, &mut rng)?
            }
            statement => desk.issue(&template, &order, statement.as_deref(), now, &mut rng)?,
        };
        documents::write(&self.out, &issued.document)?;
        tell(&self.out, &issued);
        if self.device.is_some() {
            documents::say(&self.out, &format!("apply {} to the device", self.out.display()));
        }
        Ok(())
    }
}

/// Says what was issued, beside what was written to `out`.
pub(crate) fn tell(out: &Path, delivery: &Delivery) {
    let say = |sentence: &str| documents::say(out, sentence);
    for line in &delivery.lines {
        say(&format!("license {}, revision {}, number {}", line.id, line.revision, line.number));
        line.bounds.iter().for_each(|bound| say(bound));
        for (product, epoch) in &line.secrets {
            say(&format!(
                "in it, the secret of {product}, epoch {epoch}: this desk knows it, so keep its file of secrets as you keep its key"
            ));
        }
        line.warnings.iter().for_each(|warning| eprintln!("holdfast: {warning}"));
    }
    delivery.unanswered.iter().for_each(|why| eprintln!("holdfast: {why}"));
}
