//! Cutting a message into packets.

use super::{Command, FIRST, LATER, MESSAGE, Report, packet};

/// How far a message is cut. The message itself stays where it is.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    cid: u32,
    command: Command,
    length: u16,
    cut: usize,
    /// The number of the next packet; none before the first.
    sequence: Option<u8>,
}

impl Cutter {
    /// For a message of `length` bytes, unless that is more than a message has.
    pub(super) fn new(cid: u32, command: Command, length: usize) -> Option<Self> {
        let length = u16::try_from(length).ok().filter(|length| usize::from(*length) <= MESSAGE)?;
        Some(Self { cid, command, length, cut: 0, sequence: None })
    }

    pub(super) const fn cid(&self) -> u32 {
        self.cid
    }

    /// Whether the last packet was cut.
    pub(super) fn is_done(&self) -> bool {
        self.sequence.is_some() && self.cut >= usize::from(self.length)
    }

    /// The next packet of the message, which is as long as was said and always the same.
    pub(super) fn next(&mut self, message: &[u8]) -> Option<Report> {
        if self.is_done() {
            return None;
        }
        let rest = message.get(self.cut..usize::from(self.length))?;
        let room = if self.sequence.is_none() { FIRST } else { LATER };
        let data = rest.get(..room).unwrap_or(rest);
        let report = match self.sequence {
            None => packet::first(self.cid, self.command, self.length, data),
            Some(sequence) => packet::later(self.cid, sequence, data),
        };
        self.cut = self.cut.saturating_add(data.len());
        self.sequence = Some(self.sequence.map_or(0, |sequence| sequence.wrapping_add(1)));
        Some(report)
    }
}

/// The reports that carry a message, in order.
#[derive(Clone, Debug)]
#[must_use = "a message is sent report by report"]
pub struct Reports<'a> {
    cutter: Cutter,
    message: &'a [u8],
}

impl<'a> Reports<'a> {
    pub(super) fn new(cid: u32, command: Command, message: &'a [u8]) -> Option<Self> {
        Cutter::new(cid, command, message.len()).map(|cutter| Self { cutter, message })
    }
}

impl Iterator for Reports<'_> {
    type Item = Report;

    fn next(&mut self) -> Option<Report> {
        self.cutter.next(self.message)
    }
}
