//! What idle time promises: it does what is due, and it ends.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chance, Chip, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

const RECORD_PAGES: u16 = 18;
/// Idle time takes fewer steps than this, whatever came before: each page is erased about once.
const MOST_STEPS: usize = 2 * RECORD_PAGES as usize;

fn layout(page: u32, reserve: u32) -> Layout {
    Layout { reserve, ..Layout::consecutive(0, page, 3, 3, RECORD_PAGES) }
}

fn key() -> Secret {
    Secret::new([7; 32])
}

fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

struct Device<const WORD: usize, const PAGE: usize> {
    flash: Chip<WORD, PAGE>,
    storage: Storage<64>,
    layout: Layout,
}

impl<const WORD: usize, const PAGE: usize> Device<WORD, PAGE> {
    fn new(rules: Rules, reserve: u32) -> Self {
        let layout = layout(PAGE as u32, reserve);
        let mut flash = Chip::with_rules(24, rules);
        Storage::<64>::format(&mut flash, layout, &key()).unwrap();
        let storage = Storage::mount(&mut flash, layout, &key()).unwrap();
        Self { flash, storage, layout }
    }

    fn mount(&mut self) {
        self.flash.remount(1);
        self.storage = Storage::mount(&mut self.flash, self.layout, &key()).unwrap();
    }

    fn put(&mut self, key: Key, value: &[u8], reserved: bool) -> Result<(), StorageError> {
        let needed = Needed::nothing().put(value.len() as u32);
        let needed = if reserved { needed.reserved() } else { needed };
        let mut transaction = self.storage.begin(&mut self.flash, needed)?;
        transaction.put(key, value)?;
        transaction.commit()
    }

    fn delete(&mut self, key: Key) {
        let mut transaction = self.storage.begin(&mut self.flash, Needed::nothing().delete()).unwrap();
        transaction.delete(key).unwrap();
        transaction.commit().unwrap();
    }

    /// Steps of idle work until there is none.
    fn rest(&mut self) -> usize {
        (0..10 * MOST_STEPS)
            .find(|_| self.storage.idle(&mut self.flash).unwrap() == MoreWork::No)
            .unwrap_or(usize::MAX)
    }

    fn contains(&self, bytes: &[u8]) -> bool {
        self.flash.bytes().windows(bytes.len()).any(|window| window == bytes)
    }
}

/// A device that does everything with records of many lengths, of which most are secrets.
fn works<const WORD: usize, const PAGE: usize>(rules: Rules, reserve: u32, seed: u64) -> usize {
    let mut device = Device::<WORD, PAGE>::new(rules, reserve);
    let mut chance = Chance::new(seed);
    let mut most = 0;
    for step in 0..200u64 {
        let key = named([1, 200, 201][chance.below(3) as usize], chance.below(6) as u8);
        match chance.below(5) {
            0 => device.delete(key),
            1 => {
                let needed = Needed::nothing().put(PAGE as u32 / 2);
                if let Ok(mut transaction) = device.storage.begin(&mut device.flash, needed) {
                    transaction.put(key, &vec![1; PAGE / 2]).unwrap();
                }
            }
            _ => {
                let length = chance.below(PAGE as u64 * 5 / 4);
                match device.put(key, &vec![step as u8; length as usize], chance.below(4) == 0) {
                    Ok(()) | Err(StorageError::Full { .. } | StorageError::TooLong { .. }) => {}
                    Err(error) => panic!("seed {seed}, step {step}: {error}"),
                }
            }
        }
        if chance.below(9) == 0 {
            device.mount();
        }
        let steps = device.rest();
        assert!(steps < MOST_STEPS, "seed {seed}, step {step}: {steps} steps");
        most = most.max(steps);
    }
    most
}

#[test]
fn idle_work_always_ends() {
    let mut most = 0;
    for seed in 0..12 {
        most = most.max(works::<4, 1024>(Rules::NRF52, 0, seed));
        most = most.max(works::<4, 1024>(Rules::NRF52, 4096, seed));
        most = most.max(works::<16, 512>(Rules::LPC55, 0, seed));
    }
    assert!(most > 2, "there was work: {most} steps");
}

#[test]
fn secrets_that_reach_over_the_ends_of_pages_are_not_moved_for_ever() {
    let mut device = Device::<16, 512>::new(Rules::LPC55, 0);
    for round in 0..4 {
        for number in 0..3 {
            device.put(named(200, number), &[round; 300], false).unwrap();
        }
        let steps = device.rest();
        assert!(steps < MOST_STEPS, "round {round}: {steps} steps");
        for number in 0..3 {
            let mut buffer = [0; 300];
            let read = device.storage.read(&mut device.flash, named(200, number), &mut buffer);
            assert_eq!(read, Ok(Some(&[round; 300][..])));
        }
    }
}

#[test]
fn idle_work_ends_where_the_reserve_is_used_and_nothing_can_be_gained() {
    for length in [100, 333, 700] {
        let mut device = Device::<4, 1024>::new(Rules::NRF52, 4096);
        let mut number = 0;
        while device.put(named(1, number), &vec![number; length], true).is_ok() {
            number += 1;
        }
        assert!(number > 5);
        for round in 0..40u8 {
            let steps = device.rest();
            assert!(steps < MOST_STEPS, "{length} bytes, round {round}: {steps} steps");
            let _ = device.put(named(1, round % number), &vec![round; length], true);
        }
        // Without anything new to do it stays at rest.
        device.rest();
        let erases: u32 = (0..24).map(|page| device.flash.erases(page)).sum();
        for _ in 0..50 {
            assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::No));
        }
        assert_eq!((0..24).map(|page| device.flash.erases(page)).sum::<u32>(), erases);
    }
}

#[test]
fn no_copy_of_a_deleted_secret_outlives_idle_time_though_moves_left_some() {
    for seed in 0..20 {
        let mut device = Device::<4, 1024>::new(Rules::NRF52, 0);
        let mut chance = Chance::new(seed);
        device.put(named(200, 9), &[9; 600], false).unwrap();
        // What stands before each of its pieces, key and version, marks its copies.
        let mut mark = vec![200];
        mark.extend([9; 16]);
        assert!(device.contains(&mark));
        for round in 0..60u8 {
            let length = chance.below(900) as usize;
            device.put(named([1, 201][usize::from(round % 2)], 1), &vec![round; length], false).unwrap();
            device.rest();
            if chance.below(8) == 0 {
                device.mount();
            }
        }
        device.delete(named(200, 9));
        if seed % 2 == 0 {
            device.mount();
        }
        device.rest();
        // The deletion itself names it too; its value is gone.
        let places: Vec<usize> = device
            .flash
            .bytes()
            .windows(17)
            .enumerate()
            .filter(|(_, bytes)| bytes == &mark)
            .map(|(at, _)| at)
            .collect();
        for at in places {
            let total = &device.flash.bytes()[at + 24..at + 26];
            assert_eq!(total, [16, 0], "seed {seed}: a piece of the secret is left");
        }
    }
}

#[test]
fn what_a_dropped_transaction_wrote_of_a_secret_is_erased_in_idle_time() {
    let mut device = Device::<4, 1024>::new(Rules::NRF52, 0);
    let key = named(200, 9);
    device.rest();
    let mut transaction = device.storage.begin(&mut device.flash, Needed::nothing().put(40)).unwrap();
    transaction.put(key, &[9; 40]).unwrap();
    drop(transaction);
    assert!(device.contains(&key.id));
    device.rest();
    assert!(!device.contains(&key.id));
}

#[test]
fn of_two_values_of_a_secret_in_one_transaction_the_first_is_erased_in_idle_time() {
    for mounts in [false, true] {
        let mut device = Device::<4, 1024>::new(Rules::NRF52, 0);
        let key = named(200, 9);
        let needed = Needed::nothing().put(40).put(50);
        let mut transaction = device.storage.begin(&mut device.flash, needed).unwrap();
        transaction.put(key, &[9; 40]).unwrap();
        transaction.put(key, &[8; 50]).unwrap();
        transaction.commit().unwrap();
        if mounts {
            device.mount();
        }
        device.rest();
        let bodies = device.flash.bytes().windows(17).filter(|bytes| bytes[0] == 200 && bytes[1..] == key.id);
        assert_eq!(bodies.count(), 1, "mounted again: {mounts}");
        let mut buffer = [0; 50];
        assert_eq!(device.storage.read(&mut device.flash, key, &mut buffer), Ok(Some(&[8; 50][..])));
    }
}
