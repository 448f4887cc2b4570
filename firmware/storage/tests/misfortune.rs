//! Records held to a map, and charges and time to a list, while pages can no longer be erased, records decay, and power
//! fails at any operation.

use holdfast_storage::model::misfortune::records::{Misfortune, tell};
use holdfast_storage::model::misfortune::rings;
use holdfast_storage::model::{Chance, Rules};

const STEPS: usize = 300;

fn stories<const WORD: usize>(misfortune: &Misfortune, seeds: impl IntoIterator<Item = u64>) {
    let (mut refused, mut steps) = (0, 0);
    for seed in seeds {
        println!("seed {seed}");
        let told = tell::<WORD>(misfortune, &mut Chance::new(seed), STEPS);
        (refused, steps) = (refused + told.refused, steps + told.steps);
    }
    assert!(refused < steps / 2, "there was room: {refused} of {steps}");
}

/// A page dies, and then a byte behind the beginning of a body decays.
fn ecc(byte: usize) -> Misfortune {
    Misfortune { rules: Rules::ECC, pages: 19, deaths: vec![50], decays: vec![(60, byte)], power_fails: true }
}

#[test]
fn a_page_dies_a_value_decays_and_power_fails() {
    // The last is one in which the page before a dead one is to go.
    stories::<8>(&ecc(40), (0..200).chain([536]));
}

#[test]
fn a_page_dies_what_stands_before_a_value_decays_and_power_fails() {
    stories::<8>(&ecc(20), 0..200);
}

#[test]
fn a_page_dies_and_a_value_decays() {
    stories::<8>(&Misfortune { power_fails: false, ..ecc(40) }, 0..40);
}

/// A move of a record in several pieces that had to stop, since another on the page cannot be read.
#[test]
fn a_page_dies_and_a_value_decays_where_words_are_written_twice() {
    stories::<4>(&Misfortune { rules: Rules::NRF52, ..ecc(40) }, (80..90).chain([1161]));
}

/// The last is one in which the word that a transaction never happened could be read in its copy on the next page alone.
#[test]
fn two_pages_die_and_a_value_decays() {
    stories::<8>(&Misfortune { pages: 21, deaths: vec![50, 80], ..ecc(40) }, (0..40).chain([5451]));
}

/// Two pages die, and three records decay. The seeds are of stories in which a page came back whose burn was cut short, and
/// in which copies of a deletion, or of the word that a transaction never happened, filled a device.
#[test]
fn much_goes_wrong() {
    let much = |rules| Misfortune {
        rules,
        pages: 23,
        deaths: vec![50, 80],
        decays: vec![(60, 40), (85, 20), (110, 33)],
        power_fails: true,
    };
    stories::<4>(&much(Rules::NRF52), (0..20).chain([27, 43]));
    stories::<8>(&much(Rules::ECC), (0..20).chain([262, 1845]));
    stories::<16>(&much(Rules::LPC55), 0..20);
}

#[test]
fn power_fails_where_words_are_written_twice_and_little_is_free() {
    let little = Misfortune { rules: Rules::NRF52, pages: 16, deaths: vec![], decays: vec![], ..ecc(40) };
    stories::<4>(&little, 0..40);
}

#[test]
fn a_page_of_a_ring_dies_and_power_fails() {
    fn stories<const WORD: usize>(rules: Rules, pages: u16, deaths: &[usize]) {
        for seed in 0..12 {
            println!("seed {seed}, {pages} pages");
            let misfortune = rings::Misfortune { rules, pages, deaths: deaths.to_vec(), power_fails: true };
            let told = rings::tell::<WORD>(&misfortune, &mut Chance::new(seed), STEPS);
            assert!(told.refused < told.steps / 2, "{told:?}");
        }
    }
    stories::<4>(Rules::NRF52, 3, &[]);
    stories::<4>(Rules::NRF52, 4, &[60]);
    stories::<8>(Rules::ECC, 5, &[60]);
    stories::<8>(Rules::ECC, 6, &[60, 90]);
    stories::<16>(Rules::LPC55, 5, &[60]);
}
