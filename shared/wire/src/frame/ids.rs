//! Which channel ids were given.
//!
//! They are plain numbers with nothing behind them: no table to fill, nobody to evict, and they
//! never run out.

use super::BROADCAST;

/// All ids up to the last one given; after 2³² − 2 of them all, and the first is given again.
pub(super) struct Channels {
    last: u32,
    all: bool,
}

impl Channels {
    /// None yet.
    pub(super) const fn new() -> Self {
        Self { last: 0, all: false }
    }

    /// A channel id for one more program.
    pub(super) fn give(&mut self) -> u32 {
        self.last = match self.last.wrapping_add(1) {
            0 | BROADCAST => {
                self.all = true;
                1
            }
            next => next,
        };
        self.last
    }

    /// Whether that one was given.
    pub(super) const fn has(&self, cid: u32) -> bool {
        cid != 0 && cid != BROADCAST && (self.all || cid <= self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_ids_never_run_out_and_are_never_zero_or_broadcast() {
        let mut channels = Channels { last: BROADCAST - 2, all: false };
        assert!(!channels.has(BROADCAST - 1));
        assert_eq!(channels.give(), BROADCAST - 1);
        assert_eq!(channels.give(), 1);
        assert_eq!(channels.give(), 2);
        assert!(channels.has(3) && channels.has(BROADCAST - 1));
        assert!(!channels.has(0) && !channels.has(BROADCAST));
    }
}
