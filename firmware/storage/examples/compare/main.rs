//! Our log beside `sequential-storage` and `ekv`, on the same chip model with the same workload.
//!
//! `cargo run --release -p holdfast-storage --features model --example compare` prints a table of Markdown. The
//! other stores are linked here only, never into a product.

mod ekv_store;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, ChipError, Outcome};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage};
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};

type Flash = Chip<4, 4096>;

/// Bytes of a reference license with what is kept beside it.
const LICENSE: usize = 900;
/// Pages of records: 512 KiB.
const PAGES: u16 = 128;

/// The chip, as an asynchronous one that is always ready.
struct Async(Flash);

impl ErrorType for Async {
    type Error = ChipError;
}

impl embedded_storage_async::nor_flash::ReadNorFlash for Async {
    const READ_SIZE: usize = Flash::READ_SIZE;
    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ChipError> {
        self.0.read(offset, bytes)
    }
    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl embedded_storage_async::nor_flash::NorFlash for Async {
    const WRITE_SIZE: usize = Flash::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::ERASE_SIZE;
    async fn erase(&mut self, from: u32, to: u32) -> Result<(), ChipError> {
        self.0.erase(from, to)
    }
    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ChipError> {
        self.0.write(offset, bytes)
    }
}

impl embedded_storage_async::nor_flash::MultiwriteNorFlash for Async {}

/// Runs what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the chip in memory never waits"),
    }
}

fn main() {
    println!("| | ours | sequential-storage 8, uncached | ekv 1 |\n|---|---|---|---|");
    increments();
    for licenses in [400, 1000] {
        lookups(licenses);
    }
    cuts();
}

fn ours(pages: u16, counters: u16) -> (Flash, Layout, Secret) {
    let layout = Layout::consecutive(0, 4096, counters, 3, pages);
    let mut flash = Flash::new(usize::from(counters + 3 + pages));
    let key = Secret::new([7; 32]);
    Storage::<1024>::format(&mut flash, layout, &key).unwrap();
    (flash, layout, key)
}

type Theirs = MapStorage<[u8; 17], Async, Cache<Uncached, Uncached, Uncached, [u8; 17]>>;

fn theirs(pages: usize) -> Theirs {
    let range = 0..(pages as u32 * 4096);
    MapStorage::new(Async(Flash::new(pages)), MapConfig::new(range), Cache::new_uncached())
}

/// How often 16 counters can be raised for one page erase, in 64 KiB.
fn increments() {
    const RAISES: u64 = 500_000;
    const RAISES_OF_A_TREE: u64 = 30_000;
    const WARM_UP: u64 = 8_000;
    let (mut flash, layout, key) = ours(8, 16);
    let mut storage = Storage::<1024>::mount(&mut flash, layout, &key).unwrap();
    // The first round uses pages that the format erased.
    for number in 1..=RAISES + WARM_UP {
        if number == WARM_UP + 1 {
            flash.reset_statistics();
        }
        storage
            .raise(&mut flash, (number % 16) as u8, number, number.to_le_bytes()[..7].try_into().unwrap())
            .unwrap();
        while storage.idle(&mut flash).unwrap() == MoreWork::Yes {}
    }
    let mine = flash.statistics().erases;
    let wear = storage.health().counters;
    let mut map = theirs(16);
    let mut buffer = [0; 64];
    for number in 1..=RAISES + WARM_UP {
        if number == WARM_UP + 1 {
            map.flash().0.reset_statistics();
        }
        let value = [&number.to_le_bytes()[..5], &number.to_le_bytes()[..7]].concat();
        let mut name = [0; 17];
        name[0] = (number % 16) as u8;
        now(map.store_item(&mut buffer, &name, &value.as_slice())).unwrap();
    }
    let other = map.flash().0.statistics().erases;
    let tree = ekv_store::Store::formatted(16);
    let mut third = 0;
    // Fewer, for its pages would be worn out before half a million.
    for number in 1..=RAISES_OF_A_TREE + WARM_UP {
        if number == WARM_UP + 1 {
            tree.chip(Flash::reset_statistics);
        }
        let value = [&number.to_le_bytes()[..5], &number.to_le_bytes()[..7]].concat();
        assert!(tree.put(&[(number % 16) as u8], &value), "ekv takes charge {number}");
        third = tree.chip(|chip| chip.statistics().erases);
    }
    println!(
        "| increments of 16 counters, tags included, for one erase | {:.1} | {:.1} | {:.1} |",
        RAISES as f64 / mine as f64,
        RAISES as f64 / other as f64,
        RAISES_OF_A_TREE as f64 / third as f64
    );
    println!(
        "| charges over the life of 64 KiB (10,000 erases a page) | {:.1} M | {:.1} M | {:.1} M |",
        RAISES as f64 / mine as f64 * 0.16,
        RAISES as f64 / other as f64 * 0.16,
        RAISES_OF_A_TREE as f64 / third as f64 * 0.16
    );
    println!("| most minus least erases of a page | {} | – | – |", wear.most - wear.least);
}

/// What it costs to boot and to look up, with so many licenses.
fn lookups(licenses: u16) {
    let length = if licenses > 400 { 380 } else { LICENSE };
    let name = |number: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&number.to_le_bytes());
        Key { kind: 1, id }
    };
    let (mut flash, layout, key) = ours(PAGES, 3);
    let mut storage = Box::new(Storage::<1024>::mount(&mut flash, layout, &key).unwrap());
    let mut map = theirs(usize::from(PAGES));
    let tree = ekv_store::Store::formatted(usize::from(PAGES));
    let mut buffer = vec![0; 4096];
    for number in 0..licenses {
        let value: Vec<u8> = (0..length).map(|at| (at as u8) ^ number as u8).collect();
        let mut transaction = storage.begin(&mut flash, Needed::nothing().put(length as u32)).unwrap();
        transaction.put(name(number), &value).unwrap();
        transaction.commit().unwrap();
        let mut other = [1; 17];
        other[1..].copy_from_slice(&name(number).id);
        now(map.store_item(&mut buffer, &other, &value.as_slice())).unwrap();
        assert!(tree.put(&other, &value), "ekv takes record {number}");
    }
    let (tree, tree_boot) = tree.boot();
    let fits = u32::from(licenses) + storage.free() / (length as u32 + 80);
    flash.reset_statistics();
    let storage = Box::new(Storage::<1024>::mount(&mut flash, layout, &key).unwrap());
    let boot = flash.statistics();
    flash.reset_statistics();
    assert!(storage.read(&mut flash, name(licenses / 2), &mut buffer).unwrap().is_some());
    let present = flash.statistics();
    flash.reset_statistics();
    assert!(storage.read(&mut flash, name(60_000), &mut buffer).unwrap().is_none());
    let absent = flash.statistics();
    let mut other = [1; 17];
    other[1..].copy_from_slice(&name(licenses / 2).id);
    map.flash().0.reset_statistics();
    let found: Option<&[u8]> = now(map.fetch_item(&mut buffer, &other)).unwrap();
    assert!(found.is_some());
    let their_present = map.flash().0.statistics();
    other[1..].copy_from_slice(&name(60_000).id);
    map.flash().0.reset_statistics();
    let found: Option<&[u8]> = now(map.fetch_item(&mut buffer, &other)).unwrap();
    assert!(found.is_none());
    let their_absent = map.flash().0.statistics();
    let tree_absent = tree.asked(|tree| assert_eq!(tree.get(&other, &mut buffer), Ok(None)));
    other[1..].copy_from_slice(&name(licenses / 2).id);
    let tree_present = tree.asked(|tree| assert_eq!(tree.get(&other, &mut buffer), Ok(Some(length))));
    println!(
        "| {licenses} records of {length} bytes: boot, flash bytes read | {} | none | {} |",
        boot.bytes_read, tree_boot.bytes_read
    );
    println!(
        "| … looking one up, flash bytes read | {} | {} | {} |",
        present.bytes_read, their_present.bytes_read, tree_present.bytes_read
    );
    println!(
        "| … looking up what is absent, flash bytes read | {} | {} | {} |",
        absent.bytes_read, their_absent.bytes_read, tree_absent.bytes_read
    );
    println!("| … that fit into 512 KiB | {fits} | – | – |");
}

/// What became of a value that was superseded again and again, until power failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is the one before the cut or the one after, and stays so over six mounts.
    Kept,
    /// It is another at another mount, or one that was never there.
    Changes,
    /// At one mount or more it is not there, cannot be read, or the store does not mount.
    Lost,
}

/// The worst of six mounts. `value` mounts after a remount of the chip and reads: 0 is absent, `None` a failure.
fn fate(written: u8, mut value: impl FnMut(u64) -> Option<u8>) -> Fate {
    let mut first = None;
    let of = |value: Option<u8>| match value {
        None => Fate::Lost,
        Some(0) if written > 0 => Fate::Lost,
        Some(value) if value != written && value != written + 1 => Fate::Changes,
        Some(value) if *first.get_or_insert(value) != value => Fate::Changes,
        Some(_) => Fate::Kept,
    };
    (0..6).map(&mut value).map(of).max().unwrap_or(Fate::Kept)
}

/// One value superseded again and again, cut at every operation.
fn cuts() {
    let outcomes =
        [Outcome::Nothing, Outcome::All, Outcome::Marginal, Outcome::Subset(1), Outcome::Subset(2)];
    type Cut = fn(u64, Outcome) -> Option<Fate>;
    let stores: [Cut; 3] = [our_fate, their_fate, ekv_store::fate_after];
    let told = stores.map(|cut| {
        let fates = (0..300).flat_map(|at| outcomes.map(|outcome| cut(at, outcome)));
        let fates: Vec<Fate> = fates.flatten().collect();
        let count = |of| fates.iter().filter(|fate| **fate == of).count();
        let (kept, changes, lost) = (count(Fate::Kept), count(Fate::Changes), count(Fate::Lost));
        (format!("{kept} of {}", fates.len()), format!("{changes}"), format!("{lost}"))
    });
    let [(a, b, c), (d, e, f), (g, h, i)] = told;
    println!("| cuts survived, words reading anew at each of 6 mounts | {a} | {d} | {g} |");
    println!("| … after which the value changes from mount to mount | {b} | {e} | {h} |");
    println!("| … after which it is lost at one mount or more | {c} | {f} | {i} |");
}

/// `None`: the cut came after all was done.
fn our_fate(at: u64, outcome: Outcome) -> Option<Fate> {
    let (mut flash, layout, key) = ours(8, 3);
    let layout = Layout { reserve: 0, ..layout };
    let name = Key { kind: 1, id: [1; 16] };
    let mut storage = Storage::<1024>::mount(&mut flash, layout, &key).unwrap();
    flash.remount(0);
    flash.cut(at, outcome);
    let mut written = 0u8;
    for number in 1..=60u8 {
        let put = storage.begin(&mut flash, Needed::nothing().put(200)).and_then(|mut transaction| {
            transaction.put(name, &[number; 200])?;
            transaction.commit()
        });
        if let Err(error) = put {
            assert!(flash.is_dead(), "{error}");
            break;
        }
        written = number;
    }
    let mut buffer = [0; 200];
    flash.is_dead().then(|| {
        fate(written, |seed| {
            flash.remount(seed);
            let storage = Storage::<1024>::mount(&mut flash, layout, &key).ok()?;
            let value = storage.read(&mut flash, name, &mut buffer).ok()?.map_or(0, |value| value[0]);
            flash.power_off();
            Some(value)
        })
    })
}

fn their_fate(at: u64, outcome: Outcome) -> Option<Fate> {
    let mut map = theirs(8);
    let mut buffer = [0; 512];
    map.flash().0.cut(at, outcome);
    let mut written = 0u8;
    for number in 1..=60u8 {
        if now(map.store_item(&mut buffer, &[1; 17], &[number; 200].as_slice())).is_err() {
            break;
        }
        written = number;
    }
    map.flash().0.is_dead().then(|| {
        fate(written, |seed| {
            map.flash().0.remount(seed);
            let found = now(map.fetch_item::<&[u8]>(&mut buffer, &[1; 17]));
            let value = found.ok()?.map_or(0, |value| value[0]);
            map.flash().0.power_off();
            Some(value)
        })
    })
}
