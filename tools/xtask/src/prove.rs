//! `cargo xtask prove NAME`: the exhaustive proofs. Some take hours, so `test` and `check` run a sample of each.

mod copy;
mod fuzz;
mod kept;
pub(crate) mod laws;
mod models;
pub(crate) mod mutants;
mod power;
mod result;
mod sources;
mod suite;

use crate::program::Failed;

/// A proof, and what makes it. Each has a file of its own.
struct Proof {
    name: &'static str,
    shows: &'static str,
    takes: &'static str,
    /// Makes the proof, given the words that follow its name.
    run: fn(&[String]) -> Result<(), Failed>,
}

const PROOFS: [Proof; 5] = [
    Proof {
        name: "power",
        shows: "power may fail at any instant of any write: nothing is given back, nothing lost",
        takes: "minutes to hours",
        run: power::run,
    },
    Proof {
        name: "laws",
        shows: "each law, broken by one line, is missed, and its test says so; with names of patches: only those",
        takes: "5 minutes",
        run: laws::run,
    },
    Proof {
        name: "fuzz",
        shows: "every parser holds for any bytes; --target T, --minutes M each, --executions N each",
        takes: "a minute for each target, and 10 to build",
        run: fuzz::run,
    },
    Proof {
        name: "mutants",
        shows: "no small change of document, license, wire or storage goes unseen by its tests; \
                [--package P] [--shard K/N] [--minutes M]",
        takes: "hours",
        run: mutants::run,
    },
    Proof {
        name: "models",
        shows: "the rules of docs/models hold in every story within their bounds, and break where one is left out",
        takes: "minutes",
        run: models::run,
    },
];

pub(crate) fn run(words: &[String]) -> Result<(), Failed> {
    let Some((name, rest)) = words.split_first() else {
        for Proof { name, shows, takes, .. } in &PROOFS {
            println!("cargo xtask prove {name}: {shows}. Takes {takes}.");
        }
        return result::list();
    };
    let Some(proof) = PROOFS.iter().find(|proof| proof.name == name) else {
        return Err(Failed::Found(format!("there is no proof of {name}; `cargo xtask prove` lists them")));
    };
    (proof.run)(rest)
}
