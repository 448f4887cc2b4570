//! What a format promises: everything is forgotten, or it was cut short and nobody is deceived.

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome};
use holdfast_storage::{Key, Layout, StorageError};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 18) };

type Flash = Chip<4, 512>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// A device that has been in use: records over many pages, some of them deleted.
fn used() -> (Flash, State) {
    let mut flash = Flash::new(24);
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
    let (mut flash, _) = used();
    let erases: Vec<u32> = (0..24).map(|page| flash.erases(page)).collect();
    flash.remount(0);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    State::default().is_held_by(&mut flash, &storage).unwrap();
    let most = (0..3).map(|page| flash.erases(page)).max();
    assert_eq!(Some(storage.health().counters.most), most, "{erases:?}");
}

#[test]
fn a_format_cut_short_leaves_no_device_that_forgot_a_part() {
    let (flash, state) = used();
    let mut whole = flash.clone();
    whole.remount(0);
    Tested::format(&mut whole, LAYOUT, &key()).unwrap();
    let (mut refused, mut former, mut fresh) = (0, 0, 0);
    for at in 0..whole.operations() {
        for outcome in [Outcome::Nothing, Outcome::All, Outcome::Marginal, Outcome::Subset(at)] {
            let mut flash = flash.clone();
            flash.remount(0);
            flash.cut(at, outcome);
            assert!(Tested::format(&mut flash, LAYOUT, &key()).is_err());
            flash.remount(at);
            match Tested::mount(&mut flash, LAYOUT, &key()) {
                Err(StorageError::Blank | StorageError::Damaged) => refused += 1,
                Err(error) => panic!("cut at {at} leaving {outcome:?}: {error}"),
                Ok(storage) if state.is_held_by(&mut flash, &storage).is_ok() => former += 1,
                Ok(storage) => {
                    State::default()
                        .is_held_by(&mut flash, &storage)
                        .unwrap_or_else(|what| panic!("cut at {at} leaving {outcome:?}: {what}"));
                    fresh += 1;
                }
            }
            Tested::format(&mut flash, LAYOUT, &key()).unwrap();
            let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
            State::default().is_held_by(&mut flash, &storage).unwrap();
        }
    }
    assert!(refused > 0 && former > 0 && fresh > 0, "{refused}, {former}, {fresh}");
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
