//! The golden vectors: the oracle writes them, our code has to say the same.

use crate::{
    golden::{self, bytes, hex},
    oracle,
    pair::{Setting, message, scalar},
};
use holdfast_crypto::{Curve, Key, RustCrypto};
use holdfast_wire::channel::{Ephemeral, FirstMessage, Initiator, Prologue, Responder, text};
use serde_json::{Value, json};

const FILE: &str = "channel.json";

/// Exchanges under a finished handshake: nonce, request, answer. The numbers need not be
/// consecutive; a host may take any above its last.
const EXCHANGES: [(u32, &[u8], &[u8]); 4] = [
    (1, b"may I?", b"you do"),
    (2, b"", b""),
    (3, &[0xa5; 37], &[0x5a; 37]),
    (u32::MAX, b"the last", b"indeed"),
];

fn by_the_oracle(setting: &Setting, exchanges: &[(u32, &[u8], &[u8])]) -> Value {
    let finished = oracle::handshake(setting);
    let public = |seed| hex(RustCrypto::public(&scalar(seed)).as_ref());
    let secret = |seed| hex(scalar(seed).expose().as_ref());
    let first = [&[setting.offer.len() as u8], &setting.offer[..], &finished.first].concat();
    json!({
        "channel_secret": secret(setting.device),
        "channel_key": public(setting.device),
        "host_ephemeral_secret": secret(setting.host_ephemeral),
        "host_ephemeral_key": public(setting.host_ephemeral),
        "dongle_ephemeral_secret": secret(setting.device_ephemeral),
        "dongle_ephemeral_key": public(setting.device_ephemeral),
        "dongle": hex(&setting.dongle),
        "offer": hex(&setting.offer),
        "hello": hex(&setting.hello),
        "prologue": hex(&oracle::prologue(setting)),
        "handshake_1": hex(&first),
        "handshake_2": hex(&finished.second),
        "handshake_hash": hex(&finished.hash),
        "key_to_dongle": hex(&finished.to_dongle),
        "key_to_host": hex(&finished.to_host),
        "exchanges": exchanges.iter().map(|(nonce, request, answer)| json!({
            "nonce": nonce,
            "request": hex(request),
            "sealed_request": hex(&oracle::seal(&finished.to_dongle, *nonce, request)),
            "answer": hex(answer),
            "sealed_answer": hex(&oracle::seal(&finished.to_host, *nonce, answer)),
        })).collect::<Vec<_>>(),
    })
}

#[test]
fn the_vectors_are_what_an_independent_implementation_says() {
    let mut other = Setting::fixed();
    other.device = [0x11; 32];
    other.host_ephemeral = [0x12; 32];
    other.device_ephemeral = [0x13; 32];
    other.dongle = [0x14; 16];
    other.offer = vec![1, 2, 3];
    other.hello = (0..=255).collect();
    let vectors = json!({
        "protocol": "Noise_NK_P256_ChaChaPoly_SHA256",
        "about": "Bytes in hexadecimal. handshake_1 is the whole message: offer length, offer, 81 bytes of Noise. \
                  A sealed message is nonce (4, little-endian), ciphertext, tag (16).",
        "channels": [by_the_oracle(&Setting::fixed(), &EXCHANGES), by_the_oracle(&other, &EXCHANGES[..1])],
    });
    golden::hold(FILE, &vectors);
}

#[test]
fn our_code_says_what_the_vectors_say() {
    let vectors = golden::read(FILE);
    let channels = vectors["channels"].as_array().unwrap();
    assert!(!channels.is_empty());
    for vector in channels {
        replay(vector);
    }
}

fn replay(vector: &Value) {
    let secret =
        |member| holdfast_crypto::SecretKey::from_bytes(bytes(vector, member).try_into().unwrap()).unwrap();
    let device = secret("channel_secret");
    let device_key = Key::from_slice(&bytes(vector, "channel_key")).unwrap();
    let (offer, hello) = (bytes(vector, "offer"), bytes(vector, "hello"));
    let prologue = Prologue::new(&bytes(vector, "dongle").try_into().unwrap(), &offer, &hello);

    let ephemeral = Ephemeral::new::<RustCrypto>(secret("host_ephemeral_secret"));
    let (initiator, handshake) = Initiator::start::<RustCrypto>(&prologue, &device_key, ephemeral).unwrap();
    let mut first = [0; 400];
    let length = FirstMessage { offer: &offer, handshake: &handshake }.write(&mut first).unwrap();
    assert_eq!(first[..length], bytes(vector, "handshake_1"));

    let first = FirstMessage::read(&first[..length]).unwrap();
    assert_eq!(first.offer, offer);
    let agree = |peer: &Key| RustCrypto::agree(&device, peer);
    let responder = Responder::read(&prologue, &device_key, first.handshake, agree).unwrap();
    let ephemeral = Ephemeral::new::<RustCrypto>(secret("dongle_ephemeral_secret"));
    let (second, mut dongle) = responder.answer::<RustCrypto>(ephemeral).unwrap();
    assert_eq!(second[..], bytes(vector, "handshake_2"));
    let mut host = initiator.finish::<RustCrypto>(&second).unwrap();
    assert_eq!(host.hash().0[..], bytes(vector, "handshake_hash"));
    assert_eq!(dongle.hash().0[..], bytes(vector, "handshake_hash"));

    for (number, exchange) in (1..).zip(vector["exchanges"].as_array().unwrap()) {
        let (request, answer) = (bytes(exchange, "request"), bytes(exchange, "answer"));
        let mut sealed = bytes(exchange, "sealed_request");
        let opened = dongle.open(&mut sealed).unwrap();
        assert_eq!(text(&sealed), request);
        let mut sealed = message(&answer);
        dongle.seal(opened, &mut sealed).unwrap();
        assert_eq!(sealed, bytes(exchange, "sealed_answer"));
        // Our host counts one by one, so it comes to the far numbers only in years.
        if exchange["nonce"] == number {
            let mut sent = message(&request);
            let pending = host.seal(&mut sent).unwrap();
            assert_eq!(sent, bytes(exchange, "sealed_request"));
            host.open(&pending, &mut sealed).unwrap();
            assert_eq!(text(&sealed), answer);
        }
    }
}
