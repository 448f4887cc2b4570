//! `cargo xtask demo`: builds what the demo needs and no more, then tells the story.
//!
//! What the build says goes to standard error; standard output is the story alone.

use std::process::Command;

use crate::{
    cargo::cargo,
    checkout,
    program::{self, Failed},
};

pub(crate) fn run(words: &[String]) -> Result<(), Failed> {
    eprintln!("Building the demo: about two minutes the first time, on two cores.");
    program::run(&mut cargo(["build", "--package=holdfast-story", "--bin=story"]))?;
    program::run(Command::new(built("story")).args(words))
}

fn built(binary: &str) -> std::path::PathBuf {
    checkout::target().join("debug").join(format!("{binary}{}", std::env::consts::EXE_SUFFIX))
}
