//! The wire: frames from both ends, the secure channel, every command.

pub mod command;
pub mod device_frames;
pub mod handshake;
pub mod host_frames;
mod report;
pub mod sealed;
