//! Messages over reports: asks for a channel id, waits, backs off while the dongle serves others.
//!
//! Every program with the device open sees every report and can write any. So what arrives here in
//! clear makes this program wait, retry or shake hands again, within bounds; it decides nothing.

use crate::{Environment, Reports, Transport, TransportError};
use holdfast_wire::frame::{ErrorCode, Host, Kind, Progress, Report};
use std::sync::Arc;
use std::time::Duration;

/// Without a word from the dongle for so long, the wait is over. While it works it says so every
/// 100 ms.
const SILENCE: Duration = Duration::from_secs(2);
/// However often it says that it works: a touch lapses after 30 s.
const LONGEST: Duration = Duration::from_secs(40);
/// INIT is answered at once.
const INIT: Duration = Duration::from_millis(500);
/// How often INIT is tried.
const INIT_TRIES: u32 = 4;
/// The first pause after BUSY is at most this long; each further one at most twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_millis(500);
/// How often a message is sent to a dongle that is busy: about a touch's time in all.
const BUSY_TRIES: u32 = 120;
/// How often a message is sent again that was lost on its way to the dongle.
const RESENDS: u32 = 3;

/// A pipe of reports, used for whole messages.
pub struct Framed<R> {
    reports: R,
    host: Box<Host>,
    environment: Arc<dyn Environment>,
    /// Whether there is a channel id, and both ends agree where a message begins.
    ready: bool,
}

/// How one sending of a message ended.
enum Sending {
    Answered,
    Busy,
    /// The dongle says that the message did not arrive whole, or came on a channel id unknown to it.
    Again,
}

impl<R: Reports> Framed<R> {
    /// Over this pipe. Nothing is sent before the first message.
    pub fn new(reports: R, environment: Arc<dyn Environment>) -> Self {
        Self { reports, host: Box::new(Host::new()), environment, ready: false }
    }

    /// The pipe.
    pub const fn reports(&mut self) -> &mut R {
        &mut self.reports
    }

    /// Gets a channel id, or resynchronizes the framing of the one there is.
    fn init(&mut self) -> Result<(), TransportError> {
        for _ in 0..INIT_TRIES {
            let mut nonce = [0; 8];
            self.environment.randomize(&mut nonce)?;
            let report = self.host.init(nonce);
            self.reports.send(&report)?;
            let start = self.environment.elapsed();
            while let Some(report) = self.receive_within(start, INIT)? {
                match self.host.report(&report) {
                    Progress::Ready(_) => {
                        self.ready = true;
                        return Ok(());
                    }
                    // The dongle was plugged in anew, or its channel ids came round.
                    Progress::Refused(_) => {
                        *self.host = Host::new();
                        break;
                    }
                    _ => {}
                }
            }
        }
        Err(TransportError::Silent)
    }

    /// The next report before `limit` has passed since `start`.
    fn receive_within(&mut self, start: Duration, limit: Duration) -> Result<Option<Report>, TransportError> {
        let passed = self.environment.elapsed().saturating_sub(start);
        match limit.checked_sub(passed) {
            Some(left) if !left.is_zero() => Ok(self.reports.receive(left)?),
            _ => Ok(None),
        }
    }

    fn send_once(
        &mut self,
        kind: Kind,
        request: &[u8],
        answer: &mut Vec<u8>,
        accepts: &mut dyn FnMut(&mut [u8]) -> bool,
    ) -> Result<Sending, TransportError> {
        for report in self.host.send(kind, request).map_err(|_| TransportError::TooLong)? {
            self.reports.send(&report)?;
        }
        let start = self.environment.elapsed();
        let mut heard = start;
        while self.environment.elapsed().saturating_sub(start) < LONGEST {
            let Some(report) = self.receive_within(heard, SILENCE)? else { break };
            match self.host.report(&report) {
                Progress::Answer(bytes) => {
                    if accepts(bytes) {
                        answer.clear();
                        answer.extend_from_slice(bytes);
                        return Ok(Sending::Answered);
                    }
                }
                Progress::KeepAlive(_) => heard = self.environment.elapsed(),
                Progress::Busy => return Ok(Sending::Busy),
                Progress::Refused(ErrorCode::InvalidSequence | ErrorCode::Timeout) => {
                    return Ok(Sending::Again);
                }
                Progress::Refused(ErrorCode::InvalidChannel) => {
                    *self.host = Host::new();
                    self.ready = false;
                    return Ok(Sending::Again);
                }
                Progress::Refused(ErrorCode::NoChannel) => return Err(TransportError::NoChannel),
                Progress::Refused(code) => return Err(TransportError::Refused(code)),
                Progress::Garbled => return Err(TransportError::Lost),
                Progress::Ready(_) | Progress::Nothing => {}
            }
        }
        Err(TransportError::Silent)
    }

    /// Waits for a random while: those who were turned away together shall not come back together.
    fn back_off(&self, tries: u32) -> Result<(), TransportError> {
        let most = FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(LAST_PAUSE);
        let mut chance = [0; 4];
        self.environment.randomize(&mut chance)?;
        let part = f64::from(u32::from_le_bytes(chance)) / f64::from(u32::MAX);
        self.environment.pause(most.mul_f64(part));
        Ok(())
    }
}

impl<R: Reports> Transport for Framed<R> {
    fn exchange_until(
        &mut self,
        kind: Kind,
        request: &[u8],
        answer: &mut Vec<u8>,
        accepts: &mut dyn FnMut(&mut [u8]) -> bool,
    ) -> Result<(), TransportError> {
        let (mut busy, mut resends) = (0, 0);
        loop {
            if !self.ready {
                self.init()?;
            }
            match self.send_once(kind, request, answer, accepts) {
                Ok(Sending::Answered) => return Ok(()),
                Ok(Sending::Busy) if busy < BUSY_TRIES => {
                    self.back_off(busy)?;
                    busy += 1;
                }
                Ok(Sending::Busy) => return Err(TransportError::Busy),
                Ok(Sending::Again) if resends < RESENDS => resends += 1,
                Ok(Sending::Again) => return Err(TransportError::Lost),
                Err(error) => {
                    // Where the dongle was in the message, or the program in the answer, is not known.
                    self.ready = matches!(error, TransportError::NoChannel | TransportError::Refused(_));
                    return Err(error);
                }
            }
        }
    }
}
