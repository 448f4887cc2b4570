//! The secure channel: what a host and a dongle say to each other, only they can read.
//!
//! Noise pattern NK over P-256, ChaCha20-Poly1305 and SHA-256 (Noise Protocol Framework, revision
//! 34): the host knows the dongle's channel key from its Hello and stays anonymous itself. It ends
//! inside the dongle, so no daemon, driver or fellow program has anything to read, and it is
//! forward secret: who takes a dongle apart tomorrow cannot read what it said today.
//!
//! ```text
//! host                                             dongle
//! Initiator::start   ── FirstMessage (offer, e, es) ──▶   Responder::read
//! Initiator::finish  ◀────── 81 bytes (e, ee) ─────────   Responder::answer
//! HostChannel::seal  ── nonce ‖ sealed request ‖ tag ─▶   DeviceChannel::open
//! HostChannel::open  ◀─ nonce ‖ sealed answer ‖ tag ───   DeviceChannel::seal
//! ```
//!
//! Nothing here does I/O or makes randomness. Each step consumes what may be used only once: an
//! [`Ephemeral`] pair, a half-made handshake, the right to answer a request.
//!
//! ```
//! use holdfast_crypto::{Curve, RustCrypto, SecretKey};
//! use holdfast_wire::channel::{self, Ephemeral, FirstMessage, Initiator, Prologue, Responder};
//!
//! let device = SecretKey::from_bytes([1; 32])?;
//! let device_key = RustCrypto::public(&device);
//! let [ours, theirs] = [2, 3].map(|seed| SecretKey::from_bytes([seed; 32]).map(Ephemeral::new::<RustCrypto>));
//! let prologue = Prologue::new(&[7; 16], &[1], b"the Hello answer");
//!
//! let (initiator, first) = Initiator::start::<RustCrypto>(&prologue, &device_key, ours?)?;
//! let (second, mut dongle) =
//!     Responder::read(&prologue, &device_key, &first, |peer| RustCrypto::agree(&device, peer))?
//!         .answer::<RustCrypto>(theirs?)?;
//! let mut host = initiator.finish::<RustCrypto>(&second)?;
//!
//! let mut message = *b"....may I?................";
//! let pending = host.seal(&mut message)?;
//! let opened = dongle.open(&mut message)?;
//! assert_eq!(channel::text(&message), b"may I?");
//! channel::text_mut(&mut message).copy_from_slice(b"you do");
//! dongle.seal(opened, &mut message)?;
//! host.open(&pending, &mut message)?;
//! assert_eq!(channel::text(&message), b"you do");
//! # Ok::<(), channel::ChannelError>(())
//! ```

mod handshake;
mod message;
mod prologue;
mod symmetric;
mod transport;

pub use handshake::{Ephemeral, FirstMessage, HANDSHAKE, Initiator, Responder};
pub use message::{NONCE, OVERHEAD, TAG, text, text_mut};
pub use prologue::Prologue;
pub use transport::{DeviceChannel, HostChannel, Opened, Pending};

use holdfast_crypto::CryptoError;

/// Why a step of the channel was refused. A channel is left as it was by each of them, and the
/// bytes that were refused still hold what came; a half-made handshake is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// A message has not the length this step takes, or no room for nonce and tag. The same bytes
    /// never become right.
    #[error("the message has not the length that this step takes")]
    Length,
    /// The peer's key is no point on P-256, or a text does not open: another key, another
    /// prologue, or changed on its way. A dongle drops such a message and counts it; a host tries
    /// again with a new handshake.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The nonce is not above the last one opened: a repetition, or come out of order. The host
    /// helps itself by taking the next number.
    #[error("nonce {nonce} is not above {last}, the last one opened")]
    Stale {
        /// The nonce that came.
        nonce: u32,
        /// The highest nonce opened so far.
        last: u32,
    },
    /// An answer, but to another request than the one that waits. Its own may still come.
    #[error("the answer has nonce {nonce}, the request has {expected}")]
    OtherRequest {
        /// The nonce that came.
        nonce: u32,
        /// The nonce of the request that waits.
        expected: u32,
    },
    /// The request was answered already, or a later one was opened since. Nothing was sealed, for
    /// a second text under one nonce would give both away.
    #[error("request {nonce} can no longer be answered")]
    NotOutstanding {
        /// The nonce of the request.
        nonce: u32,
    },
    /// All 2³² − 1 nonces are used up. A new handshake makes a new channel.
    #[error("the channel has used up its nonces")]
    Ended,
}
