//! Short scripts with every cut, and every second one in the recovery from it: what a sample of the power-loss proof
//! meets by luck is met here each time. And the smallest rings that stand a second cut.

use holdfast_storage::Layout;
use holdfast_storage::model::{Chip, Depth, Rules, Script, short_scripts, sweep};

/// This one takes as long as all others; the proof cuts it.
const LONGEST: &str = "a secret superseded, deleted and erased";
const AT_THE_END: &str = "charges at the end of a page";

fn every_second_cut<const WORD: usize>(
    chip: &Chip<WORD, 512>,
    ring: u16,
    is_meant: impl Fn(&Script) -> bool,
) {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, ring, ring, 21) };
    let mut tried = 0;
    for script in short_scripts().into_iter().filter(is_meant) {
        let found = sweep(&script, chip, layout, Depth::Exhaustive { one_third_in: 0 });
        println!("{}: {found:?}", script.name);
        assert!(found.failures.is_empty(), "{}: {:#?}", script.name, found.failures.first());
        let changes = script.name != "a transaction dropped";
        assert_eq!((found.before > 0, found.after > 0), (changes, changes), "{}: {found:?}", script.name);
        assert!(found.second_cuts > 1000 && found.third_cuts == 0, "{}: {found:?}", script.name);
        tried += 1;
    }
    assert!(tried > 0);
}

#[test]
fn where_a_word_is_written_twice() {
    every_second_cut(&Chip::<4, 512>::with_rules(27, Rules::NRF52), 3, |it| it.name != LONGEST);
}

#[test]
fn with_ecc() {
    every_second_cut(&Chip::<8, 512>::with_rules(29, Rules::ECC), 4, |it| it.name != LONGEST);
}

#[test]
fn where_blank_flash_faults() {
    every_second_cut(&Chip::<16, 512>::with_rules(29, Rules::LPC55), 4, |it| it.name != LONGEST);
}

/// A chip that lets no page be marked that was begun in vain.
#[test]
fn of_three_pages() {
    every_second_cut(&Chip::<16, 512>::with_rules(27, Rules::LPC55), 3, |it| it.name == AT_THE_END);
}

#[test]
fn of_four_pages_one_of_which_is_dead() {
    let mut chip = Chip::<16, 512>::with_rules(29, Rules::LPC55);
    chip.fail_erases_of(2);
    every_second_cut(&chip, 4, |it| it.name == AT_THE_END);
}
