//! Names, and texts for people.
//!
//! Held to their definition, letter by letter: 1 to 24 of `a-z 0-9 . - _`; no control characters.

use crate::grammar::{Shape, is_name};
use holdfast_document::name::check_text;
use holdfast_document::{DocumentError, Name, strict};

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let encoded = strict::decode::<Name<'_>>(bytes);
    assert_eq!(encoded.is_ok(), Shape::Name.takes(bytes), "an encoded name");
    if let Ok(name) = encoded {
        assert!(is_name(name.as_bytes()) && usize::from(name.length_byte()[0]) == name.as_bytes().len());
        assert_eq!([&name.length_byte()[..], name.as_bytes()].concat(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let name = Name::new(text);
    assert_eq!(name.is_some(), is_name(bytes), "{text:?}");
    if let Some(name) = name {
        assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
    }
    let controls = text.chars().any(|c| matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'));
    for most in [0, 24, 120] {
        let expected = match (bytes.len() > most, controls) {
            (true, _) => Err(DocumentError::TooMany),
            (_, true) => Err(DocumentError::Malformed),
            _ => Ok(()),
        };
        assert_eq!(check_text(text, most), expected, "{text:?}, at most {most}");
    }
}

/// Names and near misses, bare and encoded.
pub fn inputs() -> Vec<Vec<u8>> {
    let texts =
        ["a", "export-step", "v1.2_x", "abcdefghijklmnopqrstuvwx", "Export", "a b", "renewal is due", "é"];
    let encoded = texts.iter().map(|text| [&[text.len() as u8][..], text.as_bytes()].concat());
    texts.iter().map(|text| text.as_bytes().to_vec()).chain(encoded).collect()
}
