//! A vendor's time floor: the earliest that now can be, as far as the dongle can prove.
//!
//! A dongle has no battery. What it keeps is an offset to its count of powered seconds, so that
//! the floor moves on by itself while there is power. Documents raise it; a cap bounds what one bad
//! signer can do: 400 days beyond an anchor, plus the powered seconds since.

use holdfast_document::Time;
use serde::{Deserialize, Serialize};

/// How far a document may move the floor beyond anchor and powered time.
const CAP: u64 = 400 * 86_400;

/// The floor of one vendor, its anchor, and when it was last proven fresh. `powered` arguments are
/// the dongle's powered seconds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Floor {
    /// The floor at the moment of the next field.
    time: Time,
    /// Powered seconds at that moment.
    at: u64,
    anchor: Time,
    anchor_at: u64,
    /// Whether an Update has set it.
    set: bool,
    /// Powered seconds at the last request that anyone has answered.
    fresh: Option<u64>,
    /// The same for the issuer's own answers.
    fresh_by_issuer: Option<u64>,
}

/// Who vouches for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Authority,
    Issuer,
}

impl Floor {
    /// Of a vendor that has sent no Update yet.
    pub(crate) const UNKNOWN: Self = Self {
        time: Time(0),
        at: 0,
        anchor: Time(0),
        anchor_at: 0,
        set: false,
        fresh: None,
        fresh_by_issuer: None,
    };

    /// The floor now; zero before the vendor's first Update.
    pub(crate) fn now(&self, powered: u64) -> Time {
        if self.set { self.time.plus(powered.saturating_sub(self.at)) } else { Time(0) }
    }

    /// Age of the last proof of time; `installed` is when the license came, which counts before any.
    pub(crate) fn age(&self, powered: u64, installed: u64, by: By) -> u64 {
        let fresh = match by {
            By::Authority => self.fresh,
            By::Issuer => self.fresh_by_issuer,
        };
        powered.saturating_sub(fresh.unwrap_or(installed))
    }

    /// An Update is taken: its time of issue moves the floor. The vendor's first one sets floor and anchor.
    pub(crate) fn issued(&mut self, issued: Time, powered: u64) {
        if self.set {
            self.raise(issued, powered);
        } else {
            self.set = true;
            self.time = issued;
            self.at = powered;
            self.settle(powered);
        }
    }

    /// All of an Update was taken, an Answer in it too: the anchor moves to the floor. Not before, or the two
    /// times of one Update would move the floor twice as far as the cap allows.
    pub(crate) fn settle(&mut self, powered: u64) {
        self.anchor = self.now(powered);
        self.anchor_at = powered;
    }

    /// A time that answers a request made at `asked` powered seconds, when the floor was
    /// `floor_then`. It counts as fresh unless it was capped, or is below the floor at its request.
    pub(crate) fn answer(&mut self, time: Time, asked: u64, floor_then: Time, powered: u64, by: By) {
        let capped = self.raise(time, powered);
        if capped || time < floor_then {
            return;
        }
        self.fresh = self.fresh.max(Some(asked));
        if by == By::Issuer {
            self.fresh_by_issuer = self.fresh_by_issuer.max(Some(asked));
        }
    }

    /// Raises the floor, as far as the cap allows; says whether the cap cut it short.
    fn raise(&mut self, time: Time, powered: u64) -> bool {
        let most = self.anchor.plus(powered.saturating_sub(self.anchor_at)).plus(CAP);
        let raised = time.min(most).max(self.now(powered));
        self.time = raised;
        self.at = powered;
        time > most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn updated(at: u64) -> Floor {
        let mut floor = Floor::UNKNOWN;
        update(&mut floor, at, None, 0);
        floor
    }

    /// An Update that was issued at a time, with an Answer of another to a request made just now.
    fn update(floor: &mut Floor, issued: u64, answer: Option<u64>, powered: u64) {
        floor.issued(Time(issued), powered);
        if let Some(time) = answer {
            floor.answer(Time(time), powered, Time(0), powered, By::Issuer);
        }
        floor.settle(powered);
    }

    #[test]
    fn the_first_update_sets_floor_and_anchor_and_power_moves_it_on() {
        let floor = updated(2_000 * DAY);
        assert_eq!(floor.now(50), Time(2_000 * DAY + 50));
        assert_eq!(Floor::UNKNOWN.now(50), Time(0));
    }

    #[test]
    fn nothing_moves_a_floor_back() {
        let mut floor = updated(2_000 * DAY);
        update(&mut floor, 1_000 * DAY, None, 10);
        floor.answer(Time(5), 0, Time(0), 20, By::Authority);
        assert_eq!(floor.now(20), Time(2_000 * DAY + 20));
    }

    #[test]
    fn a_capped_time_is_not_fresh_and_one_update_moves_the_anchor_on() {
        let mut floor = updated(2_000 * DAY);
        floor.answer(Time(9_000 * DAY), 5, Time(0), 10, By::Issuer);
        assert_eq!(floor.now(10), Time(2_400 * DAY + 10));
        assert_eq!(floor.age(10, 0, By::Issuer), 10, "not fresh: age still counts from installation");
        floor.answer(Time(9_000 * DAY), 5, Time(0), 10, By::Issuer);
        assert_eq!(floor.now(10), Time(2_400 * DAY + 10), "an answer alone does not move the anchor");
        update(&mut floor, 9_000 * DAY, None, 10);
        update(&mut floor, 9_000 * DAY, None, 10);
        assert_eq!(floor.now(10), Time(2_800 * DAY + 10), "each update moves it by one more cap");
    }

    #[test]
    fn one_update_moves_the_floor_by_one_cap_though_it_has_two_times() {
        let mut floor = updated(2_000 * DAY);
        update(&mut floor, 9_000 * DAY, Some(9_000 * DAY), 10);
        assert_eq!(floor.now(10), Time(2_400 * DAY + 10));
        assert_eq!(floor.age(10, 0, By::Issuer), 10, "a time that was cut short is not fresh");
        update(&mut floor, 2_500 * DAY, Some(2_500 * DAY), 20);
        assert_eq!((floor.now(20), floor.age(20, 0, By::Issuer)), (Time(2_500 * DAY), 0), "the next one is");
    }

    #[test]
    fn the_first_update_bounds_the_answer_that_comes_with_it() {
        let mut floor = Floor::UNKNOWN;
        update(&mut floor, 2_000 * DAY, Some(9_000 * DAY), 0);
        assert_eq!(floor.now(0), Time(2_400 * DAY));
    }

    #[test]
    fn an_age_counts_from_the_request_and_a_time_before_its_request_is_not_fresh() {
        let mut floor = updated(2_000 * DAY);
        let then = floor.now(100);
        floor.answer(Time(1_990 * DAY), 100, then, 700, By::Authority);
        assert_eq!(floor.age(700, 0, By::Authority), 700);
        floor.answer(Time(2_010 * DAY), 100, then, 700, By::Authority);
        assert_eq!(floor.age(700, 0, By::Authority), 600);
        assert_eq!(floor.age(700, 0, By::Issuer), 700, "an authority is not the issuer");
    }
}
