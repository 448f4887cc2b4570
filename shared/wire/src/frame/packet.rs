//! One report, read and written. Every 64 bytes are a packet of one form or the other, so reading
//! cannot fail.

use super::{Command, FIRST, LATER, Report};

/// The bit of the fifth byte that marks a message's first packet.
const FIRST_PACKET: u8 = 0x80;

/// A report taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// Begins a message; the rest of it follows in `Later` packets.
    First { cid: u32, command: u8, length: usize, data: &'a [u8; FIRST] },
    /// Carries a message on.
    Later { cid: u32, sequence: u8, data: &'a [u8; LATER] },
}

impl<'a> Packet<'a> {
    pub(super) fn read(report: &'a Report) -> Self {
        let [a, b, c, d, mark, data @ ..] = report;
        let cid = u32::from_be_bytes([*a, *b, *c, *d]);
        if mark & FIRST_PACKET == 0 {
            return Self::Later { cid, sequence: *mark, data };
        }
        let [high, low, data @ ..] = data;
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        Self::First { cid, command: mark & !FIRST_PACKET, length, data }
    }
}

/// A message's first packet. `data` is what it has room for of a message of `length` bytes.
pub(super) fn first(cid: u32, command: Command, length: u16, data: &[u8]) -> Report {
    write(cid, command.number() | FIRST_PACKET, &length.to_be_bytes(), data)
}

/// A later packet.
pub(super) fn later(cid: u32, sequence: u8, data: &[u8]) -> Report {
    write(cid, sequence, &[], data)
}

fn write(cid: u32, mark: u8, length: &[u8], data: &[u8]) -> Report {
    let mut report = [0; 64];
    let bytes = cid.to_be_bytes().into_iter().chain([mark]).chain(length.iter().copied());
    report.iter_mut().zip(bytes.chain(data.iter().copied())).for_each(|(to, from)| *to = from);
    report
}
