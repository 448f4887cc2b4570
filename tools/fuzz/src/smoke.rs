//! A search without libFuzzer: seeds, old findings, and a seeded number of changed inputs.

use crate::mutate::Mutator;
use crate::{Target, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What picks the changes; another number makes other inputs.
pub const SEED: u64 = 0x0001_f022;

/// Runs a target over its seeds, its old findings and so many changed inputs.
///
/// # Errors
/// The first input that is a finding, in hexadecimal, and where it comes from.
pub fn search(target: &Target, changed: u64) -> Result<(), String> {
    let mut inputs = (target.seeds)();
    if inputs.is_empty() {
        return Err(format!("{}: there are no seeds", target.name));
    }
    for (number, input) in inputs.iter().enumerate() {
        if input.len() > target.longest {
            return Err(format!("{}: seed {number} has {} bytes", target.name, input.len()));
        }
        run(target, input, &format!("seed {number}"))?;
    }
    for input in seeds::findings(target.name) {
        run(target, &input, "an old finding")?;
        inputs.push(input);
    }
    let mut mutator = Mutator::new(SEED, inputs, target.longest);
    for number in 0..changed {
        run(target, &mutator.next_input(), &format!("changed input {number} of seed {SEED:#x}"))?;
    }
    Ok(())
}

fn run(target: &Target, input: &[u8], what: &str) -> Result<(), String> {
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let hexadecimal = holdfast_crypto::bytes::Hex(input);
    ran.map_err(|_| format!("{}: {what} is a finding: {hexadecimal}", target.name))
}
