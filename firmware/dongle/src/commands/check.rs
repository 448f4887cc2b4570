//! Check and Explain: the decision, and what it rests on.

use holdfast_license::decide;
use holdfast_license::{License, Verdict};
use holdfast_wire::command::check::Granted;
use holdfast_wire::command::explain::Explained;
use holdfast_wire::command::{Check, ErrorCode, Explain};

use super::Place;
use crate::Platform;
use crate::channels::Handle;
use crate::core::{Core, Scratch};
use crate::facts;
use crate::records::{self, FirstUse, LicenseState};
use crate::stop::Stop;

/// The license behind a handle, as long as it is the one that was opened.
pub(super) fn opened<'b, P: Platform>(
    core: &mut Core<P>,
    place: &mut Place<'_>,
    handle: u8,
    buffer: &'b mut [u8],
) -> Result<(Handle, LicenseState, License<'b>), Stop> {
    let handle = place.session()?.handle(handle).ok_or(ErrorCode::BadHandle)?.clone();
    let stale = |_| Stop::from(ErrorCode::Stale);
    let (state, license) = core.license(handle.license, buffer).map_err(stale)?;
    if state.body == handle.body { Ok((handle, state, license)) } else { Err(ErrorCode::Stale.into()) }
}

pub(super) fn check<P: Platform>(
    core: &mut Core<P>,
    place: &mut Place<'_>,
    request: Check<'_>,
    scratch: &mut Scratch,
) -> Result<Granted, Stop> {
    let (handle, mut state, license) = opened(core, place, request.handle, &mut scratch.first)?;
    let facts = facts::gather(core, &state, &license, handle.claims, request.host_time)?;
    let verdict = decide(&license, &facts);
    let grant = verdict.feature(request.feature)?;
    note_first_use(core, &verdict, handle.license, &mut state)?;
    let holdfast_license::Grant { term, value, valid_for, claimed } = grant;
    Ok(Granted { term, value, valid_for, state: core.state, claimed })
}

pub(super) fn explain<P: Platform>(
    core: &mut Core<P>,
    place: &mut Place<'_>,
    request: Explain,
    scratch: &mut Scratch,
) -> Result<Explained, Stop> {
    let (handle, state, license) = opened(core, place, request.handle, &mut scratch.first)?;
    let facts = facts::gather(core, &state, &license, handle.claims, request.host_time)?;
    Ok(Explained { facts, state: core.state })
}

/// The first grant of a term that counts from it is durable before it is given.
pub(super) fn note_first_use<P: Platform>(
    core: &mut Core<P>,
    verdict: &Verdict<'_, '_>,
    id: holdfast_license::LicenseId,
    state: &mut LicenseState,
) -> Result<(), Stop> {
    match verdict {
        Verdict::Granted(granted) if state.first_use.is_none() && granted.counts_from_first_use => {
            state.first_use = Some(FirstUse { powered: core.powered()?, time: None });
            core.store_reserved(records::license_state(id), state)
        }
        _ => Ok(()),
    }
}
