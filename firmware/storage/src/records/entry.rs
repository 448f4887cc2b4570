//! What the granules of the log of records say, and what stands before a record's bytes.
//!
//! ```text
//! granule: | what 1 | transaction 4 | offset 2 | length 2 | name 4 |
//! body:    | kind 1 | id 16 | 0 | version 4 | start 2 | total 2 | check 2 | bytes … | CRC-32 4 |
//! ```
//! A record is a stream of bytes (its authentication tag, then its sealed value), cut into pieces where a page
//! ends. The granule is written, and read back, before its body is begun: so a torn body always lies where a
//! whole granule says, and a torn granule never has one.
//!
//! What stands before the bytes has a check of its own, and the granule holds the CRC-32 of the record's name
//! (kind and id). So a mount knows where those bytes have decayed, and of which record.

use super::index::Place;
use crate::check::{crc16, crc32};
use crate::granule::Payload;
use crate::limits::PAYLOAD;

/// What a record is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What kind of record. Kinds from 128 on hold secrets: what is deleted, superseded or left over of them is
    /// erased from flash in idle time. Of the kinds below it is erased when its room is needed.
    pub kind: u8,
    /// Which one.
    pub id: [u8; 16],
}

impl Key {
    /// Whether what is left of it is erased in idle time.
    pub const fn holds_a_secret(&self) -> bool {
        self.kind >= 128
    }

    /// What a granule calls the record: the CRC-32 of kind and id.
    pub(crate) fn name(&self) -> u32 {
        crc32(crc32(0, &[self.kind]), &self.id)
    }
}

/// What a granule of this log says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A piece of a record, `length` bytes of its stream at `offset` of the page.
    Piece { transaction: u32, offset: u16, length: u16, name: u32 },
    /// A record was deleted. The body names it.
    Tombstone { transaction: u32, offset: u16, length: u16, name: u32 },
    /// The transaction is true. `emptied`: the page that was emptied by it and is erased next.
    Commit { transaction: u32, emptied: Option<u8> },
    /// The transaction never happened.
    Abandon { transaction: u32 },
}

const PIECE: u8 = 1;
const TOMBSTONE: u8 = 2;
const COMMIT: u8 = 3;
const ABANDON: u8 = 4;

impl Entry {
    pub(crate) fn encode(self) -> Payload {
        let (what, transaction, first, second, name) = match self {
            Self::Piece { transaction, offset, length, name } => (PIECE, transaction, offset, length, name),
            Self::Tombstone { transaction, offset, length, name } => {
                (TOMBSTONE, transaction, offset, length, name)
            }
            Self::Commit { transaction, emptied } => {
                (COMMIT, transaction, emptied.map_or(u16::MAX, u16::from), 0, 0)
            }
            Self::Abandon { transaction } => (ABANDON, transaction, 0, 0, 0),
        };
        let [t0, t1, t2, t3] = transaction.to_le_bytes();
        let [f0, f1] = first.to_le_bytes();
        let [s0, s1] = second.to_le_bytes();
        let [n0, n1, n2, n3] = name.to_le_bytes();
        let payload: [u8; PAYLOAD] = [what, t0, t1, t2, t3, f0, f1, s0, s1, n0, n1, n2, n3];
        payload
    }

    pub(crate) fn decode(payload: &Payload) -> Option<Self> {
        let [what, t0, t1, t2, t3, f0, f1, s0, s1, n0, n1, n2, n3] = *payload;
        let name = u32::from_le_bytes([n0, n1, n2, n3]);
        let transaction = u32::from_le_bytes([t0, t1, t2, t3]);
        let (first, second) = (u16::from_le_bytes([f0, f1]), u16::from_le_bytes([s0, s1]));
        match what {
            PIECE => Some(Self::Piece { transaction, offset: first, length: second, name }),
            TOMBSTONE => Some(Self::Tombstone { transaction, offset: first, length: second, name }),
            COMMIT => Some(Self::Commit { transaction, emptied: u8::try_from(first).ok() }),
            ABANDON => Some(Self::Abandon { transaction }),
            _ => None,
        }
    }

    /// The transaction it belongs to.
    pub(crate) const fn transaction(&self) -> u32 {
        match self {
            Self::Piece { transaction, .. }
            | Self::Tombstone { transaction, .. }
            | Self::Commit { transaction, .. }
            | Self::Abandon { transaction } => *transaction,
        }
    }

    /// Where its body lies, if it has one: on its own page.
    pub(crate) fn body(&self, page: usize) -> Option<Place> {
        match *self {
            Self::Piece { offset, length, .. } | Self::Tombstone { offset, length, .. } => {
                Some(Place { page: u8::try_from(page).ok()?, offset, length })
            }
            Self::Commit { .. } | Self::Abandon { .. } => None,
        }
    }
}

/// Where the body of a granule begins, if it has one.
pub(crate) fn body_offset(payload: &Payload) -> Option<u32> {
    Some(u32::from(Entry::decode(payload)?.body(0)?.offset))
}

/// Bytes before a piece.
pub(crate) const PREFIX: usize = 28;

/// Those of them that the check, the last two, is over: CRC-16/IBM-3740.
const CHECKED: usize = PREFIX - 2;

/// Bytes of a body that are not its piece: prefix and CRC.
pub(crate) const AROUND: u32 = 32;

/// What stands before a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) key: Key,
    /// The transaction that put this version of the record; kept when it is moved.
    pub(crate) version: u32,
    /// Where in the stream the piece begins.
    pub(crate) start: u16,
    /// Bytes of the whole stream.
    pub(crate) total: u16,
}

impl Prefix {
    pub(crate) fn encode(&self) -> [u8; PREFIX] {
        let mut bytes = [0; PREFIX];
        let fields: [&[u8]; 6] = [
            &[self.key.kind],
            &self.key.id,
            &[0],
            &self.version.to_le_bytes(),
            &self.start.to_le_bytes(),
            &self.total.to_le_bytes(),
        ];
        let mut slots = bytes.iter_mut();
        for byte in fields.into_iter().flatten() {
            if let Some(slot) = slots.next() {
                *slot = *byte;
            }
        }
        if let Some((checked, check)) = bytes.split_first_chunk_mut::<CHECKED>() {
            check.copy_from_slice(&crc16(0xffff, checked).to_le_bytes());
        }
        bytes
    }

    /// What the bytes say, if their check holds.
    pub(crate) fn decode(bytes: &[u8; PREFIX]) -> Option<Self> {
        let (checked, check) = bytes.split_first_chunk::<CHECKED>()?;
        if crc16(0xffff, checked).to_le_bytes() != check {
            return None;
        }
        let (kind, rest) = checked.split_first()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (_, rest) = rest.split_first()?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (start, rest) = rest.split_first_chunk::<2>()?;
        let (total, _) = rest.split_first_chunk::<2>()?;
        Some(Self {
            key: Key { kind: *kind, id: *id },
            version: u32::from_le_bytes(*version),
            start: u16::from_le_bytes(*start),
            total: u16::from_le_bytes(*total),
        })
    }
}
