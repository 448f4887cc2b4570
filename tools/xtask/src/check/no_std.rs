//! What runs on a board needs no operating system: each crate that a dongle is made of is compiled for a
//! processor that has none. `#![no_std]` alone does not show it; a dependency may pull the standard library in.

use crate::{
    arm::Compiler,
    cargo::Crate,
    checkout,
    program::{self, Failed},
};

/// Stands in for a dongle on a desktop, so it needs the desktop.
const ON_A_DESKTOP: [&str; 1] = ["holdfast-simulator"];

pub(crate) fn check(compiler: &Compiler, crates: &[Crate]) -> Result<(), Failed> {
    for it in crates.iter().filter(|it| runs_on_a_board(it)) {
        let mut command = compiler.cargo("check");
        command.args(["--quiet", "--locked", "--lib", "--package", &it.name, "--manifest-path"]);
        program::run(command.arg(checkout::root().join("Cargo.toml")))?;
    }
    Ok(())
}

fn runs_on_a_board(it: &Crate) -> bool {
    (it.folder.starts_with("shared") || it.folder.starts_with("firmware"))
        && !ON_A_DESKTOP.contains(&it.name.as_str())
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_crate_runs_on_a_board_by_its_folder() {
        let runs = |name: &str, folder: &str| {
            runs_on_a_board(&Crate {
                name: name.into(),
                folder: folder.into(),
                knows: vec![],
                features: vec![],
                binaries: vec![],
                tests: vec![],
                numbers: Default::default(),
            })
        };
        assert!(runs("holdfast-wire", "shared/wire"));
        assert!(runs("holdfast-dongle", "firmware/dongle"));
        assert!(!runs("holdfast-simulator", "firmware/simulator"));
        assert!(!runs("holdfast", "host/sdk"));
    }
}
