//! `holdfast audit`: what documents prove together that each alone does not.

use std::path::PathBuf;

use holdfast_audit::{Finding, Report, Weight};
use holdfast_document::{Time, VendorId};
use serde_json::{Value, json};

use crate::documents;
use crate::failure::Failure;

/// Find what documents prove together: over-issue, copied devices, seats lent twice.
///
/// Give it all that there is, in any order: records, licenses, updates, loans, statements,
/// revocations. Exit code 3 says that something was found.
#[derive(clap::Args)]
pub(crate) struct Audit {
    /// Files of documents; a folder stands for all files in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Believe only this vendor, by its id; else every founding record among the documents.
    #[arg(long, value_parser = vendor)]
    vendor: Option<VendorId>,
    /// The earliest that now can be: delegations must be in force then, too.
    #[arg(long, value_parser = super::date, default_value = "1970-01-01")]
    at: Time,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        // Which document a finding means, in words: the file and the place in it.
        let (mut names, mut heap) = (Vec::new(), Vec::new());
        for file in files(&self.files)? {
            let found = documents::read(&file)?;
            let alone = found.len() == 1;
            for (place, document) in found.into_iter().enumerate() {
                let within = if alone { String::new() } else { format!(", document {}", place + 1) };
                names.push(format!("{}{within}", file.display()));
                heap.push(document);
            }
        }
        let report = holdfast_audit::audit(&heap, self.vendor, self.at);
        if self.json {
            println!("{:#}", as_json(&report, &names));
        } else {
            report.findings.iter().for_each(|finding| print(finding, &names));
            println!("{} documents, {} findings.", report.documents, report.findings.len());
        }
        let proofs = report.findings.iter().filter(|finding| finding.weight() == Weight::Proof).count();
        match report.findings.len() - proofs {
            0 if proofs == 0 => Ok(()),
            warnings => Err(Failure::Findings { proofs, warnings }),
        }
    }
}

fn print(finding: &Finding, names: &[String]) {
    let word = match finding.weight() {
        Weight::Proof => "PROOF",
        Weight::Warning => "warning",
    };
    println!("{word}: {}.", finding.what);
    finding.documents.iter().for_each(|place| println!("    {}", names[*place]));
}

fn as_json(report: &Report, names: &[String]) -> Value {
    let findings = report.findings.iter().map(|finding| {
        let mut value = json!(finding);
        value["documents"] = finding.documents.iter().map(|place| names[*place].as_str()).collect();
        value["weight"] = json!(finding.weight());
        value["says"] = finding.what.to_string().into();
        value
    });
    json!({ "documents": report.documents, "findings": findings.collect::<Vec<_>>() })
}

/// The files that were named, and those in folders that were, by name.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unread = |why| Failure::file("read", path, why);
        for entry in path.read_dir().map_err(unread)? {
            let within = entry.map_err(unread)?.path();
            if within.is_file() {
                files.push(within);
            }
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn vendor(text: &str) -> Result<VendorId, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "not a vendor's id: 32 hexadecimal digits, as holdfast verify prints them".into())
}
