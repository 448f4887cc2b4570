//! What a proof is a proof of: these sources and no others.

use std::format;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use holdfast_crypto::digest;

/// SHA-256 over all files in a folder, in hexadecimal. Each file's name and length are covered too, so that
/// nothing can move from one file to another unnoticed.
///
/// # Errors
/// The folder, or a file in it, cannot be read.
pub fn fingerprint(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let content = fs::read(&file)?;
        all.extend(format!("{name}\n{}\n", content.len()).into_bytes());
        all.extend(content);
    }
    Ok(digest::plain(&[&all]).0.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
