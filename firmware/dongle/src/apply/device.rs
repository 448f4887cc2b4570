//! The Device document: the maker states this dongle's own keys.

use holdfast_document::{Device, DocumentError, Received, Root, Time};
use holdfast_wire::command::ErrorCode;

use crate::Platform;
use crate::core::{Core, CurveOf};
use crate::records;
use crate::stop::Stop;

/// Takes it, if it speaks of these keys, this class or a lower one, and comes from the maker that
/// Provision named. Says whether it was here already.
pub(super) fn apply<P: Platform>(
    core: &mut Core<P>,
    received: &Received<'_>,
    bytes: &[u8],
) -> Result<bool, Stop> {
    let (mounted, _) = core.parts()?;
    let (config, id) = (mounted.config, mounted.id());
    let verified = received.verify::<CurveOf<P>, Device<'_>>(&Root::of_maker(config.maker), Time(0))?;
    if verified.id() != id {
        return Err(ErrorCode::OtherDevice.into());
    }
    let board = core.platform.board();
    if verified.production != config.production || !board.class.reaches(verified.class) {
        return Err(DocumentError::Mixed.into());
    }
    let mut buffer = [0; 2_048];
    let held = core.read(records::DEVICE, &mut buffer).is_ok_and(|held| held == bytes);
    if !held {
        core.store_bytes(records::DEVICE, bytes)?;
    }
    Ok(held)
}
