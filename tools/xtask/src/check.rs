//! `cargo xtask check [WORD…]`: everything about the code that is not a test; with words, the parts they are in.

mod acquaintance;
mod advisories;
mod features;
mod no_std;
mod texts;

use std::process::Command;

use crate::{
    arm::Compiler,
    cargo::{self, cargo},
    checkout,
    parts::Parts,
    program::{self, Failed},
    prove::mutants,
};

pub(crate) fn run(words: &[String]) -> Result<(), Failed> {
    let (options, wanted): (Vec<_>, Vec<_>) = words.iter().cloned().partition(|word| word.starts_with("--"));
    let mut parts = Parts::only(wanted);
    let crates = cargo::crates(checkout::root())?;
    let boards = cargo::crates(&checkout::boards())?;
    let all: Vec<_> = crates.iter().chain(&boards).cloned().collect();

    parts.run("who may know whom", 1, || acquaintance::check(&all));
    parts.run("texts", 1, texts::check);
    parts.run("format", 1, format);
    parts.run("lints", 6, || {
        program::run(
            cargo(["clippy", "--workspace", "--all-targets", "--locked", "--keep-going"]).args(DENY_WARNINGS),
        )
    });
    parts.run("lints of the boards", 3, lint_boards);
    parts.run("docs", 4, || {
        program::run(
            cargo(["doc", "--workspace", "--no-deps", "--locked", "--quiet", "--keep-going"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
    parts.run("each feature alone", 4, || features::check(&crates));
    match Compiler::find() {
        Some(compiler) => {
            parts.run("what runs on a board needs no operating system", 4, || {
                no_std::check(&compiler, &crates)
            });
        }
        None => parts.cannot_run(
            "what runs on a board needs no operating system",
            "no compiler for ARM; `cargo xtask test` installs one",
            std::env::var_os("CI").is_some(),
        ),
    }
    mutants::check(&mut parts);
    advisories::check(&mut parts, options.iter().any(|word| word == "--install"));
    parts.end()
}

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// A board is linted as if this machine were it: that needs no compiler for ARM, and finds the same.
fn lint_boards() -> Result<(), Failed> {
    let version = program::ask(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failed::Found("rustc names no host".into()))?;
    let mut clippy = cargo(["clippy", "--release", "--locked", "--target", host]);
    clippy.current_dir(checkout::boards()).env("CARGO_TARGET_DIR", checkout::boards_target());
    program::run(clippy.args(DENY_WARNINGS))
}

fn format() -> Result<(), Failed> {
    program::run(&mut cargo(["fmt", "--all", "--check"]))?;
    program::run(cargo(["fmt", "--all", "--check"]).current_dir(checkout::boards()))
}
