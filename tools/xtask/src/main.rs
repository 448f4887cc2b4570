//! `cargo xtask`: everything a contributor runs, each under one name.
//!
//! Alone it prints what there is. Each command has a file of its own; this one is the table of them.

mod arm;
mod board;
mod cargo;
mod check;
mod checkout;
mod demo;
mod image;
mod measure;
mod packages;
mod parts;
mod program;
mod prove;
mod test;

use std::process::ExitCode;

use program::Failed;

/// One line of the manual, and what it runs.
struct Command {
    name: &'static str,
    does: &'static str,
    takes: &'static str,
    installs: &'static str,
    run: fn(&[String]) -> Result<(), Failed>,
}

const COMMANDS: [Command; 5] = [
    Command {
        name: "demo",
        does: "tell one license's story on a simulated dongle",
        takes: "2 min, then seconds",
        installs: "nothing",
        run: demo::run,
    },
    Command {
        name: "test",
        does: "run every test, on this machine and on an emulated Cortex-M4",
        takes: "15 min, then 5",
        installs: packages::NAMES_FOR_TEST,
        run: test::run,
    },
    Command {
        name: "check",
        does: "format, lints, docs, features, who may know whom, texts, mutants of what changed, licenses; \
               with words such as `texts`: only that",
        takes: "10 min, then 3, and up to 5 for mutants",
        installs: "nothing; with --install: cargo-deny, by cargo (5 min more)",
        run: check::run,
    },
    Command {
        name: "measure",
        does: "count what a Cortex-M4 needs for what a dongle does most",
        takes: "3 min, then seconds",
        installs: packages::NAMES_FOR_TEST,
        run: measure::run,
    },
    Command {
        name: "prove",
        does: "the exhaustive proofs, of which `test` runs a sample; alone it lists them",
        takes: "see its list",
        installs: "python3 for the models; cargo-mutants, by cargo, for mutants",
        run: prove::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        print!("{}", manual());
        return ExitCode::SUCCESS;
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("There is no `cargo xtask {name}`.\n\n{}", manual());
        return ExitCode::FAILURE;
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("\ncargo xtask {name}: {failed}");
            ExitCode::FAILURE
        }
    }
}

/// What there is, one line each.
fn manual() -> String {
    let mut manual = String::from("cargo xtask …\n");
    for Command { name, does, takes, installs, .. } in &COMMANDS {
        manual += &format!("  {name:<7} {does}. Takes {takes}. Debian packages: {installs}.\n");
    }
    manual += "Times are for two cores, the first without anything built.\n";
    manual
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn the_manual_has_one_line_for_each_command() {
        for command in &COMMANDS {
            let lines = manual().lines().filter(|line| line.trim_start().starts_with(command.name)).count();
            assert_eq!(lines, 1, "{}", command.name);
        }
    }

    #[test]
    fn the_manual_names_every_package_that_a_test_may_install() {
        for package in packages::FOR_ARM.iter().chain(&packages::FOR_QEMU) {
            assert!(manual().contains(package.name), "{}", package.name);
        }
    }
}
