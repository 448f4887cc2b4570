//! The `holdfast` command. It has nothing to offer yet, and says so.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("holdfast: no command is built yet; `cargo xtask demo` shows what there is");
    ExitCode::from(2)
}
