//! What a dongle does: commands, sessions, policy.
#![no_std]

pub mod platform;
pub mod software_keys;

pub use platform::{AgreementKey, Board, Platform, PlatformError, PublicKeys};
pub use software_keys::SoftwareKeys;
