//! `cargo xtask test`: every test, on this machine and on an emulated Cortex-M4, with all set-up.
//!
//! Tests that need the emulated board are ordinary cargo tests that are given its programs in environment
//! variables. Without them they say that they were skipped; here they must have run.

use crate::{
    arm::Compiler,
    board::{self, Programs},
    cargo::cargo,
    measure, packages,
    parts::Parts,
    program::{self, Failed},
    prove,
};

/// The tests of the board without a dongle on it, all of which must have run.
const OF_THE_BOARD: [&str; 3] = [
    "a_cortex_m4_answers_for_each_of_its_parts",
    "a_cortex_m4_keeps_its_keys_through_a_power_cut",
    "a_cortex_m4_never_gives_a_unit_back",
];
/// The tests of the dongle on the board.
const OF_THE_DONGLE: [&str; 1] = ["the_story_passes_on_a_cortex_m4"];

const ARM: &str = "tests on an emulated Cortex-M4";
const STORY: &str = "the story on an emulated Cortex-M4";

pub(crate) fn run(_words: &[String]) -> Result<(), Failed> {
    let mut parts = Parts::default();
    parts.run("tests on this machine", 15, || program::run(&mut cargo(["test", "--workspace", "--locked"])));
    parts.run("each break of a law still applies", 1, prove::laws::check);
    parts.run("a few breaks of laws are seen", 2, prove::laws::sample);
    match arm_tools() {
        Ok(compiler) => {
            if let Some(programs) = parts.run("build for Cortex-M4", 5, || board::build(&compiler)) {
                parts.run(ARM, 5, || run_on_board("xtask", &OF_THE_BOARD, &programs));
                parts.run("figures of a Cortex-M4", 1, || measure::print(&programs.measure));
                match &programs.dongle {
                    Some(_) => {
                        parts.run(STORY, 5, || run_on_board("holdfast-story", &OF_THE_DONGLE, &programs));
                    }
                    None => parts.cannot_run(STORY, "there is no dongle for this board yet", false),
                }
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

fn run_on_board(package: &str, tests: &[&str], programs: &Programs) -> Result<(), Failed> {
    let mut command = cargo(["test", "--locked", "--package", package, "cortex_m4", "--", "--nocapture"]);
    command
        .env("HOLDFAST_QEMU_SELF_CHECK_ELF", &programs.self_check)
        .env("HOLDFAST_QEMU_STACK_BUDGET", programs.stack_budget.to_string());
    if let Some(dongle) = &programs.dongle {
        command.env("HOLDFAST_QEMU_ELF", dongle);
    }
    let output = program::run_and_keep(&mut command)?;
    match tests.iter().find(|test| !has_run(&output, test)) {
        Some(test) => Err(Failed::Found(format!("{package}: no test {test} has run"))),
        None => Ok(()),
    }
}

/// Whether cargo's output has this test. Its failure shows elsewhere; this finds one that is gone.
fn has_run(output: &str, test: &str) -> bool {
    output.lines().filter_map(|line| line.strip_prefix("test ")).any(|line| {
        let name = line.split(' ').next().unwrap_or_default();
        name == test || name.ends_with(&format!("::{test}"))
    })
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_test_has_run_only_under_its_whole_name() {
        let output = "running 2 tests\ntest inner::here ... ok\ntest here_too ... ok\n";
        assert!(has_run(output, "here"));
        assert!(has_run(output, "here_too"));
        assert!(!has_run(output, "here_t"));
        assert!(!has_run(output, "running"));
        assert!(!has_run(output, "too"));
    }
}
