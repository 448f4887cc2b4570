//! The compiler for ARM boards, by whichever road this machine has.
//!
//! Most people have rustup and its target `thumbv7em-none-eabihf`. Where that cannot be had, Debian's Rust
//! with its library sources builds the same: it compiles `core` itself (`-Z build-std`, which needs
//! `RUSTC_BOOTSTRAP`), and takes its linker from the toolchain that rustup brought.

use std::{ffi::OsStr, path::PathBuf, process::Command};

use crate::{
    cargo::cargo,
    checkout, packages,
    program::{Failed, ask},
};

/// The target of every board we have.
pub(crate) const TARGET: &str = "thumbv7em-none-eabihf";

/// A way to compile for ARM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// The toolchain that runs this program has the target.
    Rustup,
    /// Debian's Rust, with a linker from elsewhere.
    Debian {
        /// `rust-lld` of the toolchain that runs this program.
        linker: PathBuf,
    },
}

impl Compiler {
    /// The compiler this machine has, if any.
    pub(crate) fn find() -> Option<Self> {
        choose(&rustup_targets(), packages::all_installed(&packages::FOR_ARM), rust_lld())
    }

    /// The compiler this machine has, installing Debian's if there is none.
    pub(crate) fn find_or_install() -> Result<Self, Failed> {
        if let Some(compiler) = Self::find() {
            return Ok(compiler);
        }
        packages::ensure(&packages::FOR_ARM)?;
        Self::find().ok_or_else(|| {
            Failed::Found("Debian's Rust needs the linker rust-lld of a toolchain from rustup".into())
        })
    }

    /// Cargo, set up to build for ARM in the workspace of the boards.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Rustup => cargo([subcommand]),
            Self::Debian { linker } => debian_cargo(subcommand, linker.as_os_str()),
        };
        command
            .arg(format!("--target={TARGET}"))
            .current_dir(checkout::boards())
            .env("CARGO_TARGET_DIR", checkout::boards_target())
            // Flags for this machine are not for a board; the board's own stand in its workspace.
            .env_remove("RUSTFLAGS");
        command
    }
}

fn debian_cargo(subcommand: &str, linker: &OsStr) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command
        .args([subcommand, "-Zbuild-std=core"])
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER", linker);
    command
}

fn choose(rustup_targets: &str, debian: bool, linker: Option<PathBuf>) -> Option<Compiler> {
    if rustup_targets.lines().any(|target| target.trim() == TARGET) {
        return Some(Compiler::Rustup);
    }
    linker.filter(|_| debian).map(|linker| Compiler::Debian { linker })
}

fn rustup_targets() -> String {
    ask(Command::new("rustup").args(["target", "list", "--installed"])).unwrap_or_default()
}

fn rust_lld() -> Option<PathBuf> {
    let sysroot = ask(Command::new("rustc").args(["--print", "sysroot"]))?;
    let hosts = std::fs::read_dir(PathBuf::from(sysroot.trim()).join("lib/rustlib")).ok()?;
    hosts.filter_map(Result::ok).map(|host| host.path().join("bin/rust-lld")).find(|path| path.is_file())
}

#[cfg(test)]
mod laws {
    use super::*;

    const LINKER: &str = "/toolchain/bin/rust-lld";

    #[test]
    fn the_target_of_rustup_comes_first() {
        let targets = "thumbv7em-none-eabihf\nx86_64-unknown-linux-gnu\n";
        assert_eq!(choose(targets, true, Some(LINKER.into())), Some(Compiler::Rustup));
        assert_eq!(choose(targets, false, None), Some(Compiler::Rustup));
    }

    #[test]
    fn a_target_whose_name_only_begins_alike_is_another() {
        assert_eq!(choose("thumbv7em-none-eabi\n", false, None), None);
    }

    #[test]
    fn debian_builds_only_with_a_linker() {
        let debian = Compiler::Debian { linker: LINKER.into() };
        assert_eq!(choose("", true, Some(LINKER.into())), Some(debian));
        assert_eq!(choose("", true, None), None);
        assert_eq!(choose("", false, Some(LINKER.into())), None);
    }
}
