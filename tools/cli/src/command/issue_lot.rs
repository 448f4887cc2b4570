//! `holdfast issue-lot`: the same licenses for every device of a lot, before anyone touches one of them.

use std::path::{Path, PathBuf};

use holdfast_document::{DeviceId, DocumentError, Kind, Received, Time};
use holdfast_issuer::{Order, Sale};
use holdfast_license::Update;

use super::issue::{DeskFiles, tell};
use crate::documents;
use crate::failure::Failure;

/// Issue the same licenses to every device of a lot, all or none.
///
/// A lot is what a factory hands over: what each device left it with, as statements, with or without the
/// documents of the devices between them. A device that is sold to already is renewed one by one, with issue.
#[derive(clap::Args)]
pub(crate) struct IssueLot {
    /// What is sold to each: one template in TOML for each license, eight at most.
    #[arg(required = true)]
    templates: Vec<PathBuf>,
    #[command(flatten)]
    desk: DeskFiles,
    /// A file of the lot; several times where there are several.
    #[arg(long, required = true)]
    lot: Vec<PathBuf>,
    /// A pseudonym of the customer who gets all of them: 1 to 24 of a-z 0-9 . - _
    #[arg(long)]
    customer: String,
    /// The folder to make for the updates: one file for each device, by its id.
    #[arg(long)]
    out: PathBuf,
    /// The time of issue; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

impl IssueLot {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let templates =
            self.templates.iter().map(|path| super::template(path)).collect::<Result<Vec<_>, _>>()?;
        let mut statements = Vec::new();
        for path in &self.lot {
            statements.extend(in_lot(path)?);
        }
        let now = super::now(self.at);
        let order = || Order { customer: &self.customer, ..Order::default() };
        let lines: Vec<_> = templates.iter().map(|template| (template, order())).collect();
        let sales = statements.iter().map(|it| Sale { lines: lines.clone(), statement: Some(it), now });
        let sales: Vec<_> = sales.collect();
        let mut desk = self.desk.open()?;
        // Before anything is entered: a folder that is there, or cannot be made, would leave licenses sold and lost.
        std::fs::create_dir(&self.out).map_err(|why| Failure::file("make", &self.out, why))?;
        let deliveries = desk.issue_all(&sales, &mut super::randomness()).inspect_err(|_| {
            // Empty still; if it stays, the next attempt says so.
            let _ = std::fs::remove_dir(&self.out);
        })?;
        for delivery in &deliveries {
            let name = format!("{}.holdfast", device(&self.out, &delivery.document)?);
            documents::write(&self.out.join(name), &delivery.document)?;
        }
        deliveries.iter().for_each(|delivery| tell(&self.out, delivery));
        println!(
            "{} devices; apply to each the file in {} that is named by its id",
            deliveries.len(),
            self.out.display()
        );
        Ok(())
    }
}

/// The statements in a file of a lot.
fn in_lot(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let mut statements = Vec::new();
    for (place, document) in (1..).zip(documents::read(path)?) {
        let refused = |why| Failure::refused_at(path, place, why);
        match Received::parse(&document).map_err(refused)?.kind() {
            Kind::Statement => statements.push(document),
            Kind::Device => {}
            found => return Err(refused(DocumentError::WrongKind { expected: Kind::Statement, found })),
        }
    }
    Ok(statements)
}

/// The device that an update is for.
fn device(path: &Path, update: &[u8]) -> Result<String, Failure> {
    let read = Received::parse(update).and_then(|received| Ok(received.read_again::<Update<'_>>()?.to));
    match read.map_err(|why| Failure::refused(path, why))? {
        DeviceId::Dongle(id) => Ok(id.to_string()),
        DeviceId::Tpm(name) => Ok(name.to_string()),
        DeviceId::Unbound => Ok("unbound".into()),
    }
}
