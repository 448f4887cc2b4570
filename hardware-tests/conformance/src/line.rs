//! Reports and frames, well made or not (FIDO CTAP 2.1, section 11.2, with commands of our own).
//!
//! Written apart from the framing that SDK and firmware share, so that what both get wrong alike is found.

use std::io;
use std::time::Duration;

use holdfast_crypto::{SecretKey, digest};
use holdfast_wire::frame::Report;

use crate::subject::{Given, Subject};

/// The channel on which a program without one asks for one.
pub const BROADCAST: u32 = 0xffff_ffff;

/// The most bytes of a message.
pub const MESSAGE: usize = 7_609;

/// Commands of a first packet.
pub mod command {
    /// Send the same back.
    pub const PING: u8 = 0x01;
    /// Give a channel id, or begin its framing anew.
    pub const INIT: u8 = 0x06;
    /// Show which dongle it is.
    pub const WINK: u8 = 0x08;
    /// Nobody waits any longer.
    pub const CANCEL: u8 = 0x11;
    /// It is being worked on.
    pub const KEEP_ALIVE: u8 = 0x3b;
    /// There will be no answer.
    pub const ERROR: u8 = 0x3f;
    /// A command in clear.
    pub const CLEAR: u8 = 0x40;
    /// A handshake message.
    pub const HANDSHAKE: u8 = 0x41;
    /// A sealed message.
    pub const SEALED: u8 = 0x42;
}

/// What stands in an ERROR.
pub mod error {
    /// No such command.
    pub const COMMAND: u8 = 0x01;
    /// The data make no sense.
    pub const PARAMETER: u8 = 0x02;
    /// Not a length that this command takes.
    pub const LENGTH: u8 = 0x03;
    /// A packet is missing.
    pub const SEQUENCE: u8 = 0x04;
    /// The rest did not come.
    pub const TIMEOUT: u8 = 0x05;
    /// Another is served.
    pub const BUSY: u8 = 0x06;
    /// No such channel id.
    pub const CHANNEL: u8 = 0x0b;
    /// There is no secure channel.
    pub const NO_CHANNEL: u8 = 0x40;
}

/// How long an answer is waited for; a bench whose clock stands does not wait at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// A law that does not hold, and what showed it.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Nothing came where something must.
    #[error("nothing came; awaited was {0}")]
    Silent(String),
    /// Something else came, or something was otherwise than it must be.
    #[error("{0}")]
    Otherwise(String),
    /// The check needs a dongle with the reference license, and was not given one.
    #[error("the check needs a dongle with the reference license")]
    NotGiven,
    /// The cable is gone, so nothing is known.
    #[error("the cable is gone: {0}")]
    Cable(#[from] io::Error),
}

/// Fails unless it holds.
pub(crate) fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken::Otherwise(otherwise())) }
}

/// A whole message from the dongle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its command.
    pub command: u8,
    /// Its data.
    pub data: Vec<u8>,
}

impl Heard {
    /// Whether it is this error.
    pub fn is_error(&self, code: u8) -> bool {
        self.command == command::ERROR && self.data == [code]
    }
}

/// The suite's end of the cable.
pub struct Line<'s> {
    pub(crate) subject: &'s mut dyn Subject,
    given: Option<&'s Given>,
    scalars: u32,
}

impl<'s> Line<'s> {
    /// On this subject.
    pub fn new(subject: &'s mut dyn Subject, given: Option<&'s Given>) -> Self {
        Self { subject, given, scalars: 0 }
    }

    /// What the dongle was given before.
    pub(crate) fn given(&self) -> Result<&'s Given, Broken> {
        self.given.ok_or(Broken::NotGiven)
    }

    /// Sends a first packet, whatever its length says.
    pub(crate) fn first(&mut self, cid: u32, command: u8, length: usize, data: &[u8]) -> Result<(), Broken> {
        let mut report: Report = [0; 64];
        report[..4].copy_from_slice(&cid.to_be_bytes());
        report[4] = command | 0x80;
        report[5..7].copy_from_slice(&(length as u16).to_be_bytes());
        report[7..7 + data.len()].copy_from_slice(data);
        Ok(self.subject.send(&report)?)
    }

    /// Sends a later packet.
    pub(crate) fn later(&mut self, cid: u32, sequence: u8, data: &[u8]) -> Result<(), Broken> {
        let mut report: Report = [0; 64];
        report[..4].copy_from_slice(&cid.to_be_bytes());
        report[4] = sequence;
        report[5..5 + data.len()].copy_from_slice(data);
        Ok(self.subject.send(&report)?)
    }

    /// Sends a whole message.
    pub(crate) fn say(&mut self, cid: u32, command: u8, data: &[u8]) -> Result<(), Broken> {
        let (head, rest) = data.split_at(data.len().min(57));
        self.first(cid, command, data.len(), head)?;
        for (sequence, piece) in (0..).zip(rest.chunks(59)) {
            self.later(cid, sequence, piece)?;
        }
        Ok(())
    }

    /// The next message on a channel id. Signs of life are passed over, and what is for others.
    pub(crate) fn hear(&mut self, cid: u32, awaited: &str) -> Result<Heard, Broken> {
        let (command, length, mut data) = loop {
            let report = self.next(cid, awaited)?;
            must(report[4] & 0x80 != 0, || {
                format!("a later packet without a first one; awaited was {awaited}")
            })?;
            let command = report[4] & 0x7f;
            if command != command::KEEP_ALIVE {
                let length = usize::from(u16::from_be_bytes([report[5], report[6]]));
                break (command, length, report[7..].to_vec());
            }
        };
        must(length <= MESSAGE, || format!("a message of {length} bytes"))?;
        let mut sequence = 0;
        while data.len() < length {
            let report = self.next(cid, awaited)?;
            must(report[4] == sequence, || {
                format!("packet {:#04x} of a message where {sequence:#04x} must come", report[4])
            })?;
            sequence += 1;
            data.extend_from_slice(&report[5..]);
        }
        must(data[length..].iter().all(|byte| *byte == 0), || {
            "the last packet is not filled with zeros".into()
        })?;
        data.truncate(length);
        Ok(Heard { command, data })
    }

    fn next(&mut self, cid: u32, awaited: &str) -> Result<Report, Broken> {
        loop {
            let report = self.subject.receive(PATIENCE)?;
            let report = report.ok_or_else(|| Broken::Silent(awaited.into()))?;
            if report[..4] == cid.to_be_bytes() {
                return Ok(report);
            }
        }
    }

    /// Sends a message and takes what comes next.
    pub(crate) fn ask(&mut self, cid: u32, command: u8, data: &[u8], awaited: &str) -> Result<Heard, Broken> {
        self.say(cid, command, data)?;
        self.hear(cid, awaited)
    }

    /// Takes what comes next: it must be this error.
    pub(crate) fn hear_error(&mut self, cid: u32, code: u8, of: &str) -> Result<(), Broken> {
        let heard = self.hear(cid, of)?;
        must(heard.is_error(code), || format!("{of}: awaited error {code:#04x}, heard {heard:02x?}"))
    }

    /// A channel id of its own.
    pub(crate) fn channel_id(&mut self) -> Result<u32, Broken> {
        let nonce = digest::plain(&[&self.count().to_le_bytes()]);
        let heard = self.ask(BROADCAST, command::INIT, &nonce.0[..8], "the answer to INIT")?;
        must(heard.command == command::INIT && heard.data.len() == 17, || {
            format!("INIT: heard {heard:02x?}")
        })?;
        must(heard.data[..8] == nonce.0[..8], || "INIT: the answer has another nonce".into())?;
        Ok(u32::from_be_bytes([heard.data[8], heard.data[9], heard.data[10], heard.data[11]]))
    }

    /// Nothing is said on a channel id but the answer to a PING, which is answered at once: so its framing is in
    /// order, and whatever was sent before was passed over in silence.
    pub(crate) fn is_quiet(&mut self, cid: u32, after: &str) -> Result<(), Broken> {
        let data = digest::plain(&[&self.count().to_le_bytes()]).0;
        let heard = self.ask(cid, command::PING, &data, "the answer to PING")?;
        must(heard.command == command::PING && heard.data == data, || {
            format!("{after}: awaited silence and then the answer to PING, heard {heard:02x?}")
        })?;
        // An error may have waited until the answer was out. What is said to everyone comes behind it.
        self.first(BROADCAST, command::INIT, 8, &data[..8])?;
        loop {
            let report = self.subject.receive(PATIENCE)?;
            let report = report.ok_or_else(|| Broken::Silent("the answer to INIT".into()))?;
            must(report[..4] != cid.to_be_bytes(), || {
                format!("{after}: awaited silence, heard {:02x?}", &report[4..8])
            })?;
            if report[..4] == BROADCAST.to_be_bytes() && report[7..15] == data[..8] {
                return Ok(());
            }
        }
    }

    /// A scalar for a handshake. The suite's own ends guard nothing, so its keys need not be secret.
    pub(crate) fn scalar(&mut self) -> Result<SecretKey, Broken> {
        let bytes = digest::plain(&[b"scalar", &self.count().to_le_bytes()]).0;
        SecretKey::from_bytes(bytes).map_err(|error| Broken::Otherwise(error.to_string()))
    }

    fn count(&mut self) -> u32 {
        self.scalars += 1;
        self.scalars
    }
}
