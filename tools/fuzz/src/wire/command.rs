//! Every command's request and answer. The first byte of an input says which; the rest is the request, or the
//! answer with its status.
//!
//! Held to the [grammar](crate::grammar): what reads is what the table says, and is written back byte for
//! byte; one byte less of room is too little.

use crate::grammar::commands::{COMMANDS, FACTS, FAILURE, REFUSAL};
use crate::grammar::{Shape, split};
use crate::seeds;
use holdfast_document::{DocumentError, strict};
use holdfast_license::Facts;
use holdfast_wire::command::{
    Apply, Certificate, Charge, Check, Command, Derive, Explain, Failure, Firmware, Hello, History, Lend,
    Licenses, Lock, MakeStatement, Open, Outcome, Pair, Probe, Prove, Provision, Read, Seat, Vendors, Write,
    history::Charges, licenses::Holdings,
};
use serde::{Deserialize, Serialize};

const REQUESTS: [fn(&[u8]); 22] = [
    |bytes| request::<Hello>(bytes),
    |bytes| request::<Certificate>(bytes),
    |bytes| request::<Licenses<'_>>(bytes),
    |bytes| request::<Vendors>(bytes),
    |bytes| request::<Open>(bytes),
    |bytes| request::<Check<'_>>(bytes),
    |bytes| request::<Explain>(bytes),
    |bytes| request::<Charge<'_>>(bytes),
    |bytes| request::<Probe<'_>>(bytes),
    |bytes| request::<Derive<'_>>(bytes),
    |bytes| request::<Seat>(bytes),
    |bytes| request::<Lend<'_>>(bytes),
    |bytes| request::<Read<'_>>(bytes),
    |bytes| request::<Write<'_>>(bytes),
    |bytes| request::<History<'_>>(bytes),
    |bytes| request::<MakeStatement<'_>>(bytes),
    |bytes| request::<Apply<'_>>(bytes),
    |bytes| request::<Pair>(bytes),
    |bytes| request::<Prove>(bytes),
    |bytes| request::<Firmware<'_>>(bytes),
    |bytes| request::<Provision>(bytes),
    |bytes| request::<Lock>(bytes),
];

const ANSWERS: [fn(&[u8]); 22] = [
    |bytes| answer::<Hello>(bytes),
    |bytes| answer::<Certificate>(bytes),
    holdings,
    |bytes| answer::<Vendors>(bytes),
    |bytes| answer::<Open>(bytes),
    |bytes| answer::<Check<'_>>(bytes),
    |bytes| answer::<Explain>(bytes),
    |bytes| answer::<Charge<'_>>(bytes),
    |bytes| answer::<Probe<'_>>(bytes),
    |bytes| answer::<Derive<'_>>(bytes),
    |bytes| answer::<Seat>(bytes),
    |bytes| answer::<Lend<'_>>(bytes),
    |bytes| answer::<Read<'_>>(bytes),
    |bytes| answer::<Write<'_>>(bytes),
    charges,
    |bytes| answer::<MakeStatement<'_>>(bytes),
    |bytes| answer::<Apply<'_>>(bytes),
    |bytes| answer::<Pair>(bytes),
    |bytes| answer::<Prove>(bytes),
    |bytes| answer::<Firmware<'_>>(bytes),
    |bytes| answer::<Provision>(bytes),
    |bytes| answer::<Lock>(bytes),
];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    match usize::from(*which) % 45 {
        which @ 0..22 => REQUESTS[which](rest),
        which @ 22..44 => ANSWERS[which - 22](rest),
        _ => value::<Facts>(rest, &FACTS),
    }
}

/// The requests and answers of the golden vectors, and the facts.
pub fn inputs() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for (request, answer) in seeds::commands() {
        let which = request[0] - 1;
        inputs.push([&[which], &request[1..]].concat());
        inputs.push([&[which + 22], &answer[..]].concat());
    }
    inputs.push(vec![27, 1, 0, 1, 100, 100]);
    inputs.push(vec![29, 2, 0x91, 3, 60, 40]);
    inputs.extend(seeds::facts().iter().map(|facts| [&[44], &facts[..]].concat()));
    inputs
}

fn request<'a, C: Command<'a>>(bytes: &'a [u8]) {
    let table = &COMMANDS[usize::from(C::NUMBER) - 1];
    let read = C::read(bytes);
    assert_eq!(read.is_ok(), table.request.takes(bytes), "the request of command {}", C::NUMBER);
    let Ok(command) = read else { return };
    let mut again = vec![0; bytes.len() + 1];
    assert_eq!(command.write(&mut again), Ok(bytes.len() + 1));
    assert_eq!((again[0], &again[1..]), (table.number, bytes), "written back");
    assert_eq!(command.write(&mut again[1..]), Err(DocumentError::TooMany), "one byte of room too few");
}

fn answer<'a, C: Command<'a>>(bytes: &'a [u8]) {
    let table = &COMMANDS[usize::from(C::NUMBER) - 1];
    let takes = match bytes.split_first() {
        Some((0, body)) => table.answer.takes(body),
        Some((1, body)) => REFUSAL.takes(body),
        Some((2, body)) => FAILURE.takes(body),
        _ => false,
    };
    let read = Outcome::<C::Answer<'a>>::read(bytes);
    assert_eq!(read.is_ok(), takes, "the answer of command {}", C::NUMBER);
    let Ok(outcome) = read else { return };
    let mut again = vec![0; bytes.len()];
    assert_eq!(outcome.write(&mut again), Ok(bytes.len()));
    assert_eq!(again, bytes, "written back");
    assert_eq!(outcome.write(&mut again[1..]), Err(DocumentError::TooMany), "one byte of room too few");
    if let Outcome::Failed(failure) = outcome {
        has_a_sentence(failure);
    }
}

/// Every number has a sentence, those that only a newer dongle gives too.
fn has_a_sentence(failure: Failure) {
    assert!(failure.to_string().len() > 10, "{failure:?}");
}

fn holdings(bytes: &[u8]) {
    answer::<Licenses<'_>>(bytes);
    if let Ok(Outcome::Answer(Holdings { licenses, .. })) = Outcome::read(bytes) {
        walks(licenses.as_bytes(), licenses.known().count(), licenses.iter().count());
    }
}

fn charges(bytes: &[u8]) {
    answer::<History<'_>>(bytes);
    if let Ok(Outcome::Answer(Charges { charges, .. })) = Outcome::read(bytes) {
        walks(charges.as_bytes(), charges.known().count(), charges.iter().count());
    }
}

/// A list walks to its end: no item is known that is none, and bad framing is one error.
fn walks(list: &[u8], known: usize, walked: usize) {
    let (items, whole) = split(list);
    assert!(known <= items.len());
    assert_eq!(walked, items.len() + usize::from(!whole));
}

fn value<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8], shape: &Shape) {
    let decoded = strict::decode::<T>(bytes);
    assert_eq!(decoded.is_ok(), shape.takes(bytes));
    if let Ok(value) = decoded {
        let mut again = vec![0; bytes.len()];
        assert_eq!(strict::encode(&value, &mut again).as_deref(), Ok(bytes));
    }
}
