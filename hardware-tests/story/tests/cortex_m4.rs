//! The whole story, with the dongle as real ARM code on an emulated board.
//!
//! Needs QEMU and the board's program, whose path `cargo xtask test` gives in `HOLDFAST_QEMU_ELF`. Without it
//! the test says that it was skipped.

use std::io::{self, Write};
use std::path::PathBuf;

use holdfast::Reports;
use holdfast_links::qemu;
use holdfast_story::{Bench, InThisProcess, tell};

/// The board, powered up anew for each cable.
struct OnACortexM4 {
    elf: PathBuf,
    flash: PathBuf,
}

impl Bench for OnACortexM4 {
    fn cable(&mut self) -> io::Result<Box<dyn Reports>> {
        Ok(Box::new(qemu::start(&self.elf, &self.flash)?))
    }
}

fn told(bench: &mut dyn Bench) -> Vec<String> {
    let mut lines = Vec::new();
    tell(bench, &mut |line| lines.push(line.to_owned())).unwrap();
    lines
}

#[test]
fn the_story_passes_on_a_cortex_m4() {
    let Some(elf) = std::env::var_os("HOLDFAST_QEMU_ELF") else {
        // Past the test runner's capture: a test that did nothing must not look like one that passed.
        let line =
            "!!! SKIPPED: the_story_passes_on_a_cortex_m4 needs an ARM build; `cargo xtask test` makes it";
        let _ = writeln!(io::stderr(), "{line}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut board = OnACortexM4 { elf: elf.into(), flash: folder.path().join("dongle.flash") };
    let on_the_board = told(&mut board);
    // The same words, whatever the dongle is made of.
    assert_eq!(on_the_board, told(&mut InThisProcess::blank()));
}
