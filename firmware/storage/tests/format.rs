//! What a format promises: everything is forgotten, or it was cut short and nobody is deceived.

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout, StorageError};

/// A ring of three pages needs a chip whose words are written twice.
const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 18) };

type Flash = Chip<4, 512>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// A device that has been in use: records over many pages, some of them deleted.
fn used<const WORD: usize>(rules: Rules) -> (Chip<WORD, 512>, State) {
    let mut flash = Chip::with_rules(24, rules);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    let named = |number| Key { kind: 1, id: [number; 16] };
    for number in 0..40u8 {
        let change = if number % 4 == 3 {
            Change::Delete(named(number % 9))
        } else {
            Change::Put(named(number % 9), 90, number)
        };
        for step in [Step::Commit(vec![change]), Step::Raise(number % 4, 3), Step::Book(60)] {
            state.perform(&step, &mut flash, &mut storage).unwrap();
            state = state.after(&step);
        }
    }
    flash.power_off();
    (flash, state)
}

#[test]
fn a_format_forgets_everything_but_the_wear() {
    let (mut flash, _) = used::<4>(Rules::NRF52);
    let erases: Vec<u32> = (0..24).map(|page| flash.erases(page)).collect();
    flash.remount(0);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    State::default().is_held_by(&mut flash, &storage).unwrap();
    let most = (0..3).map(|page| flash.erases(page)).max();
    assert_eq!(Some(storage.health().counters.most), most, "{erases:?}");
}

/// Cut at any operation, a format left everything, or nothing, or what does not mount; and it can be done again. However
/// often words that were torn read anew.
fn nobody_is_deceived_by_a_cut<const WORD: usize>(rules: Rules) {
    let (flash, state) = used::<WORD>(rules);
    let mut whole = flash.clone();
    whole.remount(0);
    Tested::format(&mut whole, LAYOUT, &key()).unwrap();
    let (mut refused, mut former, mut fresh) = (0, 0, 0);
    for at in 0..whole.operations() {
        for outcome in [Outcome::Nothing, Outcome::All, Outcome::Marginal, Outcome::Subset(at)] {
            let what = format!("cut at {at} leaving {outcome:?}");
            let mut flash = flash.clone();
            flash.remount(0);
            flash.cut(at, outcome);
            assert!(Tested::format(&mut flash, LAYOUT, &key()).is_err());
            for reading in 0..if flash.is_marginal() { 30 } else { 1 } {
                let mut flash = flash.clone();
                flash.remount(at * 31 + reading);
                let mut mounted = flash.clone();
                match Tested::mount(&mut mounted, LAYOUT, &key()) {
                    Err(StorageError::Blank | StorageError::Damaged) => refused += 1,
                    Err(error) => panic!("{what}: {error}"),
                    Ok(storage) if state.is_held_by(&mut mounted, &storage).is_ok() => former += 1,
                    Ok(storage) => {
                        let held = State::default().is_held_by(&mut mounted, &storage);
                        held.unwrap_or_else(|why| panic!("{what}, read by {reading}: {why}"));
                        fresh += 1;
                    }
                }
                // Whether it was mounted between or not.
                for mut flash in [flash, mounted] {
                    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
                    flash.remount(reading);
                    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
                    let held = State::default().is_held_by(&mut flash, &storage);
                    held.unwrap_or_else(|why| panic!("{what}, read by {reading}, done again: {why}"));
                }
            }
        }
    }
    assert!(refused > 0 && former > 0 && fresh > 0, "{refused}, {former}, {fresh}");
}

#[test]
fn a_format_cut_short_leaves_no_device_that_forgot_a_part() {
    nobody_is_deceived_by_a_cut::<4>(Rules::NRF52);
}

#[test]
fn nor_where_a_header_cannot_be_burned() {
    nobody_is_deceived_by_a_cut::<8>(Rules::ECC);
    nobody_is_deceived_by_a_cut::<16>(Rules::LPC55);
}

/// A page that a format had begun to erase looks erased to the next format, and reads as before at a mount after that.
#[test]
fn what_a_cut_format_left_to_look_erased_does_not_come_back() {
    const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 13) };
    let mut flash = Chip::<16, 512>::with_rules(19, Rules::LPC55);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    let put = Change::Put(Key { kind: 1, id: [1; 16] }, 30, 7);
    for _ in 0..97 {
        for step in [Step::Raise(0, 3), Step::Book(60), Step::Commit(vec![put.clone()])] {
            state.perform(&step, &mut flash, &mut storage).unwrap();
            state = state.after(&step);
        }
    }
    let mut tried = 0;
    for at in 0.. {
        let mut cut = flash.clone();
        cut.remount(0);
        cut.cut(at, Outcome::Marginal);
        if Tested::format(&mut cut, LAYOUT, &key()).is_ok() {
            break;
        }
        for (reading, again) in (0..16).flat_map(|reading| (0..16).map(move |again| (reading, again))) {
            let mut flash = cut.clone();
            flash.remount(reading);
            Tested::format(&mut flash, LAYOUT, &key()).unwrap();
            flash.remount(again);
            let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
            let held = State::default().is_held_by(&mut flash, &storage);
            held.unwrap_or_else(|why| panic!("cut at {at}, read by {reading} and {again}: {why}"));
            tried += 1;
        }
    }
    assert!(tried > 5000, "{tried}");
}

/// What may have become of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    Used,
    Untouched,
    Gone,
}

/// A device whose logs of counters, time and records are so.
fn device(counters: Log, time: Log, has_records: bool, power_ups: u64) -> Flash {
    let mut flash = Flash::new(24);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    for power_up in 0..power_ups {
        flash.remount(power_up);
        Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    }
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    if counters == Log::Used {
        storage.raise(&mut flash, 0, 1, [1; 7]).unwrap();
    }
    if time == Log::Used {
        storage.book(&mut flash, 1).unwrap();
    }
    let gone = [(counters == Log::Gone, 0..3), (time == Log::Gone, 3..6), (!has_records, 6..24)];
    for page in gone.into_iter().filter(|(is_gone, _)| *is_gone).flat_map(|(_, pages)| pages) {
        flash.tamper(page * 512, &[0xff; 512]);
    }
    flash.power_off();
    flash.remount(0);
    flash
}

#[test]
fn blank_is_said_only_where_nothing_can_have_been_lost() {
    let logs = [Log::Used, Log::Untouched, Log::Gone];
    let each = logs.into_iter().flat_map(|counters| logs.map(|time| (counters, time)));
    for (counters, time, has_records) in
        each.flat_map(|(counters, time)| [(counters, time, true), (counters, time, false)])
    {
        let mut flash = device(counters, time, has_records, 0);
        let mounted = Tested::mount(&mut flash, LAYOUT, &key()).map(|_| ());
        let expected = match (counters, time, has_records) {
            (Log::Used | Log::Untouched, Log::Used | Log::Untouched, true) => Ok(()),
            (Log::Untouched | Log::Gone, Log::Untouched | Log::Gone, false) => Err(StorageError::Blank),
            _ => Err(StorageError::Damaged),
        };
        assert_eq!(mounted, expected, "{counters:?}, {time:?}, records {has_records}");
    }
    // Power-ups alone turn pages too.
    let mut flash = device(Log::Untouched, Log::Untouched, false, 40);
    assert_eq!(Tested::mount(&mut flash, LAYOUT, &key()).map(|_| ()), Err(StorageError::Damaged));
}
