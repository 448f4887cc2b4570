//! What the folders `laws` hold: breaks, each with the law it breaks. `shared/license/laws/README.md` says the form.

use std::{collections::BTreeSet, ffi::OsStr, path::Path, process::Command};

use serde::Deserialize;

use super::super::{
    copy,
    suite::{Suite, Target},
};
use crate::program::Failed;

/// The folders, from the root.
pub(super) const FOLDERS: [&str; 2] = ["shared/document/laws", "shared/license/laws"];

/// One line changed for the worse, and the test that must see it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Break {
    /// The patch: in an index by its own name, here by its name from the root.
    pub(super) patch: String,
    package: String,
    test: String,
    /// The name of the test that must go red.
    pub(super) law: String,
    /// What the changed line does wrong.
    pub(super) how: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    r#break: Vec<Break>,
}

impl Break {
    /// The tests that its law is among.
    pub(super) fn suite(&self) -> Suite {
        let target = Target::Test(self.test.clone());
        Suite { package: self.package.clone(), features: Vec::new(), target }
    }

    /// The file it changes, from the root.
    pub(super) fn file(&self, root: &Path) -> Result<String, Failed> {
        let path = root.join(&self.patch);
        let text = std::fs::read_to_string(&path).map_err(|why| Failed::File { path, why })?;
        one_line_of(&text).map_err(|what| Failed::Found(format!("{} {what}", self.patch)))
    }

    /// `git apply` for its patch, at `root`: without fuzz, and whether or not a repository is around.
    pub(super) fn apply(&self, root: &Path) -> Command {
        let mut apply = Command::new("git");
        apply.args(["apply", "-p1"]).arg(&self.patch).current_dir(root);
        // A copy lies inside the checkout; without this git would take its files for ones of the checkout.
        apply.env("GIT_CEILING_DIRECTORIES", root.parent().unwrap_or(root)).env_remove("GIT_DIR");
        apply
    }
}

/// The file that a patch changes, if it changes one line of one file.
fn one_line_of(patch: &str) -> Result<String, &'static str> {
    let (heads, lines): (Vec<_>, Vec<_>) =
        patch.lines().partition(|line| line.starts_with("--- ") || line.starts_with("+++ "));
    let ["---", "+++"] = heads.iter().map(|line| &line[..3]).collect::<Vec<_>>()[..] else {
        return Err("changes another number of files than one");
    };
    let count = |sign| lines.iter().filter(|line| line.starts_with(sign)).count();
    if count('+') > 1 || count('-') > 1 {
        return Err("changes more than one line");
    }
    let name = heads[0].trim_start_matches("--- ").split('\t').next().unwrap_or_default();
    Ok(name.split_once('/').map_or(name, |(_, rest)| rest).to_owned())
}

/// All breaks. An error names what is listed and not there, or there and not listed.
pub(super) fn breaks(root: &Path) -> Result<Vec<Break>, Failed> {
    let mut all = Vec::new();
    for folder in FOLDERS {
        let path = root.join(folder).join("index.toml");
        let index = std::fs::read_to_string(&path).map_err(|why| Failed::File { path: path.clone(), why })?;
        let files = copy::files_below(&root.join(folder))?;
        let patches = files.iter().filter(|name| name.extension() == Some(OsStr::new("patch")));
        let patches = patches.map(|name| name.to_string_lossy().into_owned()).collect();
        all.extend(read(folder, &index, &patches)?);
    }
    Ok(all)
}

fn read(folder: &str, index: &str, patches: &BTreeSet<String>) -> Result<Vec<Break>, Failed> {
    let index: Index =
        toml::from_str(index).map_err(|why| Failed::Found(format!("{folder}/index.toml: {why}")))?;
    let listed: BTreeSet<_> = index.r#break.iter().map(|it| it.patch.clone()).collect();
    if listed.len() != index.r#break.len() {
        return Err(Failed::Found(format!("{folder}/index.toml lists one patch twice")));
    }
    if let Some(odd) = listed.symmetric_difference(patches).next() {
        let what = if listed.contains(odd) { "is listed, but not there" } else { "is there, but not listed" };
        return Err(Failed::Found(format!("{folder}/{odd} {what}")));
    }
    let from_root = |it: Break| Break { patch: format!("{folder}/{}", it.patch), ..it };
    Ok(index.r#break.into_iter().map(from_root).collect())
}

#[cfg(test)]
mod laws {
    use super::*;

    const INDEX: &str = r#"
        [[break]]
        patch = "one.patch"
        package = "p"
        test = "t"
        law = "l"
        how = "h"
    "#;

    fn patches(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_patch_is_listed_once_and_is_there() {
        let [one] = read("f", INDEX, &patches(&["one.patch"])).unwrap().try_into().unwrap();
        assert_eq!(one.patch, "f/one.patch");
        assert_eq!(one.suite().name(), "p/t");
        for (index, there, what) in [
            (INDEX.to_owned(), patches(&[]), "f/one.patch is listed, but not there"),
            (INDEX.to_owned(), patches(&["one.patch", "two.patch"]), "f/two.patch is there, but not listed"),
            (INDEX.repeat(2), patches(&["one.patch"]), "lists one patch twice"),
            (INDEX.replace("how", "why"), patches(&["one.patch"]), "unknown field"),
        ] {
            let error = read("f", &index, &there).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn a_break_is_one_line_of_one_file() {
        let patch = "--- a/src/x.rs\n+++ b/src/x.rs\n@@ -1,2 +1,2 @@\n same\n-one\n+two\n";
        assert_eq!(one_line_of(patch).as_deref(), Ok("src/x.rs"));
        assert!(one_line_of(&format!("{patch}+three\n")).is_err());
        assert!(one_line_of(&patch.repeat(2)).is_err());
        assert!(one_line_of("").is_err());
    }
}
