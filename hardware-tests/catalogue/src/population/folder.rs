//! A population as files, and how an interrupted run goes on.
//!
//! ```text
//! DIR/documents/   acme.vendor, *.desk, acme.batch, acme.revocations    what anybody may see
//! DIR/customers/   c-00001.holdfast …                                  each customer's documents
//! DIR/desk/        *.desk.key, acme.root.key, acme.secrets, *.ledger.json   what the desks keep
//! DIR/index.jsonl  one line for each revision of each license
//! DIR/summary.txt  counts; written last, so that what has one is whole
//! DIR/resume/      the ledgers and counts after the last whole batch; gone in the end
//! ```
//! A batch is whole once its folder in `resume` has its name, which one renaming gives it. A run that
//! begins takes the ledgers from there, cuts the index to the length that is written there, and makes
//! the next batch anew: the files of customers that are there already are written over with the same.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use holdfast_crypto::Hash;
use holdfast_document::{DeviceId, DongleId, Received, Time, armor};
use holdfast_issuer::ledger::Named;
use holdfast_issuer::revoke::revoke;
use holdfast_issuer::{Desk, Ledger};
use serde::{Deserialize, Serialize};

use super::batch::{Desks, Outcome, serve};
use super::house::House;
use super::limit::Cost;
use super::plan::Seller;
use super::{Draw, Options, PopulationError, Summary, random};
use crate::{SOLD, VENDOR};

/// The day of the revocations: after everything else.
const REVOKED: Time = Time(SOLD.0 + 1_500 * 86_400);

/// What is put aside after each batch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    options: Options,
    batches: u32,
    index: u64,
    summary: Summary,
    lost: Vec<DongleId>,
}

/// A population in the making.
pub struct Run {
    folder: PathBuf,
    house: House,
    desks: Desks,
    state: State,
    cost: Cost,
}

impl Run {
    /// Begins a population in a new or empty folder, or goes on with the one that is there.
    ///
    /// # Errors
    /// [`PopulationError::Occupied`] for a folder with anything else in it, a finished population or
    /// one of other options among it; [`PopulationError::File`].
    pub fn open(options: Options, folder: &Path) -> Result<Self, PopulationError> {
        let occupied = |what| PopulationError::Occupied { path: folder.display().to_string(), what };
        let resume = folder.join("resume");
        if folder.join("summary.txt").exists() && !resume.exists() {
            return Err(occupied("a finished population"));
        }
        create(folder)?;
        if !resume.exists() && entries(folder)?.next().is_some() {
            return Err(occupied("something else"));
        }
        let house = House::found(&options)?;
        create(&resume)?;
        let state = match last(&resume)? {
            Some(path) => {
                let state: State = read_json(&path.join("state.json"))?;
                if state.options != options {
                    return Err(occupied("a population of another seed or size"));
                }
                go_on(folder, &path, &state)?;
                state
            }
            None => {
                let (summary, lost) = (begin(folder, &house)?, Vec::new());
                let state = State { options, batches: 0, index: 0, summary, lost };
                put_aside(folder, &state)?;
                state
            }
        };
        let mut desks = Desks::new();
        for seller in Seller::ALL {
            let ledger = Ledger::open(&ledger(folder, seller), house.vendor)?;
            let desk = Desk::new(house.record.clone(), house.office(seller)?, ledger)?;
            desks.insert(seller, desk.with_secrets(house.secrets()?));
        }
        Ok(Self { folder: folder.to_owned(), house, desks, state, cost: Cost::default() })
    }

    /// Makes the next batch, and says whether there is another.
    ///
    /// # Errors
    /// Whatever a desk refuses, and [`PopulationError::File`]. Open the run again to go on.
    pub fn batch(&mut self) -> Result<bool, PopulationError> {
        let Options { seed, customers, batch, .. } = self.state.options;
        let done = self.state.batches.saturating_mul(batch.max(1));
        let end = done.saturating_add(batch.max(1)).min(customers);
        if done >= customers {
            return Ok(false);
        }
        let nth = u64::from(self.state.batches);
        let outcome = serve(&self.house, &mut self.desks, (seed, nth), done + 1..=end)?;
        self.write(outcome)?;
        self.state.batches += 1;
        put_aside(&self.folder, &self.state)?;
        Ok(end < customers)
    }

    /// Revokes what is lost and writes the summary: the population is whole.
    ///
    /// # Errors
    /// [`PopulationError::File`], and what the desk refuses.
    pub fn finish(self) -> Result<(Summary, Cost), PopulationError> {
        let Self { folder, house, desks, state, cost } = self;
        // The ledger's numbers the revocations, and only one may have it open.
        drop(desks);
        let mut ledger = Ledger::open(&ledger(&folder, Seller::Acme), house.vendor)?;
        let mut named = Named::default();
        named.delegation(Received::parse(&house.ended)?.digest(), house.root.root().body, 0);
        state.lost.iter().for_each(|id| named.device(DeviceId::Dongle(*id)));
        let mut rng = random(state.options.seed, Draw::House, 64);
        let documents = revoke(&house.root, &mut ledger, &named, REVOKED, &mut rng)?.parts;
        let mut summary = state.summary;
        summary.add("devices revoked", state.lost.len() as u64);
        summary.add("documents: revocations", documents.len() as u64);
        summary.add("bytes of documents", documents.iter().map(|bytes| bytes.len() as u64).sum());
        write_documents(&folder.join("documents/acme.revocations"), &documents)?;
        write(&folder.join("summary.txt"), summary.to_string().as_bytes())?;
        let resume = folder.join("resume");
        fs::remove_dir_all(&resume).map_err(|why| PopulationError::file("remove", &resume, &why))?;
        Ok((summary, cost))
    }

    /// What desks did in this run.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The vendor.
    pub const fn house(&self) -> &House {
        &self.house
    }

    /// How many customers are served.
    pub fn served(&self) -> u64 {
        self.state.summary.get("customers")
    }

    fn write(&mut self, outcome: Outcome) -> Result<(), PopulationError> {
        let Outcome { files, entries, summary, lost, cost } = outcome;
        for (pseudonym, documents) in files {
            write_documents(&self.folder.join(format!("customers/{pseudonym}.holdfast")), &documents)?;
        }
        let path = self.folder.join("index.jsonl");
        let failed = |why| PopulationError::file("write", &path, &why);
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, &entry).map_err(|why| failed(why.into()))?;
            lines.push(b'\n');
        }
        let mut index = File::options().append(true).open(&path).map_err(failed)?;
        index.write_all(&lines).and_then(|()| index.sync_all()).map_err(failed)?;
        self.state.index += lines.len() as u64;
        self.state.summary.merge(summary);
        self.state.lost.extend(lost);
        self.cost.merge(cost);
        Ok(())
    }
}

/// Makes everything that stands before the first customer. What an interrupted beginning left is
/// removed first.
fn begin(folder: &Path, house: &House) -> Result<Summary, PopulationError> {
    for name in ["documents", "customers", "desk"] {
        let path = folder.join(name);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|why| PopulationError::file("remove", &path, &why))?;
        }
        create(&path)?;
    }
    let desk = folder.join("desk");
    house.root_key().save(&desk.join(format!("{VENDOR}.root.key")))?;
    house.secrets()?.save(&desk.join(format!("{VENDOR}.secrets")))?;
    let mut documents = vec![
        ("acme.vendor".to_owned(), house.record.clone()),
        ("acme.batch".to_owned(), house.batch.delegation()?),
        ("nordic.desk".to_owned(), house.ended.clone()),
    ];
    for seller in Seller::ALL {
        let name = seller.name();
        documents.push((format!("{name}.desk"), house.office(seller)?.delegation()?));
        house.key(seller).save(&desk.join(format!("{name}.desk.key")))?;
        Ledger::begin(&ledger(folder, seller), house.vendor, house.first_number(seller))?;
    }
    let mut summary = Summary::default();
    for (name, document) in documents {
        summary.add("documents: record and delegations", 1);
        summary.add("bytes of documents", document.len() as u64);
        write_documents(&folder.join("documents").join(name), &[document])?;
    }
    write(&folder.join("index.jsonl"), b"")?;
    Ok(summary)
}

fn ledger(folder: &Path, seller: Seller) -> PathBuf {
    folder.join("desk").join(ledger_name(seller))
}

fn ledger_name(seller: Seller) -> String {
    format!("{}.ledger.json", seller.name())
}

/// Takes everything back to where the last whole batch ended.
fn go_on(folder: &Path, from: &Path, state: &State) -> Result<(), PopulationError> {
    for seller in Seller::ALL {
        copy(&from.join(ledger_name(seller)), &ledger(folder, seller))?;
    }
    let path = folder.join("index.jsonl");
    let failed = |why| PopulationError::file("cut", &path, &why);
    File::options().write(true).open(&path).and_then(|file| file.set_len(state.index)).map_err(failed)
}

/// Puts aside the ledgers and the state, as one: the folder gets its name when it is whole.
fn put_aside(folder: &Path, state: &State) -> Result<(), PopulationError> {
    let resume = folder.join("resume");
    let before = last(&resume)?;
    let (fresh, whole) = (resume.join("new"), resume.join(format!("{:06}", state.batches)));
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(|why| PopulationError::file("remove", &fresh, &why))?;
    }
    create(&fresh)?;
    for seller in Seller::ALL {
        copy(&ledger(folder, seller), &fresh.join(ledger_name(seller)))?;
    }
    let failed = |why: std::io::Error| PopulationError::file("write", &fresh, &why);
    write(&fresh.join("state.json"), &serde_json::to_vec(state).map_err(|why| failed(why.into()))?)?;
    fs::rename(&fresh, &whole).map_err(failed)?;
    File::open(&resume).and_then(|folder| folder.sync_all()).map_err(failed)?;
    match before {
        Some(before) => {
            fs::remove_dir_all(&before).map_err(|why| PopulationError::file("remove", &before, &why))
        }
        None => Ok(()),
    }
}

/// The last whole batch that was put aside.
fn last(resume: &Path) -> Result<Option<PathBuf>, PopulationError> {
    let whole = |path: &PathBuf| path.file_name().is_some_and(|name| name != "new");
    Ok(entries(resume)?.filter(whole).max())
}

fn entries(folder: &Path) -> Result<impl Iterator<Item = PathBuf> + use<>, PopulationError> {
    let found = fs::read_dir(folder).map_err(|why| PopulationError::file("read", folder, &why))?;
    Ok(found.filter_map(|entry| entry.ok().map(|entry| entry.path())))
}

fn create(folder: &Path) -> Result<(), PopulationError> {
    fs::create_dir_all(folder).map_err(|why| PopulationError::file("make", folder, &why))
}

fn copy(from: &Path, to: &Path) -> Result<(), PopulationError> {
    fs::copy(from, to).map(|_| ()).map_err(|why| PopulationError::file("copy", from, &why))
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, PopulationError> {
    let failed = |why: std::io::Error| PopulationError::file("read", path, &why);
    serde_json::from_slice(&fs::read(path).map_err(failed)?).map_err(|why| failed(why.into()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PopulationError> {
    let written = File::create(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|why| PopulationError::file("write", path, &why))
}

/// Documents as text, one after another.
fn write_documents(path: &Path, documents: &[Vec<u8>]) -> Result<(), PopulationError> {
    let mut text = String::new();
    for document in documents {
        let kind = Received::parse(document)?.kind();
        let mut room = vec![0; armor::encoded_length(kind, document.len())?];
        text.push_str(armor::encode(document, &mut room)?);
    }
    write(path, text.as_bytes())
}

/// The digest of every file of a finished population, by path: for whoever compares two.
///
/// # Errors
/// [`PopulationError::File`].
pub fn digests(folder: &Path) -> Result<Vec<(String, Hash)>, PopulationError> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in entries(&next)? {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(|why| PopulationError::file("read", &path, &why))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            found.push((name, holdfast_crypto::digest::plain(&[&bytes])));
        }
    }
    found.sort();
    Ok(found)
}
