//! The handshake of the secure channel, with any bytes in place of either message.
//!
//! On a curve on paper, so that a handshake costs digests only. A channel comes about exactly when both ends
//! saw the same prologue, keys and messages; then both have the same hash and open each other's texts. A first
//! message is taken apart as its format says.

use super::sealed::secret_of;
use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use crate::seeds;
use holdfast_crypto::{Curve, SecretKey};
use holdfast_wire::channel::{
    ChannelError, Ephemeral, FirstMessage, HANDSHAKE, Initiator, Prologue, Responder, text, text_mut,
};

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    first_message(input);
    let (offer, hello) = (draw.bytes(2), [draw.byte(); 3]);
    let device = SecretKey::from_bytes(secret_of(input)).expect("a scalar");
    let key = Paper::public(&device);
    let prologue = Prologue::new(&[7; 16], offer, &hello);
    // What the dongle believes: most often the same.
    let other_hello = if draw.rarely(8) { [draw.byte(); 3] } else { hello };
    let its_prologue = Prologue::new(&[7; 16], offer, &other_hello);
    let same = hello == other_hello;

    let ours = Ephemeral::new::<Paper>(key_of(10 + draw.byte() % 4));
    let (initiator, first) = Initiator::start::<Paper>(&prologue, &key, ours).expect("a key on paper");
    let changed = change(&first, &mut draw);
    let read = Responder::read(&its_prologue, &key, &changed, |peer| Paper::agree(&device, peer));
    let intact = same && changed == first;
    assert_eq!(read.is_ok(), intact, "whether the first message is taken");
    let theirs = Ephemeral::new::<Paper>(key_of(20 + draw.byte() % 4));
    let responder = match read {
        Ok(responder) => responder,
        Err(error) => return assert_eq!(error == ChannelError::Length, changed.len() != HANDSHAKE),
    };
    let (second, mut dongle) = responder.answer::<Paper>(theirs).expect("a key on paper");
    let changed = change(&second, &mut draw);
    let finished = initiator.finish::<Paper>(&changed);
    assert_eq!(finished.is_ok(), changed == second, "whether the second message is taken");
    let Ok(mut host) = finished else { return };
    assert_eq!(host.hash(), dongle.hash(), "both ends name the channel alike");
    assert!(!dongle.is_confirmed());

    let words = draw.rest();
    let mut message = vec![0; words.len() + 20];
    text_mut(&mut message).copy_from_slice(words);
    let pending = host.seal(&mut message).expect("there are nonces left");
    let opened = dongle.open(&mut message).expect("it was sealed by the other end");
    assert_eq!(text(&message), words);
    assert!(dongle.is_confirmed());
    dongle.seal(opened, &mut message).expect("it waits for its answer");
    host.open(&pending, &mut message).expect("it is the answer");
    assert_eq!(text(&message), words);
}

/// First messages of the golden vectors, and drawn handshakes.
pub fn inputs() -> Vec<Vec<u8>> {
    let messages =
        seeds::strings("channel.json").into_iter().filter(|bytes| (81..=340).contains(&bytes.len()));
    let drawn =
        [vec![1, 2, 3, 4, 5, 6, 0, 7, 0, b'h', b'i'], vec![1, 2, 3, 4, 7, 9, 1, 0, 0, 0], vec![0; 40]];
    messages.chain(drawn).collect()
}

fn first_message(bytes: &[u8]) {
    let whole = bytes.first().is_some_and(|length| bytes.len() == 1 + usize::from(*length) + HANDSHAKE);
    match FirstMessage::read(bytes) {
        Ok(read) => {
            assert!(whole);
            let mut again = vec![0; bytes.len()];
            assert_eq!(read.write(&mut again), Ok(bytes.len()));
            assert_eq!(again, bytes);
            assert_eq!(read.write(&mut again[1..]), Err(ChannelError::Length), "one byte of room too few");
        }
        Err(error) => {
            assert!(!whole);
            assert_eq!(error, ChannelError::Length);
        }
    }
}

/// A message as it was, or changed, cut or made longer.
fn change(message: &[u8], draw: &mut Draw<'_>) -> Vec<u8> {
    let mut changed = message.to_vec();
    match draw.byte() {
        0..=199 => {}
        200..=229 => changed[draw.below(HANDSHAKE)] ^= draw.byte(),
        230..=239 => changed.truncate(draw.below(HANDSHAKE)),
        240..=247 => changed.push(draw.byte()),
        _ => changed = draw.bytes(HANDSHAKE).to_vec(),
    }
    changed
}
