//! The same dongle as an ordinary process.
//!
//! For development, demo and tests: class *simulator*, so no license that asks for more trusts it, and whoever
//! can read the process or its file can read its keys. Its flash is a file or memory; every word reaches the
//! file before the next, so that killing the process at any moment is a power cut.
//!
//! ```
//! use holdfast_simulator::{Flash, power_down, power_up};
//!
//! let mut dongle = power_up(Flash::in_memory());
//! let nothing_asked = dongle.next_report(0);
//! assert!(nothing_asked.is_none());
//!
//! // Pull the plug and put it back: what is in flash survives.
//! let dongle = power_up(power_down(dongle));
//! ```
#![forbid(unsafe_code)]

pub mod error;
pub mod flash;
pub mod fuse;
pub mod pins;
pub mod platform;

pub use error::SimulatorError;
pub use flash::{Flash, FlashError};
pub use fuse::{Fuse, Interruption};
pub use pins::Wire;
pub use platform::{Randomness, SimulatorPlatform};

/// A dongle in this process. What it keeps survives in its [`Flash`].
pub type Simulator = holdfast_dongle::Port<SimulatorPlatform>;

/// Powers up a dongle on this flash, with a finger that never leaves its sensor.
///
/// # Panics
/// When the operating system gives no randomness; nothing here is safe to go on without it.
pub fn power_up(flash: Flash) -> Simulator {
    let touch = Wire::default();
    touch.set(true);
    let dongle = power_up_with(flash, Randomness::System, touch, Wire::default());
    dongle.expect("the operating system gives randomness")
}

/// The same with everything chosen.
///
/// # Errors
/// [`SimulatorError::NoRandomness`].
pub fn power_up_with(
    flash: Flash,
    randomness: Randomness,
    touch: Wire,
    light: Wire,
) -> Result<Simulator, SimulatorError> {
    Ok(Simulator::start(SimulatorPlatform::new(flash, randomness, touch, light)?))
}

/// Pulls the plug, and gives the flash back.
pub fn power_down(dongle: Simulator) -> Flash {
    dongle.into_platform().into_flash()
}
