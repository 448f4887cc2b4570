//! Byte for byte what an independent implementation of Noise says.

use crate::{
    oracle,
    pair::{Setting, message, scalar},
};
use holdfast_crypto::RustCrypto;
use holdfast_wire::channel::text;
use proptest::{collection::vec, prelude::*};

pub(crate) fn any_setting() -> impl Strategy<Value = Setting> {
    let bytes = || vec(any::<u8>(), 0..300);
    (any::<[[u8; 32]; 3]>(), any::<[u8; 16]>(), vec(any::<u8>(), 0..=255), bytes()).prop_map(
        |([device, host_ephemeral, device_ephemeral], dongle, offer, hello)| Setting {
            device,
            host_ephemeral,
            device_ephemeral,
            dongle,
            offer,
            hello,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_implementations_say_the_same(
        setting in any_setting(),
        texts in vec((vec(any::<u8>(), 0..200), vec(any::<u8>(), 0..200)), 1..6),
    ) {
        let theirs = oracle::handshake(&setting);
        let (initiator, first) = setting.start();
        prop_assert_eq!(&first[..], &theirs.first);
        let (second, mut dongle) = setting.respond(&theirs.first).unwrap();
        prop_assert_eq!(&second[..], &theirs.second);
        let mut host = initiator.finish::<RustCrypto>(&theirs.second).unwrap();
        prop_assert_eq!(host.hash().0, theirs.hash);
        prop_assert_eq!(dongle.hash().0, theirs.hash);

        for (number, (request, answer)) in (1..).zip(&texts) {
            let mut sent = message(request);
            let pending = host.seal(&mut sent).unwrap();
            prop_assert_eq!(&sent, &oracle::seal(&theirs.to_dongle, number, request));
            let opened = dongle.open(&mut sent).unwrap();
            prop_assert_eq!(text(&sent), &request[..]);
            let mut answered = message(answer);
            dongle.seal(opened, &mut answered).unwrap();
            prop_assert_eq!(&answered, &oracle::seal(&theirs.to_host, number, answer));
            host.open(&pending, &mut answered).unwrap();
            prop_assert_eq!(text(&answered), &answer[..]);
        }
    }

    #[test]
    fn each_end_talks_to_the_other_implementation(setting in any_setting()) {
        let mut host = oracle::end(&setting, true);
        let mut first = [0; 81];
        host.write_message(&[], &mut first).unwrap();
        let (second, dongle) = setting.respond(&first).unwrap();
        host.read_message(&second, &mut []).unwrap();
        prop_assert!(host.completed());
        prop_assert_eq!(host.get_hash(), &dongle.hash().0[..]);

        let mut dongle = oracle::end(&setting, false);
        let (initiator, first) = setting.start();
        dongle.read_message(&first, &mut []).unwrap();
        let mut second = [0; 81];
        dongle.write_message(&[], &mut second).unwrap();
        let host = initiator.finish::<RustCrypto>(&second).unwrap();
        prop_assert!(dongle.completed());
        prop_assert_eq!(dongle.get_hash(), &host.hash().0[..]);
    }
}

#[test]
fn the_dh_of_the_oracle_is_computed_another_way_and_agrees() {
    use holdfast_crypto::{Curve, Key};
    use noise_protocol::{DH, U8Array};
    let (one, two) = (scalar([5; 32]), scalar([6; 32]));
    let peer = oracle::P256::pubkey(&two.expose());
    let theirs = oracle::P256::dh(&one.expose(), &peer).unwrap();
    let ours = RustCrypto::agree(&one, &Key::from_slice(peer.as_slice()).unwrap()).unwrap();
    assert_eq!(&theirs, ours.expose());
}
