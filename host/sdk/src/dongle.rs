//! One dongle, and the secure channel to it.
//!
//! First contact is a Hello in clear, from whose three keys the dongle's id is computed; then the
//! handshake proves that the channel key is behind it. Nothing more is believed until a license
//! that the vendor signed names that id.

use crate::{Environment, Error, Transport, TransportError};
use holdfast_crypto::{RustCrypto, SecretKey};
use holdfast_document::{DongleId, strict};
use holdfast_wire::channel::{
    self, Ephemeral, FirstMessage, HANDSHAKE, HostChannel, Initiator, OVERHEAD, Prologue,
};
use holdfast_wire::command::certificate::Form;
use holdfast_wire::command::hello::{Greeting, Stage};
use holdfast_wire::command::{Certificate, Command, ErrorCode, Hello, Outcome};
use holdfast_wire::frame::{Kind, MESSAGE};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The version offer of this SDK: protocol version 1.
const OFFER: &[u8] = &[1];
/// How often a request is sealed anew after an answer was lost or the channel was.
const TRIES: u32 = 4;

/// A dongle with a secure channel to it.
pub struct Dongle {
    transport: Box<dyn Transport>,
    environment: Arc<dyn Environment>,
    id: DongleId,
    /// The Hello answer, byte for byte; it goes into the prologue of each handshake.
    greeting: Vec<u8>,
    channel: Option<HostChannel>,
    number: ChannelNumber,
    answer: Zeroizing<Vec<u8>>,
}

/// Counts the channels made to one dongle. Handles are good on the channel they were given on only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelNumber(u64);

impl Dongle {
    /// Greets the dongle and makes a channel to it.
    ///
    /// # Errors
    /// [`Error::Blank`], [`Error::Failed`] where the dongle cannot read what it stores, [`Error::Incompatible`], and
    /// those of transport and channel.
    pub fn connect(transport: Box<dyn Transport>, environment: Arc<dyn Environment>) -> Result<Self, Error> {
        let mut dongle = Self::greet(transport, environment)?;
        dongle.shake_hands()?;
        Ok(dongle)
    }

    /// Greets the dongle and makes no channel: for one that has no keys yet.
    ///
    /// # Errors
    /// [`Error::Incompatible`], and those of the transport.
    pub fn greet(transport: Box<dyn Transport>, environment: Arc<dyn Environment>) -> Result<Self, Error> {
        let mut dongle = Self {
            transport,
            environment,
            id: DongleId::ZERO,
            greeting: Vec::new(),
            channel: None,
            number: ChannelNumber(0),
            answer: Zeroizing::new(Vec::new()),
        };
        dongle.hello()?;
        Ok(dongle)
    }

    /// Its id, over its three public keys.
    pub const fn id(&self) -> DongleId {
        self.id
    }

    /// What it said of itself.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn greeting(&self) -> Result<Greeting<'_>, Error> {
        read::<Greeting<'_>>(&self.greeting)
    }

    /// The channel that is in use, or was last.
    pub const fn channel(&self) -> ChannelNumber {
        self.number
    }

    /// Asks in clear.
    ///
    /// # Errors
    /// [`Error::Failed`], [`Error::Malformed`], and those of the transport.
    pub fn ask_in_clear<'c, C: Command<'c>>(&mut self, command: &C) -> Result<C::Answer<'_>, Error> {
        let request = encode(command)?;
        let mut tries = 1;
        while let Err(error) = self.transport.exchange(Kind::Clear, &request, &mut self.answer) {
            if tries == TRIES || !may_pass(&error) {
                return Err(error.into());
            }
            tries += 1;
        }
        read(&self.answer)
    }

    /// Asks over the secure channel, making a new one where the dongle has lost it. Not for
    /// commands with a handle; those go by [`ask_on`](Self::ask_on).
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Failed`], [`Error::Malformed`], [`Error::OtherDongle`], and those
    /// of transport and channel.
    pub fn ask<'c, C: Command<'c>>(&mut self, command: &C) -> Result<C::Answer<'_>, Error> {
        self.exchange(None, &encode(command)?)?;
        read(&self.answer)
    }

    /// Asks over this channel and no later one: a handle names something else on each.
    ///
    /// # Errors
    /// [`Error::ChannelEnded`], and those of [`ask`](Self::ask).
    pub fn ask_on<'c, C: Command<'c>>(
        &mut self,
        number: ChannelNumber,
        command: &C,
    ) -> Result<C::Answer<'_>, Error> {
        self.exchange(Some(number), &encode(command)?)?;
        read(&self.answer)
    }

    /// Seals `text` and sends it until its answer opens. After a lost answer the next number is
    /// taken: the dongle opens each number once.
    fn exchange(&mut self, only_on: Option<ChannelNumber>, text: &[u8]) -> Result<(), Error> {
        let mut last = TransportError::NoChannel;
        for _ in 0..TRIES {
            if self.channel.is_none() {
                self.shake_hands()?;
            }
            if only_on.is_some_and(|number| number != self.number) {
                return Err(Error::ChannelEnded);
            }
            let Some(channel) = self.channel.as_mut() else { continue };
            let mut message = vec![0; text.len() + OVERHEAD];
            channel::text_mut(&mut message).copy_from_slice(text);
            let Ok(pending) = channel.seal(&mut message) else {
                self.channel = None;
                continue;
            };
            let mut opens = |bytes: &mut [u8]| channel.open(&pending, bytes).is_ok();
            match self.transport.exchange_until(Kind::Sealed, &message, &mut self.answer, &mut opens) {
                Ok(()) => {
                    let end = self.answer.len().saturating_sub(channel::TAG);
                    self.answer.truncate(end);
                    self.answer.drain(..channel::NONCE);
                    return Ok(());
                }
                Err(TransportError::NoChannel) => self.channel = None,
                Err(error) if may_pass(&error) => last = error,
                Err(error) => return Err(error.into()),
            }
        }
        Err(last.into())
    }

    /// Asks what the dongle is. One that was plugged in anew may say something new, but must have
    /// the same keys.
    fn hello(&mut self) -> Result<(), Error> {
        self.ask_in_clear(&Hello {})?;
        let greeting: Greeting<'_> = read(&self.answer)?;
        if !greeting.versions.iter().any(|version| OFFER.contains(version)) {
            return Err(Error::Incompatible);
        }
        let id = match greeting.stage {
            Stage::Blank => DongleId::ZERO,
            _ => DongleId::of(&greeting.identity, &greeting.channel, &greeting.sealing),
        };
        if !self.id.is_zero() && id != self.id {
            let other = Error::OtherDongle { expected: self.id, found: id };
            return Err(match id.is_zero().then(|| self.why_blank()) {
                None | Some(Error::Blank) => other,
                Some(why) => why,
            });
        }
        self.id = id;
        self.greeting = self.answer.to_vec();
        Ok(())
    }

    fn shake_hands(&mut self) -> Result<(), Error> {
        let mut last = Error::Transport(TransportError::Silent);
        for _ in 0..TRIES {
            match self.shake_hands_once() {
                Err(error @ (Error::Channel(_) | Error::Transport(_))) if passes(&error) => last = error,
                other => return other,
            }
            // It may be another dongle by now, or the same with newer firmware, which says so.
            self.hello()?;
        }
        Err(last)
    }

    /// Why a dongle has no keys to talk to: it never left the factory, or cannot read what it stores, which it says
    /// when it is asked for its certificate.
    fn why_blank(&mut self) -> Error {
        match self.ask_in_clear(&Certificate { form: Form::Document }) {
            Err(Error::Failed(failure)) if failure.is(ErrorCode::NotReady) => Error::Blank,
            Err(error) => error,
            Ok(_) => Error::Blank,
        }
    }

    fn shake_hands_once(&mut self) -> Result<(), Error> {
        if self.id.is_zero() {
            return Err(self.why_blank());
        }
        let key = self.greeting()?.channel;
        // What the dongle hashed is its Hello answer as it stood in the message.
        let prologue = Prologue::new(&self.id.0, OFFER, &self.greeting);
        let ephemeral = Ephemeral::new::<RustCrypto>(self.random_scalar()?);
        let (initiator, handshake) = Initiator::start::<RustCrypto>(&prologue, &key, ephemeral)?;
        let mut first = [0; 1 + OFFER.len() + HANDSHAKE];
        FirstMessage { offer: OFFER, handshake: &handshake }.write(&mut first)?;
        self.transport.exchange(Kind::Handshake, &first, &mut self.answer)?;
        self.channel = Some(initiator.finish::<RustCrypto>(&self.answer)?);
        self.number = ChannelNumber(self.number.0.wrapping_add(1));
        Ok(())
    }

    fn random_scalar(&self) -> Result<SecretKey, Error> {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            self.environment.randomize(bytes.as_mut())?;
            // One in 2³² is out of range.
            if let Ok(scalar) = SecretKey::from_bytes(*bytes) {
                return Ok(scalar);
            }
        }
    }
}

/// Whether the same may go well at the next try.
const fn may_pass(error: &TransportError) -> bool {
    matches!(error, TransportError::Silent | TransportError::Lost)
}

const fn passes(error: &Error) -> bool {
    match error {
        Error::Transport(error) => may_pass(error),
        _ => true,
    }
}

fn encode<'c, C: Command<'c>>(command: &C) -> Result<Zeroizing<Vec<u8>>, Error> {
    let length = strict::length(command).map_err(|_| Error::TooLong)?.saturating_add(1);
    if length > MESSAGE - OVERHEAD {
        return Err(Error::TooLong);
    }
    let mut request = Zeroizing::new(vec![0; length]);
    command.write(&mut request).map_err(|_| Error::TooLong)?;
    Ok(request)
}

fn read<'a, A: serde::Serialize + serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<A, Error> {
    match Outcome::read(bytes).map_err(|_| Error::Malformed)? {
        Outcome::Answer(answer) => Ok(answer),
        Outcome::Refused(refusal) => Err(Error::Denied(refusal)),
        Outcome::Failed(failure) => Err(Error::Failed(failure)),
    }
}
