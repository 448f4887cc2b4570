//! Sealing to a public key: how a secret travels in a license to the one device that may have it.
//!
//! HPKE (RFC 9180) in base mode, one text per ephemeral key: DHKEM(P-256, HKDF-SHA256),
//! HKDF-SHA256, ChaCha20-Poly1305. It is written here, and not taken from a crate, because a
//! device knows its public key already, and computing it anew at each opening doubles the work of
//! a microcontroller; and because its secret key may lie where only a Diffie–Hellman comes out.
//!
//! ```
//! use holdfast_crypto::{Curve, RustCrypto, SecretKey, hpke};
//!
//! let device = SecretKey::from_bytes([1; 32])?;
//! let key = RustCrypto::public(&device);
//! let ephemeral = SecretKey::from_bytes([2; 32])?;
//!
//! let mut text = *b"a secret of 32 bytes, for so long";
//! let (encapsulated, tag) = hpke::seal::<RustCrypto>(&key, ephemeral, &[b"for ", b"this use"], b"", &mut text)?;
//! let agree = |peer: &_| RustCrypto::agree(&device, peer);
//! hpke::open(&key, &encapsulated, &[b"for this use"], b"", &mut text, &tag, agree)?;
//! assert_eq!(&text, b"a secret of 32 bytes, for so long");
//! # Ok::<(), holdfast_crypto::CryptoError>(())
//! ```

use crate::{CryptoError, Curve, Key, Secret, SecretKey, aead, kdf};

/// "KEM" ‖ kem_id (RFC 9180, sections 4.1 and 7.1).
const KEM: &[u8] = b"KEM\x00\x10";
/// "HPKE" ‖ kem_id ‖ kdf_id ‖ aead_id (sections 5.1 and 7).
const SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x03";
/// What every labeled derivation begins with (section 4).
const VERSION: &[u8] = b"HPKE-v1";
/// Mode base (section 5.1).
const BASE: u8 = 0;

/// Seals `text` in place to `recipient` and returns the encapsulated key and the tag, which travel
/// with it. `info` is its parts as if they were one. The ephemeral key is fresh and used for this
/// text alone.
///
/// # Errors
/// [`CryptoError::BadKey`] when the recipient's key is no point on the curve.
pub fn seal<C: Curve>(
    recipient: &Key,
    ephemeral: SecretKey,
    info: &[&[u8]],
    associated: &[u8],
    text: &mut [u8],
) -> Result<(Key, [u8; aead::TAG]), CryptoError> {
    let encapsulated = C::public(&ephemeral);
    let agreed = C::agree(&ephemeral, recipient)?;
    let Schedule { key, nonce } = Schedule::new(&shared_secret(&agreed, &encapsulated, recipient), info);
    let tag = aead::seal(&key, &nonce, associated, text)?;
    Ok((encapsulated, tag))
}

/// Opens `text` in place. `recipient` is the public key it was sealed to, and `agree` the
/// Diffie–Hellman of its secret with the encapsulated key; like [`Curve::agree`] it checks the
/// point first. On failure `text` still holds what it held.
///
/// # Errors
/// [`CryptoError::DoesNotOpen`] when it was sealed to another key or for another `info`, or was
/// changed; those of `agree`.
pub fn open(
    recipient: &Key,
    encapsulated: &Key,
    info: &[&[u8]],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8; aead::TAG],
    agree: impl FnOnce(&Key) -> Result<Secret, CryptoError>,
) -> Result<(), CryptoError> {
    let agreed = agree(encapsulated)?;
    let Schedule { key, nonce } = Schedule::new(&shared_secret(&agreed, encapsulated, recipient), info);
    aead::open(&key, &nonce, associated, text, tag)
}

/// ExtractAndExpand over the keys of both ends (section 4.1).
fn shared_secret(agreed: &Secret, encapsulated: &Key, recipient: &Key) -> Secret {
    let key = labeled_extract(&NO_SALT, KEM, b"eae_prk", &[agreed.expose()]);
    let [encapsulated, recipient] = [encapsulated.as_ref(), recipient.as_ref()];
    kdf::derive(&key, &[&[0, 32], VERSION, KEM, b"shared_secret", encapsulated, recipient])
}

/// What the first and only text is sealed with (section 5.1); its nonce is the base nonce itself.
/// LabeledExpand (section 4) is spelled out: length, version, suite, label, and the context.
struct Schedule {
    key: Secret,
    nonce: [u8; 12],
}

impl Schedule {
    fn new(shared_secret: &Secret, info: &[&[u8]]) -> Self {
        let no_psk_id = labeled_extract(&NO_SALT, SUITE, b"psk_id_hash", &[]);
        let info = labeled_extract(&NO_SALT, SUITE, b"info_hash", info);
        let secret = labeled_extract(shared_secret, SUITE, b"secret", &[]);
        let (mode, no_psk_id, info) = ([BASE], no_psk_id.expose(), info.expose());
        let nonce = kdf::expand(&secret, &[&[0, 12], VERSION, SUITE, b"base_nonce", &mode, no_psk_id, info]);
        let key = kdf::derive(&secret, &[&[0, 32], VERSION, SUITE, b"key", &mode, no_psk_id, info]);
        Self { key, nonce: *nonce }
    }
}

/// An empty salt: HMAC pads a key with zeros, so 32 of them are none.
const NO_SALT: Secret = Secret::new([0; 32]);

/// LabeledExtract (section 4). Every salt here is empty or as long as the hash.
fn labeled_extract(salt: &Secret, suite: &[u8], label: &[u8], material: &[&[u8]]) -> Secret {
    kdf::hmac_of(salt, [VERSION, suite, label].into_iter().chain(material.iter().copied()))
}
