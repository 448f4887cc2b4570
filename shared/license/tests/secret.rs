//! A secret in a license opens on its device, for what it was sealed for, and nowhere else.

mod cast;

use cast::*;
use holdfast_crypto::{CryptoError, Curve, Key, RustCrypto, Secret, SecretKey, hpke};
use holdfast_document::{DeviceId, DongleId, TpmName, VendorId};
use holdfast_license::LicenseId;
use holdfast_license::license::SecretUse;
use holdfast_license::secret::SealedFor;

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes([byte; 32]).unwrap()
}

fn opened(
    sealed_for: &SealedFor<'_>,
    sealed: &holdfast_license::license::Sealed,
    by: &SecretKey,
) -> Option<[u8; 32]> {
    let agree = |peer: &Key| RustCrypto::agree(by, peer);
    sealed_for.open(&RustCrypto::public(by), sealed, agree).ok().map(|secret| *secret.expose())
}

#[test]
fn a_secret_opens_on_its_device_and_with_no_part_of_its_purpose_changed() {
    let license = bare_license();
    let of = SealedFor::of(&license, &secret(name("export-step"), 3, SecretUse::Derive));
    let device = key(1);
    let sealed = of.seal::<RustCrypto>(&RustCrypto::public(&device), key(2), &Secret::new([7; 32])).unwrap();
    assert_eq!(opened(&of, &sealed, &device), Some([7; 32]));
    assert_eq!(opened(&of, &sealed, &key(3)), None, "another device's key");
    let changed = [
        SealedFor { vendor: VendorId([9; 16]), ..of },
        SealedFor { license: LicenseId([9; 16]), ..of },
        SealedFor { device: DeviceId::Dongle(DongleId([9; 16])), ..of },
        SealedFor { device: DeviceId::Tpm(TpmName([9; 34])), ..of },
        SealedFor { product: name("cutter2"), ..of },
        SealedFor { feature: name("export"), ..of },
        SealedFor { epoch: 4, ..of },
        // The same letters, cut elsewhere.
        SealedFor { product: name("cuttere"), feature: name("xport-step"), ..of },
    ];
    for other in changed {
        assert_eq!(opened(&other, &sealed, &device), None, "{other:?}");
    }
    for at in 0..sealed.0.len() {
        let mut bent = sealed;
        bent.0[at] ^= 1;
        assert_eq!(opened(&of, &bent, &device), None, "byte {at}");
    }
}

/// The info as it is written down, byte by byte, once more.
#[test]
fn the_purpose_is_encoded_as_it_is_published() {
    let license = bare_license();
    let of = SealedFor::of(&license, &secret(name("cut"), 0x0102_0304, SecretUse::Reveal));
    let device = key(1);
    let recipient = RustCrypto::public(&device);
    let sealed = of.seal::<RustCrypto>(&recipient, key(2), &Secret::new([7; 32])).unwrap();
    let DeviceId::Dongle(dongle) = license.device else { panic!("a dongle's license") };
    let mut info = b"holdfast/v1/secret\0".to_vec();
    info.extend(license.vendor.0);
    info.extend(license.id.0);
    info.push(16);
    info.extend(dongle.0);
    info.extend(b"\x06cutter\x03cut\x04\x03\x02\x01");
    let encapsulated = Key::from_slice(&sealed.0[..65]).unwrap();
    let (mut text, tag) = (sealed.0[65..97].to_vec(), sealed.0[97..].try_into().unwrap());
    let agree = |peer: &Key| RustCrypto::agree(&device, peer);
    let opened: Result<(), CryptoError> =
        hpke::open(&recipient, &encapsulated, &[&info], &[], &mut text, &tag, agree);
    assert_eq!((opened, text), (Ok(()), vec![7; 32]));
}
