//! A file that is there whole, as it was or as it is to be, whatever happens while it is written: what the ledger
//! and files of secrets share.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::IssueError;

/// Writes a file over an old one, durably before it returns. It has this mode, less what the process masks, from the
/// beginning. What an interrupted attempt left beside it is in no one's way.
pub(crate) fn replace(path: &Path, text: &str, mode: u32) -> Result<(), IssueError> {
    let failed = |error| IssueError::file("write", path, &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Gone again if anything fails.
    let mut fresh = tempfile::Builder::new();
    let mut fresh = fresh.permissions(Permissions::from_mode(mode)).tempfile_in(folder).map_err(failed)?;
    fresh.write_all(text.as_bytes()).and_then(|()| fresh.as_file().sync_all()).map_err(failed)?;
    fresh.persist(path).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
