//! Hands the memory map to the linker, from wherever cargo is started, and the stack's budget to the board.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::copy("memory.x", out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=memory.x");

    let manifest = fs::read_to_string("Cargo.toml")?;
    let budget = manifest.lines().find_map(|line| line.strip_prefix("stack-bytes = "));
    println!("cargo:rustc-env=STACK_BUDGET={}", budget.ok_or("Cargo.toml states no stack-bytes")?);
    println!("cargo:rerun-if-changed=Cargo.toml");
    Ok(())
}
