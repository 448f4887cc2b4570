//! Names of products, editions, features, meters, secrets, labels, models and regions.

use crate::{DocumentError, limits, untagged_item};
use serde::{Deserialize, Deserializer, Serialize, de};

/// 1 to 24 bytes of `a-z 0-9 . - _`. Names compare exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    /// A name, if the text is one.
    pub fn new(text: &'a str) -> Option<Self> {
        let fits = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        (matches!(text.len(), 1..=limits::NAME) && text.bytes().all(fits)).then_some(Self(text))
    }

    /// The text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The bytes that are hashed or MACed: [`len`](Self::length_byte) first, then these.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The length as the one byte that precedes a name in hashes and MACs.
    pub const fn length_byte(self) -> [u8; 1] {
        [self.0.len() as u8]
    }
}

impl core::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.0)
    }
}

impl core::fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(<&'a str>::deserialize(from)?).ok_or_else(|| de::Error::custom("not a name"))
    }
}

untagged_item!('a, Name<'a>);

/// A text shown to people, such as a notice: printable, without control characters.
///
/// # Errors
/// [`DocumentError::TooMany`] past `most` bytes, [`DocumentError::Malformed`] for control characters.
pub fn check_text(text: &str, most: usize) -> Result<(), DocumentError> {
    if text.len() > most {
        return Err(DocumentError::TooMany);
    }
    if text.chars().any(char::is_control) { Err(DocumentError::Malformed) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_charset_and_1_to_24_bytes_are_names() {
        for good in ["a", "export-step", "v1.2_x", "abcdefghijklmnopqrstuvwx"] {
            assert_eq!(Name::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "Export", "a b", "é", "abcdefghijklmnopqrstuvwxy", "a\0"] {
            assert!(Name::new(bad).is_none(), "{bad:?}");
        }
    }
}
