//! `cargo xtask prove power`: power may fail at any instant of any write.
//!
//! The proof is an example of `holdfast-storage`. This starts it, says of which sources it is, and dates what it found.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{result, sources};
use crate::{
    cargo::{self, cargo},
    checkout,
    program::{self, Failed},
};

const PACKAGE: &str = "holdfast-storage";
const PROGRAM: &str = "examples/prove-power.rs";

/// What the program found, in its own words.
#[derive(Serialize, Deserialize)]
struct Found {
    total: Cuts,
    failures: u64,
    parts: Vec<Part>,
}

/// One script on one chip.
#[derive(Serialize, Deserialize)]
struct Part {
    part: String,
    #[serde(flatten)]
    cuts: Cuts,
}

#[derive(Serialize, Deserialize)]
struct Cuts {
    cuts: u64,
    second_cuts: u64,
    third_cuts: u64,
    mounts: u64,
    before: u64,
    after: u64,
}

/// What stands in `docs/proofs`.
#[derive(Serialize)]
struct Proof {
    #[serde(flatten)]
    heading: result::Heading,
    #[serde(flatten)]
    found: Found,
}

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    let crates = cargo::crates(checkout::root())?;
    let folders = sources::folders_of(PACKAGE, &crates)?;
    // Of code and program alone: no test, text or other example is part of it.
    let code = sources::parts(checkout::root(), &folders, &["src", "Cargo.toml", PROGRAM]);
    let digest = sources::digest(checkout::root(), &code)?;
    let folder = checkout::target().join("prove");
    fs::create_dir_all(&folder).map_err(|why| Failed::File { path: folder.clone(), why })?;
    let result = folder.join("power.json");
    let storage = ["run", "--release", "--locked", "--package", PACKAGE, "--features", "model"];
    let mut program = cargo(storage);
    program.args(["--example", "prove-power", "--", "--sources", &digest]);
    program.arg("--kept").arg(folder.join("power-kept.txt")).arg("--result").arg(&result);
    program::run(program.args(words))?;
    let failed = |why| Failed::File { path: result.clone(), why };
    let found = serde_json::from_slice(&fs::read(&result).map_err(failed)?);
    let found = found.map_err(|why| failed(why.into()))?;
    let heading = result::Heading::new("power loss, firmware/storage", digest, &code);
    result::write("power", &Proof { heading, found })
}
