//! The emulated board: built, weighed against its budget, and handed to the tests that run on it.

use std::path::PathBuf;

use crate::{
    arm::{Compiler, TARGET},
    cargo, checkout, image,
    program::{self, Failed},
};

/// The crate of the board that QEMU emulates.
const BOARD: &str = "holdfast-board-qemu";

/// The programs for the board, as files to start QEMU with.
pub(crate) struct Programs {
    /// The dongle.
    pub(crate) dongle: PathBuf,
    /// The board alone, without a dongle on it.
    pub(crate) self_check: PathBuf,
}

/// Builds both programs and weighs the dongle. A budget that is passed is a failure.
pub(crate) fn build(compiler: &Compiler) -> Result<Programs, Failed> {
    program::run(compiler.cargo("build").args(["--release", "--locked", "--package", BOARD]))?;
    let folder = checkout::boards_target().join(TARGET).join("release");
    let programs = Programs { dongle: folder.join("dongle"), self_check: folder.join("self-check") };
    weigh(&programs.dongle)?;
    Ok(programs)
}

fn weigh(elf: &PathBuf) -> Result<(), Failed> {
    let bytes = std::fs::read(elf).map_err(|why| Failed::Found(format!("{}: {why}", elf.display())))?;
    let size = image::size(&bytes)
        .ok_or_else(|| Failed::Found(format!("{} is no image for a board", elf.display())))?;
    let budget = budget("image-bytes")?;
    println!("image: {} bytes of flash, of {budget}; {} bytes of variables", size.flash, size.ram);
    if size.flash > budget {
        return Err(Failed::Found("the image is larger than its budget".into()));
    }
    Ok(())
}

/// A budget of the board, from its `Cargo.toml`.
pub(crate) fn budget(name: &str) -> Result<u64, Failed> {
    let boards = cargo::crates(&checkout::boards())?;
    boards
        .iter()
        .find(|board| board.name == BOARD)
        .and_then(|board| board.numbers.get(&format!("budget.{name}")).copied())
        .ok_or_else(|| Failed::Found(format!("{BOARD} states no budget {name}")))
}
