//! What the emulated board is made of: one file for each thing a real board would have as a chip or a pin.
//!
//! QEMU's `mps2-an386` is a Cortex-M4 with 25 MHz, serial ports and no USB device, no flash that survives
//! and no source of randomness. So reports travel over a serial port, flash is a file of the host that
//! every write reaches at once (to kill QEMU is to cut the power), and randomness is the host's. All else,
//! from the instructions of the curve arithmetic to the size of the stack, is as on the real part.
//!
//! The command line that starts it stands in this board's `README.md`.

#![no_std]

pub mod arguments;
pub mod clock;
pub mod emulated;
pub mod flash;
pub mod host_file;
pub mod map;
pub mod panic;
pub mod pins;
pub mod ram_flash;
pub mod randomness;
pub mod serial;
pub mod stack;
