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
