//! Documents one after another, as a `.holdfast` file holds them where it is not text.
//!
//! Held to the [grammar](crate::grammar): each document ends where the table says that it does, is one that an
//! envelope of its own would be, and the first that is none ends the walk with its error.

use super::envelope::expected;
use crate::grammar::documents::DOCUMENT;
use crate::seeds;
use holdfast_document::{DocumentError, sequence};

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let mut rest = bytes;
    for found in sequence::documents(bytes) {
        assert!(!rest.is_empty(), "it goes on behind the end");
        let length = DOCUMENT.prefix(rest).ok_or(DocumentError::Malformed);
        let (first, after) = length.map_or((rest, &[][..]), |length| rest.split_at(length));
        assert_eq!(found, length.and_then(|_| expected(first)).map(|()| first));
        rest = if found.is_ok() { after } else { &[] };
    }
    assert!(rest.is_empty(), "{} bytes were passed over", rest.len());
}

/// Documents of the golden vectors, alone, in pairs and cut.
pub fn inputs() -> Vec<Vec<u8>> {
    let all: Vec<&Vec<u8>> =
        seeds::documents().iter().filter_map(|vector| vector.document.as_ref()).collect();
    let pairs = all.windows(2).step_by(3).map(|pair| [&pair[0][..], pair[1]].concat());
    let cut = pairs.clone().map(|pair| pair[..pair.len() - 9].to_vec());
    pairs.chain(cut).collect()
}
