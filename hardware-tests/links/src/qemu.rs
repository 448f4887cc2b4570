//! A dongle on an emulated board, whose power can be cut.
//!
//! The board's own page, `firmware/boards/qemu/README.md`, says what travels over its cable and what its
//! command line means.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::Process;

/// Starts QEMU with the program `elf` on the board, its flash in a file. Dropping it cuts the power.
///
/// What the board has to say, such as why it stopped, appears on standard error.
///
/// # Errors
/// Those of starting QEMU.
pub fn start(elf: &Path, flash: &Path) -> io::Result<Process> {
    // A comma within a value is written twice.
    let flash = flash.display().to_string().replace(',', ",,");
    let words =
        format!("enable=on,target=native,arg=board,arg=touch=always,arg=stack=show,arg=flash={flash}");
    Process::plugged(
        Command::new("qemu-system-arm")
            .args(["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "stdio"])
            .args(["-semihosting-config", &words, "-kernel"])
            .arg(elf),
    )
}
