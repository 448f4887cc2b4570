//! The Debian packages that tests need, and how a machine comes by them.
//!
//! On a Debian machine, as root, they are installed. Anywhere else one message names all that is missing and
//! the one command that installs it. A program that came another way is as good as a package.

use std::{path::Path, process::Command};

use crate::program::{self, Failed, ask};

/// A package, and how we see that a machine has what it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    brings: Brings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brings {
    /// A program of this name, from wherever.
    Program(&'static str),
    /// Files that only this package puts where we look for them.
    Files,
}

/// The compiler for ARM, where rustup has none: Debian's Rust, and the library sources to build `core` from.
pub(crate) const FOR_ARM: [Package; 3] = [
    Package { name: "rustc-web", brings: Brings::Files },
    Package { name: "cargo-web", brings: Brings::Files },
    Package { name: "rust-web-src", brings: Brings::Files },
];

/// The machine to run it on.
pub(crate) const FOR_QEMU: [Package; 1] =
    [Package { name: "qemu-system-arm", brings: Brings::Program("qemu-system-arm") }];

/// What the models of `docs/models` are written in; they need no more of it than the language.
pub(crate) const FOR_MODELS: [Package; 1] = [Package { name: "python3", brings: Brings::Program("python3") }];

/// All that `test` may install, for the manual.
pub(crate) const NAMES_FOR_TEST: &str =
    "qemu-system-arm, and rustc-web cargo-web rust-web-src where rustup has no ARM target";

/// What is to be done about packages that are missing.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Install(Vec<&'static str>),
    Ask(String),
}

/// Sees to it that the machine has what `wanted` brings. `Err` holds the message for a person: nothing was
/// installed, or not all of it.
pub(crate) fn ensure(wanted: &[Package]) -> Result<(), Failed> {
    let missing: Vec<_> =
        wanted.iter().filter(|package| !is_here(package)).map(|package| package.name).collect();
    match plan(missing, Path::new("/etc/debian_version").exists(), is_root()) {
        Plan::Nothing => Ok(()),
        Plan::Ask(message) => Err(Failed::Found(message)),
        Plan::Install(missing) => {
            eprintln!("Installing Debian packages: {}", missing.join(" "));
            program::run(apt_get().arg("update").arg("-qq"))?;
            program::run(apt_get().args(["install", "-y", "-qq", "--no-install-recommends"]).args(missing))
        }
    }
}

/// Whether Debian's package database says that all of these are installed.
pub(crate) fn all_installed(packages: &[Package]) -> bool {
    packages.iter().all(|package| is_installed(package.name))
}

fn plan(missing: Vec<&'static str>, debian: bool, root: bool) -> Plan {
    if missing.is_empty() {
        return Plan::Nothing;
    }
    if debian && root {
        return Plan::Install(missing);
    }
    let names = missing.join(" ");
    Plan::Ask(if debian {
        format!("missing Debian packages. Install them with\n    sudo apt-get install {names}")
    } else {
        format!(
            "missing: what Debian calls {names}. Install your system's packages of the same content; for the \
             ARM compiler, `rustup target add thumbv7em-none-eabihf` is enough"
        )
    })
}

fn is_here(package: &Package) -> bool {
    match package.brings {
        Brings::Program(name) => program::on_path(name),
        Brings::Files => is_installed(package.name),
    }
}

fn is_installed(name: &str) -> bool {
    ask(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", name]))
        .is_some_and(|status| status == "installed")
}

fn is_root() -> bool {
    ask(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_machine_that_has_everything_is_left_alone() {
        assert_eq!(plan(vec![], true, true), Plan::Nothing);
        assert_eq!(plan(vec![], false, false), Plan::Nothing);
    }

    #[test]
    fn only_root_on_debian_has_packages_installed_for_it() {
        assert_eq!(plan(vec!["a", "b"], true, true), Plan::Install(vec!["a", "b"]));
        for (debian, root) in [(true, false), (false, true), (false, false)] {
            assert!(matches!(plan(vec!["a", "b"], debian, root), Plan::Ask(_)));
        }
    }

    #[test]
    fn one_message_names_all_that_is_missing() {
        for debian in [true, false] {
            let Plan::Ask(message) = plan(vec!["first", "second"], debian, false) else {
                panic!("not asked")
            };
            assert!(message.contains("first second"), "{message}");
        }
    }
}
