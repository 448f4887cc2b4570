//! Project Wycheproof's vectors: the edge cases on which other people's implementations failed.

use holdfast_crypto::{Curve, Hash, Key, RustCrypto, Secret, SecretKey, Signature, aead, digest, kdf};
use wycheproof::TestResult;

/// A P-256 scalar in 32 bytes, out of a number with more or fewer leading zeros.
fn scalar(number: &[u8]) -> [u8; 32] {
    let digits = &number[number.iter().position(|byte| *byte != 0).unwrap_or(number.len())..];
    let mut scalar = [0; 32];
    scalar[32 - digits.len()..].copy_from_slice(digits);
    scalar
}

/// Whether s is above half the order of the curve, which is refused by design.
fn has_high_s(signature: &Signature) -> bool {
    let half = [
        0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
        0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
    ];
    signature.0[32..] > half[..]
}

/// The other signature that holds wherever this one does: (r, n − s).
fn lowered(signature: &Signature) -> Signature {
    Signature(
        p256::ecdsa::Signature::from_bytes(&signature.0.into()).unwrap().normalize_s().to_bytes().into(),
    )
}

#[test]
fn ecdsa_p256_sha256() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut held, mut high, mut refused) = (0, 0, 0);
    for group in &set.test_groups {
        let key = Key::from_slice(&group.key.key).unwrap();
        for test in &group.tests {
            let digest: Hash = digest::plain(&[&test.msg]);
            let Some(signature) = Signature::from_slice(&test.sig) else {
                assert_eq!(
                    test.result,
                    TestResult::Invalid,
                    "{}: a length no type of ours holds",
                    test.tc_id
                );
                refused += 1;
                continue;
            };
            let holds = RustCrypto::verify(&key, &digest, &signature).is_ok();
            match test.result {
                TestResult::Valid if has_high_s(&signature) => {
                    assert!(!holds, "{}: {}", test.tc_id, test.comment);
                    assert!(
                        RustCrypto::verify(&key, &digest, &lowered(&signature)).is_ok(),
                        "{}",
                        test.tc_id
                    );
                    high += 1;
                }
                TestResult::Valid => {
                    assert!(holds, "{}: {}", test.tc_id, test.comment);
                    held += 1;
                }
                _ => {
                    assert!(!holds, "{}: {}", test.tc_id, test.comment);
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(held + high + refused, set.number_of_tests);
    assert!(held > 0 && high > 0 && refused > 0, "{held} held, {high} had a high s, {refused} were refused");
}

#[test]
fn ecdh_p256() {
    use wycheproof::ecdh::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdhSecp256r1Ecpoint).unwrap();
    let (mut agreed, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let secret = SecretKey::from_bytes(scalar(&test.private_key)).unwrap();
        let peer = Key::from_slice(&test.public_key);
        let shared = peer.and_then(|peer| RustCrypto::agree(&secret, &peer).ok());
        let uncompressed = test.public_key.len() == Key::LENGTH;
        match test.result {
            // Points in compressed form are not taken.
            TestResult::Valid | TestResult::Acceptable if uncompressed => {
                assert_eq!(shared.unwrap().expose()[..], test.shared_secret[..], "{}", test.tc_id);
                agreed += 1;
            }
            _ => {
                assert!(shared.is_none(), "{}: {}", test.tc_id, test.comment);
                refused += 1;
            }
        }
    }
    assert_eq!(agreed + refused, set.number_of_tests);
    assert!(agreed > 0 && refused > 0);
}

#[test]
fn hkdf_sha256() {
    use wycheproof::hkdf::{TestName, TestSet};
    let set = TestSet::load(TestName::HkdfSha256).unwrap();
    let mut expanded = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let key = kdf::extract(&test.salt, &test.ikm);
        // Our lengths are chosen at compile time; too long a one does not compile.
        let matches = match test.size {
            20 => kdf::expand::<20>(&key, &[&test.info])[..] == test.okm[..],
            42 => kdf::expand::<42>(&key, &[&test.info])[..] == test.okm[..],
            64 => kdf::expand::<64>(&key, &[&test.info])[..] == test.okm[..],
            size if size <= 8_160 => kdf::expand::<8_160>(&key, &[&test.info])[..size] == test.okm[..],
            _ => {
                assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                continue;
            }
        };
        assert!(matches && test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
        expanded += 1;
    }
    assert!(expanded > 0);
}

#[test]
fn hmac_sha256() {
    use wycheproof::mac::{TestName, TestSet};
    let set = TestSet::load(TestName::HmacSha256).unwrap();
    let mut checked = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            // Our keys have 32 bytes; HMAC pads shorter ones with zeros.
            let Some(padding) = 32_usize.checked_sub(test.key.len()) else { continue };
            let key = Secret::new([&test.key[..], &vec![0; padding]].concat().try_into().unwrap());
            let (head, tail) = test.msg.split_at(test.msg.len() / 2);
            let mac = kdf::hmac(&key, &[head, tail]);
            let matches = mac.expose()[..group.tag_size / 8] == test.tag[..];
            assert_eq!(matches, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn chacha20_poly1305() {
    use wycheproof::aead::{TestName, TestSet};
    let set = TestSet::load(TestName::ChaCha20Poly1305).unwrap();
    let mut checked = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(nonce) = <[u8; 12]>::try_from(&test.nonce[..]) else {
            assert_eq!(test.result, TestResult::Invalid, "{}: a length no type of ours holds", test.tc_id);
            continue;
        };
        let key = Secret::new(test.key[..].try_into().unwrap());
        let tag = test.tag[..].try_into().unwrap();
        let mut text = test.ct.to_vec();
        let opened = aead::open(&key, &nonce, &test.aad, &mut text, &tag);
        assert_eq!(opened.is_ok(), test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
        if opened.is_ok() {
            assert_eq!(text, test.pt[..], "{}", test.tc_id);
            let made = aead::seal(&key, &nonce, &test.aad, &mut text).unwrap();
            assert_eq!((&text[..], made), (&test.ct[..], tag), "{}", test.tc_id);
        }
        checked += 1;
    }
    assert!(checked > 0);
}
