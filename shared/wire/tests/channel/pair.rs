//! A host and a dongle that may be made from any seeds.

use holdfast_crypto::{Curve, Key, RustCrypto, SecretKey};
use holdfast_wire::channel::{
    DeviceChannel, Ephemeral, HostChannel, Initiator, Prologue, Responder, text_mut,
};

/// A secret scalar out of any 32 bytes.
pub(crate) fn scalar(mut seed: [u8; 32]) -> SecretKey {
    seed[0] &= 0x7f;
    seed[31] |= 1;
    SecretKey::from_bytes(seed).unwrap()
}

/// All that goes into a handshake.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) device: [u8; 32],
    pub(crate) host_ephemeral: [u8; 32],
    pub(crate) device_ephemeral: [u8; 32],
    pub(crate) dongle: [u8; 16],
    pub(crate) offer: Vec<u8>,
    pub(crate) hello: Vec<u8>,
}

impl Setting {
    pub(crate) fn fixed() -> Self {
        Self {
            device: [1; 32],
            host_ephemeral: [2; 32],
            device_ephemeral: [3; 32],
            dongle: [4; 16],
            offer: vec![1],
            hello: b"the Hello answer".to_vec(),
        }
    }

    pub(crate) fn prologue(&self) -> Prologue {
        Prologue::new(&self.dongle, &self.offer, &self.hello)
    }

    pub(crate) fn device_key(&self) -> Key {
        RustCrypto::public(&scalar(self.device))
    }

    pub(crate) fn start(&self) -> (Initiator, [u8; 81]) {
        let ephemeral = Ephemeral::new::<RustCrypto>(scalar(self.host_ephemeral));
        Initiator::start::<RustCrypto>(&self.prologue(), &self.device_key(), ephemeral).unwrap()
    }

    pub(crate) fn respond(
        &self,
        first: &[u8],
    ) -> Result<([u8; 81], DeviceChannel), holdfast_wire::channel::ChannelError> {
        let device = scalar(self.device);
        Responder::read(&self.prologue(), &self.device_key(), first, |peer| RustCrypto::agree(&device, peer))?
            .answer::<RustCrypto>(Ephemeral::new::<RustCrypto>(scalar(self.device_ephemeral)))
    }

    pub(crate) fn channel(&self) -> (HostChannel, DeviceChannel) {
        let (initiator, first) = self.start();
        let (second, device) = self.respond(&first).unwrap();
        (initiator.finish::<RustCrypto>(&second).unwrap(), device)
    }
}

/// A message with that text and room for nonce and tag.
pub(crate) fn message(text: &[u8]) -> Vec<u8> {
    let mut message = vec![0; text.len() + 20];
    text_mut(&mut message).copy_from_slice(text);
    message
}
