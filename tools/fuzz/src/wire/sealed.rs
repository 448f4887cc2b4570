//! Sealed messages between two ends of a channel, lost, repeated, exchanged, changed and made up.
//!
//! Held to the rules of the numbers: a dongle opens what its host sealed, unchanged, under a number above the
//! last it opened, and nothing else; it answers the last request that it opened, once; a host opens the answer
//! to the request that it holds in its hand, and nothing else. What is refused is left as it came.

use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use holdfast_crypto::{Curve, SecretKey};
use holdfast_wire::channel::{
    ChannelError, DeviceChannel, Ephemeral, HostChannel, Initiator, Opened, Pending, Prologue, Responder,
    text, text_mut,
};

/// A message under way, and what it should hold.
struct Sent {
    message: Vec<u8>,
    number: u32,
    words: Vec<u8>,
}

/// What both ends have said so far.
struct Talk {
    host: HostChannel,
    dongle: DeviceChannel,
    requests: Vec<(Sent, Pending)>,
    answers: Vec<Sent>,
    /// The rights to answer that were not used yet, with their numbers.
    open: Vec<(u32, Opened)>,
    last_opened: u32,
    /// The number of the request that was opened last, until it is answered.
    outstanding: Option<u32>,
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let secret = secret_of(input);
    let (host, dongle) = channel(secret);
    let (mut stranger, _) = channel(std::array::from_fn(|at| secret[at] ^ u8::from(at == 7)));
    let mut talk = Talk {
        host,
        dongle,
        requests: Vec::new(),
        answers: Vec::new(),
        open: Vec::new(),
        last_opened: 0,
        outstanding: None,
    };
    let mut steps = 0;
    while !draw.is_empty() && steps < 200 {
        steps += 1;
        match draw.below(8) {
            0 | 1 => talk.ask(&mut draw),
            2 | 3 => talk.deliver(&mut draw),
            4 => talk.answer(&mut draw),
            5 => talk.bring_back(&mut draw),
            6 => talk.made_up(&mut draw),
            _ => {
                // Another channel's message is as good as made up.
                let mut message = vec![9; 20 + draw.below(8)];
                let _ = stranger.seal(&mut message);
                assert!(talk.dongle.open(&mut message).is_err());
            }
        }
    }
}

/// Talks in order and out of order.
pub fn inputs() -> Vec<Vec<u8>> {
    let exchange = [0, 3, b'a', b'b', b'c', 2, 0, 0, 4, 0, 2, b'o', b'k', 5, 0, 0, 0];
    let twice = [0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 2, 1, 0, 4, 1, 0, 4, 0, 0, 5, 1, 0, 0];
    vec![exchange.repeat(3), [&twice[..], &exchange].concat(), vec![6; 40], vec![7, 3, 2, 0, 9, 1, 1, 6, 40]]
}

/// A secret that no part of the input can be made for: a fuzzer learns the tag that a message should have from
/// its comparison, and another input has other keys.
pub(super) fn secret_of(input: &[u8]) -> [u8; 32] {
    let mut secret = holdfast_crypto::digest::plain(&[input]).0;
    // Below the order of P-256, and not 0.
    (secret[0], secret[31]) = (secret[0] & 0x7f, secret[31] | 1);
    secret
}

fn channel(secret: [u8; 32]) -> (HostChannel, DeviceChannel) {
    let device = SecretKey::from_bytes(secret).expect("a scalar");
    let key = Paper::public(&device);
    let prologue = Prologue::new(&[1; 16], &[1], b"hello");
    let (ours, theirs) = (Ephemeral::new::<Paper>(key_of(10)), Ephemeral::new::<Paper>(key_of(20)));
    let (initiator, first) = Initiator::start::<Paper>(&prologue, &key, ours).expect("a key on paper");
    let responder = Responder::read(&prologue, &key, &first, |peer| Paper::agree(&device, peer));
    let (second, dongle) =
        responder.and_then(|end| end.answer::<Paper>(theirs)).expect("nothing was changed");
    (initiator.finish::<Paper>(&second).expect("nothing was changed"), dongle)
}

fn seal_room(words: &[u8]) -> Vec<u8> {
    let mut message = vec![0; words.len() + 20];
    text_mut(&mut message).copy_from_slice(words);
    message
}

/// The message, changed or not.
fn change(message: &[u8], draw: &mut Draw<'_>) -> Vec<u8> {
    let mut changed = message.to_vec();
    match draw.byte() {
        0..=159 => {}
        160..=219 => {
            let at = draw.below(changed.len());
            changed[at] ^= draw.byte();
        }
        220..=239 => changed.truncate(draw.below(message.len())),
        _ => changed.push(draw.byte()),
    }
    changed
}

impl Talk {
    fn ask(&mut self, draw: &mut Draw<'_>) {
        let length = draw.below(40);
        let words = draw.bytes(length).to_vec();
        let mut message = seal_room(&words);
        let pending = self.host.seal(&mut message).expect("there are nonces left");
        let number = self.requests.len() as u32 + 1;
        assert_eq!(message[..4], number.to_le_bytes(), "each text has the next number");
        self.requests.push((Sent { message, number, words }, pending));
    }

    fn deliver(&mut self, draw: &mut Draw<'_>) {
        let which = draw.below(self.requests.len().clamp(1, 250));
        let Some((sent, _)) = self.requests.get(which) else { return };
        let came = change(&sent.message, draw);
        let mut message = came.clone();
        let opened = self.dongle.open(&mut message);
        let intact = came == sent.message;
        if !(intact && sent.number > self.last_opened) {
            let error = opened.expect_err("it was changed, or came before");
            assert_eq!(message, came, "what is refused is left as it came");
            let stale = ChannelError::Stale { nonce: sent.number, last: self.last_opened };
            assert!(!intact || error == stale);
            return;
        }
        assert_eq!(text(&message), sent.words);
        self.last_opened = sent.number;
        self.outstanding = Some(sent.number);
        self.open.push((sent.number, opened.expect("it is new and unchanged")));
    }

    fn answer(&mut self, draw: &mut Draw<'_>) {
        if self.open.is_empty() {
            return;
        }
        let (number, opened) = self.open.swap_remove(draw.below(self.open.len().min(250)));
        let length = draw.below(16);
        let words = draw.bytes(length).to_vec();
        let mut message = seal_room(&words);
        let sealed = self.dongle.seal(opened, &mut message);
        if self.outstanding != Some(number) {
            assert_eq!(sealed, Err(ChannelError::NotOutstanding { nonce: number }));
            assert_eq!(message, seal_room(&words), "nothing was sealed");
            return;
        }
        assert_eq!(sealed, Ok(()));
        self.outstanding = None;
        self.answers.push(Sent { message, number, words });
    }

    fn bring_back(&mut self, draw: &mut Draw<'_>) {
        let (answer, request) =
            (draw.below(self.answers.len().clamp(1, 250)), draw.below(self.requests.len().clamp(1, 250)));
        let (Some(answer), Some((_, pending))) = (self.answers.get(answer), self.requests.get(request))
        else {
            return;
        };
        let came = change(&answer.message, draw);
        let mut message = came.clone();
        let opened = self.host.open(pending, &mut message);
        let right = came == answer.message && answer.number == request as u32 + 1;
        assert_eq!(opened.is_ok(), right, "{opened:?}");
        if right {
            assert_eq!(text(&message), answer.words);
        } else {
            assert_eq!(message, came, "what is refused is left as it came");
        }
    }

    fn made_up(&mut self, draw: &mut Draw<'_>) {
        let length = draw.below(64);
        let came = draw.bytes(length).to_vec();
        if self.requests.iter().any(|(sent, _)| sent.message == came) {
            return;
        }
        let mut message = came.clone();
        assert!(self.dongle.open(&mut message).is_err(), "nobody sealed this");
        assert_eq!(message, came);
    }
}
