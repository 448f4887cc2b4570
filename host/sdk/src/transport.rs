//! One message out, one message back: what the secure channel asks of whatever carries it.
//!
//! HID cuts messages into reports ([`Framed`](crate::Framed)); a smart-card reader takes them
//! whole. Either way what comes back was said in clear and may be forged, so the caller says which
//! answer it was waiting for.

use crate::environment::NoRandomness;
use holdfast_wire::frame::{ErrorCode, Kind};

/// Carries messages to one dongle and back.
pub trait Transport: Send {
    /// Sends `request` and waits until an answer is taken: `accepts` looks at each that comes, may
    /// change it in place, and says whether it is the one. It then stands in `answer`.
    ///
    /// # Errors
    /// [`TransportError`].
    fn exchange_until(
        &mut self,
        kind: Kind,
        request: &[u8],
        answer: &mut Vec<u8>,
        accepts: &mut dyn FnMut(&mut [u8]) -> bool,
    ) -> Result<(), TransportError>;

    /// Sends `request` and takes the first answer.
    ///
    /// # Errors
    /// [`TransportError`].
    fn exchange(&mut self, kind: Kind, request: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError> {
        self.exchange_until(kind, request, answer, &mut |_| true)
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn exchange_until(
        &mut self,
        kind: Kind,
        request: &[u8],
        answer: &mut Vec<u8>,
        accepts: &mut dyn FnMut(&mut [u8]) -> bool,
    ) -> Result<(), TransportError> {
        (**self).exchange_until(kind, request, answer, accepts)
    }
}

/// Why no answer came. Unless it says otherwise the request may have been carried out.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The device is gone, or the system does not let this program speak to it. A retry helps once
    /// it is back.
    #[error("the dongle cannot be reached ({0}); plug it in, and see that this user may use it")]
    Gone(#[from] std::io::Error),
    /// Nothing came in time. Sending a sealed request under the next number is safe and may help.
    #[error("the dongle does not answer; unplug it and plug it in again")]
    Silent,
    /// A part of the answer was lost on the way. As for [`Silent`](Self::Silent).
    #[error("a part of the dongle's answer was lost; try again")]
    Lost,
    /// It served others all the time. Nothing was done; a retry later helps.
    #[error("the dongle is busy with other programs; try again in a moment")]
    Busy,
    /// There is no secure channel here; nothing was done. A new handshake helps.
    #[error("the dongle does not know this secure channel; try again")]
    NoChannel,
    /// The dongle refuses the message. Nothing was done, and a retry gets the same.
    #[error("the dongle refuses the message: {0}; update its firmware or this program")]
    Refused(ErrorCode),
    /// The message is longer than any message can be. Nothing was sent.
    #[error("the message does not fit; ask for less")]
    TooLong,
    /// See [`NoRandomness`]. Nothing was sent.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}
