//! Statements: numbered, chained, and durable before they are signed.

use core::ops::ControlFlow;

use holdfast_crypto::Hash;
use holdfast_document::{Kind, List, ListWriter, Received, Seconds, Time, V1, VendorId, limits, strict};
use holdfast_license::statement::{Held, Nonce, State};
use holdfast_license::{License, LicenseId, Purpose, Statement};
use holdfast_storage::Needed;
use holdfast_wire::command::statement::Stated;
use holdfast_wire::command::{ErrorCode, MakeStatement};

use crate::Platform;
use crate::core::{Core, Scratch, length};
use crate::records::{self, FirstUse, LicenseState, Outstanding, Requests, VendorState};
use crate::stop::Stop;

/// A day: after so much powered time a ninth question for the time takes the newest one's place.
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
    if wanted.purpose == Purpose::Request && state.requests.is_full() {
        return newest_request(core, wanted.vendor, scratch);
    }
    let powered = core.powered()?;
    let Scratch { first, second } = scratch;
    let (listed, more, holdings) = list(core, wanted, &state, powered, first, second)?;
    state.statement = state.statement.checked_add(1).ok_or(ErrorCode::Full)?;
    let list = List::from_bytes(second.get(..listed).unwrap_or_default());
    let mut device = [0; records::DEVICE_DOCUMENT];
    let device = Received::parse(core.read(records::DEVICE, &mut device)?)?;
    let body = body(core, wanted, device.digest(), &state, powered, list, holdings)?;
    let (mark, room) = first.split_first_mut().ok_or(ErrorCode::Full)?;
    *mark = u8::from(more);
    let length = strict::encode(&body, room)?.len();
    let (marked, _) = first.split_at(length.saturating_add(1));
    let bytes = marked.get(1..).unwrap_or_default();
    let digest = Kind::Statement.digest(bytes);
    let floor = state.floor.now(powered);
    state.previous = digest;
    let outstanding = Outstanding { statement: digest, powered, floor };
    match wanted.purpose {
        Purpose::Request => state.requests.push(outstanding).map_err(|_| ErrorCode::Full)?,
        Purpose::Time => remember_time(&mut state.times, outstanding)?,
        _ => {}
    }
    let last = wanted.purpose == Purpose::Request && state.requests.is_full();
    // Number and digest are durable before anything is signed: a number is never used twice.
    store(core, wanted.vendor, &state, last.then_some(marked))?;
    Ok(Stated { document: core.sign(Kind::Statement, bytes, &device, second)?, more })
}

/// Makes a statement's number durable, and all of the statement where the next Request will be this one again.
fn store<P: Platform>(
    core: &mut Core<P>,
    vendor: VendorId,
    state: &VendorState,
    request: Option<&[u8]>,
) -> Result<(), Stop> {
    let Some(request) = request else { return core.store(records::vendor_state(vendor), state) };
    let mut buffer = [0; records::STATE];
    let state = strict::encode(state, &mut buffer)?;
    let (mounted, flash) = core.parts()?;
    let needed = Needed::nothing().put(length(state)).put(length(request));
    let mut transaction = mounted.storage.begin(flash, needed)?;
    transaction.put(records::newest_request(vendor), request)?;
    transaction.put(records::vendor_state(vendor), state)?;
    Ok(transaction.commit()?)
}

/// A ninth Request is the newest one again, word for word: the ledger may have answered any of the eight, and
/// whose Answer is not outstanding when it comes gets no other.
fn newest_request<'s, P: Platform>(
    core: &mut Core<P>,
    vendor: VendorId,
    scratch: &'s mut Scratch,
) -> Result<Stated<'s>, Stop> {
    let Scratch { first, second } = scratch;
    let stored = core.read(records::newest_request(vendor), first)?;
    let (more, bytes) = stored.split_first().ok_or(ErrorCode::Full)?;
    let mut device = [0; records::DEVICE_DOCUMENT];
    let device = Received::parse(core.read(records::DEVICE, &mut device)?)?;
    Ok(Stated { document: core.sign(Kind::Statement, bytes, &device, second)?, more: *more != 0 })
}

/// Keeps a question for the time until it is answered. A ninth takes the newest one's place once a day of powered
/// time has passed since that; an authority remembers nothing, so it is not missed.
fn remember_time(requests: &mut Requests, request: Outstanding) -> Result<(), Stop> {
    if let Err(request) = requests.push(request) {
        let newest = requests.last_mut().ok_or(ErrorCode::Full)?;
        let age = request.powered.saturating_sub(newest.powered);
        if age < DAY {
            return Err(ErrorCode::Budget.with(DAY.saturating_sub(age), 0).into());
        }
        *newest = request;
    }
    Ok(())
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
