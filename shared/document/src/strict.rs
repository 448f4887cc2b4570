//! One value, one byte string.
//!
//! postcard by itself takes integers with needless bytes and ignores what follows a value. Here a
//! value is decoded, then encoded again into a flavor that keeps nothing and only compares with
//! the input as it goes: what does not come out byte for byte the same is malformed.

use crate::DocumentError;
use postcard::ser_flavors::{Flavor, Size};
use serde::{Deserialize, Serialize};

/// Decodes the only encoding of a `T`, all of it.
///
/// # Errors
/// [`DocumentError::Malformed`].
pub fn decode<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8]) -> Result<T, DocumentError> {
    let value: T = postcard::from_bytes(bytes).map_err(|_| DocumentError::Malformed)?;
    match postcard::serialize_with_flavor(&value, Compare { rest: bytes }) {
        Ok(true) => Ok(value),
        _ => Err(DocumentError::Malformed),
    }
}

/// Encodes a value into the front of `buffer`, and returns the bytes written.
///
/// # Errors
/// [`DocumentError::TooMany`] when the buffer is too short, or a list in the value too long.
pub fn encode<'b>(value: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DocumentError> {
    postcard::to_slice(value, buffer).map_err(|_| DocumentError::TooMany)
}

/// How many bytes a value takes.
///
/// # Errors
/// [`DocumentError::TooMany`] for what cannot be encoded at all.
pub fn length(value: &impl Serialize) -> Result<usize, DocumentError> {
    postcard::serialize_with_flavor(value, Size::default()).map_err(|_| DocumentError::TooMany)
}

/// Compares what is written to it with what was read.
struct Compare<'a> {
    rest: &'a [u8],
}

impl Flavor for Compare<'_> {
    type Output = bool;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needless_byte_and_a_trailing_one_are_refused() {
        assert_eq!(decode::<(u32, bool)>(&[5, 1]), Ok((5, true)));
        assert_eq!(decode::<(u32, bool)>(&[0x85, 0, 1]), Err(DocumentError::Malformed), "5 in two bytes");
        assert_eq!(decode::<(u32, bool)>(&[5, 1, 0]), Err(DocumentError::Malformed), "one byte too many");
        assert_eq!(decode::<(u32, bool)>(&[5]), Err(DocumentError::Malformed), "one too few");
    }
}
