//! How a host and a dongle talk: frames, the secure channel, commands.
//!
//! Three layers, each a sans-I/O state machine that knows nothing of the others:
//!
//! | module | what it does |
//! | --- | --- |
//! | [`frame`] | carries messages of up to 7,609 bytes in 64-byte reports, shared by several programs |
//! | [`channel`] | makes what a host and a dongle say to each other theirs alone |
//! | [`command`] | what a host may ask, and what it is answered |
//!
//! The bytes are published in `docs/protocol.md`, with test vectors under `shared/wire/vectors`.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod channel;
pub mod command;
pub mod frame;
