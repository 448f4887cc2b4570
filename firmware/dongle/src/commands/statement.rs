//! Statements: numbered, chained, and durable before they are signed.

use core::ops::ControlFlow;

use holdfast_crypto::Hash;
use holdfast_document::{Kind, List, ListWriter, Received, Seconds, Time, V1, VendorId, limits, strict};
use holdfast_license::statement::{Held, Nonce, State};
use holdfast_license::{License, LicenseId, Purpose, Statement};
use holdfast_wire::command::statement::Stated;
use holdfast_wire::command::{ErrorCode, MakeStatement};

use crate::Platform;
use crate::core::{Core, Scratch};
use crate::records::{self, FirstUse, LicenseState, Outstanding, REQUESTS, Requests, VendorState};
use crate::stop::Stop;

/// A day: after so much powered time there is a new Time statement.
const DAY: u64 = 86_400;

/// What a statement is asked for.
struct Wanted<'a> {
    vendor: VendorId,
    purpose: Purpose,
    nonce: Nonce,
    product: Option<holdfast_document::Name<'a>>,
    after: Option<LicenseId>,
}

impl Wanted<'_> {
    /// What nobody asked for.
    const fn of_its_own(vendor: VendorId, purpose: Purpose) -> Self {
        Self { vendor, purpose, nonce: Nonce::ZERO, product: None, after: None }
    }
}

pub(super) fn make<'s, P: Platform>(
    core: &mut Core<P>,
    request: MakeStatement<'_>,
    scratch: &'s mut Scratch,
) -> Result<Stated<'s>, Stop> {
    let MakeStatement { vendor, purpose, nonce, product, after } = request;
    match purpose {
        Purpose::Report | Purpose::Request | Purpose::Time => {
            state(core, &Wanted { vendor, purpose, nonce, product, after }, scratch)
        }
        // The dongle makes these of its own accord.
        Purpose::Applied | Purpose::Enrolled => Err(ErrorCode::NotAllowed.into()),
    }
}

/// The statement that an Update was applied.
pub(crate) fn applied<'s, P: Platform>(
    core: &mut Core<P>,
    vendor: VendorId,
    scratch: &'s mut Scratch,
) -> Result<&'s [u8], Stop> {
    state(core, &Wanted::of_its_own(vendor, Purpose::Applied), scratch).map(|stated| stated.document)
}

/// The statement with which a dongle leaves the factory: outside every chain.
pub(super) fn enrolled<'s, P: Platform>(
    core: &mut Core<P>,
    scratch: &'s mut Scratch,
) -> Result<&'s [u8], Stop> {
    let wanted = Wanted::of_its_own(VendorId::ZERO, Purpose::Enrolled);
    let mut device = [0; records::DEVICE_DOCUMENT];
    let device = Received::parse(core.read(records::DEVICE, &mut device)?)?;
    let body = body(core, &wanted, device.digest(), &VendorState::new(), 0, List::EMPTY, Hash::ZERO)?;
    let Scratch { first, second } = scratch;
    core.sign(Kind::Statement, strict::encode(&body, first)?, &device, second)
}

fn state<'s, P: Platform>(
    core: &mut Core<P>,
    wanted: &Wanted<'_>,
    scratch: &'s mut Scratch,
) -> Result<Stated<'s>, Stop> {
    let mut state = core.vendor_state(wanted.vendor)?;
    let mut device = [0; records::DEVICE_DOCUMENT];
    let device = Received::parse(core.read(records::DEVICE, &mut device)?)?;
    let Scratch { first, second } = scratch;
    let powered = core.powered()?;
    if let Some(body) = again(&state, wanted.purpose, powered) {
        return Ok(Stated { document: core.sign(Kind::Statement, body, &device, second)?, more: true });
    }
    let (listed, mut more, holdings) = list(core, wanted, &state, powered, first, second)?;
    state.statement = state.statement.checked_add(1).ok_or(ErrorCode::Full)?;
    let mut list = List::from_bytes(second.get(..listed).unwrap_or_default());
    let is_kept = is_kept(&state, wanted.purpose);
    if is_kept {
        (list, more) = (List::EMPTY, true);
    }
    let body = body(core, wanted, device.digest(), &state, powered, list, holdings)?;
    let bytes = strict::encode(&body, first)?;
    let digest = Kind::Statement.digest(bytes);
    let floor = state.floor.now(powered);
    state.previous = digest;
    let outstanding = Outstanding { statement: digest, powered, floor };
    match wanted.purpose {
        Purpose::Request => state.requests.push(outstanding).map_err(|_| ErrorCode::Full)?,
        Purpose::Time => remember_time(&mut state.times, outstanding)?,
        _ => {}
    }
    if is_kept {
        let kept = heapless::Vec::from_slice(bytes).map_err(|_| ErrorCode::Full)?;
        match wanted.purpose {
            Purpose::Time => state.newest_time = kept,
            _ => state.newest_request = kept,
        }
    }
    // Number and digest are durable before anything is signed: a number is never used twice. What is full must be
    // able to ask, or nobody could make room.
    core.store_reserved(records::vendor_state(wanted.vendor), &state)?;
    Ok(Stated { document: core.sign(Kind::Statement, bytes, &device, second)?, more })
}

/// The statement that is given out again, word for word, instead of a new one.
///
/// Of Requests the ledger may have answered any of eight, and whose Answer is not outstanding when it comes gets no
/// other: so none is dropped, and the eighth is given out until an Answer makes room. Of Time statements there is one
/// new one a day of power: so nobody who asks and sends nothing is in another's way, and a token may take a week.
fn again(state: &VendorState, purpose: Purpose, powered: u64) -> Option<&[u8]> {
    match purpose {
        Purpose::Request => state.requests.is_full().then_some(&state.newest_request[..]),
        Purpose::Time => {
            let newest = state.times.last()?;
            (powered.saturating_sub(newest.powered) < DAY).then_some(&state.newest_time[..])
        }
        _ => None,
    }
}

/// Whether a new statement may have to be given out again. It is kept whole, so it must be short: it lists nothing.
fn is_kept(state: &VendorState, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Request => state.requests.len().saturating_add(1) == REQUESTS,
        Purpose::Time => true,
        _ => false,
    }
}

/// Keeps a question for the time until it is answered. Of eight the oldest gives way: they are a day apart.
fn remember_time(times: &mut Requests, time: Outstanding) -> Result<(), Stop> {
    if times.is_full() {
        *times = times.iter().skip(1).copied().collect();
    }
    Ok(times.push(time).map_err(|_| ErrorCode::Full)?)
}

/// Writes what is held into `to`: its length, whether there is more, and the digest over all of the
/// vendor, by id.
fn list<P: Platform>(
    core: &mut Core<P>,
    wanted: &Wanted<'_>,
    vendor: &VendorState,
    powered: u64,
    buffer: &mut [u8],
    to: &mut [u8],
) -> Result<(usize, bool, Hash), Stop> {
    let room = to.get_mut(..LISTED).ok_or(ErrorCode::Full)?;
    let mut writer = ListWriter::new(room);
    let (mut more, mut digest) = (false, Hash::ZERO);
    core.each_license(None, |core, id| {
        let (state, license) = core.license(id, &mut *buffer)?;
        if license.vendor != wanted.vendor {
            return Ok(ControlFlow::Continue(()));
        }
        let item = State::Held(held(core, id, &state, &license, vendor, powered)?);
        let mut encoded = [0; 256];
        let bytes = strict::encode(&item, &mut encoded)?;
        digest = holdfast_crypto::digest::labeled(holdfast_crypto::label::HOLDINGS, &[&digest.0, bytes]);
        let asked = wanted.product.is_none_or(|product| product == license.product)
            && wanted.after.is_none_or(|after| id > after);
        if asked && !more {
            more = writer.push(&item).is_err();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((writer.finish::<State>().as_bytes().len(), more, digest))
}

/// Bytes of the list on one page: a body of full size less its other fields, which take 400 at most.
const LISTED: usize = limits::STATEMENT - 400;

fn held<P: Platform>(
    core: &mut Core<P>,
    id: LicenseId,
    state: &LicenseState,
    license: &License<'_>,
    vendor: &VendorState,
    powered: u64,
) -> Result<Held, Stop> {
    let floor = vendor.floor;
    let (mounted, _) = core.parts()?;
    let usage = powered.saturating_sub(state.usage_from);
    let before = |first: FirstUse| powered.saturating_sub(first.powered);
    let guessed = |first: FirstUse| Time(floor.now(powered).0.saturating_sub(before(first)));
    Ok(Held {
        id,
        hop: state.hop,
        revision: state.revision,
        used: mounted.used(state, license),
        usage_time: Seconds(u32::try_from(usage).unwrap_or(u32::MAX)),
        first_use: state.first_use.map(|first| first.told(vendor.answer).unwrap_or_else(|| guessed(first))),
    })
}

fn body<'a, P: Platform>(
    core: &mut Core<P>,
    wanted: &Wanted<'_>,
    signer: Hash,
    state: &VendorState,
    powered: u64,
    list: List<'a, State>,
    digest: Hash,
) -> Result<Statement<'a>, Stop> {
    let board = core.platform.board();
    let (mounted, _) = core.parts()?;
    Ok(Statement {
        version: V1,
        signer,
        vendor: wanted.vendor,
        device: mounted.device(),
        storage: mounted.config.storage,
        purpose: wanted.purpose,
        nonce: wanted.nonce,
        number: state.statement,
        previous: state.previous,
        answered: state.answered,
        firmware: board.firmware,
        class: board.class,
        update: state.update,
        applied: state.applied,
        floor: state.floor.now(powered),
        wear: mounted.wear(),
        digest,
        state: list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_document::{Class, DeviceId, DongleId, StorageId};

    #[test]
    fn a_request_that_lists_nothing_and_a_vendors_state_have_room_whatever_they_say() {
        let full = Hash([255; 32]);
        let body = Statement {
            version: V1,
            signer: full,
            vendor: VendorId([255; 16]),
            device: DeviceId::Dongle(DongleId([255; 16])),
            storage: StorageId([255; 16]),
            purpose: Purpose::Request,
            nonce: Nonce([255; 32]),
            number: u32::MAX,
            previous: full,
            answered: full,
            firmware: u32::MAX,
            class: Class { scale: 255, level: 255 },
            update: u32::MAX,
            applied: full,
            floor: Time(u64::MAX),
            wear: u16::MAX,
            digest: full,
            state: List::EMPTY,
        };
        let mut room = [0; records::STATEMENT_OF_NOTHING];
        let bytes = strict::encode(&body, &mut room).unwrap();
        let mut state = VendorState::new();
        let outstanding = Outstanding { statement: full, powered: u64::MAX, floor: Time(u64::MAX) };
        while state.requests.push(outstanding).is_ok() && state.times.push(outstanding).is_ok() {}
        state.newest_request.extend_from_slice(bytes).unwrap();
        state.newest_time.extend_from_slice(bytes).unwrap();
        // Floor, numbers and digests at their longest take 200 bytes more than these.
        let length = strict::length(&state).unwrap();
        assert!(length + 200 <= records::STATE, "{length}");
    }
}
