//! The same dongle as an ordinary process.
