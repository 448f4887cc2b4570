//! Keys of a board that has no secure element: one random secret in a flash page of its own, from
//! which all others are derived.
//!
//! How well they are kept is how well the chip keeps its flash from being read; the class in the
//! Device document says so.

use crate::platform::{AgreementKey, PlatformError, PublicKeys};
use embedded_storage::nor_flash::NorFlash;
use holdfast_crypto::{Curve, Hash, Key, Label, Secret, SecretKey, Signature, digest, kdf, label};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The keys of one board, in RAM while it runs.
pub struct SoftwareKeys {
    page: u32,
    root: Option<Secret>,
    public: Option<PublicKeys>,
}

/// The secret, then the first half of its digest, so that a page that was written in part, or
/// never, is not taken for one.
const STORED: usize = 64;

impl SoftwareKeys {
    /// Reads the page at this offset. A page that does not hold a whole secret is a blank board.
    pub fn load<C: Curve>(flash: &mut impl NorFlash, page: u32) -> Self {
        let mut stored = Zeroizing::new([0; STORED]);
        let readable = flash.read(page, stored.as_mut()).is_ok();
        let (secret, check) = stored.split_at(32);
        let secret: Option<[u8; 32]> = secret.try_into().ok();
        let root = secret.map(Secret::new).filter(|secret| readable && check_of(secret).0 == check);
        let mut keys = Self { page, root, public: None };
        keys.public = keys.compute_public::<C>();
        keys
    }

    /// Replaces all keys.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] when the page cannot be erased or written; the board is then blank.
    pub fn make<C: Curve>(
        &mut self,
        flash: &mut impl NorFlash,
        page_size: u32,
        rng: &mut impl CryptoRng,
    ) -> Result<(), PlatformError> {
        self.root = None;
        self.public = None;
        let mut stored = Zeroizing::new([0; STORED]);
        let (secret, check) = stored.split_at_mut(32);
        rng.fill_bytes(secret);
        if let Ok(bytes) = <[u8; 32]>::try_from(&*secret) {
            check.copy_from_slice(&check_of(&Secret::new(bytes)).0);
        }
        let end = self.page.checked_add(page_size).ok_or(PlatformError::Failed)?;
        flash.erase(self.page, end).map_err(|_| PlatformError::Failed)?;
        flash.write(self.page, stored.as_ref()).map_err(|_| PlatformError::Failed)?;
        *self = Self::load::<C>(flash, self.page);
        self.root.is_some().then_some(()).ok_or(PlatformError::Failed)
    }

    /// The public keys; none on a blank board.
    pub const fn public(&self) -> Option<PublicKeys> {
        self.public
    }

    /// Signs with the identity key, hedged with fresh randomness, and checks the signature before
    /// it leaves: a fault during signing must not reveal the key.
    ///
    /// # Errors
    /// [`PlatformError`].
    pub fn sign<C: Curve>(
        &self,
        digest: &Hash,
        rng: &mut impl CryptoRng,
    ) -> Result<Signature, PlatformError> {
        let mut hedge = [0; 32];
        rng.fill_bytes(&mut hedge);
        let signature = C::sign(&self.pair("identity")?, digest, &hedge);
        let identity = self.public.ok_or(PlatformError::NoKeys)?.identity;
        C::verify(&identity, digest, &signature).map_err(|_| PlatformError::Failed)?;
        Ok(signature)
    }

    /// Diffie–Hellman with one of the keys that agree.
    ///
    /// # Errors
    /// [`PlatformError`].
    pub fn agree<C: Curve>(&self, key: AgreementKey, peer: &Key) -> Result<Secret, PlatformError> {
        let secret = match key {
            AgreementKey::Channel => self.pair("channel")?,
            AgreementKey::Sealing => self.pair("sealing")?,
        };
        C::agree(&secret, peer).map_err(|_| PlatformError::BadKey)
    }

    /// A key for this label.
    ///
    /// # Errors
    /// [`PlatformError::NoKeys`].
    pub fn derive(&self, label: Label) -> Result<Secret, PlatformError> {
        let root = self.root.as_ref().ok_or(PlatformError::NoKeys)?;
        Ok(kdf::derive(root, &[label.as_bytes(), &[0]]))
    }

    fn compute_public<C: Curve>(&self) -> Option<PublicKeys> {
        let public = |name| self.pair(name).map(|secret| C::public(&secret)).ok();
        Some(PublicKeys {
            identity: public("identity")?,
            channel: public("channel")?,
            sealing: public("sealing")?,
        })
    }

    /// A key pair's secret: the first candidate that is in range (one in 2³² is not).
    fn pair(&self, name: &str) -> Result<SecretKey, PlatformError> {
        let root = self.root.as_ref().ok_or(PlatformError::NoKeys)?;
        (0..=u8::MAX)
            .find_map(|attempt| {
                let info: &[&[u8]] = &[label::DEVICE_KEYS.as_bytes(), &[0], name.as_bytes(), &[attempt]];
                SecretKey::from_bytes(*kdf::expand::<32>(root, info)).ok()
            })
            .ok_or(PlatformError::Failed)
    }
}

fn check_of(secret: &Secret) -> Hash {
    digest::labeled(label::DEVICE_KEYS, &[secret.expose()])
}
