//! Which road a message takes, and who may speak on it.
//!
//! Three calls: [`receive`](Dongle::receive), [`tick`](Dongle::tick), [`idle`](Dongle::idle).

use holdfast_crypto::SecretKey;
use holdfast_storage::MoreWork;
use holdfast_wire::channel::{self, Ephemeral, FirstMessage, Prologue, Responder};
use holdfast_wire::command::Road;
use holdfast_wire::frame::{ErrorCode, Kind, MESSAGE};

use crate::channels::{Channels, NotOpened};
use crate::commands::{self, Place};
use crate::core::{Core, CurveOf, SCRATCH, Scratch};
use crate::{AgreementKey, Platform};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Reply {
    /// The answer stands in the first bytes of the buffer.
    Answer(usize),
    /// An error in clear. It may make a host wait or shake hands again, and decides nothing.
    Refuse(ErrorCode),
    /// Not a word: it did not open, so it may be anyone's.
    Ignore,
}

/// A dongle, from power-up to power-down.
pub struct Dongle<P: Platform> {
    core: Core<P>,
    channels: Channels,
    request: [u8; MESSAGE],
    scratch: Scratch,
    /// Made while idle, for the next handshake.
    ephemeral: Option<Ephemeral>,
}

impl<P: Platform> Dongle<P> {
    /// Powers up.
    pub fn start(platform: P) -> Self {
        Self {
            core: Core::start(platform),
            channels: Channels::default(),
            request: [0; MESSAGE],
            scratch: Scratch { first: [0; SCRATCH], second: [0; SCRATCH] },
            ephemeral: None,
        }
    }

    /// Takes the message of `length` bytes in `buffer`, and answers in place. `now_ms` counts from
    /// power-up and never falls.
    pub fn receive(
        &mut self,
        now_ms: u64,
        cid: u32,
        kind: Kind,
        buffer: &mut [u8; MESSAGE],
        length: usize,
    ) -> Reply {
        self.core.clock.tick(now_ms);
        match kind {
            Kind::Clear => self.clear(cid, buffer, length),
            Kind::Handshake => self.handshake(now_ms, cid, buffer, length),
            Kind::Sealed => self.sealed(now_ms, cid, buffer, length),
        }
    }

    /// Lets time pass; to be called at least every second.
    pub fn tick(&mut self, now_ms: u64) {
        self.core.clock.tick(now_ms);
        self.core.keep_booked();
    }

    /// Does one step of what need not be done while a host waits.
    pub fn idle(&mut self, now_ms: u64) -> MoreWork {
        self.tick(now_ms);
        if self.ephemeral.is_none() && self.core.mounted().is_some() {
            self.ephemeral = Some(self.fresh_ephemeral());
            return MoreWork::Yes;
        }
        self.core.idle()
    }

    /// Powers down, and gives the board back.
    pub fn into_platform(self) -> P {
        self.core.platform
    }

    fn fresh_ephemeral(&mut self) -> Ephemeral {
        Ephemeral::new::<CurveOf<P>>(SecretKey::generate(self.core.platform.rng()))
    }

    fn clear(&mut self, cid: u32, buffer: &mut [u8; MESSAGE], length: usize) -> Reply {
        let Some(answer) = self.run(Road::Clear, cid, buffer, 0, length, MESSAGE) else {
            return Reply::Refuse(ErrorCode::InvalidLength);
        };
        Reply::Answer(answer)
    }

    fn handshake(&mut self, now_ms: u64, cid: u32, buffer: &mut [u8; MESSAGE], length: usize) -> Reply {
        if !self.channels.has_room(now_ms, cid) {
            return Reply::Refuse(ErrorCode::Busy);
        }
        match self.shake(now_ms, cid, buffer, length) {
            Some(length) => Reply::Answer(length),
            None => Reply::Refuse(ErrorCode::InvalidParameter),
        }
    }

    fn shake(&mut self, now_ms: u64, cid: u32, buffer: &mut [u8; MESSAGE], length: usize) -> Option<usize> {
        let hello = commands::hello(&mut self.core, &mut self.scratch.first).ok()?;
        let (id, key) = self.core.mounted().map(|mounted| (mounted.id(), mounted.keys.channel))?;
        let first = FirstMessage::read(buffer.get(..length)?).ok()?;
        let prologue = Prologue::new(&id.0, first.offer, hello);
        let agree = |peer: &_| {
            let agreed = self.core.platform.agree(AgreementKey::Channel, peer);
            agreed.map_err(|_| holdfast_crypto::CryptoError::BadKey)
        };
        let responder = Responder::read(&prologue, &key, first.handshake, agree).ok()?;
        let ephemeral = self.ephemeral.take().unwrap_or_else(|| self.fresh_ephemeral());
        let (answer, channel) = responder.answer::<CurveOf<P>>(ephemeral).ok()?;
        self.channels.begin(now_ms, cid, channel);
        buffer.get_mut(..answer.len())?.copy_from_slice(&answer);
        Some(answer.len())
    }

    fn sealed(&mut self, now_ms: u64, cid: u32, buffer: &mut [u8; MESSAGE], length: usize) -> Reply {
        let Some(message) = buffer.get_mut(..length) else { return Reply::Ignore };
        let opened = match self.channels.open(now_ms, cid, message) {
            Ok(opened) => opened,
            Err(NotOpened::NoChannel) => return Reply::Refuse(ErrorCode::NoChannel),
            Err(NotOpened::Dropped) => return Reply::Ignore,
        };
        let end = length.saturating_sub(channel::TAG);
        let most = MESSAGE - channel::TAG;
        let Some(answer) = self.run(Road::Sealed, cid, buffer, channel::NONCE, end, most) else {
            return Reply::Ignore;
        };
        let length = channel::OVERHEAD.saturating_add(answer);
        match buffer.get_mut(..length).map(|message| self.channels.seal(cid, opened, message)) {
            Some(Ok(())) => Reply::Answer(length),
            _ => Reply::Ignore,
        }
    }

    /// Runs the request between `from` and `end` of the buffer, and writes its outcome from `from`
    /// on, before `most`. None: there is no request.
    fn run(
        &mut self,
        road: Road,
        cid: u32,
        buffer: &mut [u8; MESSAGE],
        from: usize,
        end: usize,
        most: usize,
    ) -> Option<usize> {
        let request = buffer.get(from..end)?;
        let kept = self.request.get_mut(..request.len())?;
        kept.copy_from_slice(request);
        let (number, body) = kept.split_first()?;
        let place = Place { road, session: self.channels.session(cid) };
        let answer = buffer.get_mut(from..most)?;
        let before = self.core.mounted().map(|mounted| mounted.keys);
        let written = commands::run(&mut self.core, place, &mut self.scratch, *number, body, answer);
        if self.core.mounted().map(|mounted| mounted.keys) != before {
            self.channels.clear();
            self.ephemeral = None;
        }
        Some(written)
    }
}
