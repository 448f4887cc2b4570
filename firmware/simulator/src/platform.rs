//! The simulator as a platform: file, operating system's randomness, a touch that is always given.

use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use holdfast_crypto::{Hash, Key, Label, RustCrypto, Secret, Signature};
use holdfast_document::Class;
use holdfast_dongle::{AgreementKey, Board, Platform, PlatformError, PublicKeys, SoftwareKeys};
use holdfast_storage::Layout;
use rand_core::{TryCryptoRng, TryRng};

use crate::Flash;
use crate::flash::PAGE;

/// Keys in the first page, storage behind it.
const LAYOUT: Layout = Layout::consecutive(PAGE, PAGE, 16, 4, 128);

/// What stands in for a board.
pub struct SimulatorPlatform {
    flash: Flash,
    keys: SoftwareKeys,
    rng: SystemRandomness,
    touch: AlwaysTouched,
    light: Dark,
}

impl SimulatorPlatform {
    /// On this flash.
    pub fn new(mut flash: Flash) -> Self {
        let keys = SoftwareKeys::load::<RustCrypto>(&mut flash, 0);
        Self { flash, keys, rng: SystemRandomness, touch: AlwaysTouched, light: Dark }
    }

    /// The flash, with all that the dongle kept.
    pub fn into_flash(self) -> Flash {
        self.flash
    }
}

impl Platform for SimulatorPlatform {
    type Flash = Flash;
    type Rng = SystemRandomness;
    type Touch = AlwaysTouched;
    type Light = Dark;
    type Curve = RustCrypto;

    fn board(&self) -> Board {
        Board { model: "simulator", firmware: 1, class: Class::SIMULATOR, layout: LAYOUT }
    }

    fn flash(&mut self) -> &mut Flash {
        &mut self.flash
    }

    fn rng(&mut self) -> &mut SystemRandomness {
        &mut self.rng
    }

    fn touch(&mut self) -> &mut AlwaysTouched {
        &mut self.touch
    }

    fn light(&mut self) -> &mut Dark {
        &mut self.light
    }

    fn make_keys(&mut self) -> Result<(), PlatformError> {
        self.keys.make::<RustCrypto>(&mut self.flash, PAGE, &mut self.rng)
    }

    fn public_keys(&mut self) -> Option<PublicKeys> {
        self.keys.public()
    }

    fn sign(&mut self, digest: &Hash) -> Result<Signature, PlatformError> {
        self.keys.sign::<RustCrypto>(digest, &mut self.rng)
    }

    fn agree(&mut self, key: AgreementKey, peer: &Key) -> Result<Secret, PlatformError> {
        self.keys.agree::<RustCrypto>(key, peer)
    }

    fn derive(&mut self, label: Label) -> Result<Secret, PlatformError> {
        self.keys.derive(label)
    }
}

/// The operating system's randomness. Without it nothing here is safe to go on, so its failure
/// ends the process.
pub struct SystemRandomness;

impl TryRng for SystemRandomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(getrandom::u32().expect("the operating system gives randomness"))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(getrandom::u64().expect("the operating system gives randomness"))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        getrandom::fill(bytes).expect("the operating system gives randomness");
        Ok(())
    }
}

impl TryCryptoRng for SystemRandomness {}

/// A finger that never leaves the sensor.
pub struct AlwaysTouched;

impl ErrorType for AlwaysTouched {
    type Error = Infallible;
}

impl InputPin for AlwaysTouched {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(true)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// A light that nobody sees.
pub struct Dark;

impl ErrorType for Dark {
    type Error = Infallible;
}

impl OutputPin for Dark {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
