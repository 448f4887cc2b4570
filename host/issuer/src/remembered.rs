//! Signatures that held a moment ago, so that a run of sales does not check the same link each time.
//!
//! All dongles of a lot are certified under one batch delegation, so in a run of ten thousand sales a
//! third of all signatures to verify is the same one. Whether a signature holds depends on key,
//! digest and signature alone; so where all three are the same, the answer is too. Only signatures
//! that held are remembered, a few of them, each with all of its bytes.

use std::cell::RefCell;
use std::collections::VecDeque;

use holdfast_crypto::{CryptoError, Curve, Hash, Key, RustCrypto, Secret, SecretKey, Signature};

/// How many are remembered: the links above some lots, and the newest of the rest.
const REMEMBERED: usize = 16;

type Held = (Key, Hash, Signature);

thread_local! {
    /// The one that was asked for last stands first.
    static HELD: RefCell<VecDeque<Held>> = const { RefCell::new(VecDeque::new()) };
}

/// The reference curve with that memory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Remembered;

impl Curve for Remembered {
    fn sign(secret: &SecretKey, digest: &Hash, hedge: &[u8; 32]) -> Signature {
        RustCrypto::sign(secret, digest, hedge)
    }

    fn verify(key: &Key, digest: &Hash, signature: &Signature) -> Result<(), CryptoError> {
        let asked = (*key, *digest, *signature);
        if !recall(&asked) {
            RustCrypto::verify(key, digest, signature)?;
            remember(asked);
        }
        Ok(())
    }

    fn agree(secret: &SecretKey, peer: &Key) -> Result<Secret, CryptoError> {
        RustCrypto::agree(secret, peer)
    }

    fn public(secret: &SecretKey) -> Key {
        RustCrypto::public(secret)
    }
}

/// Whether it held before; it then stands first again.
fn recall(asked: &Held) -> bool {
    HELD.with_borrow_mut(|held| {
        let known = held.iter().position(|known| known == asked).and_then(|place| held.remove(place));
        known.map(|known| held.push_front(known)).is_some()
    })
}

fn remember(new: Held) {
    HELD.with_borrow_mut(|held| {
        held.truncate(REMEMBERED - 1);
        held.push_front(new);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(secret: &SecretKey, byte: u8) -> Held {
        let digest = Hash([byte; 32]);
        (RustCrypto::public(secret), digest, RustCrypto::sign(secret, &digest, &[0; 32]))
    }

    fn verify((key, digest, signature): &Held) -> Result<(), CryptoError> {
        Remembered::verify(key, digest, signature)
    }

    #[test]
    fn what_held_is_remembered_whole_and_what_does_not_hold_never() {
        let secrets = [7, 8].map(|byte| SecretKey::from_bytes([byte; 32]).unwrap());
        let [good, other] = [signed(&secrets[0], 1), signed(&secrets[1], 2)];
        assert!(!recall(&good));
        assert_eq!(verify(&good), Ok(()));
        assert!(recall(&good) && verify(&good).is_ok());
        // Each part exchanged for another that is good elsewhere.
        for bad in [(other.0, good.1, good.2), (good.0, other.1, good.2), (good.0, good.1, other.2)] {
            for _ in 0..2 {
                assert_eq!(verify(&bad), Err(CryptoError::BadSignature));
                assert!(!recall(&bad));
            }
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let secret = SecretKey::from_bytes([7; 32]).unwrap();
        let link = signed(&secret, 0);
        let others = |byte| signed(&secret, byte);
        verify(&link).unwrap();
        for byte in 1..=2 * REMEMBERED as u8 {
            verify(&others(byte)).unwrap();
            verify(&link).unwrap();
        }
        assert!(recall(&link) && recall(&others(2 * REMEMBERED as u8)) && !recall(&others(1)));
        assert_eq!(HELD.with_borrow(VecDeque::len), REMEMBERED);
    }
}
