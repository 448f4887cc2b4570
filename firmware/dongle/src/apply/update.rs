//! Updates: all of their actions or none, at one number only.

use core::ops::ControlFlow;

use holdfast_crypto::Hash;
use holdfast_document::{
    DocumentError, Kind, Kinds, Link, List, Received, VendorId, Verified, limits, strict,
};
use holdfast_license::update::{Answer, Install};
use holdfast_license::{Action, Issuer, License, Update};
use holdfast_storage::Needed;
use holdfast_wire::command::apply::Applied;
use holdfast_wire::command::{Apply, ErrorCode};

use crate::Platform;
use crate::commands::applied;
use crate::core::{Core, CurveOf, Scratch, as_u32, length};
use crate::floor::By;
use crate::records::{self, Answered, FirstUse, LicenseState, VendorState};
use crate::stop::{Stop, unsupported};

/// Applies it. Done before, it answers with a new statement of the same facts.
pub(super) fn apply<'s, P: Platform>(
    core: &mut Core<P>,
    received: &Received<'_>,
    scratch: &'s mut Scratch,
) -> Result<Applied<'s>, Stop> {
    // Whose it is decides which root must have signed; nothing else is believed yet.
    let vendor = received.read_again::<Update<'_>>()?.vendor;
    let root = core.root(vendor, received.root())?;
    let mut state = core.vendor_state(vendor)?;
    let powered = core.powered()?;
    let update = received.verify::<CurveOf<P>, Update<'_>>(&root, state.floor.now(powered))?;
    let (mounted, _) = core.parts()?;
    if update.to != mounted.device() {
        return Err(ErrorCode::OtherDevice.into());
    }
    if update.storage != mounted.config.storage {
        return Err(ErrorCode::OtherStorage.into());
    }
    let before = update.digest() == state.applied;
    if !before {
        if update.base < state.update {
            return Err(ErrorCode::OvertakenOrDone.with(u64::from(state.update), 0).into());
        }
        if update.base > state.update {
            return Err(ErrorCode::OutOfOrder.with(u64::from(state.update), 0).into());
        }
        carry_out(core, &update, &mut state, powered)?;
        core.changed();
    }
    let statement = applied(core, vendor, scratch)?;
    Ok(Applied { before, statement })
}

/// One license to be installed, ready to be written.
struct Ready<'a> {
    document: &'a [u8],
    id: holdfast_license::LicenseId,
    state: LicenseState,
    /// Not the renewal of one that is held.
    is_new: bool,
}

fn carry_out<'a, P: Platform>(
    core: &mut Core<P>,
    update: &Verified<'a, Update<'a>>,
    state: &mut VendorState,
    powered: u64,
) -> Result<(), Stop> {
    let mut ready: heapless::Vec<Ready<'a>, { limits::INSTALLS }> = heapless::Vec::new();
    state.floor.issued(update.issued, powered);
    if let Some(answer) = answer_in(update) {
        if !state.requests.iter().any(|request| request.statement == answer.request) {
            return Err(ErrorCode::NotOutstanding.into());
        }
        tell_first_uses(core, update.vendor, state.answer)?;
    }
    for action in update.actions.iter() {
        match action? {
            Action::Install(install) => {
                let one = prepare(core, update, &install, state, powered)?;
                if ready.iter().any(|other| other.id == one.id) {
                    return Err(DocumentError::Inconsistent.into());
                }
                ready.push(one).map_err(|_| DocumentError::TooMany)?;
            }
            Action::Answer(answer) => take_answer(update, answer, state, powered)?,
            Action::Depart(_) | Action::SetFloor(_) | Action::Approve(_) | Action::Refill(_) => {
                return Err(unsupported::<Apply<'_>>());
            }
        }
    }
    state.floor.settle(powered);
    state.update = state.update.saturating_add(1);
    state.applied = update.digest();
    write(core, update, state, &ready)
}

/// The answer in an update; it has one at most.
fn answer_in(update: &Update<'_>) -> Option<Answer> {
    update.actions.known().find_map(|action| match action {
        Action::Answer(answer) => Some(answer),
        _ => None,
    })
}

/// Before another answer takes the place of the last one: what that has told of first uses comes to stand with
/// each license. It changes no decision, so that power may fail between any two.
fn tell_first_uses<P: Platform>(
    core: &mut Core<P>,
    vendor: VendorId,
    answer: Option<Answered>,
) -> Result<(), Stop> {
    core.each_license(None, |core, id| {
        let key = records::license_state(id);
        let mut state: LicenseState = core.load_owned(key)?;
        let untold = state.first_use.filter(|first| state.vendor == vendor && first.time.is_none());
        if let Some((first, time)) = untold.and_then(|first| Some((first, first.told(answer)?))) {
            state.first_use = Some(FirstUse { time: Some(time), ..first });
            core.store_reserved(key, &state)?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn take_answer(
    update: &Verified<'_, Update<'_>>,
    answer: Answer,
    state: &mut VendorState,
    powered: u64,
) -> Result<(), Stop> {
    if !update.may(Kinds::ANSWER) {
        return Err(ErrorCode::NotAllowed.into());
    }
    let request = records::take(&mut state.requests, &answer.request).ok_or(ErrorCode::NotOutstanding)?;
    state.floor.answer(answer.time, request.powered, request.floor, powered, By::Issuer);
    state.newest_request.clear();
    state.answered = answer.request;
    // Whatever the issuer's clock says, it was no earlier than the device could prove then.
    let time = answer.time.max(request.floor);
    state.answer = Some(Answered { asked: request.powered, time });
    Ok(())
}

/// Verifies a license against what is held, and says what will be kept of it.
fn prepare<'a, P: Platform>(
    core: &mut Core<P>,
    update: &Verified<'a, Update<'a>>,
    install: &Install<'a>,
    state: &VendorState,
    powered: u64,
) -> Result<Ready<'a>, Stop> {
    let received = install.under(update)?;
    let root = core.root(update.vendor, received.root())?;
    let license = received.verify::<CurveOf<P>, License<'a>>(&root, state.floor.now(powered))?;
    if license.device != update.to {
        return Err(ErrorCode::OtherDevice.into());
    }
    // Secrets and transfers need what this firmware does not have yet: refused, not half done.
    if !license.secrets.is_empty() || license.hop > 0 {
        return Err(unsupported::<Apply<'_>>());
    }
    let mut links: heapless::Vec<Hash, { limits::LINKS }> = heapless::Vec::new();
    for link in update.document().chain.iter() {
        let digest = Kind::Delegation.digest(link?.body);
        links.push(digest).map_err(|_| DocumentError::BadChain)?;
    }
    let mut next = LicenseState {
        vendor: license.vendor,
        hop: license.hop,
        revision: license.revision,
        body: license.digest(),
        root: license.document().root,
        links,
        usage_from: powered,
        installed: powered,
        first_use: None,
        counters: heapless::Vec::new(),
    };
    let held = held(core, license.id)?;
    let is_new = held.is_none();
    if let Some(held) = held {
        supersedes(&license, &held, core.succession(update.vendor))?;
        let LicenseState { usage_from, installed, first_use, counters, .. } = held;
        next = LicenseState { usage_from, installed, first_use, counters, ..next };
    }
    Ok(Ready { document: install.license, id: license.id, state: next, is_new })
}

fn held<P: Platform>(
    core: &mut Core<P>,
    id: holdfast_license::LicenseId,
) -> Result<Option<LicenseState>, Stop> {
    match core.load_owned(records::license_state(id)) {
        Ok(state) => Ok(Some(state)),
        Err(Stop::Failed(failure)) if failure.is(ErrorCode::NotHeld) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Whether a license may take the place of the one that is held: from the same desk or from above
/// it, as all are that stand under a later root; with a higher revision, or the same one again. Only the newest of the
/// vendor's roots may let the revision jump: an earlier one may be in other hands.
fn supersedes(license: &Verified<'_, License<'_>>, held: &LicenseState, roots: u8) -> Result<(), Stop> {
    let (old, new) = (held.revision, license.revision);
    if license.vendor != held.vendor {
        return Err(DocumentError::WrongAuthority.into());
    }
    if new < old || (new == old && license.digest() != held.body) {
        return Err(ErrorCode::OlderRevision.with(u64::from(old), u64::from(new)).into());
    }
    let issuer = Issuer::of(license);
    let by_newest_root = issuer.desk.is_none() && issuer.root.saturating_add(1) == roots;
    if new.saturating_sub(old) > limits::REVISION_JUMP && !by_newest_root {
        return Err(ErrorCode::RevisionJump.with(u64::from(old), u64::from(new)).into());
    }
    let before = Issuer { root: held.root, desk: held.links.first().copied() };
    if issuer.may_supersede(&before) { Ok(()) } else { Err(ErrorCode::OtherDesk.into()) }
}

/// Makes everything true at once.
fn write<P: Platform>(
    core: &mut Core<P>,
    update: &Verified<'_, Update<'_>>,
    state: &VendorState,
    ready: &[Ready<'_>],
) -> Result<(), Stop> {
    let mut vendor = [0; records::STATE];
    let vendor = strict::encode(state, &mut vendor)?;
    let (mounted, flash) = core.parts()?;
    // Links are there for the licenses under them; an Answer leaves nothing.
    let links = if ready.is_empty() { List::EMPTY } else { update.document().chain };
    let mut needed = Needed::nothing().put(length(vendor));
    let (mut after, mut before) = (0u32, 0u32);
    for one in ready {
        let keys = [records::license(one.id), records::license_state(one.id)];
        for (key, bytes) in keys.into_iter().zip([one.document.len(), strict::length(&one.state)?]) {
            needed = needed.put(as_u32(bytes));
            after = after.saturating_add(as_u32(bytes));
            before = before.saturating_add(as_u32(mounted.storage.length(key).unwrap_or(0)));
        }
    }
    for _ in links.iter() {
        needed = needed.put(records::LINK as u32);
    }
    // A renewal always fits, and an Answer; what is new must find room beside them, as what a renewal is longer.
    if !ready.iter().any(|one| one.is_new) {
        if after.saturating_sub(before) > mounted.storage.free() {
            return Err(ErrorCode::Full.into());
        }
        needed = needed.reserved();
    }
    let mut transaction = mounted.storage.begin(flash, needed)?;
    for link in links.iter() {
        let link: Link<'_> = link?;
        let mut buffer = [0; records::LINK];
        let key = records::link(&Kind::Delegation.digest(link.body));
        transaction.put(key, strict::encode(&link, &mut buffer)?)?;
    }
    for one in ready {
        let mut buffer = [0; records::STATE];
        transaction.put(records::license(one.id), one.document)?;
        transaction.put(records::license_state(one.id), strict::encode(&one.state, &mut buffer)?)?;
    }
    transaction.put(records::vendor_state(update.vendor), vendor)?;
    Ok(transaction.commit()?)
}
