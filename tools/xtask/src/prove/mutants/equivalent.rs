//! `mutants.toml` of a crate: the mutants that no test can see, because they change nothing that anyone can see.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::program::Failed;

/// The name of the list, beside the crate's manifest.
pub(super) const FILE: &str = "mutants.toml";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    equivalent: Vec<Equivalent>,
}

/// A mutant that means the same as the code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Equivalent {
    /// As cargo-mutants prints it, without line and column.
    mutant: String,
    /// Why nobody can tell it from the code.
    why: String,
    /// How many mutants of this name survive; one function may hold several.
    #[serde(default = "one")]
    times: usize,
}

impl Equivalent {
    /// Whether it is the one of this lasting name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.mutant == name
    }
}

fn one() -> usize {
    1
}

/// The list of a crate, by its folder. A crate without one has no equivalents.
pub(super) fn list(folder: &Path) -> Result<Vec<Equivalent>, Failed> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(Failed::File { path, why }),
    };
    read(&text).map_err(|why| Failed::Found(format!("{}: {why}", path.display())))
}

fn read(text: &str) -> Result<Vec<Equivalent>, String> {
    let List { equivalent } = toml::from_str(text).map_err(|why| why.to_string())?;
    for (place, it) in equivalent.iter().enumerate() {
        if it.why.trim().is_empty() || it.times == 0 {
            return Err(format!("{} needs a reason, and times of at least 1", it.mutant));
        }
        if equivalent[..place].iter().any(|other| other.mutant == it.mutant) {
            return Err(format!("{} is listed twice; say times = 2", it.mutant));
        }
    }
    Ok(equivalent)
}

/// What is wrong between the list and what survived, both by lasting names: every survivor is listed, and
/// everything listed survives. `there` are all mutants, so that one can tell what is gone from what is caught.
pub(super) fn findings(list: &[Equivalent], survived: &[String], there: &[String]) -> Vec<String> {
    let mut times = BTreeMap::<&str, usize>::new();
    for name in survived {
        *times.entry(name).or_default() += 1;
    }
    let mut found = Vec::new();
    for Equivalent { mutant, times: listed, .. } in list {
        let survive = times.remove(mutant.as_str()).unwrap_or(0);
        if !there.contains(mutant) {
            found.push(format!("no longer occurs: {mutant}; take it out of {FILE}"));
        } else if survive != *listed {
            found.push(format!("{survive} survive, not the {listed} listed: {mutant}"));
        }
    }
    found.extend(times.into_keys().map(|mutant| format!("survived: {mutant}")));
    found
}

#[cfg(test)]
mod laws {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn listed(mutant: &str, times: usize) -> Equivalent {
        Equivalent { mutant: mutant.into(), why: "it is".into(), times }
    }

    #[test]
    fn a_survivor_is_listed_and_what_is_listed_survives() {
        let there = names(&["a", "b", "b", "c"]);
        assert_eq!(findings(&[listed("a", 1), listed("b", 2)], &names(&["b", "a", "b"]), &there), [""; 0]);
        for (list, survived, finding) in [
            (vec![], names(&["a"]), "survived: a"),
            (vec![listed("a", 1)], names(&[]), "0 survive, not the 1 listed: a"),
            (vec![listed("b", 1)], names(&["b", "b"]), "2 survive, not the 1 listed: b"),
            (vec![listed("d", 1)], names(&[]), "no longer occurs: d; take it out of mutants.toml"),
        ] {
            assert_eq!(findings(&list, &survived, &there), [finding]);
        }
    }

    #[test]
    fn each_equivalent_is_listed_once_with_its_reason() {
        let entry = |name: &str, rest: &str| format!("[[equivalent]]\nmutant = \"{name}\"\n{rest}\n");
        let good = entry("a", "why = \"as good\"") + &entry("b", "why = \"as good\"\ntimes = 2");
        assert_eq!(read(&good).unwrap().iter().map(|it| it.times).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(read("").unwrap(), []);
        for bad in [
            entry("a", ""),
            entry("a", "why = \" \""),
            entry("a", "why = \"as good\"\ntimes = 0"),
            entry("a", "why = \"as good\"").repeat(2),
            entry("a", "why = \"as good\"\nline = 3"),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
