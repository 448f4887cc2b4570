//! `holdfast show`: any documents, for people or for programs.

use std::path::PathBuf;

use holdfast_document::{
    Body, Delegation, Device, Document, DocumentError, Kind, Manifest, Received, Revocations, TimeToken,
    Vendor, strict,
};
use holdfast_license::{License, Loan, Statement, Update};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::{documents, text};

/// Show any documents as text, or as JSON. Nothing is verified.
#[derive(clap::Args)]
pub(crate) struct Show {
    /// Files of documents, armored or as bytes; - is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON: an array with an object for each document.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut shown = Vec::new();
        for file in &self.files {
            for (place, document) in (1..).zip(documents::read(file)?) {
                shown.push(value(&document).map_err(|why| Failure::refused_at(file, place, why))?);
            }
        }
        if self.json {
            println!("{:#}", Value::Array(shown));
            return Ok(());
        }
        for document in &shown {
            let mut text = String::new();
            text::write(document["kind"].as_str().unwrap_or_default(), document, 0, &mut text);
            print!("{text}");
        }
        println!("Nothing of this was verified; run holdfast verify.");
        Ok(())
    }
}

/// A document as a value: envelope, body, and the bodies of its links.
fn value(bytes: &[u8]) -> Result<Value, DocumentError> {
    let received = Received::parse(bytes)?;
    let document = received.document();
    let links = document.chain.iter().map(|link| {
        let link = link?;
        let kind = Kind::from_number(link.kind)?;
        Ok(json!({ "kind": kind.name(), "digest": kind.digest(link.body), "body": body(kind, link.body)? }))
    });
    let Document { root, signature, .. } = document;
    Ok(json!({
        "kind": received.kind().name(),
        "digest": received.digest(),
        "root": root,
        "body": body(received.kind(), document.body)?,
        "signature": signature,
        "chain": links.collect::<Result<Vec<_>, DocumentError>>()?,
    }))
}

/// A body as a value, with documents inside it shown too.
fn body(kind: Kind, bytes: &[u8]) -> Result<Value, DocumentError> {
    fn of<'a, B: Body<'a>>(bytes: &'a [u8]) -> Result<Value, DocumentError> {
        let body: B = strict::decode(bytes)?;
        serde_json::to_value(&body).map_err(|_| DocumentError::Malformed)
    }
    match kind {
        Kind::Vendor => of::<Vendor<'_>>(bytes),
        Kind::Device => of::<Device<'_>>(bytes),
        Kind::Delegation => of::<Delegation<'_>>(bytes),
        Kind::License => of::<License<'_>>(bytes),
        Kind::Loan => of::<Loan<'_>>(bytes),
        Kind::Update => of::<Update<'_>>(bytes).map(|update| with_licenses(update, bytes)),
        Kind::TimeToken => of::<TimeToken>(bytes),
        Kind::Revocations => of::<Revocations<'_>>(bytes),
        Kind::Statement => of::<Statement<'_>>(bytes),
        Kind::Manifest => of::<Manifest<'_>>(bytes),
    }
}

/// Puts each installed license in the place of its bytes.
fn with_licenses(mut shown: Value, bytes: &[u8]) -> Value {
    let Ok(update) = strict::decode::<Update<'_>>(bytes) else { return shown };
    for (place, action) in update.actions.known().enumerate() {
        if let holdfast_license::Action::Install(install) = action
            && let Ok(license) = value(install.license)
        {
            shown["actions"][place]["Install"]["license"] = license;
        }
    }
    shown
}
