//! Powered time, booked before it is used.
//!
//! The dongle counts the seconds for which it has had power. What is durable is always ahead of
//! what has passed: the next interval is booked before the booked one is used up, so cutting power
//! just before each save gains nothing. An honest user loses at most as much again, plus ten
//! seconds a power-up.

use holdfast_storage::{Storage, StorageError};

use crate::records::RECORDS;
use embedded_storage::nor_flash::NorFlash;

/// The shortest and the longest interval that is booked, in seconds.
const SHORTEST: u64 = 10;
const LONGEST: u64 = 300;

/// Counts from power-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Powered seconds that were booked before this power-up, once that is known.
    base: Option<u64>,
    /// Seconds since power-up.
    up: u64,
    /// A grant that depends on time was given since power-up, so booking goes on by itself.
    in_use: bool,
}

impl Clock {
    /// At power-up.
    pub(crate) const fn new() -> Self {
        Self { base: None, up: 0, in_use: false }
    }

    /// A storage was mounted, which booked so many seconds. Mounted again it has more, which are of this power-up: the clock
    /// goes on as it was. With less it was formatted.
    pub(crate) fn mounted(&mut self, booked: u64) {
        let base = self.base.unwrap_or(booked);
        self.base = Some(base.min(booked));
    }

    /// Powered seconds now.
    fn now(&self) -> u64 {
        self.base.unwrap_or(0).saturating_add(self.up)
    }

    /// Lets time pass.
    pub(crate) fn tick(&mut self, now_ms: u64) {
        self.up = self.up.max(now_ms / 1_000);
    }

    /// Powered seconds now, booked so that they survive.
    pub(crate) fn powered<F: NorFlash>(
        &mut self,
        storage: &mut Storage<RECORDS>,
        flash: &mut F,
    ) -> Result<u64, StorageError> {
        self.in_use = true;
        let now = self.now();
        if now >= storage.powered() {
            let step = self.up.clamp(SHORTEST, LONGEST);
            storage.book(flash, now.saturating_add(step))?;
        }
        Ok(now)
    }

    /// Books the next interval if grants rely on it.
    pub(crate) fn keep_booked<F: NorFlash>(
        &mut self,
        storage: &mut Storage<RECORDS>,
        flash: &mut F,
    ) -> Result<(), StorageError> {
        if self.in_use { self.powered(storage, flash).map(|_| ()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_mount_while_it_runs_counts_no_second_twice() {
        let mut clock = Clock::new();
        clock.tick(5_000);
        clock.mounted(1_000);
        clock.tick(864_000_000);
        assert_eq!(clock.now(), 865_000);
        // Booked ahead, as always.
        clock.mounted(865_300);
        assert_eq!(clock.now(), 865_000);
        clock.tick(864_001_000);
        assert_eq!(clock.now(), 865_001);
        // A format begins anew.
        clock.mounted(0);
        assert_eq!(clock.now(), 864_001);
    }
}
