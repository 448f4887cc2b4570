//! Sealing a record: encryption and authentication that no rolled-back flash and no repeated number can break.
//!
//! A synthetic-IV construction (Rogaway and Shrimpton 2006, the idea of RFC 5297): the tag is
//! HMAC-SHA-256 over name and value, cut to 16 bytes; the value is encrypted with ChaCha20 (RFC 8439) under
//! the first 12 bytes of the tag as nonce. Two keys, derived from the storage key. It needs no random numbers
//! and no counter: the nonce repeats only if the very same record is written again. It runs piece by piece,
//! so neither side needs a buffer for a whole record.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use holdfast_crypto::{Secret, kdf, label};
use subtle::ConstantTimeEq;

use super::entry::Key;

/// Bytes of the tag before a sealed value.
pub(crate) const SEAL: usize = 16;

/// What seals and opens. The keys are derived from the device's storage key.
pub(crate) struct Sealer {
    tagging: Secret,
    encrypting: Secret,
}

/// The cipher of one record: what its sealed value is made with, apart from the keys.
pub(crate) struct RecordCipher {
    cipher: ChaCha20,
}

impl RecordCipher {
    /// Encrypts or decrypts a part of a value that begins at byte `start` of it.
    pub(crate) fn apply(&mut self, start: u32, part: &mut [u8]) {
        self.cipher.seek(start);
        self.cipher.apply_keystream(part);
    }
}

impl Sealer {
    /// Before a key is known.
    pub(crate) const NONE: Self = Self { tagging: Secret::new([0; 32]), encrypting: Secret::new([0; 32]) };

    pub(crate) fn new(key: &Secret) -> Self {
        Self {
            tagging: kdf::derive(key, &[label::RECORD_TAG.as_bytes(), &[0]]),
            encrypting: kdf::derive(key, &[label::RECORD_CIPHER.as_bytes(), &[0]]),
        }
    }

    /// The tag of a record, or of its deletion.
    pub(crate) fn tag(&self, key: &Key, deleted: bool, value: &[u8]) -> [u8; SEAL] {
        let whole = kdf::hmac(&self.tagging, &[&[key.kind, u8::from(deleted)], &key.id, value]);
        whole.expose().first_chunk::<SEAL>().copied().unwrap_or([0; SEAL])
    }

    /// Whether the tag is that of this record.
    pub(crate) fn holds(&self, tag: &[u8; SEAL], key: &Key, value: &[u8]) -> bool {
        self.tag(key, false, value).ct_eq(tag).into()
    }

    /// The cipher of the record with this tag.
    pub(crate) fn cipher(&self, tag: &[u8; SEAL]) -> RecordCipher {
        let [nonce @ .., _, _, _, _] = tag;
        RecordCipher { cipher: ChaCha20::new(self.encrypting.expose().into(), nonce.into()) }
    }
}
