//! The few cryptographic operations that Holdfast is built on, behind one trait.
//!
//! Everything above this crate speaks of digests, keys and signatures and never of a curve
//! library, so that a board with hand-written assembly, or a secure element, can stand in for the
//! reference without a line changing elsewhere.
//!
//! | file | what it holds |
//! | --- | --- |
//! | [`bytes`](mod@bytes) | fixed-length values that travel: [`Hash`](struct@Hash), [`Key`], [`Signature`] |
//! | [`label`] | every domain-separation label, in one place |
//! | [`digest`] | SHA-256 over labeled parts |
//! | [`secret`] | values that are wiped, never printed and never copied |
//! | [`curve`] | the trait [`Curve`]: P-256 sign, verify, agree; [`RustCrypto`] is the reference |
//! | [`kdf`] | HMAC and HKDF with SHA-256 |
//! | [`aead`] | ChaCha20-Poly1305 in place |
//! | [`hpke`] | sealing to a public key, for the secrets in a license |
//!
//! ```
//! use holdfast_crypto::{Curve, RustCrypto, Hash, SecretKey, digest, label};
//!
//! let secret = SecretKey::from_bytes([7; 32]).unwrap();
//! let key = RustCrypto::public(&secret);
//! let digest = digest::labeled(label::VENDOR, &[b"a body"]);
//! let signature = RustCrypto::sign(&secret, &digest, &[0; 32]);
//! assert!(RustCrypto::verify(&key, &digest, &signature).is_ok());
//! assert!(RustCrypto::verify(&key, &Hash([0; 32]), &signature).is_err());
//! ```
#![no_std]

pub mod aead;
pub mod bytes;
pub mod curve;
pub mod digest;
pub mod hpke;
pub mod kdf;
pub mod label;
pub mod secret;

pub use bytes::{Hash, Key, Signature};
pub use curve::{Curve, RustCrypto};
pub use label::Label;
pub use secret::{Secret, SecretKey};

/// Why a cryptographic operation was refused. Nothing was changed by any of them, and doing the
/// same again gives the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// A public key is not 65 bytes of an uncompressed point on P-256, or it is infinity.
    #[error("the public key is not a point on P-256")]
    BadKey,
    /// A signature does not hold under this key, is out of range, or has a high s.
    #[error("the signature does not hold")]
    BadSignature,
    /// A secret scalar is zero or not below the order of P-256.
    #[error("the secret key is out of range")]
    BadSecretKey,
    /// A sealed text does not open: another key, another nonce, or changed on its way.
    #[error("the sealed text does not open")]
    DoesNotOpen,
}
