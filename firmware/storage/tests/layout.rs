//! Which layouts a chip can carry, and that no other is begun.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, Device, rest};
use holdfast_storage::{Key, Layout, Region, Storage, StorageError};

const PAGE: u32 = 2048;

type Tested = Storage<16>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// Formats and mounts; a layout that is refused changes nothing.
fn begin<const WORD: usize, const ERASE: usize>(pages: usize, layout: Layout) -> Result<(), StorageError> {
    let mut flash = Chip::<WORD, ERASE>::new(pages);
    let begun = Tested::format(&mut flash, layout, &key());
    if begun.is_ok() {
        Tested::mount(&mut flash, layout, &key()).unwrap();
    } else {
        assert!(matches!(Tested::mount(&mut flash, layout, &key()), Err(StorageError::Layout)));
        assert!(flash.bytes().iter().all(|byte| *byte == 0xff), "{layout:?}");
    }
    begun
}

/// Three regions on a chip of 2 KiB pages: where each begins, in bytes, and how many pages it has.
fn regions([counters, time, records]: [(u32, u16); 3]) -> Result<(), StorageError> {
    let region = |(start, pages)| Region { start, pages };
    let layout = Layout {
        page: PAGE,
        counters: region(counters),
        time: region(time),
        records: region(records),
        reserve: 0,
    };
    begin::<4, 2048>(400, layout)
}

#[test]
fn regions_may_lie_in_any_order_and_with_gaps() {
    for places in [[0, 3, 6], [11, 8, 0], [3, 0, 6], [20, 40, 60], [60, 40, 20], [40, 60, 20], [0, 380, 200]]
    {
        let [counters, time, records] = places.map(|page| page * PAGE);
        assert_eq!(regions([(counters, 3), (time, 3), (records, 8)]), Ok(()), "{places:?}");
    }
}

#[test]
fn regions_that_overlap_are_refused() {
    // Each pair by one page at either end, wholly, and one inside the other.
    for places in [
        [(0, 3), (2, 3), (20, 8)],
        [(2, 3), (0, 3), (20, 8)],
        [(0, 3), (0, 3), (20, 8)],
        [(0, 10), (4, 3), (20, 8)],
        [(4, 3), (20, 3), (6, 8)],
        [(13, 3), (20, 3), (6, 8)],
        [(8, 3), (20, 3), (6, 8)],
        [(20, 3), (4, 3), (6, 8)],
        [(20, 3), (13, 3), (6, 8)],
        [(20, 3), (8, 3), (6, 8)],
    ] {
        let places = places.map(|(page, pages)| (page * PAGE, pages));
        assert_eq!(regions(places), Err(StorageError::Layout), "{places:?}");
    }
}

#[test]
fn regions_begin_where_a_page_begins() {
    for wrong in 0..3 {
        let mut places = [(0, 3), (10 * PAGE, 3), (20 * PAGE, 8)];
        places[wrong].0 += 16;
        assert_eq!(regions(places), Err(StorageError::Layout), "{places:?}");
    }
}

#[test]
fn regions_have_as_many_pages_as_their_logs_work_with() {
    for (pages, fits) in [
        ([3, 3, 8], true),
        ([2, 3, 8], false),
        ([3, 2, 8], false),
        ([3, 3, 7], false),
        ([64, 8, 256], true),
        ([65, 8, 256], false),
        ([64, 9, 256], false),
        ([64, 8, 257], false),
    ] {
        let [counters, time, records] = pages;
        let layout = Layout::consecutive(0, PAGE, counters, time, records);
        assert_eq!(begin::<4, 2048>(400, layout).is_ok(), fits, "{pages:?}");
    }
}

#[test]
fn the_last_region_ends_on_the_chip() {
    let layout = Layout::consecutive(PAGE, PAGE, 3, 3, 8);
    assert_eq!(begin::<4, 2048>(15, layout), Ok(()));
    assert_eq!(begin::<4, 2048>(14, layout), Err(StorageError::Layout));
}

#[test]
fn a_page_has_16_to_1024_units_and_64_kib_at_most() {
    fn fits<const WORD: usize, const ERASE: usize>(page: usize) -> bool {
        let layout = Layout::consecutive(0, page as u32, 3, 3, 64);
        begin::<WORD, ERASE>(70 * page.div_ceil(ERASE), layout).is_ok()
    }
    assert!(fits::<4, 16_384>(16_384) && !fits::<4, 16_400>(16_400));
    assert!(fits::<512, 8_192>(8_192) && !fits::<512, 7_680>(7_680));
    assert!(fits::<512, 0x1_0000>(0x1_0000) && !fits::<512, 0x1_0200>(0x1_0200));
    // Several of what the chip erases at once, but whole ones, and of whole units.
    assert!(fits::<4, 512>(1024) && !fits::<4, 512>(768));
    assert!(fits::<512, 512>(8_192) && !fits::<32, 336>(1008));
}

/// What is kept so that any page can be moved is two records of the longest, a page, one to recover on and a deletion.
#[test]
fn records_hold_more_than_what_is_kept_to_move_them() {
    fn fits<const WORD: usize, const PAGE: usize>(records: u16) -> bool {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 3, 3, records) };
        let pages = 6 + usize::from(records);
        if begin::<WORD, PAGE>(pages, layout).is_err() {
            return false;
        }
        let mut device = Device::<WORD, PAGE>::new(Chip::new(pages), layout);
        let key = Key { kind: 1, id: [1; 16] };
        for _ in 0..30 {
            device.put(key, &[1]).unwrap();
            device.put(key, &[2]).unwrap();
            device.delete(key).unwrap();
        }
        true
    }
    // Of 304 bytes nothing is left for the end of a page, the beginning of a piece and a few granules.
    assert!(!fits::<4, 304>(256) && fits::<4, 320>(256));
    let fewest = |fits: fn(u16) -> bool| (8..=256).find(|pages| fits(*pages));
    assert_eq!(fewest(fits::<4, 320>), Some(107));
    assert_eq!(fewest(fits::<4, 512>), Some(15));
    assert_eq!(fewest(fits::<4, 1024>), Some(10));
    assert_eq!(fewest(fits::<512, 8_192>), Some(38));
}

#[test]
fn a_unit_is_whole_words_and_512_bytes_at_most() {
    let layout = |page| Layout::consecutive(0, page, 3, 3, 8);
    assert_eq!(begin::<1024, 0x1_0000>(14, layout(0x1_0000)), Err(StorageError::Layout));
    assert_eq!(begin::<12, 768>(14, layout(768)), Err(StorageError::Layout));
    for begun in [begin::<1, 2048>(14, layout(PAGE)), begin::<2, 2048>(14, layout(PAGE))] {
        assert_eq!(begun, Ok(()));
    }
}

#[test]
fn the_largest_ring_goes_round() {
    let layout = Layout::consecutive(0, 512, 64, 8, 15);
    let mut flash = Chip::<4, 512>::new(87);
    Tested::format(&mut flash, layout, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, layout, &key()).unwrap();
    for number in 1..=4000u64 {
        storage.raise(&mut flash, 0, number, [number as u8; 7]).unwrap();
        storage.book(&mut flash, number).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        if number % 100 == 0 {
            flash.remount(number);
            storage = Tested::mount(&mut flash, layout, &key()).unwrap();
            assert_eq!((storage.total(0), storage.powered()), (number, number));
        }
    }
    assert!(storage.health().counters.least > 1);
    assert!(storage.mark() - storage.oldest() >= u64::from(storage.memory()) - 2 * 20);
}
