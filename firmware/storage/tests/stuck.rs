//! A chip of which one byte no longer changes, and which says nothing of it: only what is read back tells.

use std::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, ChipError, rest};
use holdfast_storage::{Key, Layout, Needed, Storage, StorageError};

const PAGE: usize = 1024;
const UNIT: usize = 16;
const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 4, 12) };

type Tested = Storage<32>;

/// A chip with one byte that always reads the same.
struct Flash {
    chip: Chip<4, PAGE>,
    stuck: Option<Stuck>,
}

#[derive(Clone, Copy, Debug)]
struct Stuck {
    at: usize,
    reads: u8,
}

impl ErrorType for Flash {
    type Error = ChipError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = Chip::<4, PAGE>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ChipError> {
        self.chip.read(offset, bytes)?;
        let stuck = self.stuck.and_then(|it| Some((it.at.checked_sub(offset as usize)?, it.reads)));
        if let Some((byte, reads)) = stuck.and_then(|(at, reads)| Some((bytes.get_mut(at)?, reads))) {
            *byte = reads;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.chip.capacity()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = Chip::<4, PAGE>::WRITE_SIZE;
    const ERASE_SIZE: usize = Chip::<4, PAGE>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), ChipError> {
        self.chip.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), ChipError> {
        self.chip.write(offset, bytes)
    }
}

fn key() -> Secret {
    Secret::new([7; 32])
}

const RECORD: Key = Key { kind: 1, id: [1; 16] };

fn fresh() -> Flash {
    let mut flash = Flash { chip: Chip::new(20), stuck: None };
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    flash
}

/// A fresh device with a byte that is stuck from now on; `None` where something stands there already.
fn device(stuck: Stuck) -> Option<(Flash, Tested)> {
    let mut flash = fresh();
    let storage = mount(&mut flash);
    flash.stuck = Some(stuck);
    (flash.chip.bytes()[stuck.at] == 0xff).then_some((flash, storage))
}

fn mount(flash: &mut Flash) -> Tested {
    flash.chip.remount(1);
    Tested::mount(flash, LAYOUT, &key()).unwrap_or_else(|why| panic!("{why}, {:?}", flash.stuck))
}

/// A way to write a number, and to read it.
type Write = fn(&mut Flash, &mut Tested, u64) -> Result<(), StorageError>;
type Read = fn(&mut Flash, &Tested) -> u64;

/// Writes one number after the other, with idle time between, and holds what is read to what was answered: a write
/// that failed is done or not, and the mount after it says which. Answers whether anything failed.
fn every_answer_holds(stuck: Stuck, numbers: u64, write: Write, read: Read) -> bool {
    let Some((mut flash, mut storage)) = device(stuck) else { return false };
    let mut failures = 0;
    for number in 1..=numbers {
        let mut written = write(&mut flash, &mut storage, number);
        if written == Err(StorageError::Busy) {
            rest(&mut flash, &mut storage).unwrap();
            written = write(&mut flash, &mut storage, number);
        }
        let rested = written.and_then(|()| rest(&mut flash, &mut storage));
        if rested.is_err() || number % 16 == 0 {
            storage = mount(&mut flash);
        }
        let there = read(&mut flash, &storage);
        let fewest = if written.is_ok() { number } else { number - 1 };
        assert!((fewest..=number).contains(&there), "{stuck:?}: {there} after {number}, {written:?}");
        if rested.is_err() {
            failures += 1;
            assert!(failures < 12, "{stuck:?}: it never ends, {rested:?} at {number}");
        }
        if there < number {
            let again = write(&mut flash, &mut storage, number);
            again.unwrap_or_else(|why| panic!("{stuck:?}: {why}, {number} again"));
        }
    }
    failures > 0
}

/// How many units of these pages made a write fail, each with a byte of it stuck, in turn at ones and at zeros.
fn failing(pages: Range<usize>, numbers: u64, write: Write, read: Read) -> usize {
    // Of all that is written the fourth byte has zeros, and nearly always the last has ones.
    let stuck = [(3, 0xff), (15, 0x00)];
    let units = pages.start * PAGE / UNIT..pages.end * PAGE / UNIT;
    let each = units.zip(stuck.into_iter().cycle());
    let each = each.map(|(unit, (byte, reads))| Stuck { at: unit * UNIT + byte, reads });
    each.filter(|stuck| every_answer_holds(*stuck, numbers, write, read)).count()
}

#[test]
fn a_charge_that_reads_back_otherwise_is_never_answered() {
    let raise: Write =
        |flash, storage, number| storage.raise(flash, 0, number, [number as u8; 7]).map(|_| ());
    let failing = failing(0..4, 300, raise, |_, storage| storage.total(0));
    assert!(failing > 100, "{failing}");
}

#[test]
fn booked_time_that_reads_back_otherwise_is_never_answered() {
    let failing = failing(
        4..8,
        300,
        |flash, storage, number| storage.book(flash, number),
        |_, storage| storage.powered(),
    );
    assert!(failing > 100, "{failing}");
}

#[test]
fn a_record_that_reads_back_otherwise_is_never_answered() {
    let put: Write = |flash, storage, number| {
        let mut transaction = storage.begin(flash, Needed::nothing().put(40))?;
        transaction.put(RECORD, &number.to_le_bytes().repeat(5))?;
        transaction.commit()
    };
    let read: Read = |flash, storage| {
        let mut buffer = [0; 40];
        let value = storage.read(flash, RECORD, &mut buffer).unwrap();
        value.map_or(0, |value| u64::from_le_bytes(value[..8].try_into().unwrap()))
    };
    let failing = failing(8..20, 120, put, read);
    assert!(failing > 100, "{failing}");
}

/// Where a mount finds the next position blank, it burns it: a torn granule there could read right one day. Where the
/// burn does not take, the mount goes on in another page.
#[test]
fn a_position_that_cannot_be_burned_is_the_last_of_its_page() {
    let mut flash = fresh();
    let mut storage = mount(&mut flash);
    storage.raise(&mut flash, 0, 1, [1; 7]).unwrap();
    let is_blank = |flash: &Flash, unit: usize| flash.chip.bytes()[unit * UNIT..][..UNIT] == [0xff; UNIT];
    let next = (2..).find(|unit| is_blank(&flash, *unit)).unwrap();
    flash.stuck = Some(Stuck { at: next * UNIT + 3, reads: 0xff });
    let mut storage = mount(&mut flash);
    assert!(!is_blank(&flash, next), "the mount burned it");
    for number in 2..=30 {
        storage.raise(&mut flash, 0, number, [number as u8; 7]).unwrap();
    }
    assert!(is_blank(&flash, next + 1));
    assert_eq!(mount(&mut flash).total(0), 30);
}

/// Who writes into an erased page behind its mark, or a cell that decays there, puts nothing into the log.
#[test]
fn what_stands_in_a_page_before_it_is_opened_never_counts() {
    let mut flash = fresh();
    let mut storage = mount(&mut flash);
    for number in 1..=10 {
        storage.raise(&mut flash, 0, number, [number as u8; 7]).unwrap();
    }
    rest(&mut flash, &mut storage).unwrap();
    let charge = flash.chip.bytes().chunks(UNIT).position(|unit| unit[6..13] == [5; 7]).unwrap();
    let charge = flash.chip.bytes()[charge * UNIT..][..UNIT].to_vec();
    let is_blank = |page: &usize| {
        flash.chip.bytes()[page * PAGE + UNIT..][..PAGE - UNIT].iter().all(|byte| *byte == 0xff)
    };
    let ahead: Vec<usize> = (0..4).filter(is_blank).collect();
    for page in ahead {
        for unit in [40, 62] {
            flash.chip.tamper(page * PAGE + unit * UNIT, &charge);
        }
    }
    for number in 11..=200 {
        let mut tries = 0;
        while let Err(why) = storage.raise(&mut flash, 0, number, [number as u8; 7]) {
            tries += 1;
            assert!(why == StorageError::Busy && tries < 4, "{why}, try {tries} of {number}");
            rest(&mut flash, &mut storage).unwrap();
        }
        rest(&mut flash, &mut storage).unwrap();
        let mut again = Flash { chip: flash.chip.clone(), stuck: None };
        assert_eq!(mount(&mut again).total(0), number);
    }
}

/// A device whose newest page of counters is full, so that the next mount opens another: the one that is ahead.
fn full() -> (Flash, usize, u64) {
    let mut flash = fresh();
    let mut storage = mount(&mut flash);
    // The first page has no total and took a power-up, the others have one.
    let charges = 58 + 5 * 59;
    for number in 1..=charges {
        storage.raise(&mut flash, 0, number, [number as u8; 7]).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    let is_blank =
        |page: &usize| flash.chip.bytes()[page * PAGE + UNIT..][..PAGE - UNIT] == [0xff; PAGE - UNIT];
    let ahead: Vec<usize> = (0..4).filter(is_blank).collect();
    assert_eq!(ahead.len(), 1);
    (flash, ahead[0], charges)
}

#[test]
fn a_page_that_cannot_be_opened_at_mount_is_erased_and_tried_once_more() {
    let (mut flash, ahead, charges) = full();
    flash.chip.tamper(ahead * PAGE + 40 * UNIT, &[0; UNIT]);
    let erases = |flash: &Flash| (0..4).map(|page| flash.chip.erases(page)).collect::<Vec<_>>();
    let mut expected = erases(&flash);
    expected[ahead] += 1;
    let storage = mount(&mut flash);
    assert_eq!((storage.total(0), storage.health().counters.retired), (charges, 0));
    assert_eq!(erases(&flash), expected);
}

#[test]
fn a_page_that_can_be_erased_but_not_opened_is_retired_at_mount() {
    let (mut flash, ahead, charges) = full();
    flash.stuck = Some(Stuck { at: ahead * PAGE + UNIT + 3, reads: 0xff });
    let mut storage = mount(&mut flash);
    assert_eq!((storage.total(0), storage.health().counters.retired), (charges, 1));
    for number in charges + 1..=charges + 200 {
        storage.raise(&mut flash, 0, number, [number as u8; 7]).unwrap();
        rest(&mut flash, &mut storage).unwrap();
    }
    assert_eq!(storage.health().counters.retired, 1);
}
