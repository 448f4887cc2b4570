//! Short answers of the framing itself, waiting for their turn: errors, INIT, WINK.
//!
//! There is room for a few. When a program asks faster than reports are read, the newest are left
//! out, and who misses one asks again.

use super::{Command, ErrorCode, Report, packet};
use heapless::{Deque, Vec};

/// As many as can come in while a handful of reports go out.
const WAITING: usize = 8;

/// The longest: the answer to INIT.
const LONGEST: usize = 17;

/// Replies in the order of their causes.
pub(super) struct Replies(Deque<Reply, WAITING>);

struct Reply {
    cid: u32,
    command: Command,
    data: Vec<u8, LONGEST>,
}

impl Replies {
    pub(super) const fn new() -> Self {
        Self(Deque::new())
    }

    pub(super) fn push(&mut self, cid: u32, command: Command, data: &[u8]) {
        if let Ok(data) = Vec::from_slice(data) {
            let _left_out_when_full = self.0.push_back(Reply { cid, command, data });
        }
    }

    pub(super) fn error(&mut self, cid: u32, code: ErrorCode) {
        self.push(cid, Command::Error, &[code.number()]);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The channel id of the next one.
    pub(super) fn next_cid(&self) -> Option<u32> {
        self.0.front().map(|reply| reply.cid)
    }

    pub(super) fn pop(&mut self) -> Option<Report> {
        let Reply { cid, command, data } = self.0.pop_front()?;
        // At most LONGEST bytes, so the length fits.
        Some(packet::first(cid, command, data.len() as u16, &data))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
