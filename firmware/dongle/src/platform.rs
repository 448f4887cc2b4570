//! What a board gives to the dongle, and all that the dongle knows of it.
//!
//! The platform signs, agrees and derives; it never hands out a root secret, so that a secure
//! element can stand behind it. Boards whose keys lie in their own flash use
//! [`SoftwareKeys`](crate::SoftwareKeys).

use embedded_hal::digital::{InputPin, OutputPin};
use embedded_storage::nor_flash::NorFlash;
use holdfast_crypto::{Curve, Hash, Key, Label, Secret, Signature};
use holdfast_document::Class;
use holdfast_storage::Layout;
use rand_core::CryptoRng;

/// A board, or what stands in for one.
pub trait Platform {
    /// Where counters, time and records are kept.
    type Flash: NorFlash;
    /// Randomness fit for keys.
    type Rng: CryptoRng;
    /// High while the user touches the dongle.
    type Touch: InputPin;
    /// Lit while the dongle waits for a touch, and for a WINK.
    type Light: OutputPin;
    /// The curve that verifies documents and makes channels.
    type Curve: Curve;

    /// What the board is.
    fn board(&self) -> Board;

    /// The flash.
    fn flash(&mut self) -> &mut Self::Flash;

    /// The source of randomness.
    fn rng(&mut self) -> &mut Self::Rng;

    /// The touch sensor.
    fn touch(&mut self) -> &mut Self::Touch;

    /// The light.
    fn light(&mut self) -> &mut Self::Light;

    /// Makes all keys anew. What was sealed or stored under the old ones is lost.
    ///
    /// # Errors
    /// [`PlatformError`]; there may then be no keys.
    fn make_keys(&mut self) -> Result<(), PlatformError>;

    /// The public keys; none on a blank board.
    fn public_keys(&mut self) -> Option<PublicKeys>;

    /// Signs a digest with the identity key.
    ///
    /// # Errors
    /// [`PlatformError`]; nothing was signed.
    fn sign(&mut self, digest: &Hash) -> Result<Signature, PlatformError>;

    /// Diffie–Hellman with one of the two keys that agree.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn agree(&mut self, key: AgreementKey, peer: &Key) -> Result<Secret, PlatformError>;

    /// A key for this label, the same until keys are made anew.
    ///
    /// # Errors
    /// [`PlatformError`].
    fn derive(&mut self, label: Label) -> Result<Secret, PlatformError>;
}

/// What a board is, constant for an image.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Its model: a name.
    pub model: &'static str,
    /// The version of the firmware.
    pub firmware: u32,
    /// How hard it is to break.
    pub class: Class,
    /// Where storage lies in its flash.
    pub layout: Layout,
}

/// The three public keys of a dongle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys {
    /// Signs statements and loans.
    pub identity: Key,
    /// Ends the secure channel.
    pub channel: Key,
    /// Secrets are sealed to it.
    pub sealing: Key,
}

/// The keys that agree, and do not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementKey {
    /// Of the secure channel.
    Channel,
    /// Of sealed secrets.
    Sealing,
}

/// The platform could not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The board has no keys yet.
    #[error("the board has no keys")]
    NoKeys,
    /// The peer's key is not a point on the curve.
    #[error("the peer's key is not a point on P-256")]
    BadKey,
    /// The part that keeps the keys failed. Power off and on may help.
    #[error("the part that keeps the keys failed")]
    Failed,
}
