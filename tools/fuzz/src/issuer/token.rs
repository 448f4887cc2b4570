//! A job's token, which a program stores and resumes with.
//!
//! Held to its form: version 1, a count, and that many ids with marks, none twice. What is resumed is written
//! back byte for byte.

use holdfast::Token;
use std::collections::BTreeSet;

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let found = Token::resume(bytes, |_| Ok(()));
    let ids: BTreeSet<&[u8]> =
        bytes.get(2..).unwrap_or_default().chunks(24).map(|entry| &entry[..entry.len().min(16)]).collect();
    let is_one = bytes.first() == Some(&1)
        && bytes.get(1).is_some_and(|count| {
            bytes.len() == 2 + 24 * usize::from(*count) && ids.len() == usize::from(*count)
        });
    assert_eq!(found.is_ok(), is_one);
    if let Ok(token) = found {
        assert_eq!(token.to_bytes(), bytes);
        assert!(
            token
                .dongles()
                .map(|dongle| dongle.0)
                .eq(bytes[2..].chunks(24).map(|entry| <[u8; 16]>::try_from(&entry[..16]).expect("16 bytes")))
        );
    }
}

/// Tokens of none, one and two dongles, and one that names a dongle twice.
pub fn inputs() -> Vec<Vec<u8>> {
    let entry = |fill: u8| [fill; 24];
    vec![
        vec![1, 0],
        [&[1, 1], &entry(7)[..]].concat(),
        [&[1, 2], &entry(7)[..], &entry(8)].concat(),
        [&[1, 2], &entry(7)[..], &entry(7)].concat(),
        [&[2, 1], &entry(7)[..]].concat(),
    ]
}
