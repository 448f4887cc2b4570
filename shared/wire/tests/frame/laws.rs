//! What programs that share a dongle may rely on.

use crate::cast::{Desk, Seen, device};
use holdfast_wire::frame::{BROADCAST, ErrorCode, Event, Host, Kind, MESSAGE, Report, Status, TooLong};
use proptest::{collection::vec, prelude::*};

/// What the dongle of these tests answers: the message, each byte turned over.
fn answer_to(message: &[u8]) -> Vec<u8> {
    message.iter().map(|byte| !byte).collect()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + length) as u8).collect()
}

fn serve(desk: &mut Desk, length: usize) {
    desk.device.buffer()[..length].iter_mut().for_each(|byte| *byte = !*byte);
    desk.device.answer(desk.now, length);
}

#[test]
fn a_message_of_every_length_arrives_and_is_answered() {
    let mut desk = Desk::with(1);
    for length in 0..=MESSAGE {
        let message = pattern(length);
        let kind = [Kind::Clear, Kind::Handshake, Kind::Sealed][length % 3];
        let reports: Vec<_> = desk.programs[0].host.send(kind, &message).unwrap().collect();
        assert_eq!(reports.len(), 1 + length.saturating_sub(57).div_ceil(59));
        let (last, before) = reports.split_last().unwrap();
        for report in before {
            assert_eq!(desk.deliver(report), None);
        }
        let cid = desk.programs[0].host.cid();
        assert_eq!(desk.deliver(last), Some(Event::Message { cid, kind, length }));
        assert_eq!(desk.device.buffer()[..length], message);
        serve(&mut desk, length);
        desk.read_all();
        assert_eq!(desk.programs[0].take_seen(), [Seen::Answer(answer_to(&message))]);
    }
}

#[test]
fn nobody_cancels_what_another_has_half_sent() {
    let mut desk = Desk::with(2);
    let message = pattern(100);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, &message).unwrap().collect();
    assert_eq!(desk.deliver(&reports[0]), None);
    let cancel = desk.programs[1].host.cancel();
    assert_eq!(desk.deliver(&cancel), None);
    let cid = desk.programs[0].host.cid();
    assert_eq!(desk.deliver(&reports[1]), Some(Event::Message { cid, kind: Kind::Clear, length: 100 }));
    serve(&mut desk, 100);
    desk.read_all();
    // Its own it may.
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, &message).unwrap().collect();
    assert_eq!(desk.deliver(&reports[0]), None);
    let cancel = desk.programs[0].host.cancel();
    assert_eq!(desk.deliver(&cancel), None);
    assert_eq!(desk.deliver(&reports[1]), None);
}

#[test]
fn who_waits_sees_every_tenth_of_a_second_that_the_dongle_works() {
    let mut desk = Desk::with(2);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Sealed, b"?").unwrap().collect();
    assert!(desk.deliver(&reports[0]).is_some());
    for now in [99, 100, 150, 200] {
        desk.now = now;
        desk.device.tick(now);
        desk.read_all();
    }
    assert_eq!(desk.programs[0].take_seen(), vec![Seen::KeepAlive(Status::Processing); 2]);
    assert_eq!(desk.programs[1].take_seen(), [], "it is not theirs");
}

#[test]
fn a_message_longer_than_the_limit_is_not_sent() {
    let mut host = Host::new();
    assert_eq!(host.send(Kind::Clear, &[0; MESSAGE + 1]).err(), Some(TooLong));
    assert_eq!(host.ping(&[0; MESSAGE + 1]).err(), Some(TooLong));
}

#[test]
fn an_answer_longer_than_the_limit_becomes_an_error() {
    let mut desk = Desk::with(1);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, b"?").unwrap().collect();
    assert!(desk.deliver(&reports[0]).is_some());
    desk.device.answer(0, MESSAGE + 1);
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), [Seen::Refused(ErrorCode::Other)]);
}

#[test]
fn a_check_and_its_grant_take_one_report_each() {
    let mut host = Host::new();
    let request = [0; 37 + holdfast_wire::channel::OVERHEAD];
    assert_eq!(host.send(Kind::Sealed, &request).unwrap().count(), 1);
    assert_eq!(host.send(Kind::Sealed, &[0; 58]).unwrap().count(), 2);
}

#[test]
fn an_answer_is_taken_only_under_the_command_of_its_request() {
    let mut desk = Desk::with(1);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, b"?").unwrap().collect();
    assert!(desk.deliver(&reports[0]).is_some());
    desk.device.answer(0, 1);
    // Before the answer comes, the program has turned to something else.
    let _reports = desk.programs[0].host.send(Kind::Sealed, b"!").unwrap();
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), []);
}

#[test]
fn a_lost_report_of_an_answer_is_noticed() {
    let mut desk = Desk::with(1);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, b"?").unwrap().collect();
    assert!(desk.deliver(&reports[0]).is_some());
    desk.device.answer(0, 300);
    assert!(desk.read_one().is_some());
    assert!(desk.device.next_report(0).is_some(), "taken, but never to arrive");
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), [Seen::Garbled]);
}

#[test]
fn what_was_there_of_an_answer_before_is_no_part_of_the_next() {
    let mut desk = Desk::with(1);
    let host = &mut desk.programs[0].host;
    let _request = host.send(Kind::Clear, b"?").unwrap();
    // The dongle begins a long answer, and then gives a short one instead.
    let report = |mark, length: [u8; 2]| {
        let mut report = [7; 64];
        report[..4].copy_from_slice(&[0, 0, 0, 1]);
        report[4] = mark;
        report[5..7].copy_from_slice(&length);
        report
    };
    assert_eq!(crate::cast::seen(host, &report(0xc0, [0, 100])), None);
    let short = Some(Seen::Answer(vec![7; 3]));
    assert_eq!(crate::cast::seen(host, &report(0xc0, [0, 3])), short);
    assert_eq!(crate::cast::seen(host, &report(0, [7, 7])), None, "the rest of the long one");
}

#[test]
fn an_answer_that_claims_more_than_a_message_holds_is_garbled() {
    let mut desk = Desk::with(1);
    let host = &mut desk.programs[0].host;
    let _reports = host.send(Kind::Clear, b"?").unwrap();
    let mut report: Report = [0; 64];
    report[..7].copy_from_slice(&[0, 0, 0, 1, 0xc0, 0x1d, 0xba]);
    assert_eq!(crate::cast::seen(host, &report), Some(Seen::Garbled));
}

#[test]
fn a_channel_id_of_a_dongle_that_was_replugged_is_known_as_such() {
    let mut desk = Desk::with(1);
    desk.device = device();
    let reports: Vec<_> = desk.programs[0].host.ping(b"?").unwrap().collect();
    assert_eq!(desk.deliver(&reports[0]), None);
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), [Seen::Refused(ErrorCode::InvalidChannel)]);
    let init = desk.programs[0].host.init([1; 8]);
    assert_eq!(desk.deliver(&init), None);
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), [Seen::Refused(ErrorCode::InvalidChannel)]);
}

#[test]
fn init_is_answered_to_the_program_that_asked() {
    let mut desk = Desk::with(2);
    desk.programs.iter_mut().for_each(|program| *program.host = Host::new());
    for index in [1, 0] {
        let init = desk.programs[index].host.init([0x50 + index as u8; 8]);
        assert_eq!(desk.deliver(&init), None);
    }
    desk.read_all();
    assert_eq!([desk.programs[0].host.cid(), desk.programs[1].host.cid()], [4, 3]);
    assert_eq!(Host::new().cid(), BROADCAST);
}

#[test]
fn init_is_not_put_off_by_an_answer_to_something_before_it() {
    let mut desk = Desk::with(2);
    let served: Vec<_> = desk.programs[0].host.send(Kind::Clear, b"?").unwrap().collect();
    assert!(desk.deliver(&served[0]).is_some());
    let refused: Vec<_> = desk.programs[1].host.ping(b"?").unwrap().collect();
    assert_eq!(desk.deliver(&refused[0]), None);
    // It does not wait for the answer, which is BUSY, but starts anew.
    let init = desk.programs[1].host.init([9; 8]);
    assert_eq!(desk.deliver(&init), None);
    desk.read_all();
    assert_eq!(desk.programs[1].take_seen(), [Seen::Ready]);
}

#[test]
fn a_program_that_waits_for_nothing_sees_nothing() {
    let mut desk = Desk::with(1);
    let mut report: Report = [0; 64];
    for mark in [0x81, 0x86, 0xbb, 0xbf, 0xc2, 0x00] {
        report[..8].copy_from_slice(&[0, 0, 0, 1, mark, 0, 1, 6]);
        assert_eq!(crate::cast::seen(&mut desk.programs[0].host, &report), None);
    }
}

#[test]
fn more_questions_than_anyone_reads_answers_to_do_no_harm() {
    let mut desk = Desk::with(1);
    for nonce in 0..100 {
        assert_eq!(desk.deliver(&Host::new().init([nonce; 8])), None);
    }
    desk.read_all();
    let reports: Vec<_> = desk.programs[0].host.ping(b"?").unwrap().collect();
    assert_eq!(desk.deliver(&reports[0]), None);
    desk.read_all();
    assert_eq!(desk.programs[0].take_seen(), [Seen::Answer(b"?".to_vec())]);
}

#[test]
fn a_slow_reader_keeps_its_answer_and_a_slow_sender_its_message() {
    let mut desk = Desk::with(1);
    let message = pattern(500);
    let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, &message).unwrap().collect();
    let mut event = None;
    for report in &reports {
        desk.now += 499;
        event = desk.deliver(report);
    }
    assert!(matches!(event, Some(Event::Message { length: 500, .. })));
    serve(&mut desk, 500);
    for _ in 0..reports.len() {
        desk.now += 999;
        desk.device.tick(desk.now);
        assert!(desk.read_one().is_some());
    }
    assert_eq!(desk.programs[0].take_seen(), [Seen::Answer(answer_to(&message))]);
}

/// One act of the story that the programs, the bus and the dongle play together.
#[derive(Clone, Debug)]
enum Act {
    /// A program sends its next report, if it has any.
    Send(usize),
    /// The dongle's next report is read.
    Read,
    /// The dongle finishes the message in work.
    Finish,
    /// Time passes.
    Wait(u64),
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..3usize).prop_map(Act::Send),
        6 => Just(Act::Read),
        2 => Just(Act::Finish),
        1 => (0..40u64).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// However the reports of three programs interleave: each message is answered, with its own
    /// answer, or its program is told why not and sends it again; in the end all are answered.
    #[test]
    fn nobody_s_message_is_lost_or_mixed_with_another_s(
        acts in vec(any_act(), 0..600),
        lengths in vec(vec(0..400usize, 1..4), 3),
    ) {
        let mut desk = Desk::with(3);
        let mut to_send: Vec<Vec<Vec<u8>>> = lengths.iter().enumerate().map(|(program, lengths)| {
            lengths.iter().map(|length| pattern(length * 3 + program)).collect()
        }).collect();
        let mut in_work = None;
        // After the acts, everybody goes on in turn until all is done.
        let tail = (0..20_000).map(|n| match n % 5 { 3 => Act::Read, 4 => Act::Finish, p => Act::Send(p) });
        for act in acts.into_iter().chain(tail) {
            match act {
                Act::Send(index) => {
                    let program = &mut desk.programs[index];
                    let Some(message) = to_send[index].last() else { continue };
                    let Some(report) = program.outgoing.pop_front() else { continue };
                    if let Some(Event::Message { cid, length, .. }) = desk.deliver(&report) {
                        prop_assert_eq!(cid, index as u32 + 1);
                        prop_assert_eq!(&desk.device.buffer()[..length], &message[..]);
                        prop_assert_eq!(in_work.replace(length), None);
                    }
                }
                Act::Read => {
                    desk.read_one();
                }
                Act::Finish => {
                    if let Some(length) = in_work.take() {
                        serve(&mut desk, length);
                    }
                }
                Act::Wait(time) => desk.now += time,
            }
            for (program, to_send) in desk.programs.iter_mut().zip(&mut to_send) {
                let mut again = !core::mem::replace(&mut program.started, true);
                for seen in program.take_seen() {
                    match seen {
                        Seen::Answer(answer) => {
                            prop_assert_eq!(answer, answer_to(&to_send.pop().unwrap()));
                            again = true;
                        }
                        Seen::Busy | Seen::Refused(ErrorCode::Timeout) => again = true,
                        Seen::KeepAlive(_) => {}
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                if again && let Some(message) = to_send.last() {
                    program.outgoing = program.host.send(Kind::Sealed, message).unwrap().collect();
                }
            }
        }
        prop_assert!(to_send.iter().all(Vec::is_empty), "{:?}", to_send);
    }
}
