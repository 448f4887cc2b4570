//! Every target over its seeds, its old findings and a seeded number of changed inputs.

use holdfast_fuzz::mutate::Mutator;
use holdfast_fuzz::{TARGETS, Target, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What picks the changes; another number makes other inputs.
const SEED: u64 = 0x0001_f022;

fn run(target: &Target, input: &[u8], what: &str) {
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(ran.is_ok(), "{}: {what} is a finding: {}", target.name, holdfast_crypto::bytes::Hex(input));
}

#[test]
fn every_target_holds_on_its_seeds_and_on_changed_ones() {
    for target in TARGETS {
        let mut inputs = (target.seeds)();
        assert!(!inputs.is_empty(), "{}: there are no seeds", target.name);
        for (number, input) in inputs.iter().enumerate() {
            assert!(
                input.len() <= target.longest,
                "{}: seed {number} has {} bytes",
                target.name,
                input.len()
            );
            run(target, input, &format!("seed {number}"));
        }
        for input in seeds::findings(target.name) {
            run(target, &input, "an old finding");
            inputs.push(input);
        }
        let mut mutator = Mutator::new(SEED, inputs, target.longest);
        for number in 0..target.smoke {
            run(target, &mutator.next_input(), &format!("changed input {number} of seed {SEED:#x}"));
        }
    }
}

#[test]
fn every_target_has_a_binary_for_libfuzzer_and_the_reverse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer/fuzz_targets");
    let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let found: Vec<_> = found.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    let mut expected: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
