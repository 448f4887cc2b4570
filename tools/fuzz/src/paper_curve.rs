//! A curve on paper: signatures that cost two digests, for targets that make thousands of documents a second.
//!
//! What a chain of delegations permits does not depend on how signatures are made, so the walk is searched
//! with these, and a target of its own holds the real curve to it. Everyone can sign with these keys; what
//! counts is that nothing which was *not* signed passes.

use holdfast_crypto::{CryptoError, Curve, Hash, Key, Secret, SecretKey, Signature, digest};

/// The curve on paper.
#[derive(Clone, Copy, Debug)]
pub struct Paper;

/// What a key makes of a digest.
fn mark(key: &Key, digest: &Hash) -> Signature {
    let (first, second) =
        (digest::plain(&[b"first", &key.0, &digest.0]), digest::plain(&[b"second", &key.0, &digest.0]));
    let mut signature = Signature::ZERO;
    signature.0.iter_mut().zip(first.0.into_iter().chain(second.0)).for_each(|(to, from)| *to = from);
    signature
}

impl Curve for Paper {
    fn sign(secret: &SecretKey, digest: &Hash, _hedge: &[u8; 32]) -> Signature {
        mark(&Self::public(secret), digest)
    }

    fn verify(key: &Key, digest: &Hash, signature: &Signature) -> Result<(), CryptoError> {
        if key.0[0] != 4 {
            return Err(CryptoError::BadKey);
        }
        // A fuzzer learns from what is compared; of a digest it learns nothing that it could put into an input.
        let hidden = |signature: &Signature| digest::plain(&[b"compared", &signature.0]);
        if hidden(signature) == hidden(&mark(key, digest)) { Ok(()) } else { Err(CryptoError::BadSignature) }
    }

    fn agree(secret: &SecretKey, peer: &Key) -> Result<Secret, CryptoError> {
        if peer.0[0] != 4 {
            return Err(CryptoError::BadKey);
        }
        let ours = secret.expose();
        Ok(Secret::new(core::array::from_fn(|at| ours[at] ^ peer.0[1 + at])))
    }

    fn public(secret: &SecretKey) -> Key {
        let scalar = secret.expose();
        let mut key = Key([4; 65]);
        key.0[1..33].copy_from_slice(scalar.as_ref());
        key
    }
}

/// A secret key of 32 times the same byte, which is not 0 nor 255.
pub fn key_of(seed: u8) -> SecretKey {
    SecretKey::from_bytes([seed; 32]).expect("a scalar below the order of the curve")
}
