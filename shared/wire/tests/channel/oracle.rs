//! The same handshake by the crate `noise-protocol`, to which only P-256 had to be taught.

use crate::pair::Setting;
use holdfast_crypto::{Curve, RustCrypto};
use noise_protocol::{Cipher, CipherState, DH, HandshakeState, U8Array, patterns};
use noise_rust_crypto::{ChaCha20Poly1305, Sha256};
use p256::elliptic_curve::sec1::ToSec1Point;

/// A P-256 public key, uncompressed.
pub(crate) struct Point([u8; 65]);

impl U8Array for Point {
    fn new() -> Self {
        Self([0; 65])
    }
    fn new_with(byte: u8) -> Self {
        Self([byte; 65])
    }
    fn from_slice(bytes: &[u8]) -> Self {
        Self(bytes.try_into().unwrap())
    }
    fn len() -> usize {
        65
    }
    fn as_slice(&self) -> &[u8] {
        &self.0
    }
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// P-256 as Noise's DH function.
pub(crate) enum P256 {}

impl DH for P256 {
    type Key = [u8; 32];
    type Pubkey = Point;
    type Output = [u8; 32];

    fn name() -> &'static str {
        "P256"
    }
    fn genkey() -> [u8; 32] {
        unreachable!("every key is given")
    }
    fn pubkey(key: &[u8; 32]) -> Point {
        Point::from_slice(
            p256::SecretKey::from_slice(key).unwrap().public_key().to_sec1_point(false).as_bytes(),
        )
    }
    fn dh(key: &[u8; 32], peer: &Point) -> Result<[u8; 32], ()> {
        let peer = p256::PublicKey::from_sec1_bytes(&peer.0).map_err(|_| ())?;
        let point = peer.to_projective() * *p256::SecretKey::from_slice(key).unwrap().to_nonzero_scalar();
        Ok(point.to_affine().to_sec1_point(false).x().unwrap().as_slice().try_into().unwrap())
    }
}

type State = HandshakeState<P256, ChaCha20Poly1305, Sha256>;

/// One end of the handshake.
pub(crate) fn end(setting: &Setting, initiator: bool) -> State {
    let scalar = |seed| *crate::pair::scalar(seed).expose();
    let device = Point(RustCrypto::public(&crate::pair::scalar(setting.device)).0);
    let (statics, ephemeral, remote) = if initiator {
        (None, scalar(setting.host_ephemeral), Some(device))
    } else {
        (Some(scalar(setting.device)), scalar(setting.device_ephemeral), None)
    };
    let prologue = prologue(setting);
    HandshakeState::new(patterns::noise_nk(), initiator, prologue, statics, Some(ephemeral), remote, None)
}

/// The prologue, put together from the words of the protocol.
pub(crate) fn prologue(setting: &Setting) -> Vec<u8> {
    use noise_protocol::Hash;
    let mut prologue = b"holdfast/v1/channel\0".to_vec();
    prologue.extend(setting.dongle);
    prologue.extend(*Sha256::hash(&setting.offer));
    prologue.extend(*Sha256::hash(&setting.hello));
    prologue
}

/// A finished handshake: both messages, the hash, and the key of each direction.
pub(crate) struct Finished {
    pub(crate) first: Vec<u8>,
    pub(crate) second: Vec<u8>,
    pub(crate) hash: [u8; 32],
    pub(crate) to_dongle: [u8; 32],
    pub(crate) to_host: [u8; 32],
}

/// The handshake with both ends played by the oracle.
pub(crate) fn handshake(setting: &Setting) -> Finished {
    let (mut host, mut dongle) = (end(setting, true), end(setting, false));
    let (mut first, mut second) = (vec![0; 81], vec![0; 81]);
    host.write_message(&[], &mut first).unwrap();
    dongle.read_message(&first, &mut []).unwrap();
    dongle.write_message(&[], &mut second).unwrap();
    host.read_message(&second, &mut []).unwrap();
    assert_eq!(host.get_hash(), dongle.get_hash());
    let (to_dongle, to_host) = host.get_ciphers();
    Finished {
        first,
        second,
        hash: host.get_hash().try_into().unwrap(),
        to_dongle: key(to_dongle),
        to_host: key(to_host),
    }
}

fn key(state: CipherState<ChaCha20Poly1305>) -> [u8; 32] {
    let (key, n) = state.extract();
    assert_eq!(n, 0);
    U8Array::from_slice(key.as_slice())
}

/// A sealed message as the protocol words it: nonce, text and tag.
pub(crate) fn seal(key: &[u8; 32], nonce: u32, text: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0; text.len() + 16];
    ChaCha20Poly1305::encrypt(&U8Array::from_slice(key), u64::from(nonce), &[], text, &mut sealed);
    [nonce.to_le_bytes().as_slice(), &sealed].concat()
}
