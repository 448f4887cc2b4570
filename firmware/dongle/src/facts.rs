//! What is known at the moment of a decision.

use holdfast_document::Time;
use holdfast_license::{Claims, Facts, License};

use crate::Platform;
use crate::core::Core;
use crate::floor::By;
use crate::records::{FirstUse, LicenseState, VendorState};
use crate::stop::Stop;

/// Gathers the facts about a license that is held. What this firmware cannot prove yet (seats,
/// touch, pairing, machine) is absent, so that a condition on it is not met.
pub(crate) fn gather<P: Platform>(
    core: &mut Core<P>,
    state: &LicenseState,
    license: &License<'_>,
    claims: Claims,
    host_time: Time,
) -> Result<Facts, Stop> {
    let powered = core.powered()?;
    let vendor = core.vendor_state(state.vendor)?;
    let floor = vendor.floor;
    let board = core.platform.board();
    let (mounted, _) = core.parts()?;
    Ok(Facts {
        floor: floor.now(powered),
        host_time,
        age: floor.age(powered, state.installed, By::Authority),
        age_by_issuer: floor.age(powered, state.installed, By::Issuer),
        first_use: state.first_use.map(|first| since(first, &vendor, powered)),
        usage_time: powered.saturating_sub(state.usage_from),
        used: mounted.used(state, license),
        lease: None,
        touched: None,
        paired: false,
        machine: None,
        firmware: board.firmware,
        class: board.class,
        capabilities: 0,
        claims,
    })
}

/// Seconds since first use: the powered ones, or more where an answer has told the time that it was.
fn since(first: FirstUse, vendor: &VendorState, powered: u64) -> u64 {
    let told = first.told(vendor.answer).map(|time| vendor.floor.now(powered).0.saturating_sub(time.0));
    // An answer whose time was cut short speaks of a time that the floor has not reached.
    powered.saturating_sub(first.powered).max(told.unwrap_or_default())
}
