//! A board on paper: a small chip of the storage's flash model, keys and a curve that cost digests only.

use crate::paper_curve::{Paper, key_of};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use holdfast_crypto::{Curve, Hash, Key, Label, Secret, SecretKey, Signature, digest};
use holdfast_document::Class;
use holdfast_dongle::{AgreementKey, Board, Platform, PlatformError, PublicKeys};
use holdfast_simulator::Wire;
use holdfast_storage::Layout;
use holdfast_storage::model::{Chip, ChipError};
use std::cell::RefCell;
use std::rc::Rc;

/// Bytes of a page.
pub(super) const PAGE: usize = 1_024;

/// The chip: words of 4 bytes, pages of 1 KiB.
pub(super) type Cells = Chip<4, PAGE>;

/// The chip as both see it: the dongle that works on it, and the target that cuts its power and looks at it.
#[derive(Clone)]
pub(super) struct Flash(pub(super) Rc<RefCell<Cells>>);

impl Flash {
    pub(super) fn new(cells: Cells) -> Self {
        Self(Rc::new(RefCell::new(cells)))
    }
}

impl ErrorType for Flash {
    type Error = ChipError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = Cells::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ChipError> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = Cells::WRITE_SIZE;
    const ERASE_SIZE: usize = Cells::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), ChipError> {
        self.0.borrow_mut().erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ChipError> {
        self.0.borrow_mut().write(offset, bytes)
    }
}

/// Counters, time and records; the keys of this board lie elsewhere.
const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 22) };
/// Pages of the chip.
pub(super) const PAGES: usize = 28;

/// The board.
pub(super) struct PaperBoard {
    flash: Flash,
    /// Whether it has keys, which are always the same.
    has_keys: bool,
    rng: ChaCha20Rng,
    touch: Wire,
    light: Wire,
}

impl PaperBoard {
    /// With that flash, and another sequence of random numbers for each seed.
    pub(super) fn new(flash: Flash, has_keys: bool, seed: u8) -> Self {
        let (touch, light) = (Wire::default(), Wire::default());
        Self { flash, has_keys, rng: ChaCha20Rng::from_seed([seed; 32]), touch, light }
    }

    fn secret(key: AgreementKey) -> SecretKey {
        key_of(match key {
            AgreementKey::Channel => 41,
            AgreementKey::Sealing => 42,
        })
    }
}

/// The seed of the key that signs statements.
const IDENTITY: u8 = 40;

impl Platform for PaperBoard {
    type Flash = Flash;
    type Rng = ChaCha20Rng;
    type Touch = Wire;
    type Light = Wire;
    type Curve = Paper;

    fn board(&self) -> Board {
        Board { model: "paper", firmware: 1, class: Class::SIMULATOR, layout: LAYOUT }
    }

    fn flash(&mut self) -> &mut Flash {
        &mut self.flash
    }

    fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.rng
    }

    fn touch(&mut self) -> &mut Wire {
        &mut self.touch
    }

    fn light(&mut self) -> &mut Wire {
        &mut self.light
    }

    fn make_keys(&mut self) -> Result<(), PlatformError> {
        self.has_keys = true;
        Ok(())
    }

    fn public_keys(&mut self) -> Option<PublicKeys> {
        self.has_keys.then(|| PublicKeys {
            identity: Paper::public(&key_of(IDENTITY)),
            channel: Paper::public(&Self::secret(AgreementKey::Channel)),
            sealing: Paper::public(&Self::secret(AgreementKey::Sealing)),
        })
    }

    fn sign(&mut self, digest: &Hash) -> Result<Signature, PlatformError> {
        Ok(Paper::sign(&key_of(IDENTITY), digest, &[0; 32]))
    }

    fn agree(&mut self, key: AgreementKey, peer: &Key) -> Result<Secret, PlatformError> {
        Paper::agree(&Self::secret(key), peer).map_err(|_| PlatformError::BadKey)
    }

    fn derive(&mut self, label: Label) -> Result<Secret, PlatformError> {
        Ok(Secret::new(digest::plain(&[label.as_bytes()]).0))
    }
}
