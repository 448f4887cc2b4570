//! Cargo, as the contributor who started this program uses it; and what it knows of our crates.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    checkout,
    program::{Failed, ask},
};

/// Cargo for what runs on this machine, started at the root.
pub(crate) fn cargo<const N: usize>(words: [&str; N]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(checkout::root());
    command
}

/// One crate of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Its folder, from the root.
    pub(crate) folder: PathBuf,
    /// Our crates that it is built with. Tests may know more.
    pub(crate) knows: Vec<String>,
    pub(crate) features: Vec<String>,
    pub(crate) binaries: Vec<String>,
    /// Its integration tests.
    pub(crate) tests: Vec<String>,
    /// What its `[package.metadata]` says, numbers only, by `table.key`.
    pub(crate) numbers: BTreeMap<String, u64>,
}

/// Our crates, of the workspace at the root or of the one of the boards.
pub(crate) fn crates(workspace: &Path) -> Result<Vec<Crate>, Failed> {
    let mut question = cargo(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path"]);
    question.arg(workspace.join("Cargo.toml"));
    let answer = ask(&mut question).ok_or_else(|| Failed::Program("cargo metadata".into()))?;
    read(&answer).ok_or_else(|| Failed::Found("cargo metadata answered in a form that is new to us".into()))
}

fn read(metadata: &str) -> Option<Vec<Crate>> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).ok()?;
    metadata["packages"].as_array()?.iter().map(read_crate).collect()
}

fn read_crate(package: &serde_json::Value) -> Option<Crate> {
    let manifest = Path::new(package["manifest_path"].as_str()?);
    let folder = manifest.parent()?.strip_prefix(checkout::root()).unwrap_or(manifest).to_path_buf();
    let for_tests_only = |dependency: &serde_json::Value| dependency["kind"] == "dev";
    let knows = package["dependencies"]
        .as_array()?
        .iter()
        .filter(|dependency| dependency["path"].is_string() && !for_tests_only(dependency))
        .filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
        .collect();
    let targets = |kind: &str| -> Option<Vec<String>> {
        let is_of_kind = |target: &&serde_json::Value| {
            target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|it| it == kind))
        };
        let name = |target: &serde_json::Value| Some(target["name"].as_str()?.to_owned());
        Some(package["targets"].as_array()?.iter().filter(is_of_kind).filter_map(name).collect())
    };
    let mut numbers = BTreeMap::new();
    for (table, entries) in package["metadata"].as_object().into_iter().flatten() {
        for (key, value) in entries.as_object().into_iter().flatten() {
            if let Some(value) = value.as_u64() {
                numbers.insert(format!("{table}.{key}"), value);
            }
        }
    }
    Some(Crate {
        name: package["name"].as_str()?.to_owned(),
        folder,
        knows,
        features: package["features"].as_object()?.keys().cloned().collect(),
        binaries: targets("bin")?,
        tests: targets("test")?,
        numbers,
    })
}

/// All that `it` is built with, directly or through others.
pub(crate) fn known_by<'a>(it: &'a Crate, crates: &'a [Crate]) -> BTreeSet<&'a str> {
    let mut known = BTreeSet::new();
    let mut ahead: Vec<_> = it.knows.iter().map(String::as_str).collect();
    while let Some(name) = ahead.pop() {
        if known.insert(name) {
            let next = crates.iter().find(|other| other.name == name);
            ahead.extend(next.into_iter().flat_map(|other| other.knows.iter().map(String::as_str)));
        }
    }
    known
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_crate_is_read_with_what_it_knows_outside_its_tests() {
        let metadata = r#"{ "packages": [{
            "name": "top", "manifest_path": "/elsewhere/top/Cargo.toml", "features": { "fast": [] },
            "metadata": { "budget": { "stack-bytes": 7, "why": "small" } },
            "targets": [{ "name": "top", "kind": ["lib"] }, { "name": "run", "kind": ["bin"] },
                         { "name": "laws", "kind": ["test"] }],
            "dependencies": [
                { "name": "ours", "path": "/elsewhere/ours", "kind": null },
                { "name": "build-time", "path": "/elsewhere/build-time", "kind": "build" },
                { "name": "oracle", "path": "/elsewhere/oracle", "kind": "dev" },
                { "name": "theirs", "kind": null }
            ] }] }"#;
        let [top] = read(metadata).unwrap().try_into().unwrap();
        assert_eq!(top.knows, ["ours", "build-time"]);
        assert_eq!(top.features, ["fast"]);
        assert_eq!(top.binaries, ["run"]);
        assert_eq!(top.tests, ["laws"]);
        assert_eq!(top.numbers, BTreeMap::from([("budget.stack-bytes".to_owned(), 7)]));
    }
}
