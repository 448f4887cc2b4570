//! Vendor documents: a founding record, and what follows it.

use holdfast_document::{DocumentError, Received, Vendor, VendorId, Verified, strict};
use holdfast_storage::Needed;
use holdfast_wire::command::ErrorCode;

use crate::Platform;
use crate::core::{Core, CurveOf, length};
use crate::records::{self, VendorState};
use crate::stop::Stop;

/// Takes it, and says whether it was here already.
pub(super) fn apply<P: Platform>(
    core: &mut Core<P>,
    received: &Received<'_>,
    bytes: &[u8],
) -> Result<bool, Stop> {
    let (verified, vendor) = verify(core, received)?;
    if verified.production != core.parts()?.0.config.production {
        return Err(DocumentError::Mixed.into());
    }
    let key = records::vendor_document(vendor, verified.number);
    let mut buffer = [0; records::VENDOR_DOCUMENT];
    match core.read(key, &mut buffer) {
        Ok(held) if held == bytes => return Ok(true),
        // Another record of the same number: the succession has forked, and the first one stays.
        Ok(_) => return Err(DocumentError::BadSuccession { number: verified.number }.into()),
        Err(_) => {}
    }
    // What outlives the vendor's licenses outlives its record too: brought again, it begins nothing anew.
    let state = records::vendor_state(vendor);
    let knows = match core.read(state, &mut [0; records::STATE]) {
        Ok(_) => true,
        Err(Stop::Failed(failure)) if failure.is(ErrorCode::NotHeld) => false,
        Err(stop) => return Err(stop),
    };
    if verified.number > 0 || knows {
        core.store_bytes(key, bytes)?;
        return Ok(false);
    }
    let mut state = [0; records::STATE];
    let state = strict::encode(&VendorState::new(), &mut state)?;
    let (mounted, flash) = core.parts()?;
    let needed = Needed::nothing().put(length(bytes)).put(length(state));
    let mut transaction = mounted.storage.begin(flash, needed)?;
    transaction.put(key, bytes)?;
    transaction.put(records::vendor_state(vendor), state)?;
    transaction.commit()?;
    Ok(false)
}

fn verify<'a, P: Platform>(
    core: &mut Core<P>,
    received: &Received<'a>,
) -> Result<(Verified<'a, Vendor<'a>>, VendorId), Stop> {
    let Some(before) = received.root().checked_sub(1) else {
        let verified = Vendor::found::<CurveOf<P>>(received)?;
        let id = verified.id();
        return Ok((verified, id));
    };
    // Which vendor it names is not believed before its signature holds under that vendor's key.
    let vendor = received.read_again::<Vendor<'_>>()?.vendor;
    let mut buffer = [0; records::VENDOR_DOCUMENT];
    let bad = |_| Stop::from(DocumentError::BadSuccession { number: received.root() });
    let (previous, digest) = core.vendor(vendor, before, &mut buffer).map_err(bad)?;
    Ok((Vendor::succeed_stored::<CurveOf<P>>(received, vendor, &previous, digest)?, vendor))
}
