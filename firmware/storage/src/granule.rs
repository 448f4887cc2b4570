//! The granule: the one thing a log is made of, written once, never changed.
//!
//! ```text
//! 0         13            14       16
//! | payload | predecessor | check  |
//! ```
//! The predecessor byte is 0 for an ordinary granule, which follows the position before it. A *copy*, made at
//! mount of the newest granule, holds there how many positions back its original lies: what lies between is
//! void, however it may read one day. So nothing that once looked torn can come back as a ghost.

use crate::check::{Frame, check};
use crate::limits::{GRANULE, PAYLOAD};

/// Bits of a granule.
const BITS: u32 = 8 * GRANULE as u32;

/// The content of a granule.
pub(crate) type Payload = [u8; PAYLOAD];

/// A granule as read from flash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Granule {
    /// What it says.
    pub(crate) payload: Payload,
    /// 0, or how many positions back the original of this copy lies.
    pub(crate) back: u8,
}

/// What a position of a page looks like. A torn one may look like any of these, and differently next time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Erased, or so it seems.
    Blank,
    /// Neither erased nor a granule.
    Garbage,
    /// A granule whose check holds.
    Granule(Granule),
}

impl Granule {
    /// The bytes on flash.
    pub(crate) fn encode(&self) -> [u8; GRANULE] {
        let mut guarded = [0; 14];
        let (payload, back) = guarded.split_at_mut(PAYLOAD);
        payload.copy_from_slice(&self.payload);
        back.copy_from_slice(&[self.back]);
        seal(Frame::Granule, &guarded)
    }

    /// The granule in `bytes`, if its check holds.
    pub(crate) fn decode(bytes: &[u8; GRANULE]) -> Option<Self> {
        let guarded = open(Frame::Granule, bytes)?;
        let (payload, back) = guarded.split_first_chunk::<PAYLOAD>()?;
        Some(Self { payload: *payload, back: *back.first()? })
    }

    /// The granule in `bytes`, of which one bit may have decayed since it was whole. Not for one that a power cut may have
    /// torn, of which all but one bit may be there.
    pub(crate) fn decode_decayed(bytes: &[u8; GRANULE]) -> Option<Self> {
        set_right(bytes, BITS, Self::decode)
    }
}

/// What is in `bytes`, of which one bit may have changed since they were whole, if it is one of the first so many: the check
/// says which.
pub(crate) fn set_right<T>(
    bytes: &[u8; GRANULE],
    bits: u32,
    decode: impl Fn(&[u8; GRANULE]) -> Option<T>,
) -> Option<T> {
    let changed_back = |bit: u32| {
        let mut tried = *bytes;
        *tried.get_mut(bit as usize / 8)? ^= 1u8.unbounded_shl(bit % 8);
        decode(&tried)
    };
    decode(bytes).or_else(|| (0..bits).find_map(changed_back))
}

/// Fourteen bytes and their check: so a granule, an erase mark and a page header begin their units.
pub(crate) fn seal(frame: Frame, guarded: &[u8; 14]) -> [u8; GRANULE] {
    let mut bytes = [0; GRANULE];
    let (content, guard) = bytes.split_at_mut(14);
    content.copy_from_slice(guarded);
    guard.copy_from_slice(&check(frame, guarded).to_le_bytes());
    bytes
}

/// The fourteen bytes, if their check holds.
pub(crate) fn open(frame: Frame, bytes: &[u8; GRANULE]) -> Option<[u8; 14]> {
    let (guarded, guard) = bytes.split_first_chunk::<14>()?;
    let guard: [u8; 2] = guard.try_into().ok()?;
    (check(frame, guarded) == u16::from_le_bytes(guard)).then_some(*guarded)
}
