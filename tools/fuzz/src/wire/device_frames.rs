//! A dongle's end of the framing, under any reports, answers and passing of time.
//!
//! Held to a second end that keeps whole messages in vectors: who was given a channel id, what is being put
//! together, what is in work, what goes out. Every event must be the one expected, with the bytes that were
//! sent; every answer goes out whole; and whatever was written, the next program is served once it was quiet
//! for a moment.

use super::report::report;
use crate::draw::Draw;
use holdfast_wire::frame::{BROADCAST, Device, ErrorCode, Event, Host, Kind, Progress, Report, Version};

/// The most bytes of a message.
const MESSAGE: usize = 57 + 128 * 59;

/// What the dongle should be doing.
enum Doing {
    Nothing,
    /// Puts a message together.
    Half {
        cid: u32,
        command: u8,
        length: usize,
        there: Vec<u8>,
        next: u8,
        last: u64,
    },
    /// Works on one.
    Work {
        cid: u32,
        command: u8,
        message: Vec<u8>,
        awaited: bool,
    },
    /// Sends its answer, of which so much is out.
    Answers {
        cid: u32,
        command: u8,
        answer: Vec<u8>,
        out: Option<usize>,
    },
}

struct Expected {
    given: u32,
    doing: Doing,
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let mut device = Device::new(Version { major: 1, minor: 2, build: 3 });
    let mut expected = Expected { given: 0, doing: Doing::Nothing };
    let mut now = 0;
    let mut steps = 0;
    while !draw.is_empty() && steps < 400 {
        steps += 1;
        match draw.byte() {
            0..=143 => {
                let report = report(&mut draw);
                let event = device.report(now, &report);
                assert_eq!(event, expected.event(now, &report));
            }
            144..=191 => {
                if let Some(report) = device.next_report(now) {
                    expected.goes_out(&report);
                }
            }
            192..=215 => {
                let length = usize::from(draw.short()) % 8_000;
                device.answer(now, length);
                expected.answered(device.buffer(), length);
            }
            216..=223 => {
                device.refuse(now, ErrorCode::NoChannel);
                expected.ended();
            }
            224..=231 => {
                device.ignore();
                expected.ended();
            }
            232..=239 => device.touch_needed(draw.flag()),
            _ => {
                now += u64::from(draw.short() % 1_200);
                device.tick(now);
                expected.time_passed(now, &mut device);
            }
        }
        if let Doing::Work { message, .. } = &expected.doing {
            assert_eq!(device.buffer()[..message.len()], message[..], "the message in work was changed");
        }
    }
    serves_the_next(&mut device, now);
}

/// Whole conversations, and bytes of every sort.
pub fn inputs() -> Vec<Vec<u8>> {
    let init = [0, 1, 200, 1, 2, 7];
    let short = [0, 1, 1, 6, 5, 9];
    let long = [0, 1, 1, 6, 7, 9, 0, 1, 1, 100, 0, 3, 0, 1, 1, 101, 0, 3];
    let rest = [150, 200, 10, 0, 150, 150, 255, 200, 4, 150];
    let whole = [&init[..], &init, &[150, 150], &short, &rest, &long, &rest].concat();
    std::iter::once(whole).chain((0..16).map(|fill| vec![fill * 16 + 3; 300])).collect()
}

impl Doing {
    fn cid(&self) -> Option<u32> {
        match self {
            Self::Nothing => None,
            Self::Half { cid, .. } | Self::Work { cid, .. } | Self::Answers { cid, .. } => Some(*cid),
        }
    }
}

impl Expected {
    fn event(&mut self, now: u64, report: &Report) -> Option<Event> {
        let cid = u32::from_be_bytes([report[0], report[1], report[2], report[3]]);
        if report[4] & 0x80 == 0 {
            return self.later(now, cid, report[4], &report[5..]);
        }
        let (command, length) = (report[4] & 0x7f, usize::from(u16::from_be_bytes([report[5], report[6]])));
        let of_it = self.doing.cid() == Some(cid);
        match command {
            0x06 if cid == BROADCAST => {
                self.given += u32::from(length == 8);
                None
            }
            _ if cid == 0 || cid > self.given => None,
            // It asks to begin anew: what was half said on its channel is forgotten, or no longer awaited.
            0x06 if length != 8 || !of_it => None,
            0x06 => match &mut self.doing {
                Doing::Work { awaited, .. } => {
                    *awaited = false;
                    Some(Event::Cancel { cid })
                }
                _ => {
                    self.doing = Doing::Nothing;
                    None
                }
            },
            0x11 => match &self.doing {
                Doing::Work { .. } if of_it => Some(Event::Cancel { cid }),
                Doing::Half { .. } if of_it => {
                    self.doing = Doing::Nothing;
                    None
                }
                _ => None,
            },
            _ => {
                let free = matches!(self.doing, Doing::Nothing)
                    || (of_it && matches!(self.doing, Doing::Half { .. }));
                if !free {
                    return None;
                }
                self.doing = Doing::Nothing;
                match command {
                    0x08 => (length == 0).then_some(Event::Wink),
                    0x01 | 0x40..=0x42 if length <= MESSAGE => {
                        let there = report[7..][..length.min(57)].to_vec();
                        self.there_is(now, cid, command, length, there, 0)
                    }
                    _ => None,
                }
            }
        }
    }

    fn later(&mut self, now: u64, cid: u32, sequence: u8, data: &[u8]) -> Option<Event> {
        if !matches!(self.doing, Doing::Half { cid: of, .. } if of == cid) {
            return None;
        }
        let Doing::Half { command, length, mut there, next, .. } =
            std::mem::replace(&mut self.doing, Doing::Nothing)
        else {
            return None;
        };
        if sequence != next {
            return None;
        }
        there.extend(&data[..(length - there.len()).min(59)]);
        self.there_is(now, cid, command, length, there, next + 1)
    }

    fn there_is(
        &mut self,
        now: u64,
        cid: u32,
        command: u8,
        length: usize,
        there: Vec<u8>,
        next: u8,
    ) -> Option<Event> {
        if there.len() < length {
            self.doing = Doing::Half { cid, command, length, there, next, last: now };
            return None;
        }
        let kind = match command {
            0x40 => Kind::Clear,
            0x41 => Kind::Handshake,
            0x42 => Kind::Sealed,
            _ => {
                // A ping goes back as it came.
                self.doing = Doing::Answers { cid, command, answer: there, out: None };
                return None;
            }
        };
        self.doing = Doing::Work { cid, command, message: there, awaited: true };
        Some(Event::Message { cid, kind, length })
    }

    fn answered(&mut self, buffer: &[u8; MESSAGE], length: usize) {
        if let Doing::Work { cid, command, awaited, .. } = self.doing {
            self.doing = match buffer.get(..length).filter(|_| awaited) {
                Some(answer) => Doing::Answers { cid, command, answer: answer.to_vec(), out: None },
                None => Doing::Nothing,
            };
        }
    }

    fn ended(&mut self) {
        if let Doing::Work { .. } = self.doing {
            self.doing = Doing::Nothing;
        }
    }

    /// Half a message is dropped in time. Of an answer that may have been dropped, what is left is read.
    fn time_passed(&mut self, now: u64, device: &mut Device) {
        match &self.doing {
            Doing::Half { last, .. } if now - last >= 500 => self.doing = Doing::Nothing,
            Doing::Answers { .. } => {
                while let Some(report) = device.next_report(now) {
                    self.goes_out(&report);
                }
                self.doing = Doing::Nothing;
            }
            _ => {}
        }
    }

    fn goes_out(&mut self, report: &Report) {
        let on = u32::from_be_bytes([report[0], report[1], report[2], report[3]]);
        if report[4] == 0x86 && on == BROADCAST {
            let given = u32::from_be_bytes([report[15], report[16], report[17], report[18]]);
            assert!(given > 0 && given <= self.given, "a channel id that was not given");
        }
        if report[4] == 0xbb {
            let awaited = matches!(self.doing, Doing::Work { cid, awaited: true, .. } if cid == on);
            assert!(awaited, "at work on nothing");
        }
        let Doing::Answers { cid, command, answer, out } = &mut self.doing else {
            assert!(report[4] & 0x80 != 0, "a later packet of nothing");
            return;
        };
        let data = match out {
            None if on == *cid && report[4] == *command | 0x80 => {
                assert_eq!(report[5..7], (answer.len() as u16).to_be_bytes(), "its length");
                &report[7..]
            }
            Some(_) if on == *cid => {
                let sequence = (out.unwrap_or_default() - 57) / 59;
                assert_eq!(
                    usize::from(report[4]),
                    sequence,
                    "the packets of an answer, and no others between them"
                );
                &report[5..]
            }
            _ => return,
        };
        let rest = &answer[out.unwrap_or(0)..];
        let length = rest.len().min(data.len());
        assert_eq!(data[..length], rest[..length], "the answer's bytes");
        assert!(data[length..].iter().all(|byte| *byte == 0), "the rest of a report is zero");
        let now_out = out.unwrap_or(0) + length;
        *out = Some(now_out);
        if now_out == answer.len() {
            self.doing = Doing::Nothing;
        }
    }
}

/// After a moment of quiet, a program that comes is served.
fn serves_the_next(device: &mut Device, mut now: u64) {
    device.ignore();
    for _ in 0..2 {
        now += 1_000;
        device.tick(now);
    }
    let mut host = Host::new();
    assert_eq!(device.report(now, &host.init([9; 8])), None);
    let answer = device.next_report(now).expect("INIT is answered");
    assert!(matches!(host.report(&answer), Progress::Ready(_)));
    let reports: Vec<_> = host.send(Kind::Clear, &[7; 100]).expect("it is short").collect();
    assert_eq!(device.report(now, &reports[0]), None);
    let message = Event::Message { cid: host.cid(), kind: Kind::Clear, length: 100 };
    assert_eq!(device.report(now, &reports[1]), Some(message));
    assert_eq!(device.buffer()[..100], [7; 100]);
}
