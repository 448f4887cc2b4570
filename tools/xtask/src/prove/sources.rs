//! What a proof is a proof of: a digest over files, which says later whether they are still the same.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::copy::files_below;
use crate::{
    cargo::{self, Crate},
    program::Failed,
};

/// SHA-256 over all files of some folders or files, each with its name from the root and its length.
pub(super) fn digest<P: AsRef<Path>>(root: &Path, names: &[P]) -> Result<String, Failed> {
    let mut files = Vec::new();
    for name in names {
        let path = root.join(name);
        if path.is_dir() {
            files.extend(files_below(&path)?.iter().map(|below| name.as_ref().join(below)));
        } else {
            files.push(name.as_ref().to_path_buf());
        }
    }
    files.sort();
    let mut digest = Sha256::new();
    for name in files {
        let path = root.join(&name);
        let bytes = std::fs::read(&path).map_err(|why| Failed::File { path, why })?;
        let name = name.to_string_lossy().into_owned();
        for part in [name.as_bytes(), &bytes] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The folders of a crate and of all of ours that it is built with, itself first.
pub(super) fn folders_of(package: &str, crates: &[Crate]) -> Result<Vec<PathBuf>, Failed> {
    let it = crates.iter().find(|it| it.name == package);
    let it = it.ok_or_else(|| Failed::Found(format!("there is no crate {package}")))?;
    let known = cargo::known_by(it, crates);
    let below = crates.iter().filter(|other| other.name != it.name && known.contains(other.name.as_str()));
    Ok(std::iter::once(it).chain(below).map(|it| it.folder.clone()).collect())
}

/// Those of some parts of each folder that there are, all by their names from the root.
pub(super) fn parts(root: &Path, folders: &[PathBuf], parts: &[&str]) -> Vec<PathBuf> {
    let all = folders.iter().flat_map(|folder| parts.iter().map(|part| folder.join(part)));
    all.filter(|name| root.join(name).exists()).collect()
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_digest_changes_with_each_name_and_each_byte() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        write("src/a", "1");
        write("outside", "1");
        let now = || digest(folder.path(), &["src"]).unwrap();
        let first = now();
        write("outside", "2");
        assert_eq!(now(), first);
        write("src/a", "2");
        let second = now();
        assert_ne!(second, first);
        std::fs::rename(folder.path().join("src/a"), folder.path().join("src/b")).unwrap();
        assert_ne!(now(), second);
        assert!(digest(folder.path(), &["gone"]).is_err());
    }
}
