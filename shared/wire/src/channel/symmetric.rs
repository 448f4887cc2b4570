//! Noise's symmetric state: what both ends have said so far, as one hash and one chaining key
//! (Noise Protocol Framework, section 5.2), for handshakes whose payloads are empty.

use super::{Prologue, TAG};
use holdfast_crypto::{CryptoError, Hash, Key, Secret, aead, digest, kdf, label};

/// The protocol's name, 31 bytes. A name of up to 32 bytes is padded with zeros, not hashed.
const NAME: &[u8; 31] = b"Noise_NK_P256_ChaChaPoly_SHA256";

/// Chaining key and handshake hash. Each Diffie–Hellman result yields a key that is used for one
/// text, so Noise's CipherState is no more than that key here, and its nonce is zero.
pub(super) struct Symmetric {
    chaining: Secret,
    hash: Hash,
}

impl Symmetric {
    /// InitializeSymmetric, MixHash(prologue), and the pre-message `<- s`: the dongle's channel
    /// key.
    pub(super) fn start(prologue: &Prologue, device: &Key) -> Self {
        let mut name = [0; 32];
        name.iter_mut().zip(NAME).for_each(|(to, from)| *to = *from);
        let hash = digest::plain(&[
            &name,
            label::CHANNEL.as_bytes(),
            &[0],
            &prologue.dongle,
            prologue.offer.as_ref(),
            prologue.hello.as_ref(),
        ]);
        let mut state = Self { chaining: Secret::new(name), hash };
        state.mix_hash(device.as_ref());
        state
    }

    /// MixHash.
    pub(super) fn mix_hash(&mut self, said: &[u8]) {
        self.hash = digest::plain(&[self.hash.as_ref(), said]);
    }

    /// MixKey: stirs in what the two agreed on, and gives the key for the next payload.
    pub(super) fn mix_key(&mut self, agreed: &Secret) -> Secret {
        let (chaining, key) = hkdf(&self.chaining, agreed.expose());
        self.chaining = chaining;
        key
    }

    /// EncryptAndHash of an empty payload: only its tag travels.
    pub(super) fn seal_nothing(&mut self, key: &Secret) -> Result<[u8; TAG], CryptoError> {
        let tag = aead::seal(key, &nonce(0), self.hash.as_ref(), &mut [])?;
        self.mix_hash(&tag);
        Ok(tag)
    }

    /// DecryptAndHash of an empty payload.
    pub(super) fn open_nothing(&mut self, key: &Secret, tag: &[u8; TAG]) -> Result<(), CryptoError> {
        aead::open(key, &nonce(0), self.hash.as_ref(), &mut [], tag)?;
        self.mix_hash(tag);
        Ok(())
    }

    /// Split: the key from host to dongle, the one from dongle to host, and the handshake hash.
    pub(super) fn split(self) -> (Secret, Secret, Hash) {
        let (to_dongle, to_host) = hkdf(&self.chaining, &[]);
        (to_dongle, to_host, self.hash)
    }
}

/// Noise's HKDF with two outputs (section 4.3).
fn hkdf(chaining: &Secret, material: &[u8]) -> (Secret, Secret) {
    let key = kdf::hmac(chaining, &[material]);
    let one = kdf::hmac(&key, &[&[1]]);
    let two = kdf::hmac(&key, &[one.expose(), &[2]]);
    (one, two)
}

/// The AEAD nonce for Noise's counter n: four zero bytes, then n in 64 bits little-endian (section
/// 12.3).
pub(super) fn nonce(n: u32) -> [u8; 12] {
    let [a, b, c, d] = n.to_le_bytes();
    [0, 0, 0, 0, a, b, c, d, 0, 0, 0, 0]
}
