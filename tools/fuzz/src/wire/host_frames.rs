//! A program's end of the framing, under any reports.
//!
//! Held to a second end: which answer is awaited on which channel, and what of it is there. What is not on its
//! channel changes nothing; an answer is whole and as it was sent, or the program is told that it is garbled.

use super::report::report;
use crate::draw::Draw;
use holdfast_wire::frame::{BROADCAST, ErrorCode, Host, Kind, Progress, Report, Status};

/// What the program should be waiting for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Nothing,
    Init([u8; 8]),
    Answer(u8),
}

struct Expected {
    cid: u32,
    awaits: Awaits,
    /// The length of the answer, what is there of it, the number of the next packet.
    half: Option<(usize, Vec<u8>, u8)>,
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let mut host = Host::new();
    let mut expected = Expected { cid: BROADCAST, awaits: Awaits::Nothing, half: None };
    let mut steps = 0;
    while !draw.is_empty() && steps < 400 {
        steps += 1;
        match draw.byte() {
            0..=15 => {
                let nonce = [draw.byte() % 2; 8];
                let report = host.init(nonce);
                assert_eq!((&report[..4], report[4]), (&expected.cid.to_be_bytes()[..], 0x86));
                expected.begin(Awaits::Init(nonce));
            }
            16..=31 => {
                let kind = draw.pick(&[Kind::Clear, Kind::Handshake, Kind::Sealed]);
                let number = [0x40, 0x41, 0x42][kind as usize];
                let message = vec![draw.byte(); usize::from(draw.short()) % 8_000];
                match host.send(kind, &message) {
                    Ok(reports) => {
                        sent(reports.collect(), expected.cid, number, &message);
                        expected.begin(Awaits::Answer(number));
                    }
                    Err(_) => assert!(message.len() > 57 + 128 * 59),
                }
            }
            32..=39 => {
                let data = draw.bytes(70);
                sent(host.ping(data).expect("it is short").collect(), expected.cid, 0x01, data);
                expected.begin(Awaits::Answer(0x01));
            }
            40..=47 => {
                assert_eq!(host.wink()[4], 0x88);
                expected.begin(Awaits::Answer(0x08));
            }
            48..=79 => {
                // The right answer to INIT, for any channel id.
                let mut report = [0; 64];
                report[..4].copy_from_slice(&expected.cid.to_be_bytes());
                (report[4], report[6]) = (0x86, 17);
                report[7..15].fill(draw.byte() % 2);
                report[15..19].fill(draw.byte() % 2);
                expected.takes(&report, host.report(&report));
            }
            _ => {
                let mut report = report(&mut draw);
                if draw.flag() {
                    report[..4].copy_from_slice(&expected.cid.to_be_bytes());
                }
                expected.takes(&report, host.report(&report));
            }
        }
        assert_eq!(host.cid(), expected.cid);
    }
}

/// Conversations, and bytes of every sort.
pub fn inputs() -> Vec<Vec<u8>> {
    let ready = [0, 1, 48, 1, 1];
    let send = [16, 0, 5, 100, 0];
    let answer = [100, 1, 1, 6, 7, 1, 1, 100, 1, 1, 100, 0, 1, 1, 100, 1, 1, 101, 0, 1, 1];
    let whole = [&ready[..], &send, &answer, &[32, 5, 5, 5, 5], &answer].concat();
    std::iter::once(whole).chain((0..16).map(|fill| vec![fill * 16 + 5; 300])).collect()
}

/// Whether these reports carry the message, and nothing else.
fn sent(reports: Vec<Report>, cid: u32, command: u8, message: &[u8]) {
    let mut rest = message;
    for (number, report) in reports.iter().enumerate() {
        assert_eq!(report[..4], cid.to_be_bytes());
        let data = match number.checked_sub(1) {
            None => {
                assert_eq!(
                    (report[4], &report[5..7]),
                    (command | 0x80, &(message.len() as u16).to_be_bytes()[..])
                );
                &report[7..]
            }
            Some(sequence) => {
                assert_eq!(usize::from(report[4]), sequence);
                &report[5..]
            }
        };
        let (now, later) = rest.split_at(rest.len().min(data.len()));
        assert_eq!(&data[..now.len()], now);
        assert!(data[now.len()..].iter().all(|byte| *byte == 0));
        rest = later;
    }
    assert!(rest.is_empty() && reports.len() == 1 + message.len().saturating_sub(57).div_ceil(59));
}

impl Expected {
    fn begin(&mut self, awaits: Awaits) {
        (self.awaits, self.half) = (awaits, None);
    }

    fn takes(&mut self, report: &Report, progress: Progress<'_>) {
        if report[..4] != self.cid.to_be_bytes() {
            return assert_eq!(progress, Progress::Nothing, "it was for someone else");
        }
        if report[4] & 0x80 == 0 {
            return self.later(report[4], &report[5..], progress);
        }
        let (command, length) = (report[4] & 0x7f, usize::from(u16::from_be_bytes([report[5], report[6]])));
        match (command, self.awaits) {
            (0x06, Awaits::Init(nonce)) if length == 17 && report[7..15] == nonce => {
                assert!(matches!(progress, Progress::Ready(ready) if ready.framing == report[19]));
                self.cid = u32::from_be_bytes([report[15], report[16], report[17], report[18]]);
                self.begin(Awaits::Nothing);
            }
            (0x3f, Awaits::Nothing) => assert_eq!(progress, Progress::Nothing),
            (0x3f, Awaits::Init(_)) if report[7] == 6 => assert_eq!(progress, Progress::Nothing),
            (0x3f, Awaits::Answer(_)) if report[7] == 6 => assert_eq!(progress, Progress::Busy),
            (0x3f, _) => assert_eq!(progress, Progress::Refused(ErrorCode::from_number(report[7]))),
            (0x3b, Awaits::Answer(_)) => {
                assert_eq!(progress, Progress::KeepAlive(Status::from_number(report[7])));
            }
            (command, Awaits::Answer(awaited)) if command == awaited => {
                self.half = None;
                if length > 57 + 128 * 59 {
                    return assert_eq!(progress, Progress::Garbled);
                }
                self.there_is(length, report[7..][..length.min(57)].to_vec(), 0, progress);
            }
            _ => assert_eq!(progress, Progress::Nothing),
        }
    }

    fn later(&mut self, sequence: u8, data: &[u8], progress: Progress<'_>) {
        let Some((length, mut there, next)) = self.half.take() else {
            return assert_eq!(progress, Progress::Nothing);
        };
        if sequence != next {
            return assert_eq!(progress, Progress::Garbled);
        }
        there.extend(&data[..(length - there.len()).min(59)]);
        self.there_is(length, there, next + 1, progress);
    }

    fn there_is(&mut self, length: usize, mut there: Vec<u8>, next: u8, progress: Progress<'_>) {
        if there.len() == length {
            assert_eq!(progress, Progress::Answer(&mut there));
        } else {
            assert_eq!(progress, Progress::Nothing);
            self.half = Some((length, there, next));
        }
    }
}
