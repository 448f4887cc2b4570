//! `holdfast verify`: each document checked from the vendor's founding record on, and against all the
//! others that came with it.

use std::path::PathBuf;

use holdfast_audit::{Good, NotBelieved, verify};
use holdfast_document::{Kind, Received, Time};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::{documents, good};

/// Check documents from the vendor's root on.
///
/// Every kind of document is checked by its own rules: a loan with the license that it comes out of,
/// an update with the licenses inside it, what devices sign under the makers that the vendor accepts.
/// Later records of the vendor and revocations count wherever they stand among the files, in any
/// order. Exit code 3 says that at least one document is not to be used.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// Files of documents, armored or as bytes; - is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The vendor's founding record; its later records may follow in the same file.
    #[arg(long)]
    vendor: PathBuf,
    /// The earliest that now can be: delegations must be in force then, too.
    #[arg(long, value_parser = super::date, default_value = "1970-01-01")]
    at: Time,
    /// Print JSON: an array with an object for each document.
    #[arg(long)]
    json: bool,
}

/// Where a document stands.
struct Place<'f> {
    file: &'f PathBuf,
    document: usize,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let records = documents::read_all(&self.vendor, Kind::Vendor)?;
        // The first alone decides whom to believe: what does not follow it is told below.
        let founding = records.first().map_or(&[][..], Vec::as_slice);
        let vendor = documents::succession(&self.vendor, founding)?;
        let (id, name) = (vendor.id(), vendor.newest().name.as_str().to_owned());
        let (mut heap, mut places) = (Vec::new(), Vec::new());
        for file in &self.files {
            for (document, bytes) in (1..).zip(documents::read(file)?) {
                heap.push(bytes);
                places.push(Place { file, document });
            }
        }
        heap.extend(records.iter().cloned());
        let mut verdicts = verify(&heap, id, self.at);
        let (mut said, mut refused) = (Vec::new(), Vec::new());
        // A record that was named to verify by is worth a word only where it does not hold.
        for (document, verdict) in (1..).zip(verdicts.split_off(places.len())) {
            if let Err(why) = verdict {
                refused.push(Failure::refused_at(&self.vendor, document, why));
            }
        }
        for ((place, bytes), verdict) in places.iter().zip(&heap).zip(verdicts) {
            let (good, says) = self.say(place, &name, verdict, &mut refused);
            let kind = Received::parse(bytes).ok().map(|received| received.kind().name());
            let file = documents::name(place.file);
            said.push(
                json!({ "file": file, "document": place.document, "kind": kind, "good": good, "says": says }),
            );
        }
        if self.json {
            println!("{:#}", Value::Array(said));
        }
        // The last is said by whoever ends the command; all are looked at before.
        let last = refused.pop();
        refused.iter().for_each(|failure| eprintln!("holdfast: {failure}"));
        last.map_or(Ok(()), Err)
    }

    /// Whether a document is good, and the sentence that says so or why not.
    fn say(
        &self,
        place: &Place<'_>,
        vendor: &str,
        verdict: Result<Good<'_>, NotBelieved>,
        refused: &mut Vec<Failure>,
    ) -> (bool, String) {
        match verdict {
            Ok(good) => {
                let sentence = good::sentence(&good, vendor);
                if !self.json {
                    println!("{sentence}");
                }
                (true, sentence)
            }
            Err(why) => {
                let failure = Failure::refused_at(place.file, place.document, why);
                let sentence = failure.to_string();
                refused.push(failure);
                (false, sentence)
            }
        }
    }
}
