//! A seeded sample of the power-loss proof; `prove-power` tries everything.

use holdfast_storage::Layout;
use holdfast_storage::model::{Chip, Depth, Rules, Sweep, scripts, sweep};

/// Small pages, so that every script turns many. Where a chip does not let a page be marked that was begun in vain,
/// a third cut in a row takes a fourth page in each ring.
fn layout(page: u32, rules: Rules) -> Layout {
    let ring = if rules.ecc { 4 } else { 3 };
    Layout { reserve: 0, ..Layout::consecutive(0, page, ring, ring, 21) }
}

fn check<const WORD: usize, const PAGE: usize>(rules: Rules, outcomes: u64) {
    let chip = Chip::<WORD, PAGE>::with_rules(29, rules);
    let mut total = Sweep::default();
    // A sample that met but one outcome is followed by another.
    for sample in 0..4 {
        for (place, script) in (0..).zip(scripts(3)) {
            // Each script is cut elsewhere: they have much in common, and what one misses another shall meet.
            let seed = u64::from(std::process::id()) + (sample * 64 + place) * 1_000_003;
            let depth = Depth::Sample { every: 7, outcomes, seed };
            let found = sweep(&script, &chip, layout(PAGE as u32, rules), depth);
            assert!(found.failures.is_empty(), "seed {seed}: {:#?}", found.failures);
            total.add(found);
        }
        if total.before > 0 && total.after > 0 {
            break;
        }
    }
    assert!(total.before > 0 && total.after > 0, "both outcomes occur: {total:?}");
    println!("{total:?}");
}

#[test]
fn no_cut_gives_back_a_unit_or_loses_a_record() {
    check::<4, 512>(Rules::NRF52, 2);
}

#[test]
fn nor_with_ecc() {
    check::<8, 512>(Rules::ECC, 2);
}

#[test]
fn nor_where_blank_flash_faults() {
    check::<16, 512>(Rules::LPC55, 2);
}
