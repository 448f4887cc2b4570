//! HPKE against the vectors of its standard and against the crate `hpke`.

use holdfast_crypto::{CryptoError, Curve, Key, RustCrypto, SecretKey, hpke as ours};
use hpke::{
    Deserializable, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::DhP256HkdfSha256,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

type Crate = DhP256HkdfSha256;

fn secret_key(bytes: &[u8]) -> SecretKey {
    SecretKey::from_bytes(bytes.try_into().unwrap()).unwrap()
}

fn scalar(mut seed: [u8; 32]) -> [u8; 32] {
    seed[0] &= 0x7f;
    seed[31] |= 1;
    seed
}

fn bytes(of: &Value, member: &str) -> Vec<u8> {
    let text = of[member].as_str().unwrap_or_else(|| panic!("no member {member}"));
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// RFC 9180, appendix A.5.1: the first of its texts, the one a single shot makes.
#[test]
fn rfc_9180_appendix_a_5() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/rfc9180-a5-base.json")).unwrap();
    let (setup, first) = (&vectors["setup"], &vectors["encryptions"][0]);
    let recipient = Key::from_slice(&bytes(setup, "pkRm")).unwrap();
    let (info, associated) = (bytes(setup, "info"), bytes(first, "aad"));

    let mut text = bytes(first, "pt");
    let ephemeral = secret_key(&bytes(setup, "skEm"));
    let (encapsulated, tag) =
        ours::seal::<RustCrypto>(&recipient, ephemeral, &[&info], &associated, &mut text).unwrap();
    assert_eq!(encapsulated.0[..], bytes(setup, "enc"));
    assert_eq!([&text[..], &tag].concat(), bytes(first, "ct"));

    let device = secret_key(&bytes(setup, "skRm"));
    assert_eq!(RustCrypto::public(&device), recipient);
    let agree = |peer: &Key| RustCrypto::agree(&device, peer);
    ours::open(&recipient, &encapsulated, &[&info], &associated, &mut text, &tag, agree).unwrap();
    assert_eq!(text, bytes(first, "pt"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_crate_opens_what_we_seal_and_we_what_the_crate_seals(
        device: [u8; 32], ephemeral: [u8; 32],
        info in vec(vec(any::<u8>(), 0..40), 0..5), associated in vec(any::<u8>(), 0..40),
        text in vec(any::<u8>(), 0..100),
    ) {
        let (device, ephemeral) = (scalar(device), scalar(ephemeral));
        let recipient = RustCrypto::public(&secret_key(&device));
        let parts: Vec<&[u8]> = info.iter().map(Vec::as_slice).collect();
        let info = info.concat();

        let mut sealed = text.clone();
        let (encapsulated, tag) =
            ours::seal::<RustCrypto>(&recipient, secret_key(&ephemeral), &parts, &associated, &mut sealed).unwrap();
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Crate>(
            &OpModeR::Base,
            &<Crate as hpke::Kem>::PrivateKey::from_bytes(&device).unwrap(),
            &<Crate as hpke::Kem>::EncappedKey::from_bytes(&encapsulated.0).unwrap(),
            &info,
            &[&sealed[..], &tag].concat(),
            &associated,
        ).unwrap();
        prop_assert_eq!(opened, &text[..]);

        let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Crate>(
            &OpModeS::Base,
            &<Crate as hpke::Kem>::PublicKey::from_bytes(&recipient.0).unwrap(),
            &info,
            &text,
            &associated,
            &mut Seeded(ephemeral),
        ).unwrap();
        let encapsulated = Key::from_slice(&encapsulated.to_bytes()).unwrap();
        let (sealed, tag) = sealed.split_at(text.len());
        let mut sealed = sealed.to_vec();
        let agree = |peer: &Key| RustCrypto::agree(&secret_key(&device), peer);
        let tag = tag.try_into().unwrap();
        ours::open(&recipient, &encapsulated, &parts, &associated, &mut sealed, &tag, agree).unwrap();
        prop_assert_eq!(sealed, text);
    }

    #[test]
    fn a_text_opens_for_one_key_one_use_and_unchanged_only(
        device: [u8; 32], ephemeral: [u8; 32], other in any::<[u8; 32]>(), at: prop::sample::Index, bit in 0..8u8,
    ) {
        let (device, other) = (secret_key(&scalar(device)), secret_key(&scalar(other)));
        let (recipient, stranger) = (RustCrypto::public(&device), RustCrypto::public(&other));
        prop_assume!(recipient != stranger);
        let mut sealed = [7; 32];
        let ephemeral = secret_key(&scalar(ephemeral));
        let (encapsulated, tag) =
            ours::seal::<RustCrypto>(&recipient, ephemeral, &[b"use"], b"with", &mut sealed).unwrap();
        let open = |recipient: &Key, device: &SecretKey, all: [u8; 113], info: &[u8], associated: &[u8]| {
            let key = Key::from_slice(&all[..65]).unwrap();
            let mut text = all[65..97].to_vec();
            let tag = all[97..].try_into().unwrap();
            let agree = |peer: &Key| RustCrypto::agree(device, peer);
            let opened = ours::open(recipient, &key, &[info], associated, &mut text, &tag, agree);
            opened.map(|()| text.clone()).map_err(|error| (error, text == all[65..97]))
        };
        let mut all = [0; 113];
        all[..65].copy_from_slice(&encapsulated.0);
        all[65..97].copy_from_slice(&sealed);
        all[97..].copy_from_slice(&tag);
        let unopened = Err((CryptoError::DoesNotOpen, true));
        prop_assert_eq!(open(&recipient, &device, all, b"use", b"with"), Ok(vec![7; 32]));
        prop_assert_eq!(open(&recipient, &other, all, b"use", b"with"), unopened.clone());
        prop_assert_eq!(open(&stranger, &device, all, b"use", b"with"), unopened.clone());
        prop_assert_eq!(open(&recipient, &device, all, b"Use", b"with"), unopened.clone());
        prop_assert_eq!(open(&recipient, &device, all, b"use", b""), unopened);
        all[at.index(113)] ^= 1 << bit;
        prop_assert!(open(&recipient, &device, all, b"use", b"with").is_err());
    }
}

#[test]
fn a_key_that_is_no_point_is_refused_at_both_ends() {
    let device = secret_key(&[1; 32]);
    let key = RustCrypto::public(&device);
    let bad = Key([4; 65]);
    let sealed = ours::seal::<RustCrypto>(&bad, secret_key(&[2; 32]), &[], b"", &mut [0; 32]);
    assert_eq!(sealed, Err(CryptoError::BadKey));
    let agree = |peer: &Key| RustCrypto::agree(&device, peer);
    let opened = ours::open(&key, &bad, &[], b"", &mut [0; 32], &[0; 16], agree);
    assert_eq!(opened, Err(CryptoError::BadKey));
}

/// Hands out its seed over and over: the crate draws its ephemeral key's material from it.
struct Seeded([u8; 32]);

impl rand_core::TryRng for Seeded {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.iter_mut().zip(self.0.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Seeded {}
