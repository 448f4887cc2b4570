//! The ways a test reaches a dongle: in this process, in another, under QEMU.
