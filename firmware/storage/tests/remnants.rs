//! What is left of secrets that no longer live, and that idle time erases it.

use holdfast_storage::model::{Chance, Chip, Device, Outcome, Rules, rest};
use holdfast_storage::{Key, Layout, Needed, StorageError};

const SECRET: Key = named(200, 9);
/// Bytes that a value of none takes, and a deletion: the tag.
const EMPTY: u16 = 16;

const fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

fn device() -> Device<4, 1024> {
    Device::new(Chip::new(24), Layout { reserve: 0, ..Layout::consecutive(0, 1024, 3, 3, 18) })
}

/// Moving a record whole leaves the pieces that lay on other pages than the one that is erased.
fn no_copy_outlives_idle_time(ends: impl Fn(&mut Device<4, 1024>) -> Result<(), StorageError>) {
    let mut most = 0;
    for seed in 0..20 {
        let mut device = device();
        let mut chance = Chance::new(seed);
        device.put(SECRET, &[9; 600]).unwrap();
        for round in 0..60u8 {
            let other = named([1, 201][usize::from(round % 2)], 1);
            device.put(other, &vec![round; chance.below(900) as usize]).unwrap();
            device.rest();
            if chance.below(8) == 0 {
                device.mount();
            }
        }
        most = most.max(device.bodies(SECRET).len());
        ends(&mut device).unwrap();
        if seed % 2 == 0 {
            device.mount();
        }
        device.rest();
        for at in device.bodies(SECRET) {
            assert_eq!(device.total_of(at), Some(EMPTY), "seed {seed}: a piece of the former value is left");
        }
    }
    assert!(most > 2, "moves left copies: {most}");
}

#[test]
fn no_copy_of_a_superseded_secret_outlives_idle_time_though_moves_left_some() {
    no_copy_outlives_idle_time(|device| device.put(SECRET, &[]));
}

#[test]
fn no_copy_of_a_deleted_secret_outlives_idle_time_though_moves_left_some() {
    no_copy_outlives_idle_time(|device| device.delete(SECRET));
}

/// A piece whose first bytes are torn cannot be told by them.
#[test]
fn what_power_loss_left_of_a_secret_is_erased_though_its_name_is_torn() {
    let mut device = device();
    device.rest();
    device.mount();
    // The granule that says where the body lies, then the first 64 bytes of the body.
    let body = device.flash.operations() + 1;
    device.flash.cut(body, Outcome::Prefix(60));
    assert_eq!(device.put(SECRET, &[9; 40]), Err(StorageError::Flash));
    let torn: [u8; 9] = [200, 9, 9, 9, 9, 9, 9, 9, 9];
    assert!(device.contains(&torn) && device.bodies(SECRET).is_empty());
    device.mount();
    assert!(device.contains(&torn));
    device.rest();
    assert!(!device.contains(&torn));
}

/// A value that begins on one page, of which it takes the rest, and would go on on another; what is there when power is back.
fn cut_short_over_the_end_of_a_page(key: Key, outcome: Option<Outcome>) -> Device<4, 1024> {
    let mut device = device();
    device.put(named(1, 1), &[1; 40]).unwrap();
    if let Some(outcome) = outcome {
        // The granule that says where the body lies, then the first 64 bytes of the body.
        device.flash.cut(device.flash.operations() + 1, outcome);
    }
    let mut transaction = device.begin(Needed::nothing().put(1200)).unwrap();
    let put = transaction.put(key, &[9; 1200]);
    drop(transaction);
    assert_eq!(put.is_err(), outcome.is_some());
    device.mount();
    device
}

/// It is behind what counts of its page, since another was opened that says so.
#[test]
fn what_power_loss_left_of_a_secret_at_the_end_of_a_page_is_erased() {
    let mut device = cut_short_over_the_end_of_a_page(SECRET, None);
    assert_eq!(device.bodies(SECRET).len(), 1);
    device.rest();
    assert!(device.bodies(SECRET).is_empty());
    assert_eq!(device.read(named(1, 1)), Ok(Some(vec![1; 40])));

    let mut device = cut_short_over_the_end_of_a_page(SECRET, Some(Outcome::Prefix(60)));
    let torn: [u8; 9] = [200, 9, 9, 9, 9, 9, 9, 9, 9];
    assert!(device.contains(&torn) && device.bodies(SECRET).is_empty());
    device.rest();
    assert!(!device.contains(&torn));
}

#[test]
fn what_power_loss_left_at_the_end_of_a_page_that_is_no_secret_is_not_worth_an_erase() {
    let mut device = cut_short_over_the_end_of_a_page(named(1, 9), None);
    device.flash.reset_statistics();
    device.rest();
    assert_eq!((device.flash.statistics().erases, device.bodies(named(1, 9)).len()), (0, 1));
}

#[test]
fn what_a_dropped_transaction_wrote_of_a_secret_is_erased_in_idle_time() {
    let mut device = device();
    device.rest();
    let mut transaction = device.begin(Needed::nothing().put(40)).unwrap();
    transaction.put(SECRET, &[9; 40]).unwrap();
    drop(transaction);
    assert!(device.contains(&SECRET.id));
    device.rest();
    assert!(!device.contains(&SECRET.id));
}

#[test]
fn of_two_values_of_a_secret_in_one_transaction_the_first_is_erased_in_idle_time() {
    for mounts in [false, true] {
        let mut device = device();
        let needed = Needed::nothing().put(40).put(50);
        let mut transaction = device.begin(needed).unwrap();
        transaction.put(SECRET, &[9; 40]).unwrap();
        transaction.put(SECRET, &[8; 50]).unwrap();
        transaction.commit().unwrap();
        if mounts {
            device.mount();
        }
        device.rest();
        assert_eq!(device.bodies(SECRET).len(), 1, "mounted again: {mounts}");
        assert_eq!(device.read(SECRET), Ok(Some(vec![8; 50])));
    }
}

/// What stands on flash of a secret's value, eight bytes at a time: the same whenever and wherever it is put.
fn sealed(value: &[u8]) -> Vec<[u8; 8]> {
    let mut device = device();
    device.put(SECRET, value).unwrap();
    let body = device.bodies(SECRET)[0] + 28;
    let end = body + usize::from(EMPTY) + value.len();
    device.flash.bytes()[body..end].chunks_exact(8).map(|bytes| bytes.try_into().unwrap()).collect()
}

/// A secret is superseded, moved and deleted, all with idle time, and power fails at any operation.
fn idle_time_erases_what_a_cut_left<const WORD: usize>(rules: Rules) {
    let values = [[1; 40], [2; 40]];
    let sealed = values.map(|value| sealed(&value));
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 4, 4, 21) };
    let mut device = Device::<WORD, 512>::new(Chip::with_rules(29, rules), layout);
    device.put(SECRET, &values[0]).unwrap();
    device.rest();
    let whole = device.flash.clone();
    let session = |device: &mut Device<WORD, 512>| {
        device.mount_now()?;
        device.put(SECRET, &values[1])?;
        rest(&mut device.flash, &mut device.storage)?;
        device.delete(SECRET)?;
        rest(&mut device.flash, &mut device.storage)
    };
    let (mut cuts, mut lived) = (0, [0; 3]);
    for outcome in Outcome::few(1) {
        for at in 0.. {
            device.flash = whole.clone();
            device.flash.remount(0);
            device.flash.cut(at, outcome);
            if session(&mut device).is_ok() {
                break;
            }
            let cut = device.flash.clone();
            for reading in 0..4 {
                device.flash = cut.clone();
                device.flash.remount(reading);
                device.mount_now().unwrap();
                device.rest();
                let found = device.read(SECRET).unwrap();
                let lives = values.iter().position(|value| found.as_deref() == Some(value));
                for (_, dead) in sealed.iter().enumerate().filter(|(value, _)| Some(*value) != lives) {
                    let left = dead.iter().find(|bytes| device.contains(*bytes));
                    assert!(
                        left.is_none(),
                        "{outcome:?} at {at}, read by {reading}: {lives:?} lives, not alone"
                    );
                }
                lived[lives.unwrap_or(2)] += 1;
                cuts += 1;
            }
        }
    }
    assert!(cuts > 300 && lived.iter().all(|times| *times > 0), "{cuts}: {lived:?}");
}

#[test]
fn what_a_cut_left_of_a_secret_is_erased_in_idle_time() {
    idle_time_erases_what_a_cut_left::<4>(Rules::NRF52);
    idle_time_erases_what_a_cut_left::<8>(Rules::ECC);
    idle_time_erases_what_a_cut_left::<16>(Rules::LPC55);
}
