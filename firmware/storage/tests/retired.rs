//! Pages that can no longer be erased: what stands on them comes back to nobody, and what was erased in part for want
//! of them is not promised.

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{State, Step, Tested};
use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

const PAGE: usize = 512;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

/// A chip that refuses to burn what is written: a page that was retired seems whole at each mount.
fn device() -> Device<8, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 23) };
    Device::new(Chip::with_rules(29, Rules::ECC), layout)
}

/// Writes until the page that holds a body of this record could not be erased.
fn retire_the_page_of(device: &mut Device<8, PAGE>, number: u8) {
    let page = device.bodies(named(number))[0] / PAGE;
    device.flash.fail_erases_of(page);
    for round in 0..2000 {
        device.put(named(9), &[round as u8; 60]).unwrap();
        let _ = device.storage.idle(&mut device.flash).unwrap();
        if device.storage.health().records.retired > 0 {
            return;
        }
    }
    panic!("nothing was retired");
}

fn write_much(device: &mut Device<8, PAGE>) {
    for round in 0..3000 {
        device.put(named(9), &[round as u8; 60]).unwrap();
    }
}

#[test]
fn what_was_deleted_does_not_come_back_from_a_retired_page() {
    let mut device = device();
    device.put(named(1), &[1; 40]).unwrap();
    retire_the_page_of(&mut device, 1);
    device.delete(named(1)).unwrap();
    write_much(&mut device);
    for _ in 0..3 {
        assert_eq!(device.read(named(1)), Ok(None));
        device.mount();
        device.rest();
    }
}

#[test]
fn what_never_happened_does_not_come_back_from_a_retired_page() {
    let mut device = device();
    let mut transaction = device.begin(Needed::nothing().put(352)).unwrap();
    transaction.put(named(1), &[1; 352]).unwrap();
    drop(transaction);
    retire_the_page_of(&mut device, 1);
    write_much(&mut device);
    for _ in 0..3 {
        assert_eq!(device.read(named(1)), Ok(None));
        device.mount();
        device.rest();
    }
}

/// A device of which the page of some records cannot go: it was retired, or what else is on it cannot be read.
fn with_a_page_that_stays<const BIG: usize>(retires: bool, records: u8) -> Device<8, BIG> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, BIG as u32, 3, 3, 40) };
    let mut device = Device::<8, BIG>::new(Chip::with_rules(46, Rules::ECC), layout);
    let secret = Key { kind: 200, id: [1; 16] };
    for number in 1..=records {
        device.put(named(number), &[1; 40]).unwrap();
    }
    device.put(secret, &[1; 40]).unwrap();
    if retires {
        let page = device.bodies(named(1))[0] / BIG;
        device.flash.fail_erases_of(page);
        // The secret that is deleted has its page erased.
        device.delete(secret).unwrap();
        device.rest();
        assert_eq!(device.storage.health().records.retired, 1);
    } else {
        let decays = device.bodies(secret)[0] + 60;
        device.flash.tamper(decays, &[0]);
    }
    device
}

#[test]
fn a_key_may_come_and_go_for_ever_though_an_older_version_of_it_cannot_go() {
    for (retires, rests) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut device = with_a_page_that_stays::<2048>(retires, 1);
        for number in 10..20 {
            device.put(named(number), &[1; 500]).unwrap();
        }
        for round in 0..300 {
            device.flash.reset_statistics();
            device.put(named(1), &[2; 40]).unwrap();
            let erases = device.flash.statistics().erases;
            assert!(erases < 10, "{erases} erases in round {round}, retired: {retires}, rests: {rests}");
            device.delete(named(1)).unwrap();
            if rests {
                device.rest();
            }
        }
        device.mount();
        assert_eq!(device.read(named(1)), Ok(None));
        device.put(named(50), &[1; 10]).unwrap();
    }
}

/// A deletion goes with its page once its key lives again, whatever else there is of it.
#[test]
fn deletions_of_what_lives_again_take_no_place() {
    let mut device = with_a_page_that_stays::<4096>(true, 20);
    for number in 30..60 {
        device.put(named(number), &[1; 1196]).unwrap();
    }
    for round in 0..10 {
        for number in 1..=20 {
            device.delete(named(number)).unwrap();
            device.put(named(number), &[round; 1]).unwrap();
        }
    }
    device.mount();
    assert_eq!(device.storage.keys(1).count(), 50);
}

/// The pages of a ring that begins at a page, oldest first, by the sequences in their headers.
fn by_age<const WORD: usize>(flash: &Chip<WORD, PAGE>, first: usize, pages: usize) -> Vec<usize> {
    let sequence =
        |page: &usize| u32::from_le_bytes(*flash.bytes()[page * PAGE + 16..].first_chunk().unwrap());
    let mut written: Vec<usize> = (first..first + pages).filter(|page| sequence(page) != u32::MAX).collect();
    written.sort_by_key(sequence);
    written
}

fn tag(number: u64) -> [u8; 7] {
    [[0x70; 3].as_slice(), &(number as u32).to_le_bytes()].concat().try_into().unwrap()
}

/// A device of which the charge with each number follows a booking of ten seconds for each.
fn worked<const WORD: usize>(rules: Rules, charges: u64) -> Device<WORD, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 6, 5, 15) };
    let mut device = Device::new(Chip::with_rules(26, rules), layout);
    for number in 1..=charges {
        device.storage.book(&mut device.flash, 10 * number).unwrap();
        assert_eq!(device.storage.raise(&mut device.flash, 1, number, tag(number)), Ok(number));
        device.rest();
    }
    device
}

/// Lets the oldest pages of a ring fail, so many, and cuts the erase of the next one at a bit.
fn retire_and_cut<const WORD: usize>(
    device: &mut Device<WORD, PAGE>,
    first: usize,
    pages: usize,
    retired: usize,
    bit: u32,
) {
    for page in by_age(&device.flash, first, pages).into_iter().take(retired) {
        device.flash.fail_erases_of(page);
    }
    for _ in 0..retired {
        assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::Yes));
    }
    // Before the first erase behind a page that was retired and will count again, that is noted.
    let notes = u64::from(WORD == 8 && retired == 1);
    device.flash.cut(device.flash.operations() + notes, Outcome::Bit(bit));
    assert!(device.storage.idle(&mut device.flash).is_err());
    device.mount();
}

fn none_is_promised_that_was_erased_in_part<const WORD: usize>(rules: Rules) {
    for retired in 0..4 {
        // The first granule repeats a charge that no page before tells any more.
        for bit in (0..1700).step_by(20) {
            let mut device = worked::<WORD>(rules, 230);
            // Until a page was turned, and none is ahead.
            let (oldest, mut number) = (device.storage.oldest(), 230);
            while device.storage.oldest() == oldest {
                number += 1;
                device.storage.raise(&mut device.flash, 1, number, tag(number)).unwrap();
            }
            retire_and_cut(&mut device, 0, 6, retired, bit);
            for number in device.storage.oldest()..device.storage.mark() {
                let found = device.storage.find(&mut device.flash, tag(number)).unwrap();
                assert_eq!(found.map(|it| it.number), Some(number), "{retired} retired, bit {bit}");
            }
        }
    }
}

#[test]
fn of_charges_none_is_promised_that_was_erased_in_part() {
    none_is_promised_that_was_erased_in_part::<4>(Rules::NRF52);
}

/// The header of a page that was retired cannot be burned there: it stands before what was erased in part.
#[test]
fn nor_where_the_page_before_was_retired_and_counts_again() {
    none_is_promised_that_was_erased_in_part::<8>(Rules::ECC);
}

#[test]
fn of_time_nothing_is_told_by_a_page_that_was_erased_in_part() {
    for retired in 0..3 {
        for bit in (700..1700).step_by(125) {
            let mut device = worked::<4>(Rules::NRF52, 300);
            let mut booked = 3000;
            let written = by_age(&device.flash, 6, 5).len();
            while by_age(&device.flash, 6, 5).len() == written {
                booked += 10;
                device.storage.book(&mut device.flash, booked).unwrap();
            }
            retire_and_cut(&mut device, 6, 5, retired, bit);
            let told = |number| device.storage.booked_before(&mut device.flash, number);
            let told: Vec<_> = (1..=300).map(told).collect();
            for (number, told) in (1..).zip(&told) {
                assert!(told.is_none_or(|told| told == 10 * number), "{retired} retired, {number}: {told:?}");
            }
            assert_eq!(told.iter().flatten().count(), [60, 33, 6][retired], "bit {bit}");
        }
    }
}

/// Before a first format nothing can be read on a chip whose blank words fault.
#[test]
fn a_new_chip_with_a_dead_page_is_formatted() {
    for page in [0, 4, 9] {
        let mut flash = Chip::<16, PAGE>::with_rules(29, Rules::LPC55);
        flash.fail_erases_of(page);
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 4, 21) };
        let mut device = Device::<16, PAGE>::new(flash, layout);
        device.put(named(1), &[1; 40]).unwrap();
        let health = device.storage.health();
        assert_eq!(health.counters.retired + health.time.retired + health.records.retired, 1, "page {page}");
    }
}

/// A format cannot begin anew what it can neither erase nor say not to count.
#[test]
fn a_format_that_would_leave_the_newest_page_of_before_fails() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 4, 21) };
    for (first, pages) in [(0, 4), (4, 4), (8, 21)] {
        let mut device = Device::<8, PAGE>::new(Chip::with_rules(29, Rules::ECC), layout);
        for number in 1..=100u8 {
            device.storage.raise(&mut device.flash, 1, u64::from(number), [number; 7]).unwrap();
            device.storage.book(&mut device.flash, u64::from(number)).unwrap();
            device.put(named(2), &[number; 60]).unwrap();
            device.rest();
        }
        let newest = *by_age(&device.flash, first, pages).last().unwrap();
        device.flash.fail_erases_of(newest);
        let formatted = Storage::<64>::format(&mut device.flash, layout, &Secret::new([7; 32]));
        assert_eq!(formatted, Err(StorageError::WornOut), "page {newest}");
    }
}

/// Its first granule was torn, its header cannot be burned and it cannot be erased: one day it may seem to count, so the
/// page that is opened next skips its number.
#[test]
fn a_page_that_was_begun_in_vain_and_dies_takes_no_charge_back() {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 5, 4, 21) };
    let key = Secret::new([7; 32]);
    let raise = |state: &mut State, flash: &mut Chip<8, PAGE>, storage: &mut Tested| {
        let step = Step::Raise(1, 1);
        state.perform(&step, flash, storage).map(|()| *state = state.after(&step))
    };
    let mut whole = Chip::<8, PAGE>::with_rules(30, Rules::ECC);
    Tested::format(&mut whole, layout, &key).unwrap();
    let mut storage = Tested::mount(&mut whole, layout, &key).unwrap();
    let mut state = State::default();
    (0..95).for_each(|_| raise(&mut state, &mut whole, &mut storage).unwrap());
    whole.power_off();
    let mut tried = 0;
    for at in 0.. {
        let (mut flash, mut state) = (whole.clone(), state.clone());
        flash.remount(0);
        flash.cut(at, Outcome::Marginal);
        let mut storage = Tested::mount(&mut flash, layout, &key).unwrap_or_default();
        while !flash.is_dead() && state.mark() < 130 {
            let _ = raise(&mut state, &mut flash, &mut storage);
        }
        if !flash.is_dead() {
            break;
        }
        for (dies, reading) in (0..5).flat_map(|page| (0..6).map(move |reading| (page, reading))) {
            let (mut flash, mut state) = (flash.clone(), state.clone());
            flash.fail_erases_of(dies);
            flash.remount(reading);
            let mut storage = Tested::mount(&mut flash, layout, &key).unwrap();
            if state.is_held_by(&mut flash, &storage).is_err() {
                state = state.after(&Step::Raise(1, 1));
            }
            (0..30).for_each(|_| raise(&mut state, &mut flash, &mut storage).unwrap());
            for again in 0..8 {
                flash.power_off();
                flash.remount(again);
                let storage = Tested::mount(&mut flash, layout, &key).unwrap();
                let held = state.is_held_by(&mut flash, &storage);
                held.unwrap_or_else(|why| {
                    panic!("cut at {at}, page {dies}, read by {reading} and {again}: {why}")
                });
                tried += 1;
            }
        }
    }
    assert!(tried > 5000, "{tried}");
}
