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
    /// Powered seconds that were booked before this power-up.
    base: u64,
    /// Seconds since power-up.
    up: u64,
    /// A grant that depends on time was given since power-up, so booking goes on by itself.
    in_use: bool,
}

impl Clock {
    /// At power-up.
    pub(crate) const fn new(booked: u64) -> Self {
        Self { base: booked, up: 0, in_use: false }
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
        let now = self.base.saturating_add(self.up);
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
