//! The numbers of commands, errors and states. Those that CTAPHID has are CTAPHID's.

/// What a message is, by the number in its first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// The dongle sends the same data back.
    Ping = 0x01,
    /// Asks for a channel id, or resynchronizes the framing of one.
    Init = 0x06,
    /// Asks the dongle to show itself by its light.
    Wink = 0x08,
    /// Ends the wait for the message in work. It has no answer of its own.
    Cancel = 0x11,
    /// From the dongle: the message is in work. One byte, a [`Status`].
    KeepAlive = 0x3b,
    /// From the dongle: no answer will come. One byte, an [`ErrorCode`].
    Error = 0x3f,
    /// A command in clear, or its answer.
    Clear = 0x40,
    /// A handshake message of the secure channel.
    Handshake = 0x41,
    /// A sealed message of the secure channel.
    Sealed = 0x42,
}

impl Command {
    /// The command with that number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x01 => Self::Ping,
            0x06 => Self::Init,
            0x08 => Self::Wink,
            0x11 => Self::Cancel,
            0x3b => Self::KeepAlive,
            0x3f => Self::Error,
            0x40 => Self::Clear,
            0x41 => Self::Handshake,
            0x42 => Self::Sealed,
            _ => return None,
        })
    }

    /// Its number, without the bit that marks a first packet.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// What a message holds that is none of the framing's business: which layer reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A command in clear.
    Clear,
    /// A handshake message.
    Handshake,
    /// A sealed message.
    Sealed,
}

impl From<Kind> for Command {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Clear => Self::Clear,
            Kind::Handshake => Self::Handshake,
            Kind::Sealed => Self::Sealed,
        }
    }
}

/// What the dongle is busy with while a host waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// It computes or writes.
    Processing = 1,
    /// It waits for its button to be touched.
    TouchNeeded = 2,
}

impl Status {
    /// The status with that number; one not known here is some kind of [`Status::Processing`].
    pub const fn from_number(number: u8) -> Self {
        match number {
            2 => Self::TouchNeeded,
            _ => Self::Processing,
        }
    }
}

/// Why a message gets no answer. Errors travel in clear and anyone can provoke them, so they make
/// a host wait, retry or shake hands again; they never decide anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum ErrorCode {
    /// The command is not known. Nothing was done; a retry gets the same.
    #[error("the dongle does not know this command")]
    InvalidCommand = 0x01,
    /// The data make no sense for the command. Nothing was done; a retry gets the same.
    #[error("the data make no sense for this command")]
    InvalidParameter = 0x02,
    /// The length is not one the command takes. Nothing was done; a retry gets the same.
    #[error("the length is not one that this command takes")]
    InvalidLength = 0x03,
    /// A packet was missing. The message is dropped; sending it again helps.
    #[error("a packet of the message was missing")]
    InvalidSequence = 0x04,
    /// The rest of a message did not come within 500 ms. It is dropped; sending it again helps.
    #[error("the rest of the message did not come in time")]
    Timeout = 0x05,
    /// The dongle serves another message. Nothing was changed; sending it again in a while helps.
    #[error("the dongle is busy")]
    Busy = 0x06,
    /// The channel id was not given by this dongle since it was plugged in. INIT gives a new one.
    #[error("the dongle does not know this channel id")]
    InvalidChannel = 0x0b,
    /// A sealed message came without a secure channel. A new handshake makes one.
    #[error("there is no secure channel")]
    NoChannel = 0x40,
    /// Anything else, among it every number not known here.
    #[error("the dongle reports an error")]
    Other = 0x7f,
}

impl ErrorCode {
    /// The error with that number.
    pub const fn from_number(number: u8) -> Self {
        match number {
            0x01 => Self::InvalidCommand,
            0x02 => Self::InvalidParameter,
            0x03 => Self::InvalidLength,
            0x04 => Self::InvalidSequence,
            0x05 => Self::Timeout,
            0x06 => Self::Busy,
            0x0b => Self::InvalidChannel,
            0x40 => Self::NoChannel,
            _ => Self::Other,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_read_is_written_the_same() {
        let (mut commands, mut errors) = (0, 0);
        for number in 0..=u8::MAX {
            if let Some(command) = Command::from_number(number) {
                assert_eq!(command.number(), number);
                commands += 1;
            }
            let error = ErrorCode::from_number(number);
            assert!(error == ErrorCode::Other || error.number() == number);
            errors += u8::from(error != ErrorCode::Other);
            assert!((Status::from_number(number) == Status::TouchNeeded) == (number == 2));
        }
        assert_eq!((commands, errors), (9, 8));
    }
}
