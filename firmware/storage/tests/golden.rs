//! Flash images of every released format, which every later firmware must mount.
//!
//! `cargo test -p holdfast-storage --test golden -- --ignored` writes those of the present format anew; only
//! before its first release.

use std::path::PathBuf;

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 18) };

fn key() -> Secret {
    Secret::new(*b"the storage key of golden images")
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// What the device of the images did.
fn steps() -> Vec<Step> {
    let named = |kind, number| Key { kind, id: [number; 16] };
    let mut steps = Vec::new();
    for number in 0..40 {
        steps.push(Step::Raise(number % 4, 10 + u32::from(number)));
        if number % 5 == 0 {
            steps.push(Step::Book(300));
            steps.push(Step::Commit(vec![
                Change::Put(named(1, number % 7), 30 + 3 * u16::from(number), number),
                Change::Put(named(200, 1), 32, number),
            ]));
        }
        if number % 15 == 7 {
            steps.push(Step::Commit(vec![Change::Delete(named(1, number % 7)), Change::Delete(named(1, 5))]));
            steps.push(Step::Idle);
        }
    }
    steps
}

/// Does the steps, with a power-up after every ninth; the last is cut where told.
fn make<const WORD: usize>(rules: Rules, cut: Option<(u64, Outcome)>) -> Chip<WORD, 512> {
    let mut chip = Chip::<WORD, 512>::with_rules(24, rules);
    Tested::format(&mut chip, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    for (session, steps) in steps().chunks(9).enumerate() {
        chip.remount(session as u64);
        let mut storage = Tested::mount(&mut chip, LAYOUT, &key()).unwrap();
        for step in steps {
            state.perform(step, &mut chip, &mut storage).unwrap();
            state = state.after(step);
        }
    }
    if let Some((at, outcome)) = cut {
        chip.remount(99);
        let mut storage = Tested::mount(&mut chip, LAYOUT, &key()).unwrap();
        let mounted = chip.operations();
        chip.cut(mounted + at, outcome);
        assert!(state.perform(&Step::Raise(0, 1), &mut chip, &mut storage).is_err());
    }
    chip
}

fn holds<const WORD: usize>(name: &str, rules: Rules) {
    let bytes = std::fs::read(path(name)).expect("golden images are kept for ever");
    let mut chip = Chip::<WORD, 512>::from_bytes(&bytes, rules);
    let mut state = steps().iter().fold(State::default(), |state, step| state.after(step));
    for session in 0..3 {
        chip.remount(session);
        let mut storage = Tested::mount(&mut chip, LAYOUT, &key()).unwrap();
        state.is_held_by(&mut chip, &storage).unwrap();
        let step = Step::Raise(1, 1);
        state.perform(&step, &mut chip, &mut storage).unwrap();
        state = state.after(&step);
    }
}

#[test]
fn version_1_with_four_byte_words_mounts() {
    holds::<4>("v1-words-of-4.bin", Rules::NRF52);
}

#[test]
fn version_1_with_a_charge_torn_mounts() {
    holds::<4>("v1-words-of-4-torn.bin", Rules::NRF52);
}

#[test]
fn version_1_with_sixteen_byte_words_mounts() {
    holds::<16>("v1-words-of-16.bin", Rules::ECC);
}

#[test]
#[ignore = "writes the golden images; only before the first release of a format"]
fn write_the_images() {
    std::fs::create_dir_all(path("")).unwrap();
    std::fs::write(path("v1-words-of-4.bin"), make::<4>(Rules::NRF52, None).bytes()).unwrap();
    std::fs::write(path("v1-words-of-16.bin"), make::<16>(Rules::ECC, None).bytes()).unwrap();
    let torn = make::<4>(Rules::NRF52, Some((0, Outcome::Prefix(40))));
    std::fs::write(path("v1-words-of-4-torn.bin"), torn.bytes()).unwrap();
}
