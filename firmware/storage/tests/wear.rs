//! What the estimate of life says, against what the chip has been through.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, rest};
use holdfast_storage::{Key, Layout, Needed, Storage, Wear};

const LAYOUT: Layout = Layout::consecutive(0, 1024, 4, 3, 24);
const ENDURANCE: u32 = 100;
/// Granules of a page of 64 units without totals: all but mark, header, first copy and note of intent.
const A_PAGE: u64 = 60;

fn key() -> Secret {
    Secret::new([7; 32])
}

fn device() -> (Chip<4, 1024>, Storage<16>) {
    let mut flash = Chip::new(31);
    Storage::<16>::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
    (flash, storage)
}

fn erases(flash: &Chip<4, 1024>) -> u32 {
    (0..4).map(|page| flash.erases(page)).sum()
}

#[test]
fn what_is_left_is_what_the_erases_of_all_pages_leave() {
    let (mut flash, mut storage) = device();
    let mut last: Option<Wear> = None;
    for number in 1..=3000u64 {
        storage.raise(&mut flash, 0, number, number.to_le_bytes()[..7].try_into().unwrap()).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        let wear = storage.health().counters;
        let left = u64::from(4 * ENDURANCE - erases(&flash));
        // One counter is in use once its first page was turned: its total takes one unit.
        let a_page = if number <= A_PAGE - 2 { A_PAGE } else { A_PAGE - 1 };
        assert_eq!(wear.granules_left(ENDURANCE), left * a_page, "at charge {number}");
        assert_eq!(u64::from(wear.percent_left(ENDURANCE)), left * 100 / u64::from(4 * ENDURANCE));
        assert_eq!(Some(wear.least), (0..4).map(|page| flash.erases(page)).min());
        assert_eq!(Some(wear.most), (0..4).map(|page| flash.erases(page)).max());
        assert_eq!((wear.retired, wear.worn_out), (0, false));
        if let Some(last) = last {
            assert!(wear.percent_left(ENDURANCE) <= last.percent_left(ENDURANCE));
        }
        last = Some(wear);
    }
    let wear = storage.health().counters;
    assert!(wear.percent_left(ENDURANCE) < 90);
    // Pages that were promised to endure less than they have are at their end, not beyond it.
    assert_eq!((wear.granules_left(2), wear.percent_left(2)), (0, 0));
    assert_eq!((wear.granules_left(0), wear.percent_left(0)), (0, 0));
}

#[test]
fn a_page_that_fails_is_counted_out_and_three_are_the_least() {
    let (mut flash, mut storage) = device();
    flash.fail_erases_of(1);
    let mut number = 0u64;
    let mut go_on = |flash: &mut Chip<4, 1024>, storage: &mut Storage<16>, charges: u64| {
        (0..charges).all(|_| {
            number += 1;
            let done = storage.raise(flash, 0, number, number.to_le_bytes()[..7].try_into().unwrap()).is_ok();
            rest(flash, storage).unwrap();
            done
        })
    };
    assert!(go_on(&mut flash, &mut storage, 400));
    let wear = storage.health().counters;
    assert_eq!((wear.retired, wear.worn_out), (1, false));
    let left = u64::from(3 * ENDURANCE - (erases(&flash) - flash.erases(1)));
    assert_eq!(wear.granules_left(ENDURANCE), left * (A_PAGE - 1));
    flash.fail_erases_of(2);
    assert!(!go_on(&mut flash, &mut storage, 400), "two pages are too few");
    let wear = storage.health().counters;
    assert_eq!((wear.retired, wear.worn_out), (2, true));
    // The other logs are as they were.
    assert_eq!((storage.health().time.retired, storage.health().records.retired), (0, 0));
}

/// A page of copies only ends when they reach back as far as they can, and is erased in turn with two others, once of the
/// memory. What else is remembered stays where it is.
#[test]
fn two_thousand_power_ups_without_a_charge_wear_three_pages_and_take_two_of_the_memory_at_most() {
    let layout = Layout::consecutive(0, 4096, 16, 4, 12);
    let mut flash = Chip::<4, 4096>::new(32);
    Storage::<16>::format(&mut flash, layout, &key()).unwrap();
    let mut storage = Storage::<16>::mount(&mut flash, layout, &key()).unwrap();
    for number in 1..=5000u64 {
        storage.raise(&mut flash, 0, number, number.to_le_bytes()[..7].try_into().unwrap()).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    let erases = |flash: &Chip<4, 4096>| (0..20).map(|page| flash.erases(page)).collect::<Vec<_>>();
    let before = erases(&flash);
    for power_up in 0..2000 {
        flash.remount(power_up);
        storage = Storage::mount(&mut flash, layout, &key()).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    let worn: Vec<_> = erases(&flash).iter().zip(before).map(|(now, before)| now - before).collect();
    let (counters, time) = worn.split_at(16);
    for ring in [counters, time] {
        assert_eq!(ring.iter().filter(|erases| **erases > 0).count(), 3, "{worn:?}");
        assert!(ring.iter().all(|erases| *erases <= 16), "{worn:?}");
    }
    let remembered = storage.mark() - storage.oldest();
    assert_eq!(storage.total(0), 5000);
    let a_page = u64::from(storage.memory()) / 14;
    assert!(remembered > 12 * a_page && remembered < 13 * a_page, "{remembered}, {a_page} in a page");
}

/// Of a page whose erase was cut short nobody knows the age. It is not taken for older than all others each time: idle time
/// would wear these to even that out.
#[test]
fn cuts_in_erases_age_no_page_beyond_the_others() {
    let (mut flash, mut storage) = device();
    let all = |flash: &Chip<4, 1024>| (7..31).map(|page| flash.erases(page)).sum::<u32>();
    let name = Key { kind: 1, id: [1; 16] };
    let mut put = storage.begin(&mut flash, Needed::nothing().put(900)).unwrap();
    put.put(name, &[1; 900]).unwrap();
    put.commit().unwrap();
    let before = all(&flash);
    for round in 0..100 {
        // What a cut erase leaves of an erased page: no mark.
        let page = 12 + round % 16;
        flash.tamper(page * 1024, &[0xff; 16]);
        storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    let (most, erases) = (storage.health().records.most, all(&flash) - before);
    // Power-ups take a page now and then.
    assert!(most <= 2 && erases <= 105, "{most}, {erases}");
}
