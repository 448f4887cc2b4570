//! Ids, keys and hashes as people write them: what is read from JSON, from a ledger and from a command line.
//!
//! Held to the definition: a text of exactly twice as many hexadecimal digits, in either case. It prints in
//! small ones.

use holdfast_crypto::{Hash, Key};
use holdfast_document::{StorageId, TpmName, VendorId};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Runs one input.
pub fn run(bytes: &[u8]) {
    hold::<VendorId>(bytes, 16);
    hold::<StorageId>(bytes, 16);
    hold::<TpmName>(bytes, 34);
    hold::<Hash>(bytes, 32);
    hold::<Key>(bytes, 65);
}

/// Texts of each length, and near misses.
pub fn inputs() -> Vec<Vec<u8>> {
    let lengths = [15, 16, 17, 32, 34, 65].map(|length| format!("\"{}\"", "aB".repeat(length)));
    let others = [
        "7",
        "null",
        "\"\\u0061",
        "[1,2]",
        "\"00112233445566778899aabbccddeefg\"",
        "\"+0112233445566778899aabbccddeeff\"",
    ];
    lengths.into_iter().chain(others.map(str::to_owned)).map(String::into_bytes).collect()
}

fn hold<T: DeserializeOwned + ToString>(bytes: &[u8], length: usize) {
    let text = match serde_json::from_slice(bytes) {
        Ok(Value::String(text)) => Some(text),
        _ => None,
    };
    let expected =
        text.filter(|text| text.len() == 2 * length && text.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let found = serde_json::from_slice::<T>(bytes).ok().map(|value| value.to_string());
    assert_eq!(found, expected.map(|text| text.to_ascii_lowercase()));
}
