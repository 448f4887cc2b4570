//! `cargo xtask test`: every test, on this machine and on an emulated Cortex-M4, with all set-up.
//!
//! Tests that need the emulated board are ordinary cargo tests that are given its programs in environment
//! variables. Without them they say that they were skipped; here they must have run.

use crate::{
    arm::Compiler,
    board::{self, Programs},
    cargo::cargo,
    packages,
    parts::Parts,
    program::{self, Failed},
};

/// The tests that run on the emulated board: package, and the name that must have passed.
const ON_THE_BOARD: [(&str, &str); 2] = [
    ("xtask", "a_cortex_m4_answers_for_each_of_its_parts"),
    ("holdfast-story", "the_story_passes_on_a_cortex_m4"),
];

const ARM: &str = "tests on an emulated Cortex-M4";

pub(crate) fn run(_words: &[String]) -> Result<(), Failed> {
    let mut parts = Parts::default();
    parts.run("tests on this machine", 15, || program::run(&mut cargo(["test", "--workspace", "--locked"])));
    match arm_tools() {
        Ok(compiler) => {
            if let Some(programs) = parts.run("build for Cortex-M4", 5, || board::build(&compiler)) {
                parts.run(ARM, 5, || test_on_board(&programs));
            }
        }
        // A contributor may lack the tools; a machine that answers for everyone may not.
        Err(why) => parts.cannot_run(ARM, &why.to_string(), std::env::var_os("CI").is_some()),
    }
    parts.end()
}

fn arm_tools() -> Result<Compiler, Failed> {
    let compiler = Compiler::find_or_install()?;
    packages::ensure(&packages::FOR_QEMU)?;
    Ok(compiler)
}

fn test_on_board(programs: &Programs) -> Result<(), Failed> {
    for (package, name) in ON_THE_BOARD {
        let mut command = cargo(["test", "--locked", "--package", package, name, "--", "--nocapture"]);
        command
            .env("HOLDFAST_QEMU_ELF", &programs.dongle)
            .env("HOLDFAST_QEMU_SELF_CHECK_ELF", &programs.self_check);
        let output = program::run_and_keep(&mut command)?;
        if !passed(&output, name) {
            return Err(Failed::Found(format!("{package}: no test {name} has run on the board")));
        }
    }
    Ok(())
}

/// Whether cargo's output says that this very test passed, and that it was not skipped.
fn passed(output: &str, name: &str) -> bool {
    let ran = output.lines().any(|line| {
        line.strip_prefix("test ")
            .is_some_and(|rest| rest.starts_with(name) || rest.contains(&format!("::{name}")))
    });
    ran && output.contains("test result: ok. 1 passed")
}
