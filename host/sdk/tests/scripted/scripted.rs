//! A dongle that does as it is told.

use crate::vendor::{self, Offer};
use holdfast::Reports;
use holdfast_crypto::{Curve, Key, RustCrypto, SecretKey};
use holdfast_document::{DongleId, List, ListWriter, Time, Units, strict};
use holdfast_license::{Facts, License, Refusal, decide};
use holdfast_wire::channel::{self, DeviceChannel, Ephemeral, FirstMessage, Prologue, Responder};
use holdfast_wire::command::charge::{Charged, JobId};
use holdfast_wire::command::check::Granted;
use holdfast_wire::command::explain::Explained;
use holdfast_wire::command::hello::{Greeting, Stage};
use holdfast_wire::command::licenses::{Holding, Holdings};
use holdfast_wire::command::open::Opened;
use holdfast_wire::command::probe::Probed;
use holdfast_wire::command::seat::{Lease, LeaseId, SeatAct};
use holdfast_wire::command::*;
use holdfast_wire::frame::{Device, ErrorCode as FrameError, Event, Kind, Report, Version};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A dongle, as its script sees it.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<Mutex<State>>);

pub(crate) struct Cable(Scripted);

/// What it does and what it saw.
pub(crate) struct State {
    secret: SecretKey,
    greeting: Vec<u8>,
    /// What it says when it is asked for its certificate.
    certificate: ErrorCode,
    id: DongleId,
    frames: Device,
    channel: Option<DeviceChannel>,
    waiting: VecDeque<Report>,
    /// License documents, and units used of each.
    licenses: Vec<(Vec<u8>, u64)>,
    /// By handle, the position of the license.
    handles: Vec<usize>,
    paid: HashMap<JobId, u64>,
    /// The numbers of the sealed commands that it carried out.
    pub(crate) seen: Vec<u8>,
    pub(crate) floor: Time,
    pub(crate) state: u32,
    pub(crate) mark: u64,
    pub(crate) oldest: u64,
    /// So many of the next answers are lost on the way.
    pub(crate) lose: u32,
    /// The answers to this command are lost, every one.
    pub(crate) lose_all_of: Option<u8>,
    /// So many of the next messages find it busy.
    pub(crate) busy: u32,
    pub(crate) unplugged: bool,
    /// Refuses checks with this, whatever the facts.
    pub(crate) lie: Option<Refusal>,
    /// Says this before each sealed answer, in another's place.
    pub(crate) forge: bool,
}

const VERSION: Version = Version { major: 0, minor: 0, build: 0 };

impl Scripted {
    pub(crate) fn new(seed: u8, offers: &[Offer]) -> Self {
        let secret = SecretKey::from_bytes([seed; 32]).unwrap();
        let keys = [Key([seed; 65]), RustCrypto::public(&secret), Key([4; 65])];
        let id = DongleId::of(&keys[0], &keys[1], &keys[2]);
        let licenses = offers.iter().map(|offer| (vendor::license(*offer, id), 0)).collect();
        Self(Arc::new(Mutex::new(State {
            secret,
            greeting: greeting(Stage::Locked, keys),
            certificate: ErrorCode::NotHeld,
            id,
            frames: Device::new(VERSION),
            channel: None,
            waiting: VecDeque::new(),
            licenses,
            handles: Vec::new(),
            paid: HashMap::new(),
            seen: Vec::new(),
            floor: Time(1_800_000_000),
            state: 7,
            mark: 1,
            oldest: 1,
            lose: 0,
            lose_all_of: None,
            busy: 0,
            unplugged: false,
            lie: None,
            forge: false,
        })))
    }

    pub(crate) fn cable(&self) -> Cable {
        Cable(self.clone())
    }

    pub(crate) fn id(&self) -> DongleId {
        self.script().id
    }

    /// Units used of each license.
    pub(crate) fn used(&self) -> Vec<u64> {
        self.script().licenses.iter().map(|(_, used)| *used).collect()
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn greeting(stage: Stage, [identity, channel, sealing]: [Key; 3]) -> Vec<u8> {
    let (model, limits) = (vendor::name("scripted"), Default::default());
    write(Ok(Greeting { versions: &[1], model, firmware: 1, stage, limits, identity, channel, sealing }))
}

impl Reports for Cable {
    fn send(&mut self, report: &Report) -> io::Result<()> {
        self.0.script().take(report)
    }

    fn receive(&mut self, _: Duration) -> io::Result<Option<Report>> {
        let mut dongle = self.0.script();
        dongle.plugged()?;
        let waiting = dongle.waiting.pop_front();
        Ok(waiting.or_else(|| dongle.frames.next_report(0)))
    }
}

impl State {
    /// Power off and on, and what it stores cannot be read any more, for this reason.
    pub(crate) fn comes_back_without(&mut self, why: ErrorCode) {
        self.replug();
        self.greeting = greeting(Stage::Blank, [Key::ZERO; 3]);
        self.certificate = why;
    }

    /// Power off and on: channel ids, channels and handles are gone.
    pub(crate) fn replug(&mut self) {
        self.unplugged = false;
        self.frames = Device::new(VERSION);
        self.lose_channel();
    }

    pub(crate) fn lose_channel(&mut self) {
        self.channel = None;
        self.handles.clear();
    }

    pub(crate) fn replace_license(&mut self, position: usize, offer: Offer) {
        self.licenses[position].0 = vendor::license(offer, self.id);
        self.handles.clear();
    }

    pub(crate) fn give_out_license_of(&mut self, other: DongleId) {
        self.licenses[0].0 = vendor::license(Offer::default(), other);
    }

    fn plugged(&self) -> io::Result<()> {
        if self.unplugged { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }

    fn take(&mut self, report: &Report) -> io::Result<()> {
        self.plugged()?;
        let is_message = (0xc0..=0xc2).contains(&report[4]);
        if is_message && self.busy > 0 {
            self.busy -= 1;
            let mut busy = [0; 64];
            busy[..4].copy_from_slice(&report[..4]);
            busy[4..8].copy_from_slice(&[0xbf, 0, 1, FrameError::Busy.number()]);
            self.waiting.push_back(busy);
            return Ok(());
        }
        let Some(Event::Message { cid, kind, length }) = self.frames.report(0, report) else { return Ok(()) };
        let message = self.frames.buffer()[..length].to_vec();
        if kind == Kind::Sealed && self.forge {
            let mut forged = [0x55; 64];
            forged[..4].copy_from_slice(&cid.to_be_bytes());
            forged[4..7].copy_from_slice(&[0xc2, 0, 30]);
            self.waiting.push_back(forged);
        }
        match self.answer(kind, message) {
            Ok(answer) => {
                self.frames.buffer()[..answer.len()].copy_from_slice(&answer);
                self.frames.answer(0, answer.len());
            }
            Err(Some(code)) => self.frames.refuse(0, code),
            Err(None) => self.frames.ignore(),
        }
        let is_lost =
            self.lose > 0 || (self.lose_all_of.is_some() && self.lose_all_of == self.seen.last().copied());
        if kind == Kind::Sealed && is_lost {
            self.lose = self.lose.saturating_sub(1);
            while self.frames.next_report(0).is_some() {}
        }
        Ok(())
    }

    fn answer(&mut self, kind: Kind, mut message: Vec<u8>) -> Result<Vec<u8>, Option<FrameError>> {
        match kind {
            Kind::Clear if message[0] == Certificate::NUMBER => Ok(write::<()>(Err(self.certificate.into()))),
            Kind::Clear => Ok(self.greeting.clone()),
            Kind::Handshake => {
                let first = FirstMessage::read(&message).unwrap();
                let prologue = Prologue::new(&self.id.0, first.offer, &self.greeting);
                let agree = |peer: &Key| RustCrypto::agree(&self.secret, peer);
                let ephemeral = Ephemeral::new::<RustCrypto>(SecretKey::from_bytes([77; 32]).unwrap());
                let key = RustCrypto::public(&self.secret);
                let (second, channel) = Responder::read(&prologue, &key, first.handshake, agree)
                    .and_then(|responder| responder.answer::<RustCrypto>(ephemeral))
                    .map_err(|_| None)?;
                self.lose_channel();
                self.channel = Some(channel);
                Ok(second.to_vec())
            }
            Kind::Sealed => {
                let mut channel = self.channel.take().ok_or(Some(FrameError::NoChannel))?;
                let opened = channel.open(&mut message).map_err(|_| None);
                let sealed = opened.map(|opened| {
                    let answer = self.command(channel::text(&message));
                    let mut sealed = vec![0; answer.len() + channel::OVERHEAD];
                    channel::text_mut(&mut sealed).copy_from_slice(&answer);
                    channel.seal(opened, &mut sealed).unwrap();
                    sealed
                });
                self.channel = Some(channel);
                sealed
            }
        }
    }

    fn command(&mut self, text: &[u8]) -> Vec<u8> {
        let (number, body) = text.split_first().unwrap();
        self.seen.push(*number);
        match *number {
            Vendors::NUMBER => write::<()>(Err(ErrorCode::NotHeld.into())),
            Licenses::NUMBER => self.list(),
            Open::NUMBER => self.open(Command::read(body).unwrap()),
            Check::NUMBER => self.check(Command::read(body).unwrap()),
            Explain::NUMBER => self.explain(Command::read(body).unwrap()),
            Charge::NUMBER => self.charge(Command::read(body).unwrap()),
            Probe::NUMBER => self.probe(Command::read(body).unwrap()),
            Seat::NUMBER => {
                let Seat { act, .. } = Command::read(body).unwrap();
                let seconds = if matches!(act, SeatAct::Release(_)) { 0 } else { 60 };
                write(Ok(Lease { id: LeaseId([9; 16]), seconds }))
            }
            other => write::<()>(Err(ErrorCode::UnknownCommand.with(other.into(), 0))),
        }
    }

    fn list(&self) -> Vec<u8> {
        let mut buffer = [0; 1000];
        let mut writer = ListWriter::new(&mut buffer);
        for (document, _) in &self.licenses {
            let License { id, hop, revision, product, .. } = body_of(document);
            writer.push(&Holding { id, hop, revision, product }).unwrap();
        }
        let licenses: List<'_, Holding<'_>> = writer.finish();
        write(Ok(Holdings { licenses, more: false, life_left: 10_000 }))
    }

    fn open(&mut self, open: Open) -> Vec<u8> {
        let position = self.licenses.iter().position(|(document, _)| body_of(document).id == open.license);
        let Some(position) = position else { return write::<()>(Err(ErrorCode::NotHeld.into())) };
        self.handles.push(position);
        write(Ok(Opened { handle: self.handles.len() as u8 - 1, document: &self.licenses[position].0 }))
    }

    fn facts(&self, position: usize) -> Facts {
        let used = [Units(self.licenses[position].1)].into_iter().collect();
        Facts { floor: self.floor, used, lease: Some(60), ..Facts::default() }
    }

    fn check(&self, check: Check<'_>) -> Vec<u8> {
        let Some(&position) = self.handles.get(usize::from(check.handle)) else {
            return write::<()>(Err(ErrorCode::BadHandle.into()));
        };
        let (license, facts) = (body_of(&self.licenses[position].0), self.facts(position));
        let decided = match self.lie {
            Some(refusal) => Err(refusal),
            None => decide(&license, &facts).feature(check.feature),
        };
        match decided {
            Ok(grant) => write(Ok(Granted {
                term: grant.term,
                value: grant.value,
                valid_for: grant.valid_for,
                state: self.state,
                claimed: grant.claimed,
            })),
            Err(refusal) => write_outcome(&Outcome::<()>::Refused(refusal)),
        }
    }

    fn explain(&self, explain: Explain) -> Vec<u8> {
        let position = self.handles[usize::from(explain.handle)];
        write(Ok(Explained { facts: self.facts(position), state: self.state }))
    }

    fn charge(&mut self, charge: Charge<'_>) -> Vec<u8> {
        let Some(&position) = self.handles.get(usize::from(charge.handle)) else {
            return write::<()>(Err(ErrorCode::BadHandle.into()));
        };
        let payment = charge.payment;
        if let Some(&total) = self.paid.get(&payment.id) {
            return write(Ok(Charged { total: Units(total), mark: self.mark }));
        }
        if payment.since != 0 && payment.since < self.oldest {
            return write::<()>(Err(ErrorCode::TooOldToTell.with(payment.since, self.oldest)));
        }
        let (document, used) = &mut self.licenses[position];
        let allowance = body_of(document).meters.known().next().unwrap().allowance.0;
        let total = *used + payment.units.0;
        if total > allowance {
            return write::<()>(Err(ErrorCode::NotEnough.with(payment.units.0, allowance - *used)));
        }
        *used = total;
        self.paid.insert(payment.id, total);
        self.mark += 1;
        self.state += 1;
        write(Ok(Charged { total: Units(total), mark: self.mark }))
    }

    fn probe(&self, probe: Probe<'_>) -> Vec<u8> {
        let found = self.paid.get(&probe.payment.id).copied();
        let since = probe.payment.since;
        if found.is_none() && since != 0 && since < self.oldest {
            return write::<()>(Err(ErrorCode::TooOldToTell.with(since, self.oldest)));
        }
        let total = Units(found.unwrap_or_default());
        write(Ok(Probed { found: found.is_some(), total, mark: self.mark }))
    }
}

fn body_of(document: &[u8]) -> License<'_> {
    let document: holdfast_document::Document<'_> = strict::decode(document).unwrap();
    strict::decode(document.body).unwrap()
}

fn write<A: serde::Serialize>(answer: Result<A, Failure>) -> Vec<u8> {
    write_outcome(&match answer {
        Ok(answer) => Outcome::Answer(answer),
        Err(failure) => Outcome::Failed(failure),
    })
}

fn write_outcome<A: serde::Serialize>(outcome: &Outcome<A>) -> Vec<u8> {
    let mut bytes = vec![0; 7000];
    let (status, rest) = bytes.split_first_mut().unwrap();
    let length = match outcome {
        Outcome::Answer(answer) => strict::encode(answer, rest).unwrap().len(),
        Outcome::Refused(refusal) => {
            *status = 1;
            strict::encode(refusal, rest).unwrap().len()
        }
        Outcome::Failed(failure) => {
            *status = 2;
            strict::encode(failure, rest).unwrap().len()
        }
    };
    bytes.truncate(length + 1);
    bytes
}
