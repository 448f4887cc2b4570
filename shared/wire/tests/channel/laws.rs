//! What no one outside a channel can do, and no one inside can do by mistake.

use crate::{
    differential::any_setting,
    pair::{Setting, message, scalar},
};
use holdfast_crypto::{CryptoError, Key, RustCrypto};
use holdfast_wire::channel::{
    ChannelError, Ephemeral, FirstMessage, HANDSHAKE, Initiator, OVERHEAD, Responder, text,
};
use proptest::{collection::vec, prelude::*};

const UNOPENED: ChannelError = ChannelError::Crypto(CryptoError::DoesNotOpen);
const BAD_KEY: ChannelError = ChannelError::Crypto(CryptoError::BadKey);

/// What a changed handshake message may be refused with, by where the change is.
fn refused_as_changed(error: ChannelError, at: usize) -> bool {
    if at < Key::LENGTH { error == BAD_KEY || error == UNOPENED } else { error == UNOPENED }
}

#[test]
fn every_flipped_bit_of_either_handshake_message_is_refused() {
    let setting = Setting::fixed();
    let (_, first) = setting.start();
    let (second, _) = setting.respond(&first).unwrap();
    for bit in 0..HANDSHAKE * 8 {
        let flip = |message: &[u8; HANDSHAKE]| {
            let mut flipped = *message;
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        };
        let error = setting.respond(&flip(&first)).err().unwrap();
        assert!(refused_as_changed(error, bit / 8), "bit {bit} of the first: {error:?}");
        let (initiator, _) = setting.start();
        let error = initiator.finish::<RustCrypto>(&flip(&second)).err().unwrap();
        assert!(refused_as_changed(error, bit / 8), "bit {bit} of the second: {error:?}");
    }
}

#[test]
fn a_handshake_message_of_another_length_is_refused() {
    let setting = Setting::fixed();
    let (_, first) = setting.start();
    let (second, _) = setting.respond(&first).unwrap();
    for length in (0..HANDSHAKE).chain([HANDSHAKE + 1]) {
        let cut = |message: &[u8]| message.iter().copied().chain([0]).take(length).collect::<Vec<_>>();
        assert_eq!(setting.respond(&cut(&first)).err(), Some(ChannelError::Length));
        let (initiator, _) = setting.start();
        assert_eq!(initiator.finish::<RustCrypto>(&cut(&second)).err(), Some(ChannelError::Length));
    }
}

#[test]
fn a_point_that_is_none_is_refused_before_any_secret_touches_it() {
    let setting = Setting::fixed();
    let (_, first) = setting.start();
    let mut not_on_curve = first;
    not_on_curve[64] ^= 1;
    let mut compressed = first;
    compressed[0] = 2 + (first[64] & 1);
    let mut hybrid = first;
    hybrid[0] = 6 + (first[64] & 1);
    let infinity = [0; HANDSHAKE];
    let mut origin = [0; HANDSHAKE];
    origin[0] = 4;
    for bad in [not_on_curve, compressed, hybrid, infinity, origin] {
        assert_eq!(setting.respond(&bad).err(), Some(BAD_KEY));
        let (initiator, _) = setting.start();
        assert_eq!(initiator.finish::<RustCrypto>(&bad).err(), Some(BAD_KEY));
    }
    let ephemeral = Ephemeral::new::<RustCrypto>(scalar([9; 32]));
    let started = Initiator::start::<RustCrypto>(&setting.prologue(), &Key([4; 65]), ephemeral);
    assert_eq!(started.err(), Some(BAD_KEY));
}

#[test]
fn what_the_platform_refuses_to_agree_on_ends_the_handshake() {
    let setting = Setting::fixed();
    let (_, first) = setting.start();
    let refused = Responder::read(&setting.prologue(), &setting.device_key(), &first, |_| {
        Err(CryptoError::BadSecretKey)
    });
    assert_eq!(refused.err(), Some(ChannelError::Crypto(CryptoError::BadSecretKey)));
}

#[test]
fn another_prologue_or_another_device_makes_no_channel() {
    let same = Setting::fixed();
    let (_, first) = same.start();
    let changes: [fn(&mut Setting); 5] = [
        |setting| setting.dongle[15] ^= 1,
        |setting| setting.offer.push(2),
        |setting| setting.offer.clear(),
        |setting| setting.hello[0] ^= 1,
        |setting| setting.device[5] ^= 1,
    ];
    for change in changes {
        let mut other = same.clone();
        change(&mut other);
        assert_eq!(other.respond(&first).err(), Some(UNOPENED));
    }
}

#[test]
fn an_answer_to_another_handshake_is_refused() {
    let (one, mut two) = (Setting::fixed(), Setting::fixed());
    two.host_ephemeral = [0x22; 32];
    let (second, _) = two.respond(&two.start().1).unwrap();
    let (initiator, _) = one.start();
    assert_eq!(initiator.finish::<RustCrypto>(&second).err(), Some(UNOPENED));
}

#[test]
fn a_recorded_handshake_confirms_nothing() {
    let (mut host, _) = Setting::fixed().channel();
    let mut recorded = message(b"pay");
    let _pending = host.seal(&mut recorded).unwrap();

    let mut fresh = Setting::fixed();
    fresh.device_ephemeral = [0x33; 32];
    let (_, first) = Setting::fixed().start();
    let (_, mut replayed) = fresh.respond(&first).unwrap();
    assert_eq!(replayed.open(&mut recorded), Err(UNOPENED));
    assert!(!replayed.is_confirmed());

    let (mut host, mut dongle) = Setting::fixed().channel();
    assert!(!dongle.is_confirmed());
    let mut sent = message(b"pay");
    let _pending = host.seal(&mut sent).unwrap();
    let _opened = dongle.open(&mut sent).unwrap();
    assert!(dongle.is_confirmed());
}

#[test]
fn a_message_without_room_for_nonce_and_tag_is_refused_and_costs_no_number() {
    let (mut host, mut dongle) = Setting::fixed().channel();
    for length in 0..OVERHEAD {
        assert_eq!(host.seal(&mut vec![0; length]), Err(ChannelError::Length));
        assert_eq!(dongle.open(&mut vec![0xff; length]), Err(ChannelError::Length));
    }
    let mut sent = message(b"");
    let pending = host.seal(&mut sent).unwrap();
    assert_eq!(sent[..4], [1, 0, 0, 0]);
    let opened = dongle.open(&mut sent).unwrap();
    assert_eq!(dongle.seal(opened, &mut [0; 19]), Err(ChannelError::Length));
    assert_eq!(host.open(&pending, &mut [1; 19]), Err(ChannelError::Length));
}

#[test]
fn a_request_opens_once_and_never_after_a_later_one() {
    let (mut host, mut dongle) = Setting::fixed().channel();
    let [one, two, three] = [b"1", b"2", b"3"].map(|text| {
        let mut sent = message(text);
        let _pending = host.seal(&mut sent).unwrap();
        sent
    });
    let _opened = dongle.open(&mut two.clone()).unwrap();
    for old in [one, two] {
        let nonce = u32::from(old[0]);
        let mut arrived = old.clone();
        assert_eq!(dongle.open(&mut arrived), Err(ChannelError::Stale { nonce, last: 2 }));
        assert_eq!(arrived, old);
    }
    let _opened = dongle.open(&mut three.clone()).unwrap();
}

#[test]
fn a_number_is_answered_once() {
    let (mut host, mut dongle) = Setting::fixed().channel();
    let requests: Vec<_> = (0..3)
        .map(|_| {
            let mut sent = message(b"?");
            let pending = host.seal(&mut sent).unwrap();
            (pending, sent)
        })
        .collect();
    let [(_, mut one), (pending, mut two), _] = requests.try_into().unwrap();
    let first = dongle.open(&mut one).unwrap();
    let second = dongle.open(&mut two).unwrap();
    // The first can no longer be answered: a later one was opened since.
    let mut answer = message(b"!");
    let before = answer.clone();
    assert_eq!(dongle.seal(first, &mut answer), Err(ChannelError::NotOutstanding { nonce: 1 }));
    assert_eq!(answer, before);
    dongle.seal(second, &mut answer).unwrap();
    host.open(&pending, &mut answer).unwrap();
    assert_eq!(text(&answer), b"!");
}

#[test]
fn the_right_to_answer_is_good_for_its_own_channel_only() {
    let mut elsewhere = Setting::fixed();
    elsewhere.host_ephemeral = [0x44; 32];
    let (mut host, mut dongle) = Setting::fixed().channel();
    let (mut other_host, mut other_dongle) = elsewhere.channel();
    let (mut sent, mut other_sent) = (message(b"?"), message(b"?"));
    let _pendings = [host.seal(&mut sent).unwrap(), other_host.seal(&mut other_sent).unwrap()];
    assert_eq!(other_dongle.open(&mut sent.clone()), Err(UNOPENED));
    let opened = dongle.open(&mut sent).unwrap();
    let _other = other_dongle.open(&mut other_sent).unwrap();
    let sealed = other_dongle.seal(opened, &mut message(b"!"));
    assert_eq!(sealed, Err(ChannelError::NotOutstanding { nonce: 1 }));
}

#[test]
fn an_answer_opens_with_its_own_request_only() {
    let (mut host, mut dongle) = Setting::fixed().channel();
    let (mut one, mut two) = (message(b"1"), message(b"2"));
    let first = host.seal(&mut one).unwrap();
    let second = host.seal(&mut two).unwrap();
    let opened = dongle.open(&mut one).unwrap();
    let mut answer = message(b"!");
    dongle.seal(opened, &mut answer).unwrap();
    let error = ChannelError::OtherRequest { nonce: 1, expected: 2 };
    assert_eq!(host.open(&second, &mut answer), Err(error));
    host.open(&first, &mut answer).unwrap();
}

#[test]
fn a_request_does_not_open_as_an_answer() {
    let (mut host, _) = Setting::fixed().channel();
    let mut sent = message(b"?");
    let pending = host.seal(&mut sent).unwrap();
    assert_eq!(host.open(&pending, &mut sent), Err(UNOPENED));
}

#[test]
fn the_first_message_is_read_as_written_and_in_no_other_length() {
    let handshake = [7; HANDSHAKE];
    for offer in [&[][..], &[1], &[9; 255]] {
        let first = FirstMessage { offer, handshake: &handshake };
        let mut buffer = [0; 400];
        let length = first.write(&mut buffer).unwrap();
        assert_eq!(length, 1 + offer.len() + HANDSHAKE);
        assert_eq!(FirstMessage::read(&buffer[..length]), Ok(first));
        for other in (0..length).chain([length + 1]) {
            assert_eq!(FirstMessage::read(&buffer[..other]), Err(ChannelError::Length));
        }
        assert_eq!(first.write(&mut buffer[..length - 1]), Err(ChannelError::Length));
    }
    let too_long = FirstMessage { offer: &[0; 256], handshake: &handshake };
    assert_eq!(too_long.write(&mut [0; 400]), Err(ChannelError::Length));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_message_does_not_open_and_changes_nothing(
        setting in any_setting(), text in vec(any::<u8>(), 0..100), at: prop::sample::Index, bit in 0..8u8,
    ) {
        let (mut host, mut dongle) = setting.channel();
        let mut sealed = message(&text);
        let pending = host.seal(&mut sealed).unwrap();
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= 1 << bit;
        let arrived = changed.clone();
        prop_assert!(dongle.open(&mut changed).is_err());
        prop_assert_eq!(&changed, &arrived);
        let opened = dongle.open(&mut sealed).unwrap();

        let mut answer = message(&text);
        dongle.seal(opened, &mut answer).unwrap();
        let mut changed = answer.clone();
        changed[at.index(answer.len())] ^= 1 << bit;
        prop_assert!(host.open(&pending, &mut changed).is_err());
        host.open(&pending, &mut answer).unwrap();
        prop_assert_eq!(holdfast_wire::channel::text(&answer), &text[..]);
    }

    #[test]
    fn a_cut_or_lengthened_message_does_not_open(
        text in vec(any::<u8>(), 1..60), cut: prop::sample::Index, more in vec(any::<u8>(), 1..20),
    ) {
        let (mut host, mut dongle) = Setting::fixed().channel();
        let mut sealed = message(&text);
        let _pending = host.seal(&mut sealed).unwrap();
        prop_assert!(dongle.open(&mut sealed[..cut.index(sealed.len())].to_vec()).is_err());
        prop_assert_eq!(dongle.open(&mut [&sealed[..], &more].concat()), Err(UNOPENED));
        prop_assert!(dongle.open(&mut sealed).is_ok());
    }

    /// However requests are lost, repeated and reordered on their way: no request is done twice,
    /// and none after a later one.
    #[test]
    fn requests_are_done_at_most_once_and_in_order(arrivals in vec(0..12usize, 0..40)) {
        let (mut host, mut dongle) = Setting::fixed().channel();
        let sent: Vec<_> = (0..12u8).map(|number| {
            let mut sealed = message(&[number]);
            host.seal(&mut sealed).map(|_| sealed).unwrap()
        }).collect();
        let mut done = vec![];
        for arrival in arrivals {
            let mut arrived = sent[arrival].clone();
            let fits = done.last().is_none_or(|last| usize::from(*last) < arrival);
            prop_assert_eq!(dongle.open(&mut arrived).is_ok(), fits);
            if fits {
                done.push(text(&arrived)[0]);
            }
        }
        prop_assert!(done.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn garbage_never_panics_and_never_passes(garbage in vec(any::<u8>(), 0..200)) {
        let setting = Setting::fixed();
        let (mut host, mut dongle) = setting.channel();
        let pending = host.seal(&mut message(b"?")).unwrap();
        prop_assert!(setting.respond(&garbage).is_err());
        prop_assert!(setting.start().0.finish::<RustCrypto>(&garbage).is_err());
        prop_assert!(dongle.open(&mut garbage.clone()).is_err());
        prop_assert!(host.open(&pending, &mut garbage.clone()).is_err());
        let _ = FirstMessage::read(&garbage);
    }
}
