//! `cargo xtask measure`: what a Cortex-M4 needs for what a dongle does most, in instructions.
//!
//! QEMU counts them, so every run gives the same figures; real time on a part follows from its frequency and
//! its flash. A limit, where there is one, is what the best known code needs for the same.

use std::{path::Path, process::Command};

use crate::{
    arm::Compiler,
    board, packages,
    program::{self, Failed},
};

/// Instructions of hand-written assembly for the same (p256-cortex-m4).
const LIMITS: [(&str, u64); 2] = [("sign", 270_000), ("verify a signature", 700_000)];

/// The frequency of an nRF52840, in instructions a millisecond at best.
const PER_MILLISECOND: f64 = 64_000.0;

pub(crate) fn run(_words: &[String]) -> Result<(), Failed> {
    let compiler = Compiler::find_or_install()?;
    packages::ensure(&packages::FOR_QEMU)?;
    print(&board::build(&compiler)?.measure)
}

/// Runs the measuring program and prints what it counted.
pub(crate) fn print(program: &Path) -> Result<(), Failed> {
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", "mps2-an386", "-icount", "shift=0", "-display", "none", "-monitor", "none"])
        .args(["-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(program);
    let output = program::run_and_keep(&mut qemu)?;
    let table = table(&output).ok_or_else(|| Failed::Found("the measuring program said nothing".into()))?;
    println!("\n{table}");
    Ok(())
}

/// The lines of the program as a table for people.
fn table(output: &str) -> Option<String> {
    let mut table = String::from(
        "| what | instructions | ms at 64 MHz | flash bytes read | of the limit |\n\
         | --- | ---: | ---: | ---: | ---: |\n",
    );
    let mut rows = 0;
    for line in output.lines() {
        let mut cells = line.split('\t');
        let (Some(name), Some(number)) = (cells.next(), cells.next()) else { continue };
        let number: u64 = number.parse().ok()?;
        rows += 1;
        if name.ends_with("bytes") {
            table += &format!("| {name} | {number} bytes | | | |\n");
            continue;
        }
        let limit = LIMITS.iter().find(|(of, _)| *of == name).map(|(_, limit)| number as f64 / *limit as f64);
        let limit = limit.map_or(String::new(), |ratio| format!("{ratio:.1} ×"));
        let read = cells.next().unwrap_or_default();
        let milliseconds = number as f64 / PER_MILLISECOND;
        table += &format!("| {name} | {number} | {milliseconds:.2} | {read} | {limit} |\n");
    }
    (rows > 0).then_some(table)
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_limit_and_noise_is_passed_over() {
        let table =
            table("QEMU says hello\nsign\t540000\nboot\t64000\t97764\nstack of facts, bytes\t312\n").unwrap();
        assert!(table.contains("| sign | 540000 | 8.44 |  | 2.0 × |\n"), "{table}");
        assert!(table.contains("| boot | 64000 | 1.00 | 97764 |  |\n"), "{table}");
        assert!(table.contains("| stack of facts, bytes | 312 bytes | | | |\n"), "{table}");
        assert!(!table.contains("hello"));
    }

    #[test]
    fn a_program_that_says_nothing_or_nonsense_has_no_table() {
        assert_eq!(table("hello\n"), None);
        assert_eq!(table("boot\tfast\n"), None);
    }
}
