//! What idle time promises: it does what is due, and it ends.

use holdfast_storage::model::{Chance, Chip, Device, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, StorageError};

const RECORD_PAGES: u16 = 22;
/// Idle time takes fewer steps than this, whatever came before: each page is erased about once.
const MOST_STEPS: usize = 2 * RECORD_PAGES as usize;

fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

fn device<const WORD: usize, const PAGE: usize>(rules: Rules, reserve: u32) -> Device<WORD, PAGE> {
    let layout = Layout { reserve, ..Layout::consecutive(0, PAGE as u32, 3, 3, RECORD_PAGES) };
    Device::new(Chip::with_rules(28, rules), layout)
}

/// A device that does everything with records of many lengths, of which most are secrets.
fn works<const WORD: usize, const PAGE: usize>(rules: Rules, reserve: u32, seed: u64) -> usize {
    let mut device = device::<WORD, PAGE>(rules, reserve);
    let mut chance = Chance::new(seed);
    let mut most = 0;
    for step in 0..200u64 {
        let key = named([1, 200, 201][chance.below(3) as usize], chance.below(6) as u8);
        match chance.below(5) {
            0 => device.delete(key).unwrap(),
            1 => {
                let needed = Needed::nothing().put(PAGE as u32 / 2);
                if let Ok(mut transaction) = device.begin(needed) {
                    transaction.put(key, &vec![1; PAGE / 2]).unwrap();
                }
            }
            _ => {
                let length = chance.below(PAGE as u64 * 5 / 4);
                let value = vec![step as u8; length as usize];
                let reserved = chance.below(4) == 0;
                let put = if reserved { device.put_reserved(key, &value) } else { device.put(key, &value) };
                match put {
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
    let mut device = device::<16, 512>(Rules::LPC55, 0);
    for round in 0..4 {
        for number in 0..3 {
            device.put(named(200, number), &[round; 300]).unwrap();
        }
        let steps = device.rest();
        assert!(steps < MOST_STEPS, "round {round}: {steps} steps");
        for number in 0..3 {
            assert_eq!(device.read(named(200, number)), Ok(Some(vec![round; 300])));
        }
    }
}

#[test]
fn idle_work_ends_where_the_reserve_is_used_and_nothing_can_be_gained() {
    for length in [100, 333, 700] {
        let mut device = device::<4, 1024>(Rules::NRF52, 4096);
        let mut number = 0;
        while device.put_reserved(named(1, number), &vec![number; length]).is_ok() {
            number += 1;
        }
        assert!(number > 5);
        for round in 0..40u8 {
            let steps = device.rest();
            assert!(steps < MOST_STEPS, "{length} bytes, round {round}: {steps} steps");
            let _ = device.put_reserved(named(1, round % number), &vec![round; length]);
        }
        // Without anything new to do it stays at rest.
        device.rest();
        let erases: u32 = (0..28).map(|page| device.flash.erases(page)).sum();
        for _ in 0..50 {
            assert_eq!(device.storage.idle(&mut device.flash), Ok(MoreWork::No));
        }
        assert_eq!((0..28).map(|page| device.flash.erases(page)).sum::<u32>(), erases);
    }
}

/// Erases of so many rests, each after something.
fn erases_of<const PAGE: usize>(
    device: &mut Device<4, PAGE>,
    times: usize,
    mut something: impl FnMut(&mut Device<4, PAGE>),
) -> u32 {
    let pages = device.flash.bytes().len() / PAGE;
    let all = |device: &Device<4, PAGE>| (0..pages).map(|page| device.flash.erases(page)).sum::<u32>();
    let before = all(device);
    for _ in 0..times {
        something(device);
        device.rest();
    }
    all(device) - before
}

/// Where less than the reserve can ever be free, idle time would gladly make room; what gains none is left.
#[test]
fn what_idle_time_cannot_gain_wears_nothing() {
    for (pages, reserve, length) in
        [(24, 8192, 1500), (24, 8192, 5000), (16, 8192, 1500), (12, 1000, 700), (20, 100_000, 700)]
    {
        let layout = Layout { reserve, ..Layout::consecutive(0, 4096, 3, 3, pages) };
        let mut device = Device::<4, 4096>::new(Chip::new(6 + usize::from(pages)), layout);
        let put = |device: &mut Device<4, 4096>, number, fill| {
            device.put_reserved(named(1, number), &vec![fill; length])
        };
        let fits = (0..50).find(|number| put(&mut device, *number, *number).is_err()).unwrap_or(50);
        for round in 0..30 {
            // Where not even so much is free, nothing changes.
            let _ = put(&mut device, round % fits, round);
            device.rest();
        }
        let too_much = Needed::nothing().put(layout.reserve + 60_000);
        let refused = erases_of(&mut device, 40, |device| {
            assert!(matches!(device.begin(too_much), Err(StorageError::Full { .. })));
        });
        let mounted = erases_of(&mut device, 100, Device::mount);
        assert!(refused <= 2, "{pages}, {reserve}, {length}: {refused} erases, all in vain");
        assert!(mounted <= 20, "{pages}, {reserve}, {length}: {mounted} erases in 100 power-ups");
    }
}

/// Deletions are kept while something that they hide stands: here on pages that keep a record that cannot be read. To move
/// them looks like a gain, and is none.
#[test]
fn idle_work_ends_where_only_deletions_could_be_moved() {
    for (decayed, deleted) in [(3, 30), (4, 40), (5, 50)] {
        let mut device = device::<4, 1024>(Rules::NRF52, 12_000);
        for number in 0..deleted {
            if number % (deleted / decayed) == 0 {
                device.put_reserved(named(2, number), &[number; 90]).unwrap();
            }
            device.put_reserved(named(1, number), &[]).unwrap();
        }
        for number in (0..deleted).step_by(usize::from(deleted / decayed)) {
            let body = device.bodies(named(2, number))[0];
            device.flash.tamper(body + 60, &[0x55; 8]);
        }
        for number in 0..deleted {
            device.delete(named(1, number)).unwrap();
        }
        let steps = device.rest();
        assert!(steps < MOST_STEPS, "{decayed}, {deleted}: {steps} steps");
        for number in 0..deleted {
            assert_eq!(device.read(named(1, number)), Ok(None), "{decayed}, {deleted}: {number}");
        }
    }
}

/// Of a page some bytes are never counted on: to move it for no more than those gains nothing.
#[test]
fn a_page_is_moved_for_room_only_where_that_gains_some() {
    // As much as is counted on of a page, and a word less.
    for (length, moves) in [(3728, false), (3724, true)] {
        let layout = Layout { reserve: 100_000, ..Layout::consecutive(0, 4096, 3, 3, RECORD_PAGES) };
        let mut device = Device::<4, 4096>::new(Chip::new(28), layout);
        device.put_reserved(named(1, 1), &vec![1; length]).unwrap();
        device.put_reserved(named(1, 2), &[2; 100]).unwrap();
        let first = device.bodies(named(1, 1))[0] / 4096;
        assert_eq!(device.bodies(named(1, 2))[0] / 4096, first);
        device.put_reserved(named(1, 3), &[3; 1000]).unwrap();
        device.put_reserved(named(1, 2), &[2; 100]).unwrap();
        let erases = device.flash.erases(first);
        device.rest();
        assert_eq!(device.flash.erases(first) > erases, moves, "{length}");
    }
}
