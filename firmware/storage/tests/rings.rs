//! The smallest rings that stand a second cut: every cut and every second one at the end of a page, where a chip lets
//! no page be marked that was begun in vain, and where it does.

use holdfast_storage::Layout;
use holdfast_storage::model::{Chip, Depth, Rules, short_scripts, sweep};

fn every_cut<const WORD: usize>(chip: &Chip<WORD, 512>, ring: u16) {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, ring, ring, 18) };
    let scripts = short_scripts();
    let script = scripts.iter().find(|script| script.name == "charges at the end of a page").unwrap();
    let found = sweep(script, chip, layout, Depth::Exhaustive { one_third_in: 0 });
    assert!(found.failures.is_empty(), "{:#?}", found.failures.first());
    assert!(found.before > 1000 && found.after > 100, "{found:?}");
    println!("{found:?}");
}

#[test]
fn of_three_pages_where_a_word_is_written_twice() {
    every_cut(&Chip::<4, 512>::with_rules(24, Rules::NRF52), 3);
}

#[test]
fn of_three_pages() {
    every_cut(&Chip::<16, 512>::with_rules(24, Rules::LPC55), 3);
}

#[test]
fn of_four_pages_one_of_which_is_dead() {
    let mut chip = Chip::<16, 512>::with_rules(26, Rules::LPC55);
    chip.fail_erases_of(2);
    every_cut(&chip, 4);
}
