//! The bytes on flash, read and made here by FORMAT.md alone: what is written is what it says, and what it does not
//! say is refused.

use std::ops::{ControlFlow, Range};

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, Rules, rest};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

const PAGE: usize = 1024;
const UNIT: usize = 16;
/// Positions of a page without totals: all units but mark, header and note of intent.
const POSITIONS: u64 = 61;
const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, PAGE as u32, 4, 3, 12) };
/// Pages of records: behind those of counters and time.
const RECORDS: Range<usize> = 7..19;

/// What the CRC of each frame begins with.
const MARK: u16 = 0x0aa;
const HEADER: u16 = 0x155;
const GRANULE: u16 = 0x1ff;

type Flash = Chip<4, PAGE>;
type Tested = Storage<32>;

fn key() -> Secret {
    Secret::new([7; 32])
}

fn fresh() -> (Flash, Tested) {
    let mut flash = Flash::new(19);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let storage = mount(&mut flash);
    (flash, storage)
}

fn mount(flash: &mut Flash) -> Tested {
    flash.remount(1);
    Tested::mount(flash, LAYOUT, &key()).unwrap()
}

/// The check, bit by bit: zeros of bytes and CRC above, the CRC with x⁹+x⁷+x⁴+x²+x+1 below.
fn check(initial: u16, bytes: &[u8]) -> u16 {
    let mut crc = initial;
    for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1))) {
        let top = crc >> 8;
        crc = crc << 1 & 0x1ff;
        if top != bit {
            crc ^= 0b0_1001_0111;
        }
    }
    let zeros = bytes.iter().map(|byte| byte.count_zeros()).sum::<u32>() + (9 - crc.count_ones());
    (zeros as u16) << 9 | crc
}

/// CRC-16/IBM-3740.
fn crc16(bytes: &[u8]) -> u16 {
    let step = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
    bytes.iter().fold(0xffff, |crc, byte| (0..8).fold(crc ^ u16::from(*byte) << 8, step))
}

/// Fourteen bytes and their check.
fn sealed(initial: u16, bytes: &[u8]) -> Vec<u8> {
    [bytes, &check(initial, bytes).to_le_bytes()].concat()
}

fn unit(flash: &Flash, page: usize, unit: usize) -> &[u8] {
    &flash.bytes()[page * PAGE + unit * UNIT..][..UNIT]
}

/// The fourteen bytes of a unit, if their check holds.
fn opened(flash: &Flash, initial: u16, page: usize, at: usize) -> Option<&[u8]> {
    let bytes = unit(flash, page, at);
    (sealed(initial, &bytes[..14]) == bytes).then_some(&bytes[..14])
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[derive(Debug, PartialEq, Eq)]
struct Header {
    sequence: u64,
    base: u64,
    previous_end: u64,
    skipped: u64,
    guards: bool,
    memory: u64,
    totals: Vec<u64>,
}

/// What the header of a page says, and the totals behind it.
fn header(flash: &Flash, page: usize) -> Option<Header> {
    let bytes = opened(flash, HEADER, page, 1)?;
    let end = number(&bytes[8..10]);
    let totals = &flash.bytes()[page * PAGE + 2 * UNIT..][..5 * usize::from(bytes[10])];
    // Where there are no totals, what is skipped goes on in the place of their CRC.
    let upper = u64::from(crc16(totals)) ^ number(&bytes[12..14]);
    assert!(upper == 0 || totals.is_empty());
    Some(Header {
        sequence: number(&bytes[..4]),
        base: number(&bytes[4..8]),
        previous_end: end & 0x7ff,
        skipped: upper << 4 | end >> 11 & 0xf,
        guards: end >> 15 == 1,
        memory: u64::from(bytes[11]),
        totals: totals.chunks(5).map(number).collect(),
    })
}

/// The granules of a page behind so many totals: their positions, payloads and predecessors.
fn granules(flash: &Flash, page: usize, totals: usize) -> Vec<(usize, Vec<u8>, u8)> {
    let first = 2 + (5 * totals).div_ceil(UNIT);
    let granule =
        |at: usize| opened(flash, GRANULE, page, at).map(|it| (at - first, it[..13].to_vec(), it[13]));
    (first..PAGE / UNIT - 1).filter_map(granule).collect()
}

fn page_with(flash: &Flash, pages: Range<usize>, sequence: u64) -> usize {
    let is_it = |page: &usize| header(flash, *page).is_some_and(|header| header.sequence == sequence);
    pages.into_iter().find(is_it).unwrap_or_else(|| panic!("no page {sequence}"))
}

fn tag(number: u64) -> [u8; 7] {
    [[0x70; 3].as_slice(), &(number as u32).to_le_bytes()].concat().try_into().unwrap()
}

fn charge(flash: &mut Flash, storage: &mut Tested, number: u64) {
    storage.raise(flash, (number % 3) as u8, 1000 * number, tag(number)).unwrap();
    rest(flash, storage).unwrap();
}

fn payload(number: u64) -> Vec<u8> {
    [&[(number % 3) as u8], &(1000 * number).to_le_bytes()[..5], &tag(number)].concat()
}

fn put(flash: &mut Flash, storage: &mut Tested, id: u8, fill: u8) {
    let mut transaction = storage.begin(flash, Needed::nothing().put(70)).unwrap();
    transaction.put(Key { kind: 1, id: [id; 16] }, &[fill; 70]).unwrap();
    transaction.commit().unwrap();
}

/// A header that skips none, where there is no charge yet.
fn following(sequence: u64, previous_end: u64, guards: bool, totals: Vec<u64>) -> Header {
    Header { sequence, base: 0, previous_end, skipped: 0, guards, memory: 3, totals }
}

#[test]
fn pages_of_counters_are_as_told() {
    let (mut flash, mut storage) = fresh();
    let first = following(1, 0, false, Vec::new());
    let page = page_with(&flash, 0..4, 1);
    assert_eq!(header(&flash, page), Some(first));
    let mark = opened(&flash, MARK, page, 0).unwrap();
    assert_eq!((&mark[..4], number(&mark[4..8]), &mark[12..]), (&b"HF\x01\x01"[..], 1, &[0, 0][..]));
    // Position 0 is a copy of nothing; the mount burned position 1 and copied again.
    let nothing = vec![0xff; 13];
    assert_eq!(granules(&flash, page, 0), [(0, nothing.clone(), 1), (2, nothing, 3)]);
    assert_eq!(unit(&flash, page, 3), [0; UNIT]);

    let fills = POSITIONS - 3;
    for number in 1..=fills {
        charge(&mut flash, &mut storage, number);
        assert_eq!(granules(&flash, page, 0).pop(), Some((number as usize + 2, payload(number), 0)));
    }
    let note = PAGE / UNIT - 1;
    assert_eq!(unit(&flash, page, note), [0xff; UNIT]);
    charge(&mut flash, &mut storage, fills + 1);
    assert_eq!(unit(&flash, page, note), [0; UNIT], "the note of intent");
    let second = page_with(&flash, 0..4, 2);
    let totals =
        |up_to: u64| (0..3).map(move |index| (1..=up_to).filter(|it| it % 3 == index).max().unwrap() * 1000);
    let expected = Header { base: fills, ..following(2, POSITIONS, false, totals(fills).collect()) };
    assert_eq!(header(&flash, second), Some(expected));
    assert_eq!(granules(&flash, second, 3), [(0, payload(fills), 1), (1, payload(fills + 1), 0)]);

    // A full page at mount: the next is opened while the newest granule is in doubt.
    let last = fills + 1 + 58;
    for number in fills + 2..=last {
        charge(&mut flash, &mut storage, number);
    }
    mount(&mut flash);
    let third = header(&flash, page_with(&flash, 0..4, 3)).unwrap();
    let expected = Header { base: last, ..following(3, POSITIONS - 1, true, totals(last).collect()) };
    assert_eq!(third, expected);
}

#[test]
fn a_page_guards_the_one_before_where_a_copy_was_its_newest() {
    let (mut flash, mut storage) = fresh();
    for number in 1..=POSITIONS - 5 {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
    }
    // The mount takes the last two positions.
    let mut storage = mount(&mut flash);
    storage.raise(&mut flash, 0, 100, tag(100)).unwrap();
    let last = POSITIONS - 5;
    let expected = Header { base: last, ..following(2, POSITIONS - 2, true, vec![last]) };
    assert_eq!(header(&flash, page_with(&flash, 0..4, 2)), Some(expected));
}

/// Power-ups alone: each takes two positions, so 30 of them fill a page.
#[test]
fn a_full_page_of_nothing_but_copies_is_skipped_at_mount_alone() {
    let mut flash = Flash::new(19);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    for _ in 0..30 {
        mount(&mut flash);
    }
    assert_eq!(granules(&flash, page_with(&flash, 0..4, 1), 0).len(), 31);
    // There is none before the first that could be told on from.
    let mut storage = mount(&mut flash);
    assert_eq!(header(&flash, page_with(&flash, 0..4, 2)), Some(following(2, 0, true, Vec::new())));
    for _ in 0..30 {
        storage = mount(&mut flash);
    }
    // What a charge opens skips nothing, since the copies were read back in this session.
    let mut charged = flash.clone();
    rest(&mut charged, &mut storage).unwrap();
    storage.raise(&mut charged, 0, 1, tag(1)).unwrap();
    assert_eq!(header(&charged, page_with(&charged, 0..4, 3)), Some(following(3, 0, true, Vec::new())));
    mount(&mut flash);
    let expected = Header { skipped: 1, ..following(3, 0, true, Vec::new()) };
    assert_eq!(header(&flash, page_with(&flash, 0..4, 3)), Some(expected));
}

/// Sixteen totals are five whole units; nothing is written behind them but position 0, where words are written once.
#[test]
fn totals_that_fill_their_units_leave_the_next_alone() {
    let mut flash = Chip::<8, PAGE>::with_rules(19, Rules::ECC);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    for number in 1..=300u64 {
        storage.raise(&mut flash, (number % 16) as u8, number, tag(number)).unwrap();
        rest(&mut flash, &mut storage).unwrap();
        assert_eq!(storage.health().counters.retired, 0);
    }
}

#[test]
fn a_page_is_erased_ahead_by_one_erase_and_its_mark() {
    let (mut flash, mut storage) = fresh();
    let mut erased = 0;
    for number in 1..=600 {
        storage.raise(&mut flash, 0, number, tag(number)).unwrap();
        flash.reset_statistics();
        if storage.idle(&mut flash).unwrap() == MoreWork::Yes {
            assert_eq!((flash.statistics().erases, flash.statistics().bytes_written), (1, UNIT as u64));
            erased += 1;
        }
        assert_eq!(storage.idle(&mut flash), Ok(MoreWork::No));
    }
    assert!(erased > 5, "{erased}");
}

#[test]
fn a_page_of_records_says_below_which_transaction_all_is_decided() {
    let (mut flash, mut storage) = fresh();
    let mut seen = 0;
    for round in 0..60u8 {
        put(&mut flash, &mut storage, round % 5, round);
        for page in RECORDS {
            let Some(header) = header(&flash, page).filter(|header| header.sequence > 1) else { continue };
            // The page was opened for the granule behind the copy, whose transaction had begun and was not decided.
            let granules = granules(&flash, page, 0);
            assert_eq!(header.base, number(&granules[1].1[1..5]), "page {page}, {header:?}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// Puts a value that power fails before the commit of; the number of the transaction.
fn cut_short(flash: &mut Flash, storage: &mut Tested, length: usize) -> u64 {
    let mut transaction = storage.begin(flash, Needed::nothing().put(length as u32)).unwrap();
    transaction.put(Key { kind: 1, id: [9; 16] }, &vec![9; length]).unwrap();
    drop(transaction);
    let newest = RECORDS.filter_map(|page| Some((header(flash, page)?.sequence, page))).max().unwrap().1;
    let number = number(&granules(flash, newest, 0).pop().unwrap().1[1..5]);
    *storage = mount(flash);
    number
}

/// Each mount skips one page more than the last, and nothing says that what was on them never happened.
#[test]
fn pages_that_only_what_never_happened_is_on_are_skipped_without_a_trace() {
    let (mut flash, mut storage) = fresh();
    for id in 0..6 {
        put(&mut flash, &mut storage, id, id);
    }
    // What is left of the first page is too little to begin a piece there.
    let first = granules(&flash, page_with(&flash, RECORDS, 1), 0).pop().unwrap();
    for round in 1..=40 {
        let dropped = cut_short(&mut flash, &mut storage, 700);
        let page = page_with(&flash, RECORDS, 2 + round);
        let expected = Header {
            base: dropped + 1,
            skipped: round,
            memory: 11,
            ..following(2 + round, first.0 as u64 + 1, false, Vec::new())
        };
        assert_eq!(header(&flash, page), Some(expected));
        assert_eq!(granules(&flash, page, 0), [(0, first.1.clone(), 1)]);
        assert_eq!(RECORDS.filter(|page| header(&flash, *page).is_some()).count(), 2);
        assert_eq!(storage.keys(1).count(), 6);
    }
}

/// What stands on the page before, too, is behind its end from then on.
#[test]
fn what_never_happened_ends_the_page_before_where_it_began() {
    let (mut flash, mut storage) = fresh();
    put(&mut flash, &mut storage, 1, 1);
    let first = granules(&flash, page_with(&flash, RECORDS, 1), 0).pop().unwrap();
    let dropped = cut_short(&mut flash, &mut storage, 1700);
    let page = page_with(&flash, RECORDS, 4);
    let expected = Header {
        base: dropped + 1,
        skipped: 2,
        memory: 11,
        ..following(4, first.0 as u64 + 1, true, Vec::new())
    };
    assert_eq!(header(&flash, page), Some(expected));
    assert_eq!(granules(&flash, page, 0), [(0, first.1, 1)]);
    assert_eq!(RECORDS.filter(|page| header(&flash, *page).is_some()).count(), 2);
}

/// While the index has room, what a compaction moves is made true at once, by a commit that names the page it empties.
#[test]
fn a_compaction_has_one_commit() {
    let (mut flash, mut storage) = fresh();
    let mut moved = 0;
    for round in 0..900u16 {
        let id = if round % 11 == 0 && round < 66 { 20 + round as u8 / 11 } else { round as u8 % 5 };
        put(&mut flash, &mut storage, id, round as u8);
        rest(&mut flash, &mut storage).unwrap();
        let pages = RECORDS.filter(|page| header(&flash, *page).is_some());
        let all: Vec<_> =
            pages.flat_map(|page| granules(&flash, page, 0).into_iter().map(move |it| (page, it))).collect();
        let all = all.iter().filter(|(_, (_, _, back))| *back == 0);
        let entries: Vec<_> =
            all.map(|(page, (_, it, _))| (*page, it[0], number(&it[1..5]), number(&it[5..7]))).collect();
        for (page, _, transaction, offset) in entries.iter().filter(|(_, what, ..)| *what == 1) {
            let version = number(&flash.bytes()[page * PAGE + *offset as usize + 18..][..4]);
            if version == *transaction {
                continue;
            }
            moved += 1;
            let commits = entries.iter().filter(|(_, what, of, _)| *what == 3 && of == transaction);
            let emptied: Vec<u64> = commits.map(|(.., emptied)| *emptied).collect();
            assert!(
                emptied.iter().all(|page| *page != 0xffff) && emptied.len() <= 1,
                "{transaction}: {emptied:?}"
            );
        }
    }
    assert!(moved > 50, "{moved}");
}

#[test]
fn a_copy_names_an_original_at_most_127_positions_back() {
    let layout = Layout::consecutive(0, 4096, 3, 3, 12);
    let mut flash = Chip::<4, 4096>::new(18);
    Tested::format(&mut flash, layout, &key()).unwrap();
    let mut farthest = 0;
    for power_up in 0..200 {
        flash.remount(power_up);
        Tested::mount(&mut flash, layout, &key()).unwrap();
        let units = flash.bytes().chunks(UNIT).filter(|unit| sealed(GRANULE, &unit[..14]) == *unit);
        farthest = farthest.max(units.map(|unit| unit[13]).max().unwrap());
    }
    assert_eq!(farthest, 127);
}

#[test]
fn pages_of_another_version_or_make_are_another_format() {
    for (at, byte) in [(0, b'h'), (1, b'f'), (2, 2), (3, 4)] {
        let (mut flash, _) = fresh();
        for page in 0..19 {
            let mut mark = opened(&flash, MARK, page, 0).unwrap().to_vec();
            mark[at] = byte;
            flash.tamper(page * PAGE, &sealed(MARK, &mark));
        }
        let before = flash.bytes().to_vec();
        let mounted = Tested::mount(&mut flash, LAYOUT, &key()).map(|_| ());
        assert_eq!(mounted, Err(StorageError::OtherFormat), "byte {at}");
        assert_eq!(flash.bytes(), before);
    }
}

#[test]
fn a_granule_of_no_counter_is_no_charge() {
    for (index, is_charge) in [(3, true), (199, true), (200, false), (254, false)] {
        let (mut flash, mut storage) = fresh();
        charge(&mut flash, &mut storage, 1);
        let page = page_with(&flash, 0..4, 1);
        let next = 2 + granules(&flash, page, 0).pop().unwrap().0 + 1;
        let granule = [[index].as_slice(), &[5, 0, 0, 0, 0], &tag(2), &[0]].concat();
        flash.tamper(page * PAGE + next * UNIT, &sealed(GRANULE, &granule));
        let storage = mount(&mut flash);
        let mut found = Vec::new();
        let each = |charge: holdfast_storage::Found| {
            found.push(charge.index);
            ControlFlow::Continue(())
        };
        storage.history(&mut flash, each).unwrap();
        let expected: &[u8] = if is_charge { &[index, 1] } else { &[1] };
        assert_eq!(found, expected, "index {index}");
    }
}
