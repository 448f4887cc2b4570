//! The host's end of a secure channel, well-behaved or not, and the questions asked over it.

use holdfast_crypto::{Curve, Key, RustCrypto};
use holdfast_document::{DongleId, strict};
use holdfast_wire::channel::{
    self, Ephemeral, FirstMessage, HANDSHAKE, HostChannel, Initiator, OVERHEAD, Pending, Prologue,
};
use holdfast_wire::command::hello::Greeting;
use holdfast_wire::command::{Command, ErrorCode, Failure, Hello, Outcome};

use crate::line::{Broken, Heard, Line, command, must};

/// The versions of the protocol that the suite speaks.
pub(crate) const OFFER: &[u8] = &[1];

/// A number that no command has.
pub(crate) const NO_COMMAND: u8 = 0xee;

/// A secure channel, from the host's side.
pub struct Peer {
    /// The channel id it was made on.
    pub cid: u32,
    channel: HostChannel,
}

/// A handshake whose answer is awaited.
pub(crate) struct Shaking {
    pub(crate) first: Vec<u8>,
    initiator: Initiator,
}

impl Shaking {
    /// A first message for this prologue and channel key.
    pub(crate) fn new(line: &mut Line<'_>, prologue: &Prologue, key: &Key) -> Result<Self, Broken> {
        let ephemeral = Ephemeral::new::<RustCrypto>(line.scalar()?);
        let (initiator, handshake) = Initiator::start::<RustCrypto>(prologue, key, ephemeral).map_err(own)?;
        let mut first = vec![0; 1 + OFFER.len() + HANDSHAKE];
        FirstMessage { offer: OFFER, handshake: &handshake }.write(&mut first).map_err(own)?;
        Ok(Self { first, initiator })
    }

    /// Takes the dongle's answer.
    pub(crate) fn finish(self, cid: u32, heard: &Heard) -> Result<Peer, Broken> {
        must(heard.command == command::HANDSHAKE, || format!("handshake: heard {heard:02x?}"))?;
        let channel = self.initiator.finish::<RustCrypto>(&heard.data);
        let channel =
            channel.map_err(|error| Broken::Otherwise(format!("the dongle's handshake: {error}")))?;
        Ok(Peer { cid, channel })
    }
}

/// What the wire's own code says of what the suite itself made.
fn own(error: impl std::fmt::Display) -> Broken {
    Broken::Otherwise(format!("the suite's own message: {error}"))
}

impl Line<'_> {
    /// The Hello answer, byte for byte.
    pub(crate) fn hello(&mut self, cid: u32) -> Result<Vec<u8>, Broken> {
        self.ask_in_clear(cid, &request(&Hello {})?)
    }

    /// Sends a request in clear; the whole answer.
    pub(crate) fn ask_in_clear(&mut self, cid: u32, request: &[u8]) -> Result<Vec<u8>, Broken> {
        let heard = self.ask(cid, command::CLEAR, request, "the answer to a command in clear")?;
        must(heard.command == command::CLEAR, || format!("a command in clear: heard {heard:02x?}"))?;
        Ok(heard.data)
    }

    /// A handshake that is right, ready to be sent.
    pub(crate) fn shaking(&mut self, cid: u32) -> Result<Shaking, Broken> {
        let hello = self.hello(cid)?;
        let greeting: Greeting<'_> = answer::<Hello>(&hello)?;
        let prologue = Prologue::new(&id_of(&greeting).0, OFFER, &hello);
        Shaking::new(self, &prologue, &greeting.channel)
    }

    /// Makes a channel. The dongle counts it from the first message that opens.
    pub(crate) fn shake_hands(&mut self, cid: u32) -> Result<Peer, Broken> {
        let shaking = self.shaking(cid)?;
        let heard = self.ask(cid, command::HANDSHAKE, &shaking.first, "the dongle's handshake message")?;
        shaking.finish(cid, &heard)
    }

    /// A channel on a channel id of its own, in use.
    pub(crate) fn connect(&mut self) -> Result<Peer, Broken> {
        let cid = self.channel_id()?;
        let mut peer = self.shake_hands(cid)?;
        peer.is_alive(self)?;
        Ok(peer)
    }
}

/// The id that a greeting's keys make.
pub(crate) fn id_of(greeting: &Greeting<'_>) -> DongleId {
    DongleId::of(&greeting.identity, &greeting.channel, &greeting.sealing)
}

impl Peer {
    /// Seals a text under the next number.
    pub(crate) fn seal(&mut self, text: &[u8]) -> Result<(Pending, Vec<u8>), Broken> {
        let mut message = vec![0; text.len() + OVERHEAD];
        channel::text_mut(&mut message).copy_from_slice(text);
        let pending = self.channel.seal(&mut message).map_err(own)?;
        Ok((pending, message))
    }

    /// Opens what was heard as the answer to a request.
    pub(crate) fn open(&self, pending: &Pending, heard: Heard) -> Result<Vec<u8>, Broken> {
        must(heard.command == command::SEALED, || format!("a sealed request: heard {heard:02x?}"))?;
        let mut message = heard.data;
        let opened = self.channel.open(pending, &mut message);
        opened.map_err(|error| Broken::Otherwise(format!("the sealed answer: {error}")))?;
        Ok(channel::text(&message).to_vec())
    }

    /// Sends a sealed text; the text of the answer.
    pub(crate) fn ask_text(&mut self, line: &mut Line<'_>, text: &[u8]) -> Result<Vec<u8>, Broken> {
        let (pending, message) = self.seal(text)?;
        let heard = line.ask(self.cid, command::SEALED, &message, "the answer to a sealed request")?;
        self.open(&pending, heard)
    }

    /// Asks, and hands back the whole answer.
    pub(crate) fn ask<'c, C: Command<'c>>(
        &mut self,
        line: &mut Line<'_>,
        command: &C,
    ) -> Result<Vec<u8>, Broken> {
        self.ask_text(line, &request(command)?)
    }

    /// A request with a number that no command has comes back as such, over this channel.
    pub(crate) fn is_alive(&mut self, line: &mut Line<'_>) -> Result<(), Broken> {
        let heard = self.ask_text(line, &[NO_COMMAND])?;
        fails(&heard, ErrorCode::UnknownCommand, "a sealed request without a command")
    }

    /// The dongle says nothing to a message: what comes next is the answer to a later one.
    pub(crate) fn is_dropped(
        &mut self,
        line: &mut Line<'_>,
        message: &[u8],
        what: &str,
    ) -> Result<(), Broken> {
        line.say(self.cid, command::SEALED, message)?;
        line.is_quiet(self.cid, what)
    }
}

/// The bytes of a request.
pub(crate) fn request<'c, C: Command<'c>>(command: &C) -> Result<Vec<u8>, Broken> {
    let length = strict::length(command).map_err(own)?;
    let mut bytes = vec![0; length + 1];
    command.write(&mut bytes).map_err(own)?;
    Ok(bytes)
}

/// What a request came to.
pub(crate) fn outcome<'b, 'c, C: Command<'c>>(bytes: &'b [u8]) -> Result<Outcome<C::Answer<'b>>, Broken> {
    Outcome::read(bytes).map_err(|_| {
        Broken::Otherwise(format!("command {}: its answer cannot be read: {bytes:02x?}", C::NUMBER))
    })
}

/// The answer, where there must be one.
pub(crate) fn answer<'b, 'c, C: Command<'c>>(bytes: &'b [u8]) -> Result<C::Answer<'b>, Broken> {
    match outcome::<C>(bytes)? {
        Outcome::Answer(answer) => Ok(answer),
        Outcome::Refused(refusal) => {
            Err(Broken::Otherwise(format!("command {} was refused: {refusal:?}", C::NUMBER)))
        }
        Outcome::Failed(failure) => {
            Err(Broken::Otherwise(format!("command {} failed: {failure}", C::NUMBER)))
        }
    }
}

/// The failure, where there must be one.
pub(crate) fn failure(bytes: &[u8], what: &str) -> Result<Failure, Broken> {
    match Outcome::<()>::read(bytes) {
        Ok(Outcome::Failed(failure)) => Ok(failure),
        _ => Err(Broken::Otherwise(format!("{what}: awaited a failure, heard {bytes:02x?}"))),
    }
}

/// It must have failed for this reason.
pub(crate) fn fails(bytes: &[u8], code: ErrorCode, what: &str) -> Result<(), Broken> {
    let failure = failure(bytes, what)?;
    must(failure.is(code), || format!("{what}: awaited {code:?}, heard {}: {failure}", failure.code))
}

/// The key is a point on the curve.
pub(crate) fn is_point(line: &mut Line<'_>, key: &Key) -> Result<bool, Broken> {
    Ok(RustCrypto::agree(&line.scalar()?, key).is_ok())
}
