//! Values that are wiped when dropped, never printed, cloned or copied, and compared in constant
//! time.

use crate::CryptoError;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 bytes of key material: a shared secret, a derived key, a license's secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes over the bytes; the caller wipes any copy of its own.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one computation that needs them.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Equality in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A P-256 secret scalar, in range by construction; wiped when dropped.
pub struct SecretKey(p256::SecretKey);

impl SecretKey {
    /// A scalar from 32 big-endian bytes.
    ///
    /// # Errors
    /// [`CryptoError::BadSecretKey`] when it is zero or not below the order of the curve.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, CryptoError> {
        let bytes = Zeroizing::new(bytes);
        p256::SecretKey::from_slice(bytes.as_ref()).map(Self).map_err(|_| CryptoError::BadSecretKey)
    }

    /// A fresh scalar; candidates out of range are thrown away (one in 2³² is).
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            rng.fill_bytes(bytes.as_mut());
            if let Ok(key) = Self::from_bytes(*bytes) {
                return key;
            }
        }
    }

    /// The bytes, for the one computation that needs them.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    pub(crate) const fn scalar(&self) -> &p256::SecretKey {
        &self.0
    }
}
