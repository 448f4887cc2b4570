//! The demo: the whole story, with the dongle in this process.

use holdfast_story::{InThisProcess, tell};

fn main() -> Result<(), holdfast_story::Problem> {
    tell(&mut InThisProcess::blank(), &mut |line| println!("{line}"))?;
    println!();
    println!("Change the offer in hardware-tests/catalogue/src/lib.rs and run this again;");
    println!("`cargo xtask` lists what else there is.");
    Ok(())
}
