//! What a device should hold, kept in the simplest way: vectors and a map.

use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use embedded_storage::nor_flash::NorFlash;

use super::rest;
use crate::{Found, Key, Needed, Storage, StorageError, VALUE};

/// The storage under test.
pub type Tested = Storage<48>;

/// Counters that scripts use.
pub const COUNTERS: u8 = 4;

/// Kinds of records that scripts use: plain ones and secrets.
pub const KINDS: [u8; 2] = [1, 200];

/// No record has this name.
const ABSENT: [u8; 16] = [0xdd; 16];

/// A change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a value of a length, filled with a byte.
    Put(Key, u16, u8),
    /// Deletes.
    Delete(Key),
}

/// One thing a device does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Raises a counter by so much.
    Raise(u8, u32),
    /// Starts a counter anew, of which no charge is in memory.
    StartAnew(u8),
    /// Books so many more seconds.
    Book(u32),
    /// Changes records together.
    Commit(Vec<Change>),
    /// Begins to change records, and drops it.
    Drop(Vec<Change>),
    /// Idle time until there is no more work.
    Idle,
}

/// What a device holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Totals by index.
    pub totals: [u64; COUNTERS as usize],
    /// Every charge ever made.
    pub charges: Vec<Found>,
    /// How many counters were started anew, which takes a number as a charge does.
    pub anew: u64,
    /// Powered seconds.
    pub powered: u64,
    /// Records.
    pub records: BTreeMap<(u8, [u8; 16]), Vec<u8>>,
}

/// The tag of the charge with this number.
fn tag(number: u64) -> [u8; 7] {
    let mut tag = [0; 7];
    tag.copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[..7]);
    tag
}

/// A value that differs in every byte from its neighbors.
fn value(length: u16, fill: u8) -> Vec<u8> {
    (0..length).map(|at| (at as u8).wrapping_mul(31) ^ fill).collect()
}

impl State {
    /// The number of the next charge.
    pub fn mark(&self) -> u64 {
        self.charges.len() as u64 + self.anew + 1
    }

    /// What the device holds after a step.
    #[must_use]
    pub fn after(&self, step: &Step) -> Self {
        let mut after = self.clone();
        match step {
            Step::Raise(index, by) => {
                let total = self.totals[usize::from(*index)] + u64::from(*by);
                after.totals[usize::from(*index)] = total;
                after.charges.push(Found {
                    index: *index,
                    total,
                    number: self.mark(),
                    tag: tag(self.mark()),
                });
            }
            Step::StartAnew(index) => {
                let total = core::mem::take(&mut after.totals[usize::from(*index)]);
                after.anew += u64::from(total > 0);
            }
            Step::Book(by) => after.powered += u64::from(*by),
            Step::Commit(changes) => {
                for change in changes {
                    match change {
                        Change::Put(key, length, fill) => {
                            after.records.insert((key.kind, key.id), value(*length, *fill));
                        }
                        Change::Delete(key) => {
                            after.records.remove(&(key.kind, key.id));
                        }
                    }
                }
            }
            Step::Drop(_) | Step::Idle => {}
        }
        after
    }

    /// Does a step on a device that holds this. Idle time comes where a charge needs it.
    pub fn perform<F: NorFlash>(
        &self,
        step: &Step,
        flash: &mut F,
        storage: &mut Tested,
    ) -> Result<(), StorageError> {
        match step {
            Step::Raise(index, by) => {
                let total = self.totals[usize::from(*index)] + u64::from(*by);
                after_idle(flash, storage, |flash, storage| {
                    let number = storage.raise(flash, *index, total, tag(self.mark()))?;
                    assert_eq!(number, self.mark());
                    Ok(())
                })
            }
            Step::StartAnew(index) => {
                after_idle(flash, storage, |flash, storage| storage.start_anew(flash, *index))
            }
            Step::Book(by) => {
                let powered = self.powered + u64::from(*by);
                after_idle(flash, storage, |flash, storage| storage.book(flash, powered))
            }
            Step::Commit(changes) => change(flash, storage, changes, true),
            Step::Drop(changes) => change(flash, storage, changes, false),
            Step::Idle => rest(flash, storage).map(drop),
        }
    }

    /// Whether a mounted device holds exactly this; else what differs.
    pub fn is_held_by<F: NorFlash>(&self, flash: &mut F, storage: &Tested) -> Result<(), String> {
        for (index, total) in self.totals.iter().enumerate() {
            let found = storage.total(index as u8);
            if found != *total {
                return Err(format!("counter {index} is {found}, not {total}"));
            }
        }
        if storage.mark() != self.mark() {
            return Err(format!("the mark is {}, not {}", storage.mark(), self.mark()));
        }
        if storage.powered() != self.powered {
            return Err(format!("powered is {}, not {}", storage.powered(), self.powered));
        }
        self.remembers(flash, storage)?;
        for kind in KINDS {
            let keys: Vec<_> = storage.keys(kind).map(|key| (key.kind, key.id)).collect();
            let expected: Vec<_> = self.records.keys().copied().filter(|(of, _)| *of == kind).collect();
            if keys != expected {
                return Err(format!("records of kind {kind} are {keys:?}, not {expected:?}"));
            }
        }
        let mut buffer = [0; VALUE];
        for kind in KINDS {
            match storage.read(flash, Key { kind, id: ABSENT }, &mut buffer) {
                Ok(None) => {}
                other => return Err(format!("what was never written is {other:?}")),
            }
        }
        if storage.health().unreadable_pages > 0 {
            return Err("pages are said to be unreadable".into());
        }
        for ((kind, id), value) in &self.records {
            match storage.read(flash, Key { kind: *kind, id: *id }, &mut buffer) {
                Ok(Some(found)) if found == &value[..] => {}
                Ok(_) => return Err(format!("record {kind}/{} has another value", id[0])),
                Err(error) => return Err(format!("record {kind}/{}: {error}", id[0])),
            }
        }
        Ok(())
    }

    /// The memory of charges is exactly those from the oldest number on.
    fn remembers<F: NorFlash>(&self, flash: &mut F, storage: &Tested) -> Result<(), String> {
        let oldest = storage.oldest();
        if oldest == 0 || oldest > self.mark() {
            return Err(format!("the oldest in memory is {oldest}, of {}", self.mark()));
        }
        let mut found = Vec::new();
        storage
            .history(flash, |charge| {
                found.push(charge);
                ControlFlow::Continue(())
            })
            .map_err(|error| format!("history: {error}"))?;
        found.reverse();
        let expected: Vec<_> =
            self.charges.iter().copied().filter(|charge| charge.number >= oldest).collect();
        if found != expected {
            return Err(format!("charges {found:?} are remembered, not {expected:?}"));
        }
        Ok(())
    }
}

/// Does something that may need a page erased ahead.
fn after_idle<F: NorFlash>(
    flash: &mut F,
    storage: &mut Tested,
    mut once: impl FnMut(&mut F, &mut Tested) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    match once(flash, storage) {
        Err(StorageError::Busy) => {
            rest(flash, storage)?;
            once(flash, storage)
        }
        other => other,
    }
}

fn change<F: NorFlash>(
    flash: &mut F,
    storage: &mut Tested,
    changes: &[Change],
    commit: bool,
) -> Result<(), StorageError> {
    let needed = changes.iter().fold(Needed::nothing(), |needed, change| match change {
        Change::Put(_, length, _) => needed.put(u32::from(*length)),
        Change::Delete(_) => needed.delete(),
    });
    let mut transaction = storage.begin(flash, needed)?;
    for change in changes {
        match change {
            Change::Put(key, length, fill) => transaction.put(*key, &value(*length, *fill))?,
            Change::Delete(key) => transaction.delete(*key)?,
        }
    }
    if commit { transaction.commit() } else { Ok(()) }
}
