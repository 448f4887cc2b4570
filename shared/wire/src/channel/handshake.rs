//! The handshake: two messages, after which both ends hold the same keys and the host knows that
//! the dongle's channel key is behind them.
//!
//! ```text
//! <- s                      the dongle's channel key, from Hello
//! -> e, es                  65 bytes, and a tag of 16
//! <- e, ee                  65 bytes, and a tag of 16
//! ```

use super::symmetric::Symmetric;
use super::{ChannelError, DeviceChannel, HostChannel, Prologue, TAG};
use holdfast_crypto::{CryptoError, Curve, Key, Secret, SecretKey};

/// Bytes of either handshake message: an ephemeral key and the tag of an empty payload.
pub const HANDSHAKE: usize = Key::LENGTH + TAG;

/// A key pair for one handshake. Whatever uses it consumes it.
///
/// A dongle makes its next one while idle, for making one takes as long as a signature.
pub struct Ephemeral {
    secret: SecretKey,
    key: Key,
}

impl Ephemeral {
    /// The pair of a fresh random scalar.
    pub fn new<C: Curve>(secret: SecretKey) -> Self {
        Self { key: C::public(&secret), secret }
    }
}

/// What a host sends first: `offer length (1) ‖ version offer ‖ handshake message (81)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstMessage<'a> {
    /// The version offer, byte for byte as it stood in Hello. At most 255 bytes.
    pub offer: &'a [u8],
    /// Noise's first message.
    pub handshake: &'a [u8; HANDSHAKE],
}

impl<'a> FirstMessage<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`ChannelError::Length`] when bytes are missing or left over.
    pub fn read(message: &'a [u8]) -> Result<Self, ChannelError> {
        let (length, rest) = message.split_first().ok_or(ChannelError::Length)?;
        let (offer, handshake) = rest.split_at_checked(usize::from(*length)).ok_or(ChannelError::Length)?;
        Ok(Self { offer, handshake: exactly(handshake)? })
    }

    /// Writes the message to the start of `buffer` and returns its length.
    ///
    /// # Errors
    /// [`ChannelError::Length`] when the buffer is too short or the offer longer than 255 bytes.
    pub fn write(&self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        let length = u8::try_from(self.offer.len()).map_err(|_| ChannelError::Length)?;
        let mut written = 0;
        for part in [&[length], self.offer, self.handshake] {
            let end = part.len().checked_add(written).ok_or(ChannelError::Length)?;
            buffer.get_mut(written..end).ok_or(ChannelError::Length)?.copy_from_slice(part);
            written = end;
        }
        Ok(written)
    }
}

/// The host's end, waiting for the dongle's message.
#[must_use = "a handshake that is not finished is no channel"]
pub struct Initiator {
    symmetric: Symmetric,
    ephemeral: Ephemeral,
}

impl Initiator {
    /// Begins a handshake with the dongle whose channel key is `device`, and returns the message
    /// for it.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] when `device` is no point on the curve.
    pub fn start<C: Curve>(
        prologue: &Prologue,
        device: &Key,
        ephemeral: Ephemeral,
    ) -> Result<(Self, [u8; HANDSHAKE]), ChannelError> {
        let mut symmetric = Symmetric::start(prologue, device);
        symmetric.mix_hash(ephemeral.key.as_ref());
        let key = symmetric.mix_key(&C::agree(&ephemeral.secret, device)?);
        let tag = symmetric.seal_nothing(&key)?;
        let message = join(&ephemeral.key, &tag);
        Ok((Self { symmetric, ephemeral }, message))
    }

    /// Takes the dongle's message. Only who holds the secret of the dongle's channel key can have
    /// made one that passes.
    ///
    /// # Errors
    /// [`ChannelError::Length`]; [`ChannelError::Crypto`] when it is another dongle, another
    /// prologue or a changed message.
    pub fn finish<C: Curve>(mut self, message: &[u8]) -> Result<HostChannel, ChannelError> {
        let (theirs, tag) = split(exactly(message)?)?;
        self.symmetric.mix_hash(theirs.as_ref());
        let key = self.symmetric.mix_key(&C::agree(&self.ephemeral.secret, &theirs)?);
        self.symmetric.open_nothing(&key, tag)?;
        Ok(HostChannel::new(self.symmetric.split()))
    }
}

/// The dongle's end, after a host's message that passed.
#[must_use = "a handshake that is not answered is no channel"]
pub struct Responder {
    symmetric: Symmetric,
    theirs: Key,
}

impl Responder {
    /// Takes a host's handshake message. `device` is the dongle's own channel key, and `agree`
    /// is the Diffie–Hellman of its secret with the host's ephemeral key: a closure, so that the
    /// secret may lie in a secure element. Like [`Curve::agree`] it checks the point first.
    ///
    /// # Errors
    /// [`ChannelError::Length`]; [`ChannelError::Crypto`] when the host meant another dongle or
    /// prologue, or the message was changed. No ephemeral key was spent on it.
    pub fn read(
        prologue: &Prologue,
        device: &Key,
        message: &[u8],
        agree: impl FnOnce(&Key) -> Result<Secret, CryptoError>,
    ) -> Result<Self, ChannelError> {
        let (theirs, tag) = split(exactly(message)?)?;
        let mut symmetric = Symmetric::start(prologue, device);
        symmetric.mix_hash(theirs.as_ref());
        let key = symmetric.mix_key(&agree(&theirs)?);
        symmetric.open_nothing(&key, tag)?;
        Ok(Self { symmetric, theirs })
    }

    /// Answers it. The channel counts for nothing until the first sealed message opens under it:
    /// so far the host may be a recording.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] when the host's ephemeral key is no point on the curve.
    pub fn answer<C: Curve>(
        mut self,
        ephemeral: Ephemeral,
    ) -> Result<([u8; HANDSHAKE], DeviceChannel), ChannelError> {
        self.symmetric.mix_hash(ephemeral.key.as_ref());
        let key = self.symmetric.mix_key(&C::agree(&ephemeral.secret, &self.theirs)?);
        let tag = self.symmetric.seal_nothing(&key)?;
        Ok((join(&ephemeral.key, &tag), DeviceChannel::new(self.symmetric.split())))
    }
}

fn exactly(message: &[u8]) -> Result<&[u8; HANDSHAKE], ChannelError> {
    message.try_into().map_err(|_| ChannelError::Length)
}

fn split(message: &[u8; HANDSHAKE]) -> Result<(Key, &[u8; TAG]), ChannelError> {
    let (key, tag) = message.split_first_chunk().ok_or(ChannelError::Length)?;
    Ok((Key(*key), tag.try_into().map_err(|_| ChannelError::Length)?))
}

fn join(key: &Key, tag: &[u8; TAG]) -> [u8; HANDSHAKE] {
    let mut message = [0; HANDSHAKE];
    message.iter_mut().zip(key.0.iter().chain(tag)).for_each(|(to, from)| *to = *from);
    message
}
