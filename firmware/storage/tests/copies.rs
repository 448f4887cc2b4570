//! What stands on a page that cannot be erased is written again each time that page is emptied: a deletion, the word that a
//! transaction never happened. One copy is enough. And a page that can be burned instead counts never again, also where
//! power failed in that.

use holdfast_storage::model::{Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, Needed, StorageError};

const PAGE: usize = 512;
const RECORDS: usize = 6 * PAGE;

fn named(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn device<const WORD: usize>(rules: Rules) -> Device<WORD, PAGE> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, 20) };
    Device::new(Chip::with_rules(26, rules), layout)
}

/// Begins to put the first record, and drops it. It fills its page, so what is written next, on another, says that it never
/// happened. Those two pages.
fn drop_one<const WORD: usize>(device: &mut Device<WORD, PAGE>) -> (usize, usize) {
    for number in 2..4 {
        device.put(named(number), &[1; 60]).unwrap();
    }
    let mut transaction = device.begin(Needed::nothing().put(90)).unwrap();
    transaction.put(named(1), &[1; 90]).unwrap();
    drop(transaction);
    device.put(named(9), &[0; 60]).unwrap();
    let value = device.bodies(named(1))[0] / PAGE;
    let [abandon] = pages_with_the_abandon(device)[..] else { panic!("it is said once") };
    assert_ne!(value, abandon);
    (value, abandon)
}

fn work<const WORD: usize>(device: &mut Device<WORD, PAGE>, rounds: u8) -> Result<(), StorageError> {
    for round in 0..rounds {
        device.put(named(9), &[round; 60])?;
        let _ = device.storage.idle(&mut device.flash)?;
    }
    Ok(())
}

/// The pages of records with a granule of this kind that stands for a transaction.
fn pages_with(bytes: &[u8], what: u8, is_meant: impl Fn(&[u8], &[u8]) -> bool) -> Vec<usize> {
    let pages = bytes.chunks(PAGE).enumerate().skip(RECORDS / PAGE);
    let has_one = |page: &[u8]| {
        page.chunks(16)
            .skip(2)
            .any(|granule| granule[0] == what && granule[13] == 0 && is_meant(page, granule))
    };
    pages.filter(|(_, page)| has_one(page)).map(|(at, _)| at).collect()
}

fn pages_with_the_deletion(device: &Device<8, PAGE>) -> Vec<usize> {
    pages_with(device.flash.bytes(), 2, |page, granule| {
        let body = usize::from(u16::from_le_bytes([granule[5], granule[6]]));
        page.get(body..body + 17).is_some_and(|name| name[0] == 1 && name[1..] == named(1).id)
    })
}

/// Those that say that the third transaction never happened.
fn pages_with_the_abandon<const WORD: usize>(device: &Device<WORD, PAGE>) -> Vec<usize> {
    pages_with(device.flash.bytes(), 4, |_, granule| granule[1..5] == 3u32.to_le_bytes())
}

/// One on the page that cannot be erased, one that counts, and one on a page that is next to be erased.
const MOST: usize = 3;

/// Empties pages and mounts, again and again.
fn copies_stay_few(device: &mut Device<8, PAGE>, pages_with_one: fn(&Device<8, PAGE>) -> Vec<usize>) {
    let mut most = 0;
    for _ in 0..30 {
        work(device, 100).unwrap();
        let pages = pages_with_one(device);
        assert!(pages.len() <= MOST, "{pages:?}");
        most = most.max(pages.len());
        assert_eq!(device.read(named(1)), Ok(None));
        device.mount();
        assert_eq!(device.read(named(1)), Ok(None));
    }
    assert!(most > 1, "it was moved");
}

#[test]
fn copies_of_a_deletion_do_not_add_up() {
    let mut device = device::<8>(Rules::ECC);
    device.put(named(1), &[1; 40]).unwrap();
    let value = device.bodies(named(1))[0] / PAGE;
    work(&mut device, 10).unwrap();
    device.delete(named(1)).unwrap();
    let deletion = pages_with_the_deletion(&device)[0];
    assert_ne!(value, deletion);
    device.flash.fail_erases_of(value);
    device.flash.fail_erases_of(deletion);
    copies_stay_few(&mut device, pages_with_the_deletion);
}

#[test]
fn copies_of_an_abandon_do_not_add_up() {
    let mut device = device::<8>(Rules::ECC);
    let (value, abandon) = drop_one(&mut device);
    device.flash.fail_erases_of(value);
    device.flash.fail_erases_of(abandon);
    copies_stay_few(&mut device, pages_with_the_abandon);
}

/// A page that cannot be erased has its header burned. Where power fails in that, the chip refuses to burn it again, and it
/// may read right at any later mount.
#[test]
fn what_was_dropped_does_not_come_back_where_the_burn_of_a_header_was_cut_short() {
    let (whole, page, last) = worked_until_a_page_is_retired(None);
    let mut torn = 0;
    for at in last..whole.flash.operations() {
        let (mut device, ..) = worked_until_a_page_is_retired(Some(at));
        if header_is_torn(&device.flash, page) {
            torn += 1;
            (0..8).for_each(|seed| power_comes_and_goes(&mut device, seed));
        }
    }
    assert!(torn > 0, "no burn of a header was cut short");
}

/// A device that worked until the page of what was dropped was retired, or power failed at an operation; that page, and how
/// many operations there were before the last round.
fn worked_until_a_page_is_retired(cut: Option<u64>) -> (Device<4, PAGE>, usize, u64) {
    let mut device = device::<4>(Rules::NRF52);
    let (page, _) = drop_one(&mut device);
    device.flash.fail_erases_of(page);
    let mut last = 0;
    device.flash.cut(cut.unwrap_or(u64::MAX), Outcome::Marginal);
    while device.storage.health().records.retired == 0 {
        last = device.flash.operations();
        if work(&mut device, 1).is_err() {
            break;
        }
    }
    (device, page, last)
}

/// Whether the header of a page reads otherwise from time to time.
fn header_is_torn(flash: &Chip<4, PAGE>, page: usize) -> bool {
    let mut flash = flash.clone();
    let mut read = |seed| {
        flash.remount(seed);
        flash.bytes()[page * PAGE + 16..page * PAGE + 32].to_vec()
    };
    let first = read(0);
    (1..8).any(|seed| read(seed) != first)
}

fn power_comes_and_goes(device: &mut Device<4, PAGE>, seed: u64) {
    let cut = device.flash.clone();
    for mount in 0..8 {
        device.flash.remount(seed * 31 + mount);
        device.mount_now().unwrap();
        assert_eq!(device.read(named(1)), Ok(None), "seed {seed}, mount {mount}");
        work(device, 100).unwrap();
    }
    device.flash = cut;
}
