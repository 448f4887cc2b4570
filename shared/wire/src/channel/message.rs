//! Where the parts of a sealed message lie: `nonce (4) ‖ text ‖ tag (16)`.
//!
//! The text is sealed and opened where it stands, so a message is written once and never moved. A
//! sealed check and its answer fit one 64-byte report each because nothing else is in a message.

use super::ChannelError;

/// Bytes of the nonce that begins a sealed message, little-endian, in clear.
pub const NONCE: usize = 4;

/// Bytes of the tag that ends a sealed message.
pub const TAG: usize = holdfast_crypto::aead::TAG;

/// Bytes by which a sealed message is longer than its text.
pub const OVERHEAD: usize = NONCE + TAG;

/// The text of a message: what lies between nonce and tag. Empty when there is no room for them.
pub fn text(message: &[u8]) -> &[u8] {
    message.get(NONCE..).and_then(|rest| rest.split_last_chunk::<TAG>()).map_or(&[], |(text, _)| text)
}

/// The same, to write the text that is to be sealed.
pub fn text_mut(message: &mut [u8]) -> &mut [u8] {
    Parts::of(message).map_or(&mut [], |parts| parts.text)
}

/// The three parts of a message, to be worked on in place.
pub(super) struct Parts<'a> {
    pub(super) nonce: &'a mut [u8; NONCE],
    pub(super) text: &'a mut [u8],
    pub(super) tag: &'a mut [u8; TAG],
}

impl<'a> Parts<'a> {
    pub(super) fn of(message: &'a mut [u8]) -> Result<Self, ChannelError> {
        let (nonce, rest) = message.split_first_chunk_mut().ok_or(ChannelError::Length)?;
        let (text, tag) = rest.split_last_chunk_mut().ok_or(ChannelError::Length)?;
        Ok(Self { nonce, text, tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_lies_between_nonce_and_tag_and_a_short_message_has_none() {
        let mut message: [u8; 30] = core::array::from_fn(|i| i as u8);
        assert_eq!(text(&message), &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(text_mut(&mut message), &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        for length in 0..=OVERHEAD {
            assert!(text(&message[..length]).is_empty());
            assert!(text_mut(&mut message[..length]).is_empty());
            assert_eq!(Parts::of(&mut message[..length]).is_ok(), length == OVERHEAD);
        }
    }
}
