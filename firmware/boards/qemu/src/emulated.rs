//! The board as the dongle sees it: flash, randomness, pins and keys, put together.

use chacha20::ChaCha20Rng;
use holdfast_crypto::{Hash, Key, Label, RustCrypto, Secret, Signature};
use holdfast_document::Class;
use holdfast_dongle::{AgreementKey, Board, Platform, PlatformError, PublicKeys, SoftwareKeys};

use crate::{
    arguments::Arguments,
    flash::{FileFlash, PAGE},
    host_file::HostRefused,
    map,
    pins::{Light, Touch},
    randomness,
};

/// All parts of the emulated board but its serial port and its clock, which its main loop keeps.
pub struct EmulatedBoard {
    flash: FileFlash,
    random: ChaCha20Rng,
    touch: Touch,
    light: Light,
    keys: SoftwareKeys,
}

/// Why the board cannot start. Nothing was written; another command line helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The command line names no flash.
    #[error("no flash=FILE was given")]
    NoFlash,
    /// The file of the flash, or the host's randomness, cannot be had.
    #[error(transparent)]
    Host(#[from] HostRefused),
}

impl EmulatedBoard {
    /// The board that the command line asks for, with the keys that its flash holds.
    pub fn start(arguments: &Arguments) -> Result<Self, StartError> {
        let path = arguments.value("flash").ok_or(StartError::NoFlash)?;
        let mut flash = FileFlash::open(path, map::CAPACITY)?;
        let keys = SoftwareKeys::load::<RustCrypto>(&mut flash, map::KEYS);
        Ok(Self { flash, random: randomness::from_host()?, touch: Touch::new(arguments), light: Light, keys })
    }
}

impl Platform for EmulatedBoard {
    type Flash = FileFlash;
    type Rng = ChaCha20Rng;
    type Touch = Touch;
    type Light = Light;
    type Curve = RustCrypto;

    fn board(&self) -> Board {
        Board { model: "qemu", firmware: 1, class: Class::SIMULATOR, layout: map::STORAGE }
    }

    fn flash(&mut self) -> &mut FileFlash {
        &mut self.flash
    }

    fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.random
    }

    fn touch(&mut self) -> &mut Touch {
        &mut self.touch
    }

    fn light(&mut self) -> &mut Light {
        &mut self.light
    }

    fn make_keys(&mut self) -> Result<(), PlatformError> {
        self.keys.make::<RustCrypto>(&mut self.flash, PAGE as u32, &mut self.random)
    }

    fn public_keys(&mut self) -> Option<PublicKeys> {
        self.keys.public()
    }

    fn sign(&mut self, digest: &Hash) -> Result<Signature, PlatformError> {
        self.keys.sign::<RustCrypto>(digest, &mut self.random)
    }

    fn agree(&mut self, key: AgreementKey, peer: &Key) -> Result<Secret, PlatformError> {
        self.keys.agree::<RustCrypto>(key, peer)
    }

    fn derive(&mut self, label: Label) -> Result<Secret, PlatformError> {
        self.keys.derive(label)
    }
}
