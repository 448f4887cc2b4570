//! What survives power loss: a device's storage on flash that is cut, torn and tampered with.

pub mod image;
pub mod misfortune;
pub mod operations;
