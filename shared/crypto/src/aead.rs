//! ChaCha20-Poly1305 (RFC 8439), sealed and opened in place.

use crate::{CryptoError, Secret};
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

/// Bytes that sealing adds.
pub const TAG: usize = 16;

/// Seals `buffer` in place and returns the tag that belongs behind it.
///
/// # Errors
/// [`CryptoError::DoesNotOpen`] for a text of 256 GiB or more, which no buffer here can be.
pub fn seal(
    key: &Secret,
    nonce: &[u8; 12],
    associated: &[u8],
    buffer: &mut [u8],
) -> Result<[u8; TAG], CryptoError> {
    ChaCha20Poly1305::new(key.expose().into())
        .encrypt_inout_detached(nonce.into(), associated, buffer.into())
        .map(Into::into)
        .map_err(|_| CryptoError::DoesNotOpen)
}

/// Opens `buffer` in place. On failure the buffer still holds the sealed text.
///
/// # Errors
/// [`CryptoError::DoesNotOpen`].
pub fn open(
    key: &Secret,
    nonce: &[u8; 12],
    associated: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG],
) -> Result<(), CryptoError> {
    ChaCha20Poly1305::new(key.expose().into())
        .decrypt_inout_detached(nonce.into(), associated, buffer.into(), tag.into())
        .map_err(|_| CryptoError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let (key, nonce) = (Secret::new([1; 32]), [2; 12]);
        let mut text = *b"one unit";
        let tag = seal(&key, &nonce, b"", &mut text).unwrap();
        let sealed = text;
        let mut bad = tag;
        bad[0] ^= 1;
        assert_eq!(open(&key, &nonce, b"", &mut text, &bad), Err(CryptoError::DoesNotOpen));
        assert_eq!(text, sealed, "a text that does not open is left as it was");
        open(&key, &nonce, b"", &mut text, &tag).unwrap();
        assert_eq!(&text, b"one unit");
    }
}
