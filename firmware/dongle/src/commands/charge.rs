//! Charge and Probe: units, exactly once.
//!
//! A recognized retry is answered from memory without deciding again: else the charge that used up
//! the last unit would be paid and never delivered.

use holdfast_document::{Units, limits};
use holdfast_license::decide::charge_limit;
use holdfast_license::{Refusal, Verdict, decide};
use holdfast_storage::StorageError;
use holdfast_wire::command::charge::Charged;
use holdfast_wire::command::probe::Probed;
use holdfast_wire::command::{Charge, ErrorCode, Probe};

use super::Place;
use super::check::{note_first_use, opened};
use crate::Platform;
use crate::core::{Core, Scratch};
use crate::facts;
use crate::records::{self, LicenseState, MeterCounter};
use crate::stop::Stop;
use crate::tag::tag;

pub(super) fn charge<P: Platform>(
    core: &mut Core<P>,
    place: &mut Place<'_>,
    request: Charge<'_>,
    scratch: &mut Scratch,
) -> Result<Charged, Stop> {
    let (handle, mut state, license) = opened(core, place, request.handle, &mut scratch.first)?;
    let payment = request.payment;
    let (mounted, flash) = core.parts()?;
    let tag = tag(&mounted.tag_key, license.vendor, license.product, &payment, None);
    if let Some(found) = mounted.storage.find(flash, tag)? {
        return Ok(Charged { total: Units(found.total), mark: mounted.storage.mark() });
    }
    if payment.since != 0 && payment.since < mounted.storage.oldest() {
        return Err(ErrorCode::TooOldToTell.with(payment.since, mounted.storage.oldest()).into());
    }
    let (index, meter) = license.meter(payment.meter).ok_or(ErrorCode::NoMeter)?;
    if payment.units.0 == 0 {
        return Err(ErrorCode::NoUnits.into());
    }

    let facts = facts::gather(core, &state, &license, handle.claims, holdfast_document::Time(0))?;
    if !meter.open && !facts.paired {
        return Err(ErrorCode::NotPaired.into());
    }
    let verdict = decide(&license, &facts);
    let Some(most) = charge_limit(&license, &facts, payment.meter) else {
        return Err(first_reason(&verdict).into());
    };
    let used = facts.used(index);
    let left = most.0.saturating_sub(used.0);
    if payment.units.0 > left {
        return Err(ErrorCode::NotEnough.with(payment.units.0, left).into());
    }
    let total = used.0.checked_add(payment.units.0).filter(|total| *total < limits::UNITS);
    let total = total.ok_or(ErrorCode::MeterFull)?;
    note_first_use(core, &verdict, handle.license, &mut state)?;

    let counter = match state.counter(payment.meter.as_str()) {
        Some(counter) => counter,
        None => give_counter(core, handle.license, payment.meter.as_str(), &mut state)?,
    };
    let (mounted, flash) = core.parts()?;
    let raised = mounted.storage.raise(flash, counter, total, tag);
    let mark = mounted.storage.mark();
    if matches!(raised, Err(StorageError::Flash | StorageError::Remount)) {
        // Whether it was made is found out by mounting; the host's retry then gets the truth.
        core.mount();
    }
    raised?;
    core.changed();
    Ok(Charged { total: Units(total), mark })
}

pub(super) fn probe<P: Platform>(core: &mut Core<P>, request: Probe<'_>) -> Result<Probed, Stop> {
    let (mounted, flash) = core.parts()?;
    let Probe { vendor, product, payment, derivation } = request;
    let tag = tag(&mounted.tag_key, vendor, product, &payment, derivation.as_ref());
    let found = mounted.storage.find(flash, tag)?;
    let (mark, oldest) = (mounted.storage.mark(), mounted.storage.oldest());
    match found {
        Some(found) => Ok(Probed { found: true, total: Units(found.total), mark }),
        None if payment.since != 0 && payment.since < oldest => {
            Err(ErrorCode::TooOldToTell.with(payment.since, oldest).into())
        }
        None => Ok(Probed { found: false, total: Units(0), mark }),
    }
}

/// Why nothing can be charged, when no term is in force.
fn first_reason(verdict: &Verdict<'_, '_>) -> Refusal {
    let none = Refusal { term: 0, condition: Refusal::NO_TERM, needed: 0, seen: 0 };
    match verdict {
        Verdict::Refused(refused) => refused.reasons().next().unwrap_or(none),
        Verdict::Granted(_) => none,
    }
}

/// Gives a meter its counter, durably, before its first charge: one that no other meter has and
/// that no charge in memory speaks of.
fn give_counter<P: Platform>(
    core: &mut Core<P>,
    id: holdfast_license::LicenseId,
    meter: &str,
    state: &mut LicenseState,
) -> Result<u8, Stop> {
    let mut taken = [false; 256];
    let all = core.each_state(|state| {
        for counter in &state.counters {
            if let Some(slot) = taken.get_mut(usize::from(counter.index)) {
                *slot = true;
            }
        }
    })?;
    let (mounted, flash) = core.parts()?;
    let storage = &mut mounted.storage;
    // What cannot be read may have any counter that was ever raised.
    let free =
        |index: &u8| taken.get(usize::from(*index)) == Some(&false) && (all || storage.total(*index) == 0);
    let index = (0..storage.counters()).find(|index| free(index) && !storage.index_in_memory(flash, *index));
    let index = index.ok_or(ErrorCode::NoCounter)?;
    if storage.total(index) != 0 {
        storage.start_anew(flash, index)?;
    }
    let meter = heapless::String::try_from(meter).map_err(|_| ErrorCode::NoMeter)?;
    state.counters.push(MeterCounter { meter, index }).map_err(|_| ErrorCode::NoCounter)?;
    core.store(records::license_state(id), state)?;
    Ok(index)
}
