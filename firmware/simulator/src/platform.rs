//! The board that the simulator pretends to be.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use holdfast_crypto::{Hash, Key, Label, RustCrypto, Secret, Signature};
use holdfast_document::Class;
use holdfast_dongle::{AgreementKey, Board, Platform, PlatformError, PublicKeys, SoftwareKeys};
use holdfast_storage::Layout;
use zeroize::Zeroizing;

use crate::error::SimulatorError;
use crate::flash::{Flash, PAGE};
use crate::pins::Wire;

/// Where the keys lie: the first page.
const KEYS: u32 = 0;

/// Behind the keys: 64 KiB of counters, 16 KiB of time, 512 KiB of records.
const LAYOUT: Layout = Layout::consecutive(PAGE as u32, PAGE as u32, 16, 4, 128);

/// Where randomness comes from.
#[derive(Clone, Copy, Debug)]
pub enum Randomness {
    /// The operating system seeds the generator.
    System,
    /// The same number gives the same story: keys, storage id, channels. Each power-up begins its sequence anew,
    /// so nothing that is to be kept may be made with it.
    Seeded(u64),
}

/// A board made of a process.
pub struct SimulatorPlatform {
    flash: Flash,
    rng: ChaCha20Rng,
    keys: SoftwareKeys,
    touch: Wire,
    light: Wire,
}

impl SimulatorPlatform {
    /// The board with this flash and these wires. It has keys if they were made on this flash.
    ///
    /// # Errors
    /// [`SimulatorError::NoRandomness`].
    pub fn new(
        mut flash: Flash,
        randomness: Randomness,
        touch: Wire,
        light: Wire,
    ) -> Result<Self, SimulatorError> {
        let mut seed = Zeroizing::new([0; 32]);
        match randomness {
            Randomness::System => getrandom::fill(seed.as_mut())?,
            Randomness::Seeded(number) => {
                seed.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
            }
        }
        flash.power_up();
        light.set(false);
        let keys = SoftwareKeys::load::<RustCrypto>(&mut flash, KEYS);
        Ok(Self { flash, rng: ChaCha20Rng::from_seed(*seed), keys, touch, light })
    }

    /// The flash, with all that the dongle kept.
    pub fn into_flash(self) -> Flash {
        self.flash
    }
}

impl Platform for SimulatorPlatform {
    type Flash = Flash;
    type Rng = ChaCha20Rng;
    type Touch = Wire;
    type Light = Wire;
    type Curve = RustCrypto;

    fn board(&self) -> Board {
        Board { model: "simulator", firmware: 1, class: Class::SIMULATOR, layout: LAYOUT }
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
        self.keys.make::<RustCrypto>(&mut self.flash, PAGE as u32, &mut self.rng)
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

#[cfg(test)]
mod laws {
    use embedded_hal::digital::{InputPin, OutputPin};
    use holdfast_crypto::{Curve, label};

    use super::*;
    use crate::fuse::Interruption;

    fn board(flash: Flash, randomness: Randomness) -> SimulatorPlatform {
        SimulatorPlatform::new(flash, randomness, Wire::default(), Wire::default()).unwrap()
    }

    fn blank(seed: u64) -> SimulatorPlatform {
        board(Flash::in_memory(), Randomness::Seeded(seed))
    }

    #[test]
    fn the_layout_fills_the_flash() {
        assert_eq!(LAYOUT.end() as usize, crate::flash::PAGES * PAGE);
    }

    #[test]
    fn keys_are_made_once_and_outlive_power() {
        let mut one = blank(1);
        assert_eq!(one.public_keys(), None, "a blank board");
        assert!(matches!(one.sign(&Hash([1; 32])), Err(PlatformError::NoKeys)));
        one.make_keys().unwrap();
        let keys = one.public_keys().unwrap();
        let derived = one.derive(label::STORAGE_KEY).unwrap();
        let mut one = board(one.into_flash(), Randomness::System);
        assert_eq!(one.public_keys(), Some(keys));
        assert!(one.derive(label::STORAGE_KEY).unwrap().matches(&derived));
        let digest = Hash([1; 32]);
        let signature = one.sign(&digest).unwrap();
        assert!(RustCrypto::verify(&keys.identity, &digest, &signature).is_ok());
    }

    #[test]
    fn a_cut_while_keys_are_made_leaves_a_blank_board() {
        // The erase of their page, and the write of the secret with its check.
        for operation in 1..=2 {
            let mut one = blank(1);
            one.flash().fuse().blow_at(operation, Interruption::PowerCut);
            assert_eq!(one.make_keys(), Err(PlatformError::Failed));
            let mut one = board(one.into_flash(), Randomness::Seeded(2));
            assert_eq!(one.public_keys(), None, "operation {operation}");
            one.make_keys().unwrap();
            assert!(one.public_keys().is_some());
        }
    }

    #[test]
    fn one_seed_makes_one_board_and_the_system_makes_another_each_time() {
        let keys = |randomness| {
            let mut one = board(Flash::in_memory(), randomness);
            one.make_keys().unwrap();
            one.public_keys().unwrap()
        };
        assert_eq!(keys(Randomness::Seeded(7)), keys(Randomness::Seeded(7)));
        assert_ne!(keys(Randomness::Seeded(7)), keys(Randomness::Seeded(8)));
        assert_ne!(keys(Randomness::System), keys(Randomness::System));
    }

    #[test]
    fn the_other_end_of_a_wire_is_the_wire() {
        let (touch, light) = (Wire::default(), Wire::default());
        let start = |flash| {
            SimulatorPlatform::new(flash, Randomness::Seeded(1), touch.clone(), light.clone()).unwrap()
        };
        let mut one = start(Flash::in_memory());
        assert!(one.touch().is_low().unwrap());
        touch.set(true);
        one.light().set_high().unwrap();
        assert!(one.touch().is_high().unwrap());
        assert!(light.high());
        let mut one = start(one.into_flash());
        assert!(!light.high(), "a dongle that starts is dark");
        assert!(one.touch().is_high().unwrap(), "and the finger still there");
    }
}
