//! The dated results under `docs/proofs`: what was shown, when, and of which sources.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, Serialize};

use super::{copy::files_below, sources};
use crate::{
    checkout,
    program::{Failed, ask},
};

const FOLDER: &str = "docs/proofs";

/// What every result begins with: what was shown, when, and of which sources.
#[derive(Serialize)]
pub(super) struct Heading {
    proof: String,
    date: String,
    /// Its files may differ from those of the commit; the digest of the sources says which they are.
    commit: String,
    sources: String,
    /// Whose files, in which folders, the digest is of.
    folders: Vec<String>,
}

impl Heading {
    /// Of today, about these sources.
    pub(super) fn new<P: AsRef<Path>>(proof: impl Into<String>, sources: String, folders: &[P]) -> Self {
        let head = ask(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(checkout::root()));
        Self {
            proof: proof.into(),
            date: today(),
            commit: head.unwrap_or_default().trim().to_owned(),
            sources,
            folders: folders.iter().map(|it| it.as_ref().to_string_lossy().into_owned()).collect(),
        }
    }
}

/// Writes the result of a proof, in place of the one before it, and says where.
pub(super) fn write(proof: &str, result: &impl Serialize) -> Result<(), Failed> {
    let folder = checkout::root().join(FOLDER);
    let path = write_in(&folder, proof, &today(), result)?;
    println!("written to {}", path.strip_prefix(checkout::root()).unwrap_or(&path).display());
    Ok(())
}

fn write_in(folder: &Path, proof: &str, date: &str, result: &impl Serialize) -> Result<PathBuf, Failed> {
    let path = folder.join(format!("{proof}-{date}.json"));
    let failed = |why| Failed::File { path: path.clone(), why };
    let text = serde_json::to_string_pretty(result).map_err(|why| failed(why.into()))? + "\n";
    fs::create_dir_all(folder).map_err(failed)?;
    for entry in fs::read_dir(folder).map_err(failed)?.flatten() {
        if is_of(proof, &entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    fs::write(&path, text).map_err(failed)?;
    Ok(path)
}

/// Whether a file is a result of this proof: its name, a date, the ending.
fn is_of(proof: &str, file: &str) -> bool {
    let date = file.strip_prefix(proof).and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".json"));
    date.is_some_and(|date| date.len() == 10 && date.bytes().all(|it| it.is_ascii_digit() || it == b'-'))
}

/// Prints every result, and whether the sources are still those that it names.
pub(super) fn list() -> Result<(), Failed> {
    let folder = checkout::root().join(FOLDER);
    for name in files_below(&folder)?.iter().filter(|name| name.extension().is_some_and(|it| it == "json")) {
        println!("{FOLDER}/{}: {}", name.display(), standing(checkout::root(), &folder.join(name)));
    }
    Ok(())
}

/// Of which sources a result is, against those below `root`.
fn standing(root: &Path, path: &Path) -> &'static str {
    let text = fs::read(path).unwrap_or_default();
    let Ok(Stamp { sources, folders }) = serde_json::from_slice(&text) else {
        return "without a word of its sources";
    };
    match sources::digest(root, &folders) {
        Ok(now) if now == sources => "of the sources as they are",
        _ => "of older sources",
    }
}

/// What each result says of its sources.
#[derive(Deserialize)]
struct Stamp {
    sources: String,
    folders: Vec<String>,
}

/// The date in UTC.
fn today() -> String {
    let today = time::OffsetDateTime::now_utc().date();
    format!("{:04}-{:02}-{:02}", today.year(), u8::from(today.month()), today.day())
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_result_says_whether_its_sources_are_still_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("src")).unwrap();
        fs::write(root.join("src/a"), "1").unwrap();
        let sources = sources::digest(root, &["src"]).unwrap();
        let result = root.join("result.json");
        fs::write(&result, serde_json::json!({ "sources": sources, "folders": ["src"] }).to_string())
            .unwrap();
        assert_eq!(standing(root, &result), "of the sources as they are");
        fs::write(root.join("src/a"), "2").unwrap();
        assert_eq!(standing(root, &result), "of older sources");
        fs::remove_dir_all(root.join("src")).unwrap();
        assert_eq!(standing(root, &result), "of older sources");
        fs::write(&result, "{}").unwrap();
        assert_eq!(standing(root, &result), "without a word of its sources");
    }

    #[test]
    fn a_result_takes_the_place_of_the_one_before_it_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["laws-2026-01-01.json", "laws-of-others-2026-01-01.json", "laws.md", "power-2026-01-01.json"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let path = write_in(folder.path(), "laws", "2026-02-03", &[1, 2]).unwrap();
        assert_eq!(serde_json::from_slice::<[u8; 2]>(&fs::read(path).unwrap()).unwrap(), [1, 2]);
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["laws-2026-02-03.json", "laws-of-others-2026-01-01.json", "laws.md", "power-2026-01-01.json"]
        );
    }
}
