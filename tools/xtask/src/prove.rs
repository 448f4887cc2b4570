//! `cargo xtask prove NAME`: the exhaustive proofs. They take hours, so `test` runs a sample of each.

use crate::{
    cargo::{self, cargo},
    checkout,
    program::{self, Failed},
};

/// A proof: the binary that makes it, and the crate it speaks of.
struct Proof {
    name: &'static str,
    shows: &'static str,
    takes: &'static str,
    package: &'static str,
    binary: &'static str,
    feature: &'static str,
}

const PROOFS: [Proof; 1] = [Proof {
    name: "power",
    shows: "power may fail at any instant of any write: nothing is given back, nothing lost",
    takes: "minutes to hours",
    package: "holdfast-storage",
    binary: "prove-power",
    feature: "model",
}];

pub(crate) fn run(words: &[String]) -> Result<(), Failed> {
    let there = proofs_that_exist()?;
    let Some((name, rest)) = words.split_first() else {
        for Proof { name, shows, takes, .. } in there {
            println!("cargo xtask prove {name}: {shows}. Takes {takes}.");
        }
        return Ok(());
    };
    let Some(proof) = there.into_iter().find(|proof| proof.name == name) else {
        return Err(Failed::Found(format!("there is no proof of {name}; `cargo xtask prove` lists them")));
    };
    let mut command = cargo(["run", "--release", "--locked", "--package", proof.package]);
    command.args(["--features", proof.feature, "--bin", proof.binary, "--"]);
    program::run(command.args(rest))
}

fn proofs_that_exist() -> Result<Vec<&'static Proof>, Failed> {
    let crates = cargo::crates(checkout::root())?;
    let exists = |proof: &&Proof| {
        crates
            .iter()
            .any(|it| it.name == proof.package && it.binaries.iter().any(|name| name == proof.binary))
    };
    Ok(PROOFS.iter().filter(exists).collect())
}
