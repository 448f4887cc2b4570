//! A dongle and the programs that share it: every report of the dongle reaches all of them.

use holdfast_wire::frame::{Device, ErrorCode, Event, Host, Progress, Report, Status, Version};
use std::collections::VecDeque;

/// What a program saw, with the answer's bytes taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Ready,
    Answer(Vec<u8>),
    KeepAlive(Status),
    Busy,
    Refused(ErrorCode),
    Garbled,
}

/// What a report meant to a host, unless nothing.
pub(crate) fn seen(host: &mut Host, report: &Report) -> Option<Seen> {
    Some(match host.report(report) {
        Progress::Nothing => return None,
        Progress::Ready(_) => Seen::Ready,
        Progress::Answer(answer) => Seen::Answer(answer.to_vec()),
        Progress::KeepAlive(status) => Seen::KeepAlive(status),
        Progress::Busy => Seen::Busy,
        Progress::Refused(code) => Seen::Refused(code),
        Progress::Garbled => Seen::Garbled,
    })
}

pub(crate) struct Program {
    pub(crate) host: Box<Host>,
    pub(crate) outgoing: VecDeque<Report>,
    pub(crate) seen: Vec<Seen>,
    /// Whether it has sent its first message.
    pub(crate) started: bool,
}

pub(crate) struct Desk {
    pub(crate) now: u64,
    pub(crate) device: Box<Device>,
    pub(crate) programs: Vec<Program>,
}

pub(crate) fn device() -> Box<Device> {
    Box::new(Device::new(Version { major: 1, minor: 2, build: 3 }))
}

impl Desk {
    /// A dongle, and that many programs that have a channel id each.
    pub(crate) fn with(programs: u8) -> Self {
        let programs = (0..programs)
            .map(|_| Program {
                host: Box::new(Host::new()),
                outgoing: VecDeque::new(),
                seen: vec![],
                started: false,
            })
            .collect();
        let mut desk = Self { now: 0, device: device(), programs };
        for index in 0..desk.programs.len() {
            let init = desk.programs[index].host.init([index as u8; 8]);
            desk.deliver(&init);
            desk.read_all();
            assert_eq!(desk.programs[index].take_seen(), [Seen::Ready]);
        }
        desk
    }

    /// A report on its way to the dongle.
    pub(crate) fn deliver(&mut self, report: &Report) -> Option<Event> {
        self.device.report(self.now, report)
    }

    /// A report on its way from the dongle, to all.
    pub(crate) fn read_one(&mut self) -> Option<Report> {
        let report = self.device.next_report(self.now)?;
        for program in &mut self.programs {
            program.seen.extend(seen(&mut program.host, &report));
        }
        Some(report)
    }

    pub(crate) fn read_all(&mut self) {
        while self.read_one().is_some() {}
    }
}

impl Program {
    pub(crate) fn take_seen(&mut self) -> Vec<Seen> {
        core::mem::take(&mut self.seen)
    }
}
