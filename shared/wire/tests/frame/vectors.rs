//! The golden vectors. They were written from the protocol's text, not by this code.

use crate::golden::{self, bytes, hex};
use holdfast_wire::frame::{Command, Device, ErrorCode, Event, Host, Kind, Progress, Report, Version};
use serde_json::Value;

const FILE: &str = "frames.json";

fn report(hexadecimal: &Value) -> Report {
    let mut report = [0; 64];
    let bytes = golden::unhex(hexadecimal.as_str().unwrap());
    report[..bytes.len()].copy_from_slice(&bytes);
    report
}

fn number(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or_else(|| panic!("no number {member}"))
}

fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().unwrap_or_else(|| panic!("no list {member}"))
}

/// A host that was given that channel id.
fn host_on(cid: u32) -> Host {
    let mut host = Host::new();
    let nonce = [9; 8];
    let _ = host.init(nonce);
    let answer = [&[0xff; 4][..], &[0x86, 0, 17], &nonce, &cid.to_be_bytes(), &[2, 1, 0, 0, 9]].concat();
    let mut report = [0; 64];
    report[..answer.len()].copy_from_slice(&answer);
    assert!(matches!(host.report(&report), Progress::Ready(_)));
    host
}

#[test]
fn a_message_is_cut_and_put_together_as_the_vectors_say() {
    let vectors = golden::read(FILE);
    for vector in list(&vectors, "messages") {
        let message = bytes(vector, "data");
        let command = Command::from_number(number(vector, "command") as u8).unwrap();
        let mut host = host_on(number(vector, "cid") as u32);
        let reports: Vec<Report> = match command {
            Command::Ping => host.ping(&message),
            Command::Clear => host.send(Kind::Clear, &message),
            Command::Handshake => host.send(Kind::Handshake, &message),
            Command::Sealed => host.send(Kind::Sealed, &message),
            other => panic!("{other:?} is not sent by a program"),
        }
        .unwrap()
        .collect();
        let expected: Vec<Report> = list(vector, "reports").iter().map(report).collect();
        assert_eq!(reports, expected);

        let (last, before) = expected.split_last().unwrap();
        before.iter().for_each(|report| assert_eq!(host.report(report), Progress::Nothing));
        assert_eq!(host.report(last), Progress::Answer(&mut message.clone()));
    }
}

#[test]
fn a_dongle_converses_as_the_vectors_say() {
    let vectors = golden::read(FILE);
    for conversation in list(&vectors, "conversations") {
        let name = conversation["name"].as_str().unwrap();
        let mut device = Device::new(Version { major: 1, minor: 2, build: 3 });
        let mut events = vec![];
        for (index, step) in list(conversation, "steps").iter().enumerate() {
            take(&mut device, &mut events, step, &format!("{name}, step {index}"));
        }
        assert_eq!(events, [], "{name}: events that no step tells of");
        assert_eq!(device.next_report(10_000), None, "{name}: reports that no step tells of");
    }
}

fn take(device: &mut Device, events: &mut Vec<Event>, step: &Value, place: &str) {
    let now = number(step, "at");
    let mut told = 0;
    for (what, value) in step.as_object().unwrap() {
        match what.as_str() {
            "at" => continue,
            "to_dongle" => events.extend(device.report(now, &report(value))),
            "from_dongle" => {
                for expected in value.as_array().unwrap() {
                    let report = device.next_report(now).unwrap_or_else(|| panic!("{place}: no report"));
                    assert_eq!(hex(&report), hex(&self::report(expected)), "{place}");
                }
                assert_eq!(device.next_report(now), None, "{place}");
            }
            "from_dongle_next" => assert_eq!(device.next_report(now), Some(report(value)), "{place}"),
            "work" => {
                let message = bytes(value, "data");
                let kind = match number(value, "command") {
                    0x40 => Kind::Clear,
                    0x41 => Kind::Handshake,
                    0x42 => Kind::Sealed,
                    other => panic!("{place}: {other}"),
                };
                let cid = number(value, "cid") as u32;
                let event = Event::Message { cid, kind, length: message.len() };
                assert_eq!(core::mem::take(events), [event], "{place}");
                assert_eq!(device.buffer()[..message.len()], message, "{place}");
            }
            "wink" => assert_eq!(core::mem::take(events), [Event::Wink], "{place}"),
            "cancel" => {
                let event = Event::Cancel { cid: value.as_u64().unwrap() as u32 };
                assert_eq!(core::mem::take(events), [event], "{place}");
            }
            "answer" => {
                let answer = golden::unhex(value.as_str().unwrap());
                device.buffer()[..answer.len()].copy_from_slice(&answer);
                device.answer(now, answer.len());
            }
            "refuse" => device.refuse(now, ErrorCode::from_number(value.as_u64().unwrap() as u8)),
            "ignore" => device.ignore(),
            "touch_needed" => device.touch_needed(value.as_bool().unwrap()),
            other => panic!("{place}: what is {other}?"),
        }
        told += 1;
    }
    assert_eq!(told, 1, "{place}: a step is one thing");
}
