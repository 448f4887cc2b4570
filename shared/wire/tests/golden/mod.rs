//! Golden vectors: what is on the wire, as JSON that a second implementation reads too.
//!
//! A change of the wire is a change of these files, made on purpose and read before it is
//! committed.

use serde_json::Value;
use std::{env, fs, path::PathBuf};

/// The vectors of that name, as they stand in the repository.
pub(crate) fn read(name: &str) -> Value {
    let text = fs::read_to_string(path(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Asserts that the vectors of that name are these. With `HOLDFAST_WRITE_VECTORS=1` they are written.
#[allow(dead_code, reason = "the vectors of the framing are written by hand")]
pub(crate) fn hold(name: &str, vectors: &Value) {
    if env::var_os("HOLDFAST_WRITE_VECTORS").is_some() {
        fs::write(path(name), serde_json::to_string_pretty(vectors).unwrap() + "\n").unwrap();
    }
    assert_eq!(&read(name), vectors, "{name} no longer says what is on the wire");
}

/// Lower-case hexadecimal, as the vectors write bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a member that holds hexadecimal.
pub(crate) fn bytes(vectors: &Value, member: &str) -> Vec<u8> {
    unhex(vectors[member].as_str().unwrap_or_else(|| panic!("no member {member}")))
}

/// The bytes that are written so.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "vectors", name].iter().collect()
}
