//! Every target over its seeds, its old findings and a seeded number of changed inputs.

use holdfast_fuzz::{TARGETS, smoke};
use std::path::Path;

#[test]
fn every_target_holds_on_its_seeds_and_on_changed_ones() {
    for target in TARGETS {
        smoke::search(target, target.smoke).unwrap();
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
