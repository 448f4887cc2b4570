//! What the dongle holds: licenses, vendors, and opening a license.

use core::ops::ControlFlow;

use holdfast_document::{ListWriter, Received};
use holdfast_wire::command::licenses::{Holding, Holdings};
use holdfast_wire::command::open::Opened;
use holdfast_wire::command::vendors::Succession;
use holdfast_wire::command::{ErrorCode, Licenses, Open, Vendors};

use super::Place;
use crate::Platform;
use crate::channels::Handle;
use crate::core::{Core, Scratch};
use crate::records::{self, LicenseState};
use crate::stop::Stop;

/// Holdings on one page: fits the answer with room to spare.
const PAGE: usize = 64;

pub(super) fn licenses<'s, P: Platform>(
    core: &mut Core<P>,
    request: Licenses<'_>,
    scratch: &'s mut Scratch,
) -> Result<Holdings<'s>, Stop> {
    let Scratch { first, second } = scratch;
    let mut writer = ListWriter::new(second);
    let (mut count, mut more) = (0usize, false);
    core.each_license(request.after, |core, id| {
        let (state, license) = core.license(id, &mut *first)?;
        let asked =
            license.vendor == request.vendor && request.product.is_none_or(|name| name == license.product);
        if !asked {
            return Ok(ControlFlow::Continue(()));
        }
        if count == PAGE {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        let (hop, revision, product) = (state.hop, state.revision, license.product);
        writer.push(&Holding { id, hop, revision, product })?;
        count = count.saturating_add(1);
        Ok(ControlFlow::Continue(()))
    })?;
    let life_left = core.parts()?.0.life_left();
    Ok(Holdings { licenses: writer.finish(), more, life_left })
}

pub(super) fn vendors<'s, P: Platform>(
    core: &mut Core<P>,
    request: Vendors,
    scratch: &'s mut Scratch,
) -> Result<Succession<'s>, Stop> {
    let count = core.succession(request.vendor);
    if count == 0 {
        return Err(ErrorCode::UnknownVendor.into());
    }
    if request.number >= count {
        return Err(ErrorCode::NotHeld.into());
    }
    let document = core.read(records::vendor_document(request.vendor, request.number), &mut scratch.first)?;
    Ok(Succession { count, document })
}

pub(super) fn open<'s, P: Platform>(
    core: &mut Core<P>,
    place: &mut Place<'_>,
    request: Open,
    scratch: &'s mut Scratch,
) -> Result<Opened<'s>, Stop> {
    let state: LicenseState = core.load_owned(records::license_state(request.license))?;
    if state.vendor != request.vendor {
        return Err(ErrorCode::NotHeld.into());
    }
    let Scratch { first, second } = scratch;
    let received = Received::parse(core.read(records::license(request.license), first)?)?;
    let document = core.join(*received.document(), &state.links, second)?;
    let handle = Handle { license: request.license, body: state.body, claims: request.claims };
    let handle = place.session()?.open(handle).ok_or(ErrorCode::NoHandle)?;
    Ok(Opened { handle, document })
}
