//! After the handshake: requests one way, answers the other, each sealed under its own number.
//!
//! A request's number is 32 bits, goes in clear before the text, and is Noise's n of its
//! direction; its answer has the same number under the other key. From this follow the rules, and
//! the types leave no way around them:
//! - a host takes a new number for each text, so [`HostChannel::seal`] gives it one;
//! - a dongle opens only numbers above the last it opened, so nothing is done twice because it
//!   came twice, and a lost answer costs no more than the next number;
//! - a dongle answers a number once, so [`DeviceChannel::seal`] consumes what
//!   [`DeviceChannel::open`] gave.

use super::ChannelError;
use super::message::Parts;
use super::symmetric::nonce;
use holdfast_crypto::{Hash, Secret, aead};

/// The host's end of a channel.
pub struct HostChannel {
    to_dongle: Secret,
    to_host: Secret,
    hash: Hash,
    last: u32,
}

/// A request under way; its answer opens with it and with no other.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the answer cannot be opened without it"]
pub struct Pending {
    nonce: u32,
}

impl HostChannel {
    pub(super) fn new((to_dongle, to_host, hash): (Secret, Secret, Hash)) -> Self {
        Self { to_dongle, to_host, hash, last: 0 }
    }

    /// The handshake hash: this channel's name, known to both its ends and made by no one alone.
    /// A second proof (a machine's, a paired host's) signs it.
    pub const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Seals the text that stands in `message` (see [`super::text_mut`]) under the next number.
    ///
    /// Where the dongle was busy, the same bytes may be sent again. A text that is changed, even
    /// by a bit, is sealed anew.
    ///
    /// # Errors
    /// [`ChannelError::Length`]; [`ChannelError::Ended`].
    pub fn seal(&mut self, message: &mut [u8]) -> Result<Pending, ChannelError> {
        let parts = Parts::of(message)?;
        self.last = self.last.checked_add(1).ok_or(ChannelError::Ended)?;
        seal(&self.to_dongle, self.last, parts)?;
        Ok(Pending { nonce: self.last })
    }

    /// Opens the answer to a request, in place.
    ///
    /// # Errors
    /// [`ChannelError::Length`], [`ChannelError::OtherRequest`] and [`ChannelError::Crypto`] all
    /// mean: not this answer; it may still come.
    pub fn open(&self, pending: &Pending, message: &mut [u8]) -> Result<(), ChannelError> {
        let parts = Parts::of(message)?;
        let number = u32::from_le_bytes(*parts.nonce);
        if number != pending.nonce {
            return Err(ChannelError::OtherRequest { nonce: number, expected: pending.nonce });
        }
        open(&self.to_host, number, parts)
    }
}

/// The dongle's end of a channel.
pub struct DeviceChannel {
    to_dongle: Secret,
    to_host: Secret,
    hash: Hash,
    last: u32,
    answered: bool,
}

/// A request that opened: the right to answer it, once, over the channel it came by.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the request waits for its answer"]
pub struct Opened {
    channel: Hash,
    nonce: u32,
}

impl DeviceChannel {
    pub(super) fn new((to_dongle, to_host, hash): (Secret, Secret, Hash)) -> Self {
        Self { to_dongle, to_host, hash, last: 0, answered: true }
    }

    /// The handshake hash; see [`HostChannel::hash`].
    pub const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Whether a message has opened, so that there is a living host at the other end. Until then
    /// the channel takes no one's place and is given up after a short while.
    pub const fn is_confirmed(&self) -> bool {
        self.last > 0
    }

    /// Opens a request in place (its text: [`super::text`]) and gives the right to answer it.
    ///
    /// # Errors
    /// [`ChannelError::Length`], [`ChannelError::Stale`], [`ChannelError::Crypto`]. Every program
    /// with the device open can write such messages, so a dongle drops and counts them.
    pub fn open(&mut self, message: &mut [u8]) -> Result<Opened, ChannelError> {
        let parts = Parts::of(message)?;
        let number = u32::from_le_bytes(*parts.nonce);
        if number <= self.last {
            return Err(ChannelError::Stale { nonce: number, last: self.last });
        }
        open(&self.to_dongle, number, parts)?;
        self.last = number;
        self.answered = false;
        Ok(Opened { channel: self.hash, nonce: number })
    }

    /// Seals the text that stands in `message` as the answer to a request of this channel.
    ///
    /// # Errors
    /// [`ChannelError::NotOutstanding`] when another request was opened since, or the request came
    /// over another channel; [`ChannelError::Length`].
    pub fn seal(&mut self, opened: Opened, message: &mut [u8]) -> Result<(), ChannelError> {
        let parts = Parts::of(message)?;
        if self.answered || opened.nonce != self.last || opened.channel != self.hash {
            return Err(ChannelError::NotOutstanding { nonce: opened.nonce });
        }
        self.answered = true;
        seal(&self.to_host, opened.nonce, parts)
    }
}

fn seal(key: &Secret, number: u32, parts: Parts<'_>) -> Result<(), ChannelError> {
    *parts.tag = aead::seal(key, &nonce(number), &[], parts.text)?;
    *parts.nonce = number.to_le_bytes();
    Ok(())
}

fn open(key: &Secret, number: u32, parts: Parts<'_>) -> Result<(), ChannelError> {
    Ok(aead::open(key, &nonce(number), &[], parts.text, parts.tag)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_ends_with_its_last_number() {
        let ends = || (Secret::new([1; 32]), Secret::new([2; 32]), Hash::ZERO);
        let (mut host, mut dongle) = (HostChannel::new(ends()), DeviceChannel::new(ends()));
        host.last = u32::MAX - 1;
        let mut message = [7; 30];
        let pending = host.seal(&mut message).unwrap();
        assert_eq!(message[..4], [0xff; 4]);
        let opened = dongle.open(&mut message).unwrap();
        dongle.seal(opened, &mut message).unwrap();
        host.open(&pending, &mut message).unwrap();

        assert_eq!(host.seal(&mut message), Err(ChannelError::Ended));
        let stale = ChannelError::Stale { nonce: u32::MAX, last: u32::MAX };
        assert_eq!(dongle.open(&mut [0xff; 30]), Err(stale));
    }
}
