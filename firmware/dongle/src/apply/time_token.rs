//! A TimeToken answers a statement of purpose *Time*.

use holdfast_document::{Received, TimeToken};
use holdfast_wire::command::ErrorCode;

use crate::Platform;
use crate::core::{Core, CurveOf};
use crate::floor::By;
use crate::records;
use crate::stop::Stop;

/// Takes it: raises the floor to its time, and drops Time statements up to the one it answers. One
/// that is not outstanding, such as the same token again, is refused.
pub(super) fn apply<P: Platform>(core: &mut Core<P>, received: &Received<'_>) -> Result<bool, Stop> {
    // Whose it is decides which root must have signed; nothing else is believed yet.
    let vendor = received.read_again::<TimeToken>()?.vendor;
    let root = core.root(vendor, received.root())?;
    let mut state = core.vendor_state(vendor)?;
    let powered = core.powered()?;
    let token = received.verify::<CurveOf<P>, TimeToken>(&root, state.floor.now(powered))?;
    let request = records::take(&mut state.times, &token.answers).ok_or(ErrorCode::NotOutstanding)?;
    state.floor.answer(token.time, request.powered, request.floor, powered, By::Authority);
    core.store_reserved(records::vendor_state(vendor), &state)?;
    core.changed();
    Ok(false)
}
