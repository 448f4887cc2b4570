//! Putting a message together again.

use super::{FIRST, LATER, MESSAGE};

/// How much of a message is there. Its bytes are in a buffer of the owner's.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    length: usize,
    collected: usize,
    sequence: u8,
}

/// A packet is missing or came twice. The message is lost.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfSequence;

impl Collector {
    /// Begins with a first packet of a message of `length` bytes, which is not more than a message
    /// has.
    pub(super) fn new(length: usize, data: &[u8; FIRST], buffer: &mut [u8; MESSAGE]) -> Self {
        let mut collector = Self { length: length.min(MESSAGE), collected: 0, sequence: 0 };
        collector.take(data, buffer);
        collector
    }

    /// Goes on with a later packet.
    pub(super) fn later(
        &mut self,
        sequence: u8,
        data: &[u8; LATER],
        buffer: &mut [u8; MESSAGE],
    ) -> Result<(), OutOfSequence> {
        if sequence != self.sequence {
            return Err(OutOfSequence);
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.take(data, buffer);
        Ok(())
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.collected == self.length
    }

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    fn take(&mut self, data: &[u8], buffer: &mut [u8; MESSAGE]) {
        let missing = buffer.get_mut(self.collected..self.length).unwrap_or_default();
        missing.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
        self.collected = self.collected.saturating_add(data.len()).min(self.length);
    }
}
