//! The command, run in a folder that a test fills.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use holdfast_document::{Received, armor};
use tempfile::TempDir;

/// What a command said: its exit code, its output, its complaint.
pub(crate) type Said = (i32, String, String);

/// A folder with the vendor's founding record in it.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "acme.vendor", &crate::cast::founding());
    folder
}

/// Writes bytes to a file of the folder.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// A document as text.
pub(crate) fn armored(document: &[u8]) -> String {
    let kind = Received::parse(document).unwrap().kind();
    let mut room = vec![0; armor::encoded_length(kind, document.len()).unwrap()];
    armor::encode(document, &mut room).unwrap().to_owned()
}

/// Runs the command.
pub(crate) fn run(folder: &Path, arguments: &str) -> Said {
    fed(folder, arguments, b"")
}

/// Runs the command with something on its standard input.
pub(crate) fn fed(folder: &Path, arguments: &str, input: &[u8]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read it may have ended.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Verifies one document by the founding record.
pub(crate) fn verify(document: &[u8]) -> Said {
    let folder = folder();
    put(folder.path(), "it.holdfast", document);
    run(folder.path(), "verify it.holdfast --vendor acme.vendor")
}
