//! What the memory of charges promises where a page of it has suffered, and what a power-up and a charge cost.

use std::ops::ControlFlow;

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, Outcome, Rules, rest};
use holdfast_storage::{Layout, Storage, StorageError};

const LAYOUT: Layout = Layout::consecutive(0, 1024, 4, 3, 10);
const PAGES: usize = 17;

type Flash = Chip<4, 1024>;
type Tested = Storage<16>;

fn key() -> Secret {
    Secret::new([7; 32])
}

fn fresh() -> (Flash, Tested) {
    let mut flash = Flash::new(PAGES);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    (flash, storage)
}

fn mount(flash: &mut Flash) -> Tested {
    flash.remount(1);
    Tested::mount(flash, LAYOUT, &key()).unwrap()
}

fn tag(number: u64) -> [u8; 7] {
    [[0x70; 3].as_slice(), &(number as u32).to_le_bytes()].concat().try_into().unwrap()
}

/// A device that made so many charges of one unit.
fn charged(charges: u64) -> (Flash, Tested) {
    let (mut flash, mut storage) = fresh();
    for number in 1..=charges {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    (flash, storage)
}

/// The oldest granule of a charge cannot be read any more.
fn garble(flash: &mut Flash, number: u64) {
    let at = flash.bytes().chunks(16).position(|unit| unit[6..13] == tag(number)).unwrap();
    flash.tamper(at * 16, &[0x0f; 16]);
}

/// The numbers of all charges in memory, oldest first, each found with its own tag.
fn numbers(flash: &mut Flash, storage: &Tested) -> Vec<u64> {
    let mut found = Vec::new();
    let each = |charge: holdfast_storage::Found| {
        assert_eq!((charge.total, charge.tag), (charge.number, tag(charge.number)));
        found.insert(0, charge.number);
        ControlFlow::Continue(())
    };
    storage.history(flash, each).unwrap();
    found
}

/// The last page of the memory may have been erased in part, where others were retired.
#[test]
fn of_the_last_page_in_memory_nothing_is_promised_unless_it_is_whole() {
    let (mut flash, _) = charged(210);
    let mut storage = mount(&mut flash);
    let whole = storage.oldest();
    assert_eq!(numbers(&mut flash, &storage), (whole..=210).collect::<Vec<_>>());
    // Neither the first charge of that page nor its last, which the next page repeats.
    garble(&mut flash, whole + 20);
    storage = mount(&mut flash);
    let oldest = storage.oldest();
    assert!(oldest > whole + 20 && oldest < 160, "{oldest}, {whole} before");
    assert_eq!(numbers(&mut flash, &storage), (oldest..=210).collect::<Vec<_>>());
    assert!(210 - oldest >= u64::from(storage.memory()) / 2);
}

/// Nor where no page is ahead yet, and the one before that is to go still counts.
#[test]
fn nor_where_the_page_before_it_still_counts() {
    let (mut flash, mut storage) = charged(210);
    for number in 211..=260 {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
    }
    storage = mount(&mut flash);
    let whole = storage.oldest();
    garble(&mut flash, whole + 20);
    storage = mount(&mut flash);
    let oldest = storage.oldest();
    assert!(oldest > whole + 20 && oldest < 210, "{oldest}, {whole} before");
    assert_eq!(numbers(&mut flash, &storage), (oldest..=260).collect::<Vec<_>>());
}

/// A page between others was not erased in part: what decayed there takes no other charge along.
#[test]
fn of_a_page_between_others_one_charge_that_decays_is_lost_alone() {
    let (mut flash, _) = charged(210);
    let mut storage = mount(&mut flash);
    let (oldest, between) = (storage.oldest(), 150);
    garble(&mut flash, between);
    storage = mount(&mut flash);
    assert_eq!(storage.oldest(), oldest);
    for number in oldest + 1..=210 {
        let found = storage.find(&mut flash, tag(number)).unwrap();
        assert_eq!(found.map(|charge| charge.total), (number != between).then_some(number));
    }
}

/// The newest charge when power fails is copied by the mount, since its original may be torn.
#[test]
fn a_charge_whose_original_is_torn_is_where_its_copy_stands() {
    let (mut flash, _) = charged(6);
    mount(&mut flash);
    garble(&mut flash, 6);
    for charges in 6..9 {
        let mut storage = mount(&mut flash);
        assert_eq!((storage.total(0), storage.mark()), (charges, charges + 1));
        assert_eq!(numbers(&mut flash, &storage), (1..=charges).collect::<Vec<_>>());
        storage.raise(&mut flash, 0, charges + 1, tag(charges + 1)).unwrap();
    }
}

#[test]
fn a_total_may_stay() {
    let (mut flash, mut storage) = charged(10);
    assert_eq!(storage.raise(&mut flash, 0, 10, tag(11)), Ok(11));
    assert_eq!((storage.total(0), storage.mark()), (10, 12));
    assert_eq!(storage.raise(&mut flash, 0, 9, tag(12)), Err(StorageError::Total));
}

/// What starts a counter anew is no charge, and is found by no tag.
#[test]
fn a_charge_of_nothing_with_a_tag_of_ones_is_refused() {
    let (mut flash, mut storage) = charged(10);
    assert_eq!(storage.raise(&mut flash, 1, 0, [0xff; 7]), Err(StorageError::Total));
    assert_eq!(storage.mark(), 11);
    for (counter, total, tag) in [(1, 0, tag(11)), (2, 1, [0xff; 7])] {
        let number = storage.raise(&mut flash, counter, total, tag).unwrap();
        assert_eq!(storage.find(&mut flash, tag).unwrap().map(|it| it.number), Some(number));
    }
}

#[test]
fn power_ups_erase_nothing_while_their_granules_fit() {
    let (mut flash, _) = fresh();
    let erases = |flash: &Flash| (0..PAGES).map(|page| flash.erases(page)).collect::<Vec<_>>();
    let before = erases(&flash);
    for _ in 0..20 {
        mount(&mut flash);
    }
    assert_eq!(erases(&flash), before);
}

/// The least that is remembered of 210 charges and more, of which the last were cut short at any operation.
fn least_remembered<const WORD: usize>(rules: Rules) -> u64 {
    let charge = |flash: &mut Chip<WORD, 1024>, storage: &mut Tested, number| {
        storage.raise(flash, 0, number, tag(number))?;
        rest(flash, storage).map(drop)
    };
    let mut whole = Chip::with_rules(PAGES, rules);
    Tested::format(&mut whole, LAYOUT, &key()).unwrap();
    let mut storage = Tested::mount(&mut whole, LAYOUT, &key()).unwrap();
    (1..=210).for_each(|number| charge(&mut whole, &mut storage, number).unwrap());
    whole.power_off();
    let (mut least, mut cuts) = (u64::MAX, 0);
    for outcome in Outcome::few(1) {
        for at in 0.. {
            let mut flash = whole.clone();
            flash.remount(0);
            flash.cut(at, outcome);
            let mounted = Tested::mount(&mut flash, LAYOUT, &key());
            let session = mounted.and_then(|mut storage| {
                (211..=290).try_for_each(|number| charge(&mut flash, &mut storage, number))
            });
            if session.is_ok() {
                break;
            }
            for reading in 0..4 {
                let mut flash = flash.clone();
                flash.remount(reading);
                let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
                least = least.min(storage.mark() - storage.oldest());
                cuts += 1;
            }
        }
    }
    assert!(cuts > 1500, "{cuts}");
    least
}

/// Each power-up takes two granules; and where a torn granule cannot be burned, it ends its page.
#[test]
fn a_cut_takes_little_from_the_memory() {
    let (_, storage) = charged(210);
    let memory = u64::from(storage.memory());
    let page = memory / 2;
    assert!(least_remembered::<4>(Rules::NRF52) >= memory - 2 * 2);
    assert!(least_remembered::<8>(Rules::ECC) >= memory - page);
    assert!(least_remembered::<16>(Rules::LPC55) >= memory - page);
}
