//! Any program with the dongle open can write any report. None of them may harm it.

use crate::cast::{Desk, Seen, device};
use holdfast_wire::frame::{BROADCAST, Device, ErrorCode, Event, Kind, Report};
use proptest::{collection::vec, prelude::*};

/// Reports that get far: channel ids that exist, commands that are known, lengths near limits.
fn any_report() -> impl Strategy<Value = Report> {
    let cid = prop_oneof![0..4u32, Just(BROADCAST), any::<u32>()];
    let mark = prop_oneof![
        prop::sample::select(vec![0x81, 0x86, 0x88, 0x91, 0xbb, 0xbf, 0xc0, 0xc1, 0xc2]),
        0..6u8,
        any::<u8>(),
    ];
    let length = prop_oneof![Just(0), Just(8), Just(57), 58..200u16, 7_600..7_620u16, any::<u16>()];
    (cid, mark, length, any::<[u8; 32]>()).prop_map(|(cid, mark, length, data)| {
        let mut report = [0; 64];
        report[..4].copy_from_slice(&cid.to_be_bytes());
        report[4] = mark;
        report[5..7].copy_from_slice(&length.to_be_bytes());
        report[7..39].copy_from_slice(&data);
        report
    })
}

#[derive(Clone, Debug)]
enum Act {
    Report(Report),
    Garbage(Vec<u8>),
    Read,
    Answer(usize),
    Refuse,
    Ignore,
    Touch(bool),
    Wait(u64),
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => any_report().prop_map(Act::Report),
        1 => vec(any::<u8>(), 64).prop_map(Act::Garbage),
        8 => Just(Act::Read),
        2 => (0..8_000usize).prop_map(Act::Answer),
        1 => Just(Act::Refuse),
        1 => Just(Act::Ignore),
        1 => any::<bool>().prop_map(Act::Touch),
        2 => prop_oneof![0..120u64, 400..1_100u64].prop_map(Act::Wait),
    ]
}

/// Lets the dongle do one thing; gives the event there was.
fn act(device: &mut Device, now: &mut u64, act: &Act) -> Option<Event> {
    match act {
        Act::Report(report) => return device.report(*now, report),
        Act::Garbage(bytes) => return device.report(*now, &bytes[..].try_into().unwrap()),
        Act::Read => drop(device.next_report(*now)),
        Act::Answer(length) => device.answer(*now, *length),
        Act::Refuse => device.refuse(*now, ErrorCode::NoChannel),
        Act::Ignore => device.ignore(),
        Act::Touch(needed) => device.touch_needed(*needed),
        Act::Wait(time) => *now += time,
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Nothing that is written to it makes a dongle panic, hand up two messages at once, or stop
    /// serving: once left alone for a moment, it answers the next program.
    #[test]
    fn whatever_was_written_a_dongle_serves_the_next_program(acts in vec(any_act(), 0..200)) {
        let mut desk = Desk::with(1);
        let mut in_work = false;
        for next in &acts {
            let event = act(&mut desk.device, &mut desk.now, next);
            if matches!(next, Act::Answer(_) | Act::Refuse | Act::Ignore) {
                in_work = false;
            }
            match event {
                Some(Event::Message { length, .. }) => {
                    prop_assert!(!in_work, "two messages in work");
                    prop_assert!(length <= 7_609);
                    in_work = true;
                }
                Some(Event::Cancel { .. }) => prop_assert!(in_work, "nothing to cancel"),
                Some(Event::Wink) | None => {}
            }
        }
        desk.device.ignore();
        desk.now += 1_000;
        desk.device.tick(desk.now);
        desk.now += 1_000;
        desk.device.tick(desk.now);
        let reports: Vec<_> = desk.programs[0].host.send(Kind::Clear, &[7; 100]).unwrap().collect();
        prop_assert_eq!(desk.deliver(&reports[0]), None);
        let message = Event::Message { cid: desk.programs[0].host.cid(), kind: Kind::Clear, length: 100 };
        prop_assert_eq!(desk.deliver(&reports[1]), Some(message));
        prop_assert_eq!(&desk.device.buffer()[..100], &[7; 100]);
        desk.device.answer(desk.now, 100);
        desk.read_all();
        prop_assert_eq!(desk.programs[0].take_seen(), [Seen::Answer(vec![7; 100])]);
    }

    /// While a message is in work, nothing that is written changes it.
    #[test]
    fn a_message_in_work_stands_untouched(reports in vec(any_report(), 0..100)) {
        let mut desk = Desk::with(1);
        let sent: Vec<_> = desk.programs[0].host.send(Kind::Sealed, &[7; 50]).unwrap().collect();
        prop_assert!(desk.deliver(&sent[0]).is_some());
        for report in &reports {
            let event = desk.deliver(report);
            prop_assert!(matches!(event, None | Some(Event::Cancel { cid: 1 })), "{:?}", event);
            prop_assert_eq!(&desk.device.buffer()[..50], &[7; 50]);
            desk.read_one();
        }
    }

    /// A program takes nothing from other channels, and nothing makes it panic.
    #[test]
    fn whatever_a_dongle_says_a_program_stays_sane(
        reports in vec(prop_oneof![any_report(), vec(any::<u8>(), 64).prop_map(|b| b.try_into().unwrap())], 0..100),
    ) {
        let mut desk = Desk::with(1);
        let host = &mut desk.programs[0].host;
        let _reports = host.send(Kind::Sealed, b"?").unwrap();
        for report in &reports {
            let seen = crate::cast::seen(host, report);
            prop_assert!(seen.is_none() || report[..4] == [0, 0, 0, 1]);
            prop_assert_eq!(host.cid(), 1);
        }
    }
}

#[test]
fn a_dongle_that_nobody_asks_anything_says_nothing() {
    let mut device = device();
    for now in (0..10_000).step_by(100) {
        device.tick(now);
        assert_eq!(device.next_report(now), None);
    }
}
