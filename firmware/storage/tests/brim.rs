//! Devices on which nothing is wrong, filled to the brim: what is said to be free can be had, whoever asks again for what is
//! refused wears nothing, and all can be deleted.

use holdfast_storage::model::{Chance, Chip, Device};
use holdfast_storage::{Key, Layout, StorageError};

fn named(number: u64) -> Key {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    Key { kind: 1, id }
}

/// Short values.
const SHORT: u64 = 6;

/// A device full of values about so long, with short ones between that are replaced all the time; the keys of the short ones,
/// and of the others.
fn full<const WORD: usize, const PAGE: usize>(
    pages: u16,
    longest: u64,
    chance: &mut Chance,
) -> (Device<WORD, PAGE, 200>, Vec<Key>) {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, pages) };
    let mut device = Device::<WORD, PAGE, 200>::new(Chip::new(6 + usize::from(pages)), layout);
    let short = |chance: &mut Chance| named(1000 + chance.below(SHORT));
    let mut keys: Vec<Key> = (1000..1000 + SHORT).map(named).collect();
    for number in 0.. {
        let value = vec![7; (longest - chance.below(200)) as usize];
        if device.put(named(number), &value).is_err() {
            break;
        }
        keys.push(named(number));
        for _ in 0..1 + chance.below(6) {
            let key = short(chance);
            let _ = device.delete(key).and_then(|()| device.put(key, &[1; 20]));
        }
    }
    (device, keys)
}

/// Puts and deletes at random, with rests, and then deletes all. How much was put, and how often what was said to be free
/// could not be had.
fn tell<const WORD: usize, const PAGE: usize>(pages: u16, longest: u64, seed: u64) -> (u32, u32) {
    let mut chance = Chance::new(seed);
    let (mut device, mut keys) = full::<WORD, PAGE>(pages, longest, &mut chance);
    let (mut done, mut in_vain) = (0, 0);
    for number in 0..60 {
        let mut any = |more: u64| match chance.below(keys.len() as u64 + more) {
            at if at < keys.len() as u64 => keys[at as usize],
            _ => named(2000 + number),
        };
        let key = any(4);
        let value = vec![8; [20, chance.below(longest)][chance.below(2) as usize] as usize];
        match chance.below(5) {
            0 => drop(device.rest()),
            1 => device.delete(key).unwrap_or_else(|error| panic!("seed {seed}: deletes: {error}")),
            _ => match device.put(key, &value) {
                Ok(()) => {
                    keys.push(key);
                    done += 1;
                }
                Err(error @ StorageError::Full { needed, free }) => {
                    in_vain += u32::from(free + 1 == needed);
                    assert!(device.storage.free() < needed, "seed {seed}: {error}");
                    let before = device.flash.statistics();
                    assert_eq!(device.put(key, &value), Err(error), "seed {seed}: asked again");
                    assert_eq!(device.flash.statistics(), before, "seed {seed}: {error}");
                }
                Err(error) => panic!("seed {seed}: {error}"),
            },
        }
    }
    for key in keys {
        device.delete(key).unwrap_or_else(|error| panic!("seed {seed}: deletes all: {error}"));
    }
    device.put(named(0), &vec![7; longest as usize]).unwrap();
    (done, in_vain)
}

fn tells<const WORD: usize, const PAGE: usize>(pages: u16, longest: u64) {
    let (mut done, mut in_vain) = (0, 0);
    for seed in 0..40 {
        let told = tell::<WORD, PAGE>(pages, longest, seed);
        (done, in_vain) = (done + told.0, in_vain + told.1);
    }
    println!("{WORD}, {pages} pages of {PAGE}, {longest}: {in_vain} in vain, {done} done");
    assert!(in_vain == 0 && done > 1000, "{in_vain} in vain, {done} done");
}

#[test]
fn what_is_free_can_be_had() {
    tells::<512, 32_768>(12, 7900);
    tells::<16, 8192>(16, 7900);
    tells::<4, 16_384>(16, 3000);
    tells::<4, 4096>(16, 7900);
    tells::<4, 4096>(12, 7900);
    tells::<4, 4096>(24, 1000);
    tells::<8, 2048>(20, 3800);
    tells::<4, 1024>(24, 1700);
    tells::<4, 512>(27, 780);
}

/// Long records over the ends of pages, and between them deletions that can go: to make room by those moves more than it
/// gains.
#[test]
fn deletions_make_no_room_where_that_takes_what_is_kept_to_move_a_page() {
    fn fill<const PAGE: usize>(pages: u16, longest: u64, seed: u64) {
        let mut chance = Chance::new(seed);
        let (mut device, keys) = full::<4, PAGE>(pages, longest, &mut chance);
        let (short, long) = keys.split_at(SHORT as usize);
        let any = |chance: &mut Chance, keys: &[Key]| keys[chance.below(keys.len() as u64) as usize];
        for number in 0..60 {
            let value = vec![8; chance.below(longest) as usize];
            let done = match chance.below(4) {
                0 => device.put(any(&mut chance, long), &value),
                1 => device.put(named(2000 + number), &value),
                2 => device.put(any(&mut chance, short), &[1; 20]),
                _ => device.delete(any(&mut chance, short)),
            };
            assert!(matches!(done, Ok(()) | Err(StorageError::Full { .. })), "seed {seed}: {done:?}");
        }
        device.mount();
        device.delete(named(0)).unwrap();
    }
    for seed in 0..10 {
        fill::<1024>(24, 1700, seed);
        fill::<4096>(16, 7900, seed);
        fill::<4096>(24, 4200, seed);
        fill::<1024>(30, 900, seed);
    }
}
