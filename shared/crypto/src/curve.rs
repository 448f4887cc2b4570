//! P-256: sign, verify, agree.
//!
//! A trait, because a Cortex-M4 with hand-written assembly signs twenty times faster than the
//! reference, and because tests want a curve that answers *bad* on demand. Its functions take
//! their randomness as arguments and keep no state.

use crate::{CryptoError, Hash, Key, Secret, SecretKey, Signature};
use p256::ecdsa::signature::hazmat::PrehashVerifier;

/// The operations on P-256 that documents and channels need.
pub trait Curve {
    /// Signs a digest by ECDSA. The nonce is RFC 6979's, hedged with 32 fresh random bytes as its
    /// additional data (section 3.6), so that neither a weak generator nor an induced fault alone
    /// reveals the key. s is in the lower half.
    fn sign(secret: &SecretKey, digest: &Hash, hedge: &[u8; 32]) -> Signature;

    /// Checks an ECDSA signature; a high s is refused.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`], [`CryptoError::BadSignature`].
    fn verify(key: &Key, digest: &Hash, signature: &Signature) -> Result<(), CryptoError>;

    /// Diffie–Hellman: the x coordinate of the common point (SEC 1, section 3.3.1). The peer's
    /// key is checked first: length, form, on the curve, not infinity.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`].
    fn agree(secret: &SecretKey, peer: &Key) -> Result<Secret, CryptoError>;

    /// The public key of a secret one.
    fn public(secret: &SecretKey) -> Key;
}

/// The reference: the RustCrypto crates, constant-time, on every platform.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

impl Curve for RustCrypto {
    fn sign(secret: &SecretKey, digest: &Hash, hedge: &[u8; 32]) -> Signature {
        let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<p256::NistP256, sha2::Sha256>(
            &secret.scalar().to_nonzero_scalar(),
            &digest.0,
            hedge,
        );
        Signature(signature.normalize_s().to_bytes().into())
    }

    fn verify(key: &Key, digest: &Hash, signature: &Signature) -> Result<(), CryptoError> {
        let key = p256::ecdsa::VerifyingKey::from(&point(key)?);
        let signature =
            p256::ecdsa::Signature::from_bytes(&signature.0.into()).map_err(|_| CryptoError::BadSignature)?;
        if signature.normalize_s() != signature {
            return Err(CryptoError::BadSignature);
        }
        key.verify_prehash(&digest.0, &signature).map_err(|_| CryptoError::BadSignature)
    }

    fn agree(secret: &SecretKey, peer: &Key) -> Result<Secret, CryptoError> {
        let shared = secret.scalar().diffie_hellman(&point(peer)?);
        Ok(Secret::new((*shared.raw_secret_bytes()).into()))
    }

    fn public(secret: &SecretKey) -> Key {
        let point =
            p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&secret.scalar().public_key(), false);
        let mut key = Key::ZERO;
        key.0.iter_mut().zip(point.as_bytes()).for_each(|(to, from)| *to = *from);
        key
    }
}

fn point(key: &Key) -> Result<p256::PublicKey, CryptoError> {
    match key.0 {
        [4, ..] => p256::PublicKey::from_sec1_bytes(&key.0).map_err(|_| CryptoError::BadKey),
        _ => Err(CryptoError::BadKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(byte: u8) -> (SecretKey, Key) {
        let secret = SecretKey::from_bytes([byte; 32]).unwrap();
        let key = RustCrypto::public(&secret);
        (secret, key)
    }

    #[test]
    fn a_high_s_is_refused_though_the_curve_would_take_it() {
        let (secret, key) = pair(3);
        let digest = Hash([5; 32]);
        let low = p256::ecdsa::Signature::from_bytes(&RustCrypto::sign(&secret, &digest, &[0; 32]).0.into())
            .unwrap();
        let (r, s) = low.split_scalars();
        let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        let verifier = p256::ecdsa::VerifyingKey::from(&point(&key).unwrap());
        verifier.verify_prehash(&digest.0, &high).unwrap();
        let high = Signature(high.to_bytes().into());
        assert_eq!(RustCrypto::verify(&key, &digest, &high), Err(CryptoError::BadSignature));
    }

    #[test]
    fn the_hedge_changes_the_signature_and_not_its_validity() {
        let (secret, key) = pair(4);
        let digest = Hash([5; 32]);
        let (one, two) =
            (RustCrypto::sign(&secret, &digest, &[1; 32]), RustCrypto::sign(&secret, &digest, &[2; 32]));
        assert_ne!(one, two);
        RustCrypto::verify(&key, &digest, &one).unwrap();
        RustCrypto::verify(&key, &digest, &two).unwrap();
    }

    #[test]
    fn both_ends_agree_and_bad_points_are_refused() {
        let ((a, key_a), (b, key_b)) = (pair(5), pair(6));
        assert!(RustCrypto::agree(&a, &key_b).unwrap().matches(&RustCrypto::agree(&b, &key_a).unwrap()));
        let mut off_curve = key_b;
        off_curve.0[64] ^= 1;
        let mut compressed_form = key_b;
        compressed_form.0[0] = 2;
        for bad in [off_curve, compressed_form, Key::ZERO] {
            assert!(matches!(RustCrypto::agree(&a, &bad), Err(CryptoError::BadKey)));
            let signature = RustCrypto::sign(&a, &Hash::ZERO, &[0; 32]);
            assert_eq!(RustCrypto::verify(&bad, &Hash::ZERO, &signature), Err(CryptoError::BadKey));
        }
    }

    #[test]
    fn scalars_out_of_range_are_no_keys() {
        assert!(SecretKey::from_bytes([0; 32]).is_err());
        assert!(SecretKey::from_bytes([0xff; 32]).is_err());
    }
}
