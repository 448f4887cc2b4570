//! The mutants themselves: cargo-mutants invents them, and says each as a change of a place in a file.

use std::{path::Path, process::Command};

use serde::Deserialize;

use crate::{
    cargo::cargo,
    program::{self, Failed, ask},
};

/// The version that the lists of equivalents were written against; another may invent other mutants.
const VERSION: &str = "27.1.0";

/// One change of the code, which a test should see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Mutant {
    /// As cargo-mutants prints it, with line and column.
    pub(super) name: String,
    /// The file, from the root.
    pub(super) file: String,
    span: Span,
    replacement: String,
}

/// A place in a text: from its first character until before its last, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

/// The name of a mutant without line and column.
pub(super) fn lasting(name: &str) -> String {
    let (file, rest) = name.split_once(".rs").unwrap_or((name, ""));
    let rest = rest.trim_start_matches(|it: char| it == ':' || it.is_ascii_digit());
    format!("{file}.rs:{rest}")
}

impl Mutant {
    /// Its name without line and column: the same after code above it has changed.
    pub(super) fn lasting_name(&self) -> String {
        lasting(&self.name)
    }

    /// The text of its file with the change made.
    pub(super) fn applied_to(&self, text: &str) -> Result<String, Failed> {
        let at = |place: Place| {
            let start: usize =
                text.split_inclusive('\n').take(place.line.checked_sub(1)?).map(str::len).sum();
            let line = text.get(start..)?.split_inclusive('\n').next().unwrap_or_default();
            let before: usize = line.chars().take(place.column.checked_sub(1)?).map(char::len_utf8).sum();
            Some(start + before)
        };
        let changed = || {
            let (start, end) = (at(self.span.start)?, at(self.span.end)?);
            Some(format!("{}{}{}", text.get(..start)?, self.replacement, text.get(end..)?))
        };
        changed().ok_or_else(|| Failed::Found(format!("{} is outside its file", self.name)))
    }
}

/// All mutants of a package, or those of the lines that a diff changes.
pub(super) fn mutants(root: &Path, package: &str, changed: Option<&Path>) -> Result<Vec<Mutant>, Failed> {
    let mut list = cargo(["mutants", "--list", "--json", "--package", package]);
    list.current_dir(root);
    if let Some(diff) = changed {
        list.arg("--in-diff").arg(diff);
    }
    let text =
        ask(&mut list).ok_or_else(|| Failed::Program(format!("cargo mutants --list for {package}")))?;
    // Where a diff touches no code it prints nothing at all.
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&text)
        .map_err(|why| Failed::Found(format!("cargo mutants lists in a form that is new to us: {why}")))
}

/// Which cargo-mutants there is, if there is one.
pub(super) fn version() -> Option<String> {
    let version = ask(&mut cargo(["mutants", "--version"]))?;
    Some(version.trim().to_owned())
}

/// Sees to it that there is a cargo-mutants.
pub(super) fn install() -> Result<(), Failed> {
    if version().is_some() {
        return Ok(());
    }
    eprintln!("Installing cargo-mutants {VERSION} by cargo; that takes some minutes");
    let install: &mut Command = &mut cargo(["install", "cargo-mutants", "--locked", "--version", VERSION]);
    program::run(install)
}

#[cfg(test)]
mod laws {
    use super::*;

    fn mutant(start: (usize, usize), end: (usize, usize), replacement: &str) -> Mutant {
        let place = |(line, column)| Place { line, column };
        Mutant {
            name: format!("src/a.rs:{}:{}: replace + with - in f", start.0, start.1),
            file: "src/a.rs".into(),
            span: Span { start: place(start), end: place(end) },
            replacement: replacement.into(),
        }
    }

    #[test]
    fn a_change_is_made_at_its_characters_also_after_wider_ones() {
        let text = "one\n// é\n«é» + 1\n";
        assert_eq!(mutant((3, 5), (3, 6), "-").applied_to(text).unwrap(), "one\n// é\n«é» - 1\n");
        assert_eq!(mutant((1, 2), (3, 1), "_").applied_to(text).unwrap(), "o_«é» + 1\n");
        assert_eq!(mutant((1, 1), (1, 4), "").applied_to("one").unwrap(), "");
        assert!(mutant((0, 1), (1, 1), "-").applied_to(text).is_err());
        assert!(mutant((3, 5), (3, 2), "-").applied_to(text).is_ok_and(|it| it.len() > text.len()));
    }

    #[test]
    fn a_lasting_name_has_no_line_and_no_column() {
        let name = mutant((3, 5), (3, 6), "-").lasting_name();
        assert_eq!(name, "src/a.rs: replace + with - in f");
        assert_eq!(mutant((30, 5), (3, 6), "-").lasting_name(), name);
    }
}
