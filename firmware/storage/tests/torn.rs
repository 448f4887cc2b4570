//! Stories of torn words that once went wrong, told again.

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 4, 4, 18) };

type Flash = Chip<16, 512>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// A mount that is cut; `None` if it was over before.
fn cut_mount(flash: &Flash, reading: u64, at: u64) -> Option<Flash> {
    let mut flash = flash.clone();
    flash.remount(reading);
    flash.cut(at, Outcome::Nothing);
    Tested::mount(&mut flash, LAYOUT, &key()).is_err().then_some(flash)
}

/// A granule of a record's piece is torn, so its body was never begun. A mount that reads it copies it to a fresh page
/// and is cut; at the next the original is garbage, and only the copy says that the transaction was begun.
#[test]
fn a_transaction_of_which_only_a_copy_can_be_read_never_happened() {
    let named = |kind| Key { kind, id: [1; 16] };
    let put = |kind, length, fill| Step::Commit(vec![Change::Put(named(kind), length, fill)]);
    let mut flash = Flash::with_rules(26, Rules::LPC55);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    for step in [put(1, 90, 1), put(200, 32, 2)] {
        state.perform(&step, &mut flash, &mut storage).unwrap();
        state = state.after(&step);
    }
    flash.power_off();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    let mounted = flash.operations();
    flash.cut(mounted, Outcome::Marginal);
    assert!(state.perform(&put(200, 32, 3), &mut flash, &mut storage).is_err());

    let mut tried = 0;
    for reading in 0..120 {
        for at in 0.. {
            let Some(mut flash) = cut_mount(&flash, reading, at) else { break };
            for again in 0..4 {
                tried += 1;
                flash.remount(reading * 31 + again);
                let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
                let held = state.is_held_by(&mut flash, &storage);
                held.unwrap_or_else(|why| panic!("read by {reading}, cut at {at}, mount {again}: {why}"));
                flash.power_off();
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// A granule of a long piece is torn, and what is written later reaches to where its body would lie. One day it reads
/// right.
#[test]
fn a_piece_that_never_was_hides_nothing() {
    const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 18) };
    let put = |id, length| Step::Commit(vec![Change::Put(Key { kind: 1, id: [id; 16] }, length, id)]);
    let mut flash = Chip::<4, 512>::with_rules(24, Rules::NRF52);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    flash.cut(flash.operations(), Outcome::Marginal);
    assert!(State::default().perform(&put(1, 320), &mut flash, &mut storage).is_err());

    for first in 0..4 {
        let mut flash = flash.clone();
        let mut state = State::default();
        flash.remount(first);
        let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
        for id in 2..6 {
            state.perform(&put(id, 8), &mut flash, &mut storage).unwrap();
            state = state.after(&put(id, 8));
        }
        flash.power_off();
        for later in 0..300 {
            let mut flash = flash.clone();
            flash.remount(later);
            let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
            let held = state.is_held_by(&mut flash, &storage);
            held.unwrap_or_else(|why| panic!("read by {first}, then by {later}: {why}"));
        }
    }
}
