//! The host's end of the framing, for one program.
//!
//! Every report of the dongle reaches every program; [`Host::report`] picks out what is for this
//! one. What it reports was said in clear and may have been provoked by anybody, so it makes the
//! program wait, retry or shake hands again; only what opens under the secure channel counts.

use super::{
    BROADCAST, Command, ErrorCode, FIRST, Kind, MESSAGE, Report, Reports, Status, Version,
    collect::Collector, packet, packet::Packet,
};

/// Bytes of the answer to INIT.
const INIT_ANSWER: usize = 17;

/// A program's end: its channel id, and the answer it is being sent.
pub struct Host {
    cid: u32,
    awaited: Awaited,
    collector: Option<Collector>,
    buffer: [u8; MESSAGE],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    Init([u8; 8]),
    Answer(Command),
}

/// What a report meant to this program.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a report may end the wait"]
pub enum Progress<'a> {
    /// Nothing: it was for someone else, or more is to come.
    Nothing,
    /// INIT was answered, and the program may send.
    Ready(Ready),
    /// The answer to what was sent last. It may still be an old one or a forged one.
    Answer(&'a mut [u8]),
    /// The dongle is at work; the wait goes on.
    KeepAlive(Status),
    /// The dongle serves another. The same bytes may be sent again after a while, which should be
    /// chosen at random and grow.
    Busy,
    /// The dongle will not answer, and says why.
    Refused(ErrorCode),
    /// A part of the answer was lost on the way. It will not come again by itself.
    Garbled,
}

/// What a dongle says in answer to INIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The version of the framing: 2.
    pub framing: u8,
    /// The firmware's version.
    pub version: Version,
    /// CTAPHID's capability bits; 01 is WINK.
    pub capabilities: u8,
}

/// A message is longer than [`MESSAGE`]. Nothing was sent, and a retry cannot help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message has at most 7,609 bytes")]
pub struct TooLong;

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// A program without a channel id; INIT gets it one.
    pub const fn new() -> Self {
        Self { cid: BROADCAST, awaited: Awaited::Nothing, collector: None, buffer: [0; MESSAGE] }
    }

    /// The channel id; the broadcast one as long as there is none.
    pub const fn cid(&self) -> u32 {
        self.cid
    }

    /// Asks for a channel id, or, where there is one, resynchronizes its framing. The nonce is
    /// random: by it the answer is known among those to other programs.
    #[must_use = "to be sent to the dongle"]
    pub fn init(&mut self, nonce: [u8; 8]) -> Report {
        self.await_only(Awaited::Init(nonce));
        packet::first(self.cid, Command::Init, 8, &nonce)
    }

    /// Sends a message; its answer is awaited from now on, and no other.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn send<'a>(&mut self, kind: Kind, message: &'a [u8]) -> Result<Reports<'a>, TooLong> {
        self.begin(kind.into(), message)
    }

    /// Sends data that the dongle is to send back.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn ping<'a>(&mut self, data: &'a [u8]) -> Result<Reports<'a>, TooLong> {
        self.begin(Command::Ping, data)
    }

    /// Asks the dongle to show itself; the answer is empty.
    #[must_use = "to be sent to the dongle"]
    pub fn wink(&mut self) -> Report {
        self.await_only(Awaited::Answer(Command::Wink));
        packet::first(self.cid, Command::Wink, 0, &[])
    }

    /// Ends the wait for a touch. The message in work is answered as one that was not touched.
    #[must_use = "to be sent to the dongle"]
    pub fn cancel(&self) -> Report {
        packet::first(self.cid, Command::Cancel, 0, &[])
    }

    /// Takes a report from the dongle.
    pub fn report(&mut self, report: &Report) -> Progress<'_> {
        match Packet::read(report) {
            Packet::First { cid, command, length, data } if cid == self.cid => {
                match (Command::from_number(command), self.awaited) {
                    (Some(Command::Init), Awaited::Init(nonce)) => self.initialized(nonce, length, data),
                    (Some(Command::Error), awaited) => refused(awaited, data),
                    (Some(Command::KeepAlive), Awaited::Answer(_)) => {
                        let [status, ..] = data;
                        Progress::KeepAlive(Status::from_number(*status))
                    }
                    (Some(command), Awaited::Answer(awaited)) if command == awaited => {
                        // Whatever was there of an answer before is not a part of this one.
                        self.collector = None;
                        if length > MESSAGE {
                            return self.garbled();
                        }
                        let collector = Collector::new(length, data, &mut self.buffer);
                        self.collected(collector)
                    }
                    _ => Progress::Nothing,
                }
            }
            Packet::Later { cid, sequence, data } if cid == self.cid => {
                let Some(mut collector) = self.collector.take() else { return Progress::Nothing };
                if collector.later(sequence, data, &mut self.buffer).is_err() {
                    return self.garbled();
                }
                self.collected(collector)
            }
            _ => Progress::Nothing,
        }
    }

    fn begin<'a>(&mut self, command: Command, message: &'a [u8]) -> Result<Reports<'a>, TooLong> {
        let reports = Reports::new(self.cid, command, message).ok_or(TooLong)?;
        self.await_only(Awaited::Answer(command));
        Ok(reports)
    }

    fn await_only(&mut self, awaited: Awaited) {
        self.awaited = awaited;
        self.collector = None;
    }

    /// What is done with as much of an answer as is there.
    fn collected(&mut self, collector: Collector) -> Progress<'_> {
        if collector.is_complete() {
            return Progress::Answer(self.buffer.get_mut(..collector.length()).unwrap_or_default());
        }
        self.collector = Some(collector);
        Progress::Nothing
    }

    fn garbled(&mut self) -> Progress<'_> {
        self.collector = None;
        Progress::Garbled
    }

    fn initialized(&mut self, nonce: [u8; 8], length: usize, data: &[u8; FIRST]) -> Progress<'_> {
        match (data.split_first_chunk(), length) {
            (Some((echo, [a, b, c, d, framing, major, minor, build, capabilities, ..])), INIT_ANSWER)
                if *echo == nonce =>
            {
                self.cid = u32::from_be_bytes([*a, *b, *c, *d]);
                self.await_only(Awaited::Nothing);
                Progress::Ready(Ready {
                    framing: *framing,
                    version: Version { major: *major, minor: *minor, build: *build },
                    capabilities: *capabilities,
                })
            }
            _ => Progress::Nothing,
        }
    }
}

/// What an error means to who waits.
fn refused(awaited: Awaited, [code, ..]: &[u8; FIRST]) -> Progress<'static> {
    match (awaited, ErrorCode::from_number(*code)) {
        // INIT is never refused for that: this is about something sent before it.
        (Awaited::Nothing, _) | (Awaited::Init(_), ErrorCode::Busy) => Progress::Nothing,
        (Awaited::Answer(_), ErrorCode::Busy) => Progress::Busy,
        (_, code) => Progress::Refused(code),
    }
}
