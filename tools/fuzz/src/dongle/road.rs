//! One command in, one answer out; and the way through the factory, which is all in clear.

use super::board::PaperBoard;
use super::sold;
use crate::grammar::commands::{COMMANDS, FAILURE, REFUSAL};
use holdfast_dongle::{Dongle, PublicKeys, Reply};
use holdfast_wire::command::{Apply, Command, Lock, Outcome, Provision};
use holdfast_wire::frame::{Kind, MESSAGE};

/// Hands the dongle a message; its answer, if it has one.
pub(super) fn exchange(
    dongle: &mut Dongle<PaperBoard>,
    now_ms: u64,
    kind: Kind,
    message: &[u8],
) -> Option<Vec<u8>> {
    let mut buffer = [0; MESSAGE];
    buffer[..message.len()].copy_from_slice(message);
    match dongle.receive(now_ms, 1, kind, &mut buffer, message.len()) {
        Reply::Answer(length) => Some(buffer[..length].to_vec()),
        Reply::Refuse(_) | Reply::Ignore => None,
    }
}

/// An answer is one that its command may have.
pub(super) fn may_be_answered(request: &[u8], answer: &[u8]) {
    let command = COMMANDS.iter().find(|command| Some(&command.number) == request.first());
    let takes = match (answer.split_first(), command) {
        (Some((0, body)), Some(command)) => command.answer.takes(body),
        (Some((1, body)), Some(_)) => REFUSAL.takes(body),
        (Some((2, body)), _) => FAILURE.takes(body),
        _ => false,
    };
    assert!(takes, "{request:?} is answered by {answer:?}");
}

/// Asks in clear, and reads the answer.
pub(super) fn in_clear<'r, C: Command<'r>, T>(
    dongle: &mut Dongle<PaperBoard>,
    command: &C,
    read: impl FnOnce(Outcome<C::Answer<'_>>) -> T,
) -> T {
    let mut request = [0; 4_096];
    let length = command.write(&mut request).expect("there is room");
    let answer = exchange(dongle, 0, Kind::Clear, &request[..length]).expect("it answers in clear");
    read(Outcome::read(&answer).expect("an answer to this command"))
}

/// Brings a document to a dongle.
pub(super) fn apply_in_clear(dongle: &mut Dongle<PaperBoard>, document: &[u8]) {
    in_clear(dongle, &Apply { document }, |outcome| {
        assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}")
    });
}

/// Provisions, certifies and locks a blank dongle; the id of its storage.
pub(super) fn leave_the_factory(dongle: &mut Dongle<PaperBoard>, keys: &PublicKeys) -> [u8; 16] {
    let provision = Provision { maker: sold::maker(), production: false };
    let storage = in_clear(dongle, &provision, |outcome| match outcome {
        Outcome::Answer(provisioned) => provisioned.storage.0,
        other => panic!("{other:?}"),
    });
    apply_in_clear(dongle, &sold::device(keys));
    in_clear(dongle, &Lock {}, |outcome| assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}"));
    storage
}
