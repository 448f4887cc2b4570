//! The table of secure channels, and the licenses that are open on each.
//!
//! A channel belongs to the frame channel id on which it was made. A handshake is pending until the
//! first sealed message under it opens, so that a replayed first message costs nobody a channel.

use heapless::Vec;
use holdfast_crypto::Hash;
use holdfast_license::{Claims, LicenseId};
use holdfast_wire::channel::{ChannelError, DeviceChannel, Opened};

/// Channels at once.
pub const CHANNELS: usize = 8;
/// Handshakes that may be pending at once, and for how long, in milliseconds.
const PENDING: usize = 2;
const PENDING_MS: u64 = 500;
/// Licenses that may be open on one channel.
pub const HANDLES: usize = 32;

/// A license that is open on a channel.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) license: LicenseId,
    /// The digest of the body that was opened; another one makes the handle stale.
    pub(crate) body: Hash,
    pub(crate) claims: Claims,
}

/// What a channel keeps for the program at its other end.
#[derive(Default)]
pub(crate) struct Session {
    handles: Vec<Handle, HANDLES>,
}

impl Session {
    /// Keeps a license open, under the handle that it may have already.
    pub(crate) fn open(&mut self, handle: Handle) -> Option<u8> {
        let known = self.handles.iter().position(|open| open.license == handle.license);
        let index = match known {
            Some(index) => {
                *self.handles.get_mut(index)? = handle;
                index
            }
            None => {
                self.handles.push(handle).ok()?;
                self.handles.len().checked_sub(1)?
            }
        };
        u8::try_from(index).ok()
    }

    /// The license behind a handle.
    pub(crate) fn handle(&self, handle: u8) -> Option<&Handle> {
        self.handles.get(usize::from(handle))
    }
}

struct Slot {
    cid: u32,
    channel: DeviceChannel,
    session: Session,
    /// Rises with each use; the lowest gives way.
    used: u64,
}

struct Pending {
    cid: u32,
    channel: DeviceChannel,
    since: u64,
}

/// All channels of a dongle.
#[derive(Default)]
pub struct Channels {
    slots: Vec<Slot, CHANNELS>,
    pending: Vec<Pending, PENDING>,
    uses: u64,
}

impl Channels {
    /// Whether another handshake may begin on this channel id.
    pub(crate) fn has_room(&mut self, now_ms: u64, cid: u32) -> bool {
        self.pending
            .retain(|pending| now_ms.saturating_sub(pending.since) < PENDING_MS && pending.cid != cid);
        !self.pending.is_full()
    }

    /// Keeps a handshake until its first sealed message opens.
    pub(crate) fn begin(&mut self, now_ms: u64, cid: u32, channel: DeviceChannel) {
        let _ = self.pending.push(Pending { cid, channel, since: now_ms });
    }

    /// Opens a sealed message in place under the channel of its channel id: the one in use, or the
    /// one that is pending and now takes its place.
    pub(crate) fn open(&mut self, now_ms: u64, cid: u32, message: &mut [u8]) -> Result<Opened, NotOpened> {
        self.uses = self.uses.saturating_add(1);
        let uses = self.uses;
        let mut found = false;
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.cid == cid) {
            found = true;
            if let Ok(opened) = slot.channel.open(message) {
                slot.used = uses;
                return Ok(opened);
            }
        }
        self.pending.retain(|pending| now_ms.saturating_sub(pending.since) < PENDING_MS);
        let Some(index) = self.pending.iter().position(|pending| pending.cid == cid) else {
            return Err(if found { NotOpened::Dropped } else { NotOpened::NoChannel });
        };
        let opened = match self.pending.get_mut(index) {
            Some(pending) => pending.channel.open(message).map_err(|_| NotOpened::Dropped)?,
            None => return Err(NotOpened::NoChannel),
        };
        let Pending { channel, .. } = self.pending.swap_remove(index);
        self.confirm(Slot { cid, channel, session: Session::default(), used: uses });
        Ok(opened)
    }

    /// A confirmed channel takes the place of an older one on its channel id, else a free one, else
    /// that of the one that was used least recently.
    fn confirm(&mut self, slot: Slot) {
        self.slots.retain(|other| other.cid != slot.cid);
        if self.slots.is_full() {
            let oldest =
                self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used).map(|(index, _)| index);
            if let Some(oldest) = oldest {
                self.slots.swap_remove(oldest);
            }
        }
        let _ = self.slots.push(slot);
    }

    /// Seals the answer to what was opened on this channel id.
    pub(crate) fn seal(&mut self, cid: u32, opened: Opened, message: &mut [u8]) -> Result<(), ChannelError> {
        match self.slots.iter_mut().find(|slot| slot.cid == cid) {
            Some(slot) => slot.channel.seal(opened, message),
            None => Err(ChannelError::Ended),
        }
    }

    /// What the channel of this channel id keeps.
    pub(crate) fn session(&mut self, cid: u32) -> Option<&mut Session> {
        self.slots.iter_mut().find(|slot| slot.cid == cid).map(|slot| &mut slot.session)
    }

    /// Ends all of them: the keys have changed.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.pending.clear();
    }
}

/// Why a sealed message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOpened {
    /// There is no channel on this channel id: the host must shake hands.
    NoChannel,
    /// It does not open: anyone may have written it, so it is dropped without a word.
    Dropped,
}
