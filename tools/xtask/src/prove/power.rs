//! `cargo xtask prove power`: power may fail at any instant of any write.
//!
//! The proof is a program of `holdfast-storage`; this starts it.

use crate::{
    cargo::cargo,
    program::{self, Failed},
};

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    let storage = ["run", "--release", "--locked", "--package", "holdfast-storage", "--features", "model"];
    program::run(cargo(storage).args(["--bin", "prove-power", "--"]).args(words))
}
