//! HMAC (RFC 2104) and HKDF (RFC 5869) with SHA-256.

use crate::Secret;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HMAC-SHA256 over the parts as if they were one.
pub fn hmac(key: &Secret, parts: &[&[u8]]) -> Secret {
    hmac_of(key, parts.iter().copied())
}

/// The same over parts that do not lie in one list.
pub(crate) fn hmac_of<'a>(key: &Secret, parts: impl Iterator<Item = &'a [u8]>) -> Secret {
    // RFC 2104, section 2: a key shorter than the block is padded with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key.expose()).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    parts.for_each(|part| mac.update(part));
    Secret::new(mac.finalize().into_bytes().into())
}

/// HKDF-Extract: one pseudo-random key out of a salt and input key material.
pub fn extract(salt: &[u8], material: &[u8]) -> Secret {
    let (key, _) = Hkdf::<Sha256>::extract(Some(salt), material);
    Secret::new(key.into())
}

/// HKDF-Expand to `N` bytes, at most 255 × 32. `info` is the parts as if they were one.
pub fn expand<const N: usize>(key: &Secret, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "RFC 5869, section 2.3: L <= 255 * HashLen") };
    let mut okm = Zeroizing::new([0; N]);
    if let Ok(hkdf) = Hkdf::<Sha256>::from_prk(key.expose()) {
        // Neither can fail: the key is as long as the hash, and the length was checked above.
        let _ = hkdf.expand_multi_info(info, okm.as_mut());
    }
    okm
}

/// HKDF-Expand to one more secret: a single HMAC, which a TPM can compute too.
pub fn derive(key: &Secret, info: &[&[u8]]) -> Secret {
    Secret::new(*expand::<32>(key, info))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn rfc_5869_test_case_1() {
        let key = extract(&unhex("000102030405060708090a0b0c"), &[0x0b; 22]);
        assert_eq!(
            key.expose()[..],
            unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        );
        let info = unhex("f0f1f2f3f4f5f6f7f8f9");
        let okm = expand::<42>(&key, &[&info[..4], &info[4..]]);
        assert_eq!(
            okm[..],
            unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        );
    }

    #[test]
    fn rfc_4231_test_case_2() {
        // "Jefe" padded with zeros to 32 bytes is the same HMAC key.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = hmac(&Secret::new(key), &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(
            mac.expose()[..],
            unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        );
    }

    #[test]
    fn deriving_is_one_hmac_as_a_tpm_computes_it() {
        let key = Secret::new([9; 32]);
        assert!(derive(&key, &[b"info"]).matches(&hmac(&key, &[b"info", &[1]])));
    }
}
