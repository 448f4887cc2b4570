//! Licenses, bans, sources and known weaknesses of what we depend on, by `cargo-deny`.
//!
//! Its rules stand in `.cargo/deny.toml`. It takes five minutes to build, so it runs where it is already, or
//! where `--install` asks for it; and its list of weaknesses comes from the net, which not every machine has.

use std::{path::Path, process::Command};

use crate::{
    cargo::cargo,
    checkout,
    parts::Parts,
    program::{self, ask, on_path},
};

pub(crate) fn check(parts: &mut Parts, install: bool) {
    if install && !on_path("cargo-deny") {
        parts
            .run("cargo-deny, built", 10, || program::run(&mut cargo(["install", "cargo-deny", "--locked"])));
    }
    if !on_path("cargo-deny") {
        parts.cannot_run("licenses and sources", "cargo-deny is not installed; --install builds it", false);
        return;
    }
    for (workspace, title) in [
        (checkout::root().to_path_buf(), "licenses and sources"),
        (checkout::boards(), "the same of the boards"),
    ] {
        parts.run(title, 1, || {
            let check = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
            program::run(deny(&workspace).args(check))
        });
    }
    if ask(deny(checkout::root()).args(["fetch", "db"])).is_none() {
        parts.cannot_run("known weaknesses", "the list of them cannot be fetched", false);
        return;
    }
    parts.run("known weaknesses", 1, || program::run(deny(checkout::root()).args(["check", "advisories"])));
}

fn deny(workspace: &Path) -> Command {
    let mut deny = cargo(["deny", "--config"]);
    deny.arg(checkout::root().join(".cargo/deny.toml"));
    deny.arg("--manifest-path").arg(workspace.join("Cargo.toml"));
    deny
}
