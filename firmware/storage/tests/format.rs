//! What a format promises: everything is forgotten, or it was cut short and nobody is deceived.

use std::collections::BTreeSet;

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout, StorageError};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 21) };

type Flash = Chip<4, 512>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// A device that has been in use: records over many pages, some of them deleted.
fn used<const WORD: usize>(rules: Rules, rounds: u8) -> (Chip<WORD, 512>, State) {
    let mut flash = Chip::with_rules(27, rules);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    let named = |number| Key { kind: 1, id: [number; 16] };
    for number in 0..rounds {
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
    let (mut flash, _) = used::<4>(Rules::NRF52, 40);
    let erases: Vec<u32> = (0..27).map(|page| flash.erases(page)).collect();
    flash.remount(0);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    State::default().is_held_by(&mut flash, &storage).unwrap();
    let most = (0..3).map(|page| flash.erases(page)).max();
    assert_eq!(Some(storage.health().counters.most), most, "{erases:?}");
}

/// What a device is after a format that was cut short.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Refused,
    Former,
    Fresh,
}

/// Mounts what a cut format left: it does not mount, or holds everything as before, or nothing.
fn left<const WORD: usize>(flash: &mut Chip<WORD, 512>, former: &State, what: &str) -> Left {
    let storage = match Tested::mount(flash, LAYOUT, &key()) {
        Ok(storage) => storage,
        Err(StorageError::Blank | StorageError::Damaged) => return Left::Refused,
        Err(error) => panic!("{what}: {error}"),
    };
    if former.is_held_by(flash, &storage).is_ok() {
        return Left::Former;
    }
    State::default().is_held_by(flash, &storage).unwrap_or_else(|why| panic!("{what}: {why}"));
    Left::Fresh
}

/// Works on, over more than a page of counters, and holds that over further mounts.
fn works_on<const WORD: usize>(flash: &mut Chip<WORD, 512>, mut state: State, what: &str) {
    let mut storage = Tested::mount(flash, LAYOUT, &key()).unwrap();
    for _ in 0..40 {
        let step = Step::Raise(1, 1);
        state.perform(&step, flash, &mut storage).unwrap();
        state = state.after(&step);
    }
    for reading in 0..6 {
        flash.power_off();
        flash.remount(reading);
        let storage = Tested::mount(flash, LAYOUT, &key()).unwrap();
        state.is_held_by(flash, &storage).unwrap_or_else(|why| panic!("{what}, later: {why}"));
    }
}

/// Cuts a format at any operation: what it left, however often words that were torn read anew, and that it can be done
/// again.
fn cut_formats<const WORD: usize>(rules: Rules, rounds: u8) -> BTreeSet<Left> {
    let (flash, state) = used::<WORD>(rules, rounds);
    let mut whole = flash.clone();
    whole.remount(0);
    Tested::format(&mut whole, LAYOUT, &key()).unwrap();
    let mut all = BTreeSet::new();
    for at in 0..whole.operations() {
        for outcome in Outcome::few(at) {
            let mut flash = flash.clone();
            flash.remount(0);
            flash.cut(at, outcome);
            assert!(Tested::format(&mut flash, LAYOUT, &key()).is_err());
            for reading in 0..if flash.is_marginal() { 30 } else { 1 } {
                let what = format!("cut at {at} leaving {outcome:?}, read by {reading}");
                let mut flash = flash.clone();
                flash.remount(at * 31 + reading);
                let mut mounted = flash.clone();
                let left = left(&mut mounted, &state, &what);
                if left == Left::Former {
                    works_on(&mut mounted.clone(), state.clone(), &what);
                }
                all.insert(left);
                // Whether it was mounted between or not.
                for mut flash in [flash, mounted] {
                    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
                    flash.remount(reading);
                    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
                    let held = State::default().is_held_by(&mut flash, &storage);
                    held.unwrap_or_else(|why| panic!("{what}, done again: {why}"));
                }
            }
        }
    }
    all
}

#[test]
fn a_format_cut_short_leaves_no_device_that_forgot_a_part() {
    let all = BTreeSet::from([Left::Refused, Left::Former, Left::Fresh]);
    assert_eq!(cut_formats::<4>(Rules::NRF52, 40), all);
    // Where a header cannot be burned.
    assert_eq!(cut_formats::<8>(Rules::ECC, 40), all);
    assert_eq!(cut_formats::<16>(Rules::LPC55, 40), all);
}

#[test]
fn nor_of_a_device_whose_first_page_is_not_full() {
    for rounds in [0, 3] {
        cut_formats::<4>(Rules::NRF52, rounds);
        cut_formats::<8>(Rules::ECC, rounds);
    }
}

/// Where the other pages of counters can no longer be erased, none can be opened to say that the newest does not count.
#[test]
fn nor_of_a_device_with_one_page_of_counters_left() {
    let (mut flash, state) = used::<4>(Rules::NRF52, 40);
    flash.fail_erases_of(0);
    flash.fail_erases_of(2);
    let mut found = BTreeSet::new();
    for at in 0..36 {
        let mut cut = flash.clone();
        cut.remount(0);
        cut.cut(at, Outcome::Marginal);
        assert!(Tested::format(&mut cut, LAYOUT, &key()).is_err());
        // An erase, not a burn: few readings leave a header whole, and none of the newest granules.
        let readings = if cut.differing() > 1_000 { 6_000 } else { 8 };
        for reading in 0..readings {
            let mut flash = cut.clone();
            flash.remount(reading);
            found.insert(left(&mut flash, &state, &format!("cut at {at}, read by {reading}")));
        }
    }
    assert_eq!(found, BTreeSet::from([Left::Refused, Left::Former]));
}

/// The second finds what the first had begun to say against the newest page.
#[test]
fn nor_does_a_second_format_that_is_cut_short() {
    let (flash, state) = used::<8>(Rules::ECC, 40);
    let mut found = BTreeSet::new();
    for (first, second) in (0..12).flat_map(|first| (0..12).map(move |second| (first, second))) {
        for (reading, outcome) in (0..6).flat_map(|it| [(it, Outcome::Marginal), (it, Outcome::Nothing)]) {
            let mut flash = flash.clone();
            flash.remount(0);
            flash.cut(first, Outcome::Marginal);
            assert!(Tested::format(&mut flash, LAYOUT, &key()).is_err());
            flash.remount(reading);
            flash.cut(second, outcome);
            assert!(Tested::format(&mut flash, LAYOUT, &key()).is_err());
            for again in 0..10 {
                let mut flash = flash.clone();
                flash.remount(again);
                let what = format!("cut at {first}, read by {reading}, at {second}, read by {again}");
                found.insert(left(&mut flash, &state, &what));
            }
        }
    }
    assert_eq!(found, BTreeSet::from([Left::Refused, Left::Former]));
}

/// A page that a format had begun to erase looks erased to the next format, and reads as before at a mount after that.
#[test]
fn what_a_cut_format_left_to_look_erased_does_not_come_back() {
    const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 16) };
    let mut flash = Chip::<16, 512>::with_rules(22, Rules::LPC55);
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
    let mut flash = Flash::new(27);
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
    let gone = [(counters == Log::Gone, 0..3), (time == Log::Gone, 3..6), (!has_records, 6..27)];
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
