//! `holdfast verify`: documents checked from the vendor's root on, and the licenses inside updates.

use std::path::PathBuf;

use holdfast_crypto::RustCrypto;
use holdfast_document::{
    Delegation, Device, DocumentError, Kind, Received, Revocations, Root, Time, TimeToken, Vendor, Verified,
};
use holdfast_license::{Action, License, Statement, Update};
use serde_json::{Value, json};

use crate::documents;
use crate::failure::Failure;

/// Check documents from the vendor's root on.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// Files of documents, armored or as bytes; - is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The vendor's founding record.
    #[arg(long)]
    vendor: PathBuf,
    /// The earliest that now can be: delegations must be in force then, too.
    #[arg(long, value_parser = super::date, default_value = "1970-01-01")]
    at: Time,
    /// Print JSON: an array with an object for each document.
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let record = documents::read_one(&self.vendor, Kind::Vendor)?;
        let vendor = documents::vendor(&self.vendor, &record)?;
        let (mut said, mut refused) = (Vec::new(), Vec::new());
        for file in &self.files {
            for (place, document) in (1..).zip(documents::read(file)?) {
                let checked = self.check(&vendor, &document);
                let mut value =
                    json!({ "file": documents::name(file), "document": place, "good": checked.is_ok() });
                match checked {
                    Ok(good) if self.json => value["says"] = good.into(),
                    Ok(good) => println!("{good}"),
                    Err(why) => {
                        let failure = Failure::refused_at(file, place, why);
                        value["says"] = failure.to_string().into();
                        refused.push(failure);
                    }
                }
                said.push(value);
            }
        }
        if self.json {
            println!("{:#}", Value::Array(said));
        }
        // The last is said by whoever ends the command; all are looked at before.
        let last = refused.pop();
        refused.iter().for_each(|failure| eprintln!("holdfast: {failure}"));
        last.map_or(Ok(()), Err)
    }

    /// Checks one document, and says what now is known.
    fn check(&self, vendor: &Verified<'_, Vendor<'_>>, bytes: &[u8]) -> Result<String, DocumentError> {
        let received = Received::parse(bytes)?;
        let (root, at) = (vendor.root(), self.at);
        let by_vendor = |kind: Kind| {
            let article = if kind == Kind::Update { "an" } else { "a" };
            format!("good: {article} {kind} of vendor {} ({})", vendor.name, vendor.id())
        };
        match received.kind() {
            Kind::Vendor => {
                Vendor::found_as::<RustCrypto>(&received, vendor.id()).map(|_| by_vendor(Kind::Vendor))
            }
            Kind::Device => received.verify_accepted::<RustCrypto, Device<'_>>(vendor, at).map(|device| {
                format!("good: device {}, a {} ({})", device.id(), device.model, sort(device.production))
            }),
            Kind::Statement => {
                received.verify_accepted::<RustCrypto, Statement<'_>>(vendor, at).map(|statement| {
                    format!("good: statement {} of a device that this vendor accepts", statement.number)
                })
            }
            Kind::Delegation => match received.verify::<RustCrypto, Delegation<'_>>(&root, at) {
                // Not of the vendor's root; perhaps a batch key of a maker that it accepts.
                Err(DocumentError::BadSignature { link: 0 }) => received
                    .verify_accepted::<RustCrypto, Delegation<'_>>(vendor, at)
                    .map(|_| format!("good: a delegation of a maker that vendor {} accepts", vendor.name)),
                of_vendor => of_vendor.map(|_| by_vendor(Kind::Delegation)),
            },
            Kind::License => {
                received.verify::<RustCrypto, License<'_>>(&root, at).map(|_| by_vendor(Kind::License))
            }
            Kind::TimeToken => {
                received.verify::<RustCrypto, TimeToken>(&root, at).map(|_| by_vendor(Kind::TimeToken))
            }
            Kind::Revocations => received
                .verify::<RustCrypto, Revocations<'_>>(&root, at)
                .map(|_| by_vendor(Kind::Revocations)),
            Kind::Update => {
                let update = received.verify::<RustCrypto, Update<'_>>(&root, at)?;
                let licenses = licenses(&update, &root, at)?;
                Ok(format!("{}; licenses in it, good too: {licenses}", by_vendor(Kind::Update)))
            }
            // These lead to a lender's device and to a maker's firmware key; a record names neither.
            found @ (Kind::Loan | Kind::Manifest) => {
                Err(DocumentError::WrongKind { expected: Kind::License, found })
            }
        }
    }
}

/// How many licenses an update installs, each verified under the update's own links.
fn licenses(update: &Verified<'_, Update<'_>>, root: &Root, at: Time) -> Result<usize, DocumentError> {
    let mut licenses = 0;
    for action in update.actions.iter() {
        if let Action::Install(install) = action? {
            install.under(update)?.verify::<RustCrypto, License<'_>>(root, at)?;
            licenses += 1;
        }
    }
    Ok(licenses)
}

const fn sort(production: bool) -> &'static str {
    if production { "production" } else { "development" }
}
