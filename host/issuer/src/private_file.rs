//! Files that only their owner can read, and secrets in them as hexadecimal digits: what the files of
//! keys and of product secrets share.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::{IssueError, whole_file};

/// The most of such a file that is read.
const LONGEST: u64 = 1 << 20;

/// Reads a file. One that others can read is refused.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, IssueError> {
    let failed = |error| IssueError::file("read", path, &error);
    let file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(IssueError::OpenKey { path: path.display().to_string() });
    }
    // Long enough that reading never moves, and so never leaves, a copy of the secret.
    let length = usize::try_from(metadata.len().min(LONGEST)).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(length + 64));
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Writes a new file of mode 0600. One that is there already is left alone.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), IssueError> {
    let failed = |error| IssueError::file("write", path, &error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Writes such a file over an old one: whole, or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), IssueError> {
    whole_file::replace(path, text, 0o600)
}

/// Appends the digits of a secret. The text must have room for them, or a copy is left behind.
pub(crate) fn push_digits(secret: &[u8; 32], text: &mut String) {
    for byte in secret {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
    }
}

/// Reads 64 digits, and nothing else.
pub(crate) fn parse_digits(digits: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}
