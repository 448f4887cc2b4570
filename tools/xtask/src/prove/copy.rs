//! A copy of the checkout, to be broken at will: no proof ever edits the files that a person works in.
//!
//! It stays where it is between runs, and only files that differ are written again, so cargo finds in it what it
//! has built before.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    checkout,
    program::{Failed, ask},
};

/// The copy, ours alone until it is dropped.
pub(super) struct Copy {
    root: PathBuf,
    _lock: File,
}

/// A file of the copy that was changed; dropped, it is as it was.
pub(super) struct Changed {
    path: PathBuf,
    before: String,
}

impl Copy {
    /// The copy for what takes minutes: one, so that it is built once.
    pub(super) fn for_a_while() -> Result<Self, Failed> {
        Self::in_step("copy")
    }

    /// The copy of this name, brought in step with the checkout: with every file that git knows or would add.
    pub(super) fn in_step(name: &str) -> Result<Self, Failed> {
        let root = checkout::target().join("prove").join(name);
        let copied = cannot(&root, fs::create_dir_all(&root))
            .and_then(|()| cannot(&root, File::create(root.with_extension("lock"))))?;
        match copied.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("waiting for another run in {} to end", root.display());
                cannot(&root, copied.lock())?;
            }
            Err(TryLockError::Error(why)) => return Err(Failed::File { path: root, why }),
        }
        let listing = ask(Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(checkout::root()))
        .ok_or_else(|| Failed::Program("git ls-files".into()))?;
        let names: BTreeSet<_> =
            listing.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
        bring_in_step(checkout::root(), &root, &names)?;
        Ok(Self { root, _lock: copied })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds it. One for each copy: cargo takes two copies of a workspace for the same one, and in one
    /// target a run could be shown the programs of another.
    pub(super) fn target(&self) -> PathBuf {
        self.root.with_extension("target")
    }

    /// Lets the compiler begin anew with our crates: removes what it keeps of them to build them faster.
    pub(super) fn forget_objects(&self) -> Result<(), Failed> {
        let path = self.target().join("debug/incremental");
        match fs::remove_dir_all(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => cannot(&path, removed),
        }
    }

    /// Changes a file, by its name from the root, until the answer is dropped.
    pub(super) fn change(
        &self,
        name: &str,
        change: impl FnOnce(&str) -> Result<String, Failed>,
    ) -> Result<Changed, Failed> {
        let path = self.root.join(name);
        let before = cannot(&path, fs::read_to_string(&path))?;
        let after = change(&before)?;
        cannot(&path, fs::write(&path, after))?;
        Ok(Changed { path, before })
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        if let Err(why) = fs::write(&self.path, &self.before) {
            eprintln!("{} cannot be put back: {why}", self.path.display());
        }
    }
}

fn cannot<T>(path: &Path, result: io::Result<T>) -> Result<T, Failed> {
    result.map_err(|why| Failed::File { path: path.to_path_buf(), why })
}

/// Makes `copy` hold just the files of `names` that `from` has.
fn bring_in_step(from: &Path, copy: &Path, names: &BTreeSet<PathBuf>) -> Result<(), Failed> {
    for stray in files_below(copy)?.iter().filter(|name| !names.contains(*name) || !from.join(name).exists())
    {
        let stray = copy.join(stray);
        cannot(&stray, fs::remove_file(&stray))?;
    }
    for name in names {
        let Ok(bytes) = fs::read(from.join(name)) else { continue };
        let to = copy.join(name);
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            cannot(folder, fs::create_dir_all(folder))?;
        }
        cannot(&to, fs::write(&to, bytes))?;
    }
    Ok(())
}

/// All files below a folder, by their names from there, in order.
pub(super) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut files = Vec::new();
    let mut ahead = vec![folder.to_path_buf()];
    while let Some(next) = ahead.pop() {
        for entry in cannot(&next, fs::read_dir(&next))? {
            let path = cannot(&next, entry)?.path();
            if path.is_dir() {
                ahead.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                files.push(name.to_path_buf());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod laws {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn a_copy_in_step_holds_what_is_listed_and_nothing_else() {
        let (from, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("in")).unwrap();
        for name in ["a", "in/b", "ignored"] {
            fs::write(from.path().join(name), name).unwrap();
        }
        fs::write(copy.path().join("a"), "broken").unwrap();
        fs::write(copy.path().join("stray"), "").unwrap();
        bring_in_step(from.path(), copy.path(), &names(&["a", "in/b", "deleted"])).unwrap();
        assert_eq!(files_below(copy.path()).unwrap(), [PathBuf::from("a"), PathBuf::from("in/b")]);
        assert_eq!(fs::read(copy.path().join("a")).unwrap(), b"a");
    }

    #[test]
    fn a_file_that_is_in_step_is_not_written_again() {
        let (from, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("a"), "same").unwrap();
        bring_in_step(from.path(), copy.path(), &names(&["a"])).unwrap();
        let written = |()| fs::metadata(copy.path().join("a")).unwrap().modified().unwrap();
        let before = written(());
        bring_in_step(from.path(), copy.path(), &names(&["a"])).unwrap();
        assert_eq!(written(()), before);
    }

    #[test]
    fn a_change_ends_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "good").unwrap();
        let lock = File::create(folder.path().join("lock")).unwrap();
        let copy = Copy { root: folder.path().into(), _lock: lock };
        let text = || fs::read_to_string(folder.path().join("a")).unwrap();
        let changed = copy.change("a", |text| Ok(text.replace("good", "bad"))).unwrap();
        assert_eq!(text(), "bad");
        drop(changed);
        assert_eq!(text(), "good");
        assert!(copy.change("a", |_| Err(Failed::Found("no".into()))).is_err());
        assert_eq!(text(), "good");
    }
}
