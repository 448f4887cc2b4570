//! Stories of torn words that once went wrong, told again.

use std::collections::BTreeSet;
use std::ops::Range;
use std::slice;

use holdfast_crypto::Secret;
use holdfast_storage::model::oracle::{Change, State, Step, Tested};
use holdfast_storage::model::{Chip, Outcome, Rules};
use holdfast_storage::{Key, Layout, StorageError};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 4, 4, 21) };

type Flash = Chip<16, 512>;

fn key() -> Secret {
    Secret::new([7; 32])
}

/// A mount that is cut; `None` if it was over before.
fn cut_mount(flash: &Flash, reading: u64, at: u64) -> Option<Flash> {
    let mut flash = flash.clone();
    flash.remount(reading);
    flash.cut(at, Outcome::Nothing);
    Tested::mount(&mut flash, LAYOUT, &key()).is_err().then_some(flash)
}

/// A granule of a record's piece is torn, so its body was never begun. A mount that reads it copies it to a fresh page
/// and is cut; at the next the original is garbage, and only the copy says that the transaction was begun.
#[test]
fn a_transaction_of_which_only_a_copy_can_be_read_never_happened() {
    let named = |kind| Key { kind, id: [1; 16] };
    let put = |kind, length, fill| Step::Commit(vec![Change::Put(named(kind), length, fill)]);
    let mut flash = Flash::with_rules(29, Rules::LPC55);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    let mut state = State::default();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    for step in [put(1, 90, 1), put(200, 32, 2)] {
        state.perform(&step, &mut flash, &mut storage).unwrap();
        state = state.after(&step);
    }
    flash.power_off();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    let mounted = flash.operations();
    flash.cut(mounted, Outcome::Marginal);
    assert!(state.perform(&put(200, 32, 3), &mut flash, &mut storage).is_err());

    let mut tried = 0;
    for reading in 0..120 {
        for at in 0.. {
            let Some(mut flash) = cut_mount(&flash, reading, at) else { break };
            for again in 0..4 {
                tried += 1;
                flash.remount(reading * 31 + again);
                let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
                let held = state.is_held_by(&mut flash, &storage);
                held.unwrap_or_else(|why| panic!("read by {reading}, cut at {at}, mount {again}: {why}"));
                flash.power_off();
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// A granule of a long piece is torn, and what is written later reaches to where its body would lie. One day it reads
/// right.
#[test]
fn a_piece_that_never_was_hides_nothing() {
    const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, 3, 3, 21) };
    let put = |id, length| Step::Commit(vec![Change::Put(Key { kind: 1, id: [id; 16] }, length, id)]);
    let mut flash = Chip::<4, 512>::with_rules(27, Rules::NRF52);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    flash.remount(0);
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    flash.cut(flash.operations(), Outcome::Marginal);
    assert!(State::default().perform(&put(1, 320), &mut flash, &mut storage).is_err());

    for first in 0..4 {
        let mut flash = flash.clone();
        let mut state = State::default();
        flash.remount(first);
        let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
        for id in 2..6 {
            state.perform(&put(id, 8), &mut flash, &mut storage).unwrap();
            state = state.after(&put(id, 8));
        }
        flash.power_off();
        for later in 0..300 {
            let mut flash = flash.clone();
            flash.remount(later);
            let storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
            let held = state.is_held_by(&mut flash, &storage);
            held.unwrap_or_else(|why| panic!("read by {first}, then by {later}: {why}"));
        }
    }
}

/// A device that does the same again and again, with idle time between.
#[derive(Clone)]
struct Routine<const WORD: usize> {
    layout: Layout,
    /// What is done after so many times.
    step: fn(u8) -> Step,
    done: u8,
    flash: Chip<WORD, 512>,
    state: State,
}

impl<const WORD: usize> Routine<WORD> {
    /// As it is when it takes another page next, and took as many as its rings have.
    fn about_to_turn(rules: Rules, ring: u16, step: fn(u8) -> Step) -> Self {
        Self::about_to_take(ring, rules, ring, step)
    }

    /// As it is when it takes another page next, for that time.
    fn about_to_take(time: u16, rules: Rules, ring: u16, step: fn(u8) -> Step) -> Self {
        let layout = Layout { reserve: 0, ..Layout::consecutive(0, 512, ring, ring, 16) };
        let flash = Chip::with_rules(2 * usize::from(ring) + 16, rules);
        let mut routine = Self { layout, step, done: 0, flash, state: State::default() };
        Tested::format(&mut routine.flash, layout, &key()).unwrap();
        routine.flash.remount(0);
        let mut storage = routine.mount().unwrap();
        let (mut fewest, mut pages) = (u64::MAX, 0);
        loop {
            let before = routine.clone();
            routine.does(&mut storage).unwrap();
            let operations = routine.flash.operations() - before.flash.operations();
            if operations > fewest.saturating_add(2) {
                pages += 1;
                if pages == time {
                    return before;
                }
            }
            fewest = fewest.min(operations);
            routine.state.perform(&Step::Idle, &mut routine.flash, &mut storage).unwrap();
        }
    }

    fn mount(&mut self) -> Result<Tested, StorageError> {
        Tested::mount(&mut self.flash, self.layout, &key())
    }

    fn does(&mut self, storage: &mut Tested) -> Result<(), StorageError> {
        let step = (self.step)(self.done);
        self.state.perform(&step, &mut self.flash, storage)?;
        self.has_done(&step);
        Ok(())
    }

    fn has_done(&mut self, step: &Step) {
        self.state = self.state.after(step);
        self.done = self.done.wrapping_add(1);
    }

    /// Power comes back, and may fail again: mounts, sees what was done, and does it once more.
    fn goes_on(&mut self, reading: u64, cut: Option<(u64, u32)>) -> Result<Tested, StorageError> {
        self.flash.power_off();
        self.flash.remount(reading);
        if let Some((at, word)) = cut {
            self.flash.cut(at, Outcome::MarginalWord(word));
        }
        let mut storage = self.mount()?;
        if self.state.is_held_by(&mut self.flash, &storage).is_err() {
            self.has_done(&(self.step)(self.done));
            self.holds(&storage);
        }
        self.does(&mut storage)?;
        self.state.perform(&Step::Idle, &mut self.flash, &mut storage)?;
        Ok(storage)
    }

    fn holds(&mut self, storage: &Tested) {
        let held = self.state.is_held_by(&mut self.flash, storage);
        held.unwrap_or_else(|why| panic!("done {} times: {why}", self.done));
    }

    /// Goes on, and holds what it did, at first and once it took another page, over further mounts.
    fn stays(mut self, reading: u64) {
        let mut storage = self.goes_on(reading, None).unwrap();
        for later in 0..32 {
            self.does(&mut storage).unwrap();
            if later == 0 || later == 30 {
                for nth in 1..8 {
                    let mut later = self.clone();
                    later.flash.power_off();
                    later.flash.remount(reading + nth);
                    let storage = later.mount().unwrap();
                    later.holds(&storage);
                }
            }
            self.state.perform(&Step::Idle, &mut self.flash, &mut storage).unwrap();
        }
    }
}

/// Cuts one operation of these, and in what follows one of those; what is torn is read in several ways between. How often.
fn cut_at_each<const WORD: usize>(whole: &Routine<WORD>, first: Range<u64>, later: &[Range<u64>]) -> u64 {
    let words = (16 / WORD) as u32;
    let mut told = 0;
    for first in first.flat_map(|at| (0..words).map(move |word| (at, word))) {
        let mut once = whole.clone();
        if once.goes_on(0, Some(first)).is_err() {
            println!("words of {WORD}, {:?}: cut at {first:?}", (whole.step)(0));
            told += cut_again(&once, later);
        }
    }
    told
}

fn cut_again<const WORD: usize>(routine: &Routine<WORD>, later: &[Range<u64>]) -> u64 {
    let Some((these, later)) = later.split_first() else {
        (0..6).for_each(|reading| routine.clone().stays(reading * 31));
        return 1;
    };
    let mut told = 0;
    let last_word = (16 / WORD) as u32 - 1;
    for cut in these.clone().flat_map(|at| [(at, 0), (at, last_word)]) {
        for reading in 0..4 {
            let mut again = routine.clone();
            if again.goes_on(reading, Some(cut)).is_err() {
                println!("read by {reading}, cut at {cut:?}");
                told += cut_again(&again, later);
            }
        }
    }
    told
}

fn raise(_: u8) -> Step {
    Step::Raise(0, 1)
}

fn book(_: u8) -> Step {
    Step::Book(1)
}

fn put(fill: u8) -> Step {
    Step::Commit(vec![Change::Put(Key { kind: 1, id: [1; 16] }, 70, fill)])
}

fn two_words_torn<const WORD: usize>(rules: Rules, ring: u16) -> u64 {
    let whole = |step| Routine::<WORD>::about_to_turn(rules, ring, step);
    let rings = [raise, book].map(|step| cut_at_each(&whole(step), 0..12, slice::from_ref(&(0..6))));
    // The mount of records comes last.
    rings.iter().sum::<u64>() + cut_at_each(&whole(put), 8..12, slice::from_ref(&(0..18)))
}

/// A page that was touched may look untouched after a second cut, if that tears what would say that it is not.
#[test]
fn what_is_done_after_two_cuts_that_tore_single_words_stays() {
    let told = [
        two_words_torn::<4>(Rules::NRF52, 3),
        two_words_torn::<4>(Rules::NRF52, 4),
        two_words_torn::<8>(Rules::ECC, 4),
        two_words_torn::<16>(Rules::LPC55, 4),
    ];
    assert!(told.iter().all(|told| *told > 80), "{told:?}");
}

/// The first granule of a page is torn, then a copy of it, while it counts, then the header, while it does not.
#[test]
fn a_page_that_counts_by_turns_counts_no_more_once_it_did_not() {
    for step in [raise, book] {
        let whole = Routine::<4>::about_to_turn(Rules::NRF52, 4, step);
        assert!(cut_at_each(&whole, 0..6, &[0..2, 0..6]) > 1000);
    }
}

/// The header of a page that was begun, and the first of its granules, after one unit of totals.
const HEADER: usize = 1;
const FIRST: usize = 3;

/// An erase that is cut short could leave a header whole and a granule that was torn, so both are burned before it.
#[test]
fn what_was_begun_of_a_page_is_burned_before_its_header_and_both_before_its_erase() {
    let whole = Routine::<4>::about_to_turn(Rules::NRF52, 4, raise);
    let mut header_is_burned = BTreeSet::new();
    for first in 0..12 {
        let mut once = whole.clone();
        if once.goes_on(0, Some((first, 0))).is_ok() {
            break;
        }
        for second in 0..6 {
            let mut twice = once.clone();
            twice.flash.power_off();
            twice.flash.remount(0);
            twice.flash.cut(second, Outcome::Nothing);
            if twice.mount().is_ok() {
                break;
            }
            let is_zero = |page: &[u8], unit: usize| page[16 * unit..][..16] == [0; 16];
            let page = twice.flash.bytes().chunks(512).take(4).find(|page| is_zero(page, FIRST));
            header_is_burned.extend(page.map(|page| is_zero(page, HEADER)));
        }
    }
    assert_eq!(header_is_burned, BTreeSet::from([false, true]));
}

/// Where a chip refuses to burn and a ring has three pages, nothing can be opened that skips a page that was begun: it
/// is erased itself, wherever it lies, and no other.
#[test]
fn of_three_pages_the_one_that_was_begun_is_erased() {
    let told = (3..6).map(|time| {
        let whole = Routine::<16>::about_to_take(time, Rules::LPC55, 3, raise);
        cut_at_each(&whole, 0..12, slice::from_ref(&(0..4)))
    });
    assert!(told.sum::<u64>() > 100);
}
