//! Each feature of each crate, alone: a crate that builds only in company breaks for whoever takes it apart.

use crate::{
    cargo::{Crate, cargo},
    program::{self, Failed},
};

pub(crate) fn check(crates: &[Crate]) -> Result<(), Failed> {
    for it in crates {
        let without = std::iter::once(None);
        for feature in without.chain(it.features.iter().map(Some)) {
            let mut command = cargo(["check", "--quiet", "--locked", "--no-default-features"]);
            command.args(["--package", &it.name]);
            if let Some(feature) = feature {
                command.args(["--features", feature]);
            }
            program::run(&mut command)?;
        }
    }
    Ok(())
}
