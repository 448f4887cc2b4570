//! Which page is compacted next.

use core::cmp::Reverse;

use embedded_storage::nor_flash::NorFlash;

use super::index::Place;
use super::room::cost;
use super::{Records, contains};
use crate::log::State;
use crate::wear::Wear;

/// Pages whose erases lie further apart than this are evened out.
const UNEVEN: u32 = 8;

impl<const N: usize> Records<N> {
    /// The page whose compaction gains most, if that is more than what is never counted of a page; of several the least worn.
    /// Only one that there is room to move.
    pub(super) fn worthwhile<F: NorFlash>(&self, flash: &mut F) -> Option<usize> {
        let shape = &self.log.shape;
        // What records of the page hold on others is written again too, and no longer lives there.
        let moved = |at: usize| self.live_on(at, true).saturating_add(self.live_on(at, false));
        let gain = |at: usize| shape.payload().saturating_sub(moved(at));
        let worth = self.candidates().filter(|at| gain(*at) > shape.uncounted());
        let movable = worth.filter_map(|at| {
            let first = self.first_to_go(at)?;
            self.can_be_moved(flash, first, false).then_some((at, first))
        });
        movable.max_by_key(|(at, _)| (gain(*at), Reverse(self.erases(*at)))).map(|(_, first)| first)
    }

    /// The oldest page, if there is room to move it.
    pub(super) fn oldest<F: NorFlash>(&self, flash: &mut F) -> Option<usize> {
        let sequence = |at: &usize| self.log.pages.get(*at).map_or(0, |page| page.sequence);
        let oldest = self.candidates().min_by_key(sequence).and_then(|at| self.first_to_go(at));
        oldest.filter(|at| self.can_be_moved(flash, *at, false))
    }

    /// The page that is written, if there is room to move it to another.
    pub(super) fn active<F: NorFlash>(&self, flash: &mut F) -> Option<usize> {
        self.first_to_go(self.log.active).filter(|at| self.can_be_moved(flash, *at, true))
    }

    /// Whether there is room to move what is on a page, to one that is opened first if need be.
    pub(super) fn can_be_moved<F: NorFlash>(&self, flash: &mut F, page: usize, opens: bool) -> bool {
        let shape = &self.log.shape;
        let room = if opens { self.ahead() } else { self.at_once() };
        let abandons = shape.unit.saturating_mul(u32::try_from(self.abandoned.len()).unwrap_or(0));
        let elsewhere = self.live_on(page, false).saturating_add(abandons);
        let fits = |here: u32| room >= shape.room_to_move(here, elsewhere);
        // To know how much is moved takes a walk.
        fits(shape.payload()) || fits(self.moved_from(flash, page))
    }

    /// The least worn page, where others are worn much more.
    pub(super) fn uneven(&self) -> Option<usize> {
        let most = Wear::of(&self.log).most;
        let idle = self.candidates().filter(|at| self.erases(*at).saturating_add(UNEVEN) < most);
        idle.min_by_key(|at| self.erases(*at)).and_then(|at| self.first_to_go(at))
    }

    fn erases(&self, page: usize) -> u32 {
        self.log.pages.get(page).map_or(u32::MAX, |page| page.erases)
    }

    /// Pages that are not written to and can be erased once they are empty.
    fn candidates(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.log.pages.len()).filter(|at| *at != self.log.active && self.can_go(*at))
    }

    /// Whether a page can be erased once it is empty.
    pub(super) fn can_go(&self, page: usize) -> bool {
        self.first_to_go(page).is_some()
    }

    /// The page that must be erased first for this one to go: one that guards the page before it never goes before
    /// that. `None` where one of them cannot be moved, since what lives on it cannot be read, or erased.
    pub(super) fn first_to_go(&self, page: usize) -> Option<usize> {
        let mut at = page;
        for _ in 0..self.log.pages.len() {
            if contains(&self.stuck, at) {
                return None;
            }
            let found = self.log.pages.get(at).filter(|page| page.state == State::Counted)?;
            match (found.guards, self.log.before(at)) {
                _ if self.log.skips_a_retired(found) => return None,
                (true, Some(before)) => at = before,
                (true, None) if self.log.was_retired(found.follows) => return None,
                _ => return Some(at),
            }
        }
        None
    }

    /// Bytes that live on a page, or that its records hold on others.
    pub(super) fn live_on(&self, page: usize, here: bool) -> u32 {
        let touching = self.index.live().iter().filter(|record| record.touches(page));
        let is_here = |place: &&Place| usize::from(place.page) == page;
        let places = touching.flat_map(|record| record.places()).filter(|place| is_here(place) == here);
        places.fold(0, |sum, place| sum.saturating_add(cost(&self.log.shape, u32::from(place.length))))
    }
}
