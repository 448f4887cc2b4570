//! The same dongle as an ordinary process.
//!
//! For development, demo and tests: class *simulator*, so no license that asks for more trusts it,
//! and always a development device. Its flash is a file or memory; every write reaches the file at
//! once, so that killing the process at any moment is a power cut.
//!
//! ```
//! use holdfast_simulator::{Flash, power_up};
//!
//! let mut dongle = power_up(Flash::in_memory());
//! let nothing_asked = dongle.next_report(0);
//! assert!(nothing_asked.is_none());
//! ```
#![forbid(unsafe_code)]

pub mod flash;
pub mod platform;

pub use flash::Flash;
pub use platform::SimulatorPlatform;

/// A dongle in this process. What it keeps survives in its [`Flash`].
pub type Simulator = holdfast_dongle::Port<SimulatorPlatform>;

/// Powers up a dongle on this flash.
pub fn power_up(flash: Flash) -> Simulator {
    Simulator::start(SimulatorPlatform::new(flash))
}

/// Pulls the plug, and gives the flash back.
pub fn power_down(dongle: Simulator) -> Flash {
    dongle.into_platform().into_flash()
}
