//! Where things stand: the checkout that this program was built from, and where it builds.

use std::path::{Path, PathBuf};

/// The folder that holds everything.
pub(crate) fn root() -> &'static Path {
    // This crate stands two folders below the root.
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder)
}

/// The workspace of the boards, which has a target of its own.
pub(crate) fn boards() -> PathBuf {
    root().join("firmware/boards")
}

/// Where cargo builds what runs on this machine.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Where cargo builds what runs on a board. A folder apart: another compiler may build it.
pub(crate) fn boards_target() -> PathBuf {
    target().join("boards")
}
