//! The emulated board: built, weighed against its budget, and handed to the tests that run on it.

use std::path::{Path, PathBuf};

use crate::{
    arm::{Compiler, TARGET},
    cargo::{self, Crate},
    checkout, image,
    program::{self, Failed},
};

/// The crate of the board that QEMU emulates.
const BOARD: &str = "holdfast-board-qemu";

/// The programs for the board, as files to start QEMU with.
pub(crate) struct Programs {
    /// The dongle, if there is one for this board.
    pub(crate) dongle: Option<PathBuf>,
    /// The board without a dongle on it.
    pub(crate) self_check: PathBuf,
    /// What counts its own instructions.
    pub(crate) measure: PathBuf,
    /// The bytes of stack that neither may ever pass.
    pub(crate) stack_budget: u64,
}

/// Builds the programs and weighs them. A budget that is passed is a failure.
pub(crate) fn build(compiler: &Compiler) -> Result<Programs, Failed> {
    program::run(compiler.cargo("build").args(["--release", "--locked", "--package", BOARD]))?;
    let boards = cargo::crates(&checkout::boards())?;
    let board = boards.iter().find(|it| it.name == BOARD);
    let board = board.ok_or_else(|| Failed::Found(format!("there is no crate {BOARD}")))?;
    let image_budget = budget(board, "image-bytes")?;
    let folder = checkout::boards_target().join(TARGET).join("release");
    for binary in &board.binaries {
        weigh(binary, &folder.join(binary), image_budget)?;
    }
    Ok(Programs {
        dongle: board.binaries.iter().find(|it| *it == "dongle").map(|binary| folder.join(binary)),
        self_check: folder.join("self-check"),
        measure: folder.join("measure"),
        stack_budget: budget(board, "stack-bytes")?,
    })
}

fn weigh(name: &str, elf: &Path, budget: u64) -> Result<(), Failed> {
    let bytes = std::fs::read(elf).map_err(|why| Failed::Found(format!("{}: {why}", elf.display())))?;
    let size = image::size(&bytes)
        .ok_or_else(|| Failed::Found(format!("{} is no image for a board", elf.display())))?;
    println!("{name}: {} bytes of flash, of {budget}; {} bytes of variables", size.flash, size.ram);
    if size.flash > budget {
        return Err(Failed::Found(format!("{name} is larger than its budget")));
    }
    Ok(())
}

/// A budget of the board, from its `Cargo.toml`.
fn budget(board: &Crate, name: &str) -> Result<u64, Failed> {
    let budget = board.numbers.get(&format!("budget.{name}"));
    budget.copied().ok_or_else(|| Failed::Found(format!("{BOARD} states no budget {name}")))
}
