//! The dongle's end of the framing: one message at a time, whoever sends it, and nobody's message
//! lost because another came.
//!
//! ```text
//!            first packet            last packet            answer            last report taken
//!   Idle ────────────────▶ Receiving ──────────▶ Working ─────────▶ Answering ──────────────────▶ Idle
//!                            │ 500 ms without      │ refuse, ignore    │ 1 s without a reader
//!                            └──────▶ Idle         └──────▶ Idle       └──────▶ Idle
//! ```

use super::{
    BROADCAST, Command, ErrorCode, FIRST, Kind, LATER, MESSAGE, Report, Status, collect::Collector,
    cut::Cutter, ids::Channels, packet, packet::Packet, replies::Replies,
};

/// Milliseconds after which a message left half-sent is dropped.
const HALF_SENT: u64 = 500;
/// Milliseconds between signs of life while a message is in work.
const KEEP_ALIVE: u64 = 100;
/// Milliseconds after which what nobody reads is dropped.
const UNREAD: u64 = 1_000;

/// The version of CTAPHID's framing.
const FRAMING: u8 = 2;
/// What INIT says the dongle can do: WINK, and no MSG (CTAP 2.1, section 11.2.9.1.3).
const CAPABILITIES: u8 = 0x09;

/// The firmware's version, as INIT tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Changes what is possible.
    pub major: u8,
    /// Adds to it.
    pub minor: u8,
    /// Mends it.
    pub build: u8,
}

/// What a report brought that concerns the layers above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message is complete and stands in [`Device::buffer`]. It is in work until exactly one of
    /// [`Device::answer`], [`Device::refuse`] or [`Device::ignore`].
    Message {
        /// The channel id it came on.
        cid: u32,
        /// Which layer reads it.
        kind: Kind,
        /// How many bytes of the buffer it takes.
        length: usize,
    },
    /// Nobody waits for the message in work any longer; what can be broken off should be. It still
    /// ends by one of the three.
    Cancel {
        /// The channel id of that message.
        cid: u32,
    },
    /// The user wants to see which dongle this is.
    Wink,
}

/// The dongle's end. It owns the one buffer that messages come in and answers go out of.
///
/// All clock readings are milliseconds since power-up and never fall.
pub struct Device {
    buffer: [u8; MESSAGE],
    state: State,
    replies: Replies,
    version: Version,
    channels: Channels,
    /// Since when something waits to be read, and nothing was.
    unread_since: Option<u64>,
    /// Whose turn it is while an answer and replies both wait.
    replies_turn: bool,
}

enum State {
    Idle,
    Receiving { cid: u32, command: Command, collector: Collector, last: u64 },
    Working { cid: u32, command: Command, status: Status, keep_alive: u64, awaited: bool },
    Answering { cutter: Cutter },
}

impl State {
    /// The channel id of the message that is served.
    const fn cid(&self) -> Option<u32> {
        match self {
            Self::Idle => None,
            Self::Receiving { cid, .. } | Self::Working { cid, .. } => Some(*cid),
            Self::Answering { cutter } => Some(cutter.cid()),
        }
    }
}

impl Device {
    /// An idle one that has given no channel id yet.
    pub const fn new(version: Version) -> Self {
        Self {
            buffer: [0; MESSAGE],
            state: State::Idle,
            replies: Replies::new(),
            version,
            channels: Channels::new(),
            unread_since: None,
            replies_turn: false,
        }
    }

    /// Where the message in work stands, and where its answer is put: both begin at the first
    /// byte, so that a message is opened, and its answer sealed, in place.
    pub const fn buffer(&mut self) -> &mut [u8; MESSAGE] {
        &mut self.buffer
    }

    /// Takes a report from a host.
    pub fn report(&mut self, now_ms: u64, report: &Report) -> Option<Event> {
        self.tick(now_ms);
        let event = match Packet::read(report) {
            Packet::First { cid, command, length, data } => {
                self.first_packet(now_ms, cid, Command::from_number(command), length, data)
            }
            Packet::Later { cid, sequence, data } => self.later_packet(now_ms, cid, sequence, data),
        };
        self.note_unread(now_ms);
        event
    }

    /// Answers the message in work with the first `length` bytes of the buffer, under the command
    /// it came by. An answer longer than a message can be goes out as [`ErrorCode::Other`].
    pub fn answer(&mut self, now_ms: u64, length: usize) {
        if let Some((cid, command)) = self.end_work() {
            match Cutter::new(cid, command, length) {
                Some(cutter) => self.state = State::Answering { cutter },
                None => self.replies.error(cid, ErrorCode::Other),
            }
        }
        self.note_unread(now_ms);
    }

    /// Ends the message in work with an error in clear.
    pub fn refuse(&mut self, now_ms: u64, code: ErrorCode) {
        if let Some((cid, _)) = self.end_work() {
            self.replies.error(cid, code);
        }
        self.note_unread(now_ms);
    }

    /// Ends the message in work without a word: it did not open, so it may be anyone's.
    pub fn ignore(&mut self) {
        let _ = self.end_work();
    }

    /// Tells hosts whether the message in work waits for a touch.
    pub const fn touch_needed(&mut self, needed: bool) {
        if let State::Working { status, .. } = &mut self.state {
            *status = if needed { Status::TouchNeeded } else { Status::Processing };
        }
    }

    /// The next report for the hosts; to be asked for when one can be sent, for asking counts as
    /// having been read.
    pub fn next_report(&mut self, now_ms: u64) -> Option<Report> {
        self.tick(now_ms);
        let report = self.turn(now_ms)?;
        self.unread_since = None;
        self.note_unread(now_ms);
        Some(report)
    }

    /// Lets time pass: drops what was left half-sent or unread. To be called at least every
    /// 100 ms.
    pub fn tick(&mut self, now_ms: u64) {
        if let State::Receiving { cid, last, .. } = self.state
            && now_ms.saturating_sub(last) >= HALF_SENT
        {
            self.state = State::Idle;
            self.replies.error(cid, ErrorCode::Timeout);
        }
        if self.unread_since.is_some_and(|since| now_ms.saturating_sub(since) >= UNREAD) {
            if let State::Answering { .. } = self.state {
                self.state = State::Idle;
            }
            self.replies.clear();
        }
        self.note_unread(now_ms);
    }

    fn first_packet(
        &mut self,
        now_ms: u64,
        cid: u32,
        command: Option<Command>,
        length: usize,
        data: &[u8; FIRST],
    ) -> Option<Event> {
        if command == Some(Command::Init) && cid == BROADCAST {
            self.open_channel(length, data);
            return None;
        }
        if !self.channels.has(cid) {
            self.replies.error(cid, ErrorCode::InvalidChannel);
            return None;
        }
        match command {
            Some(Command::Init) => return self.resynchronize(cid, length, data),
            Some(Command::Cancel) => return self.cancel(cid),
            _ => {}
        }
        match self.state {
            State::Idle => {}
            State::Receiving { cid: half_sent, .. } if half_sent == cid => self.state = State::Idle,
            _ => {
                self.replies.error(cid, ErrorCode::Busy);
                return None;
            }
        }
        match command {
            Some(command @ (Command::Ping | Command::Clear | Command::Handshake | Command::Sealed)) => {
                if length > MESSAGE {
                    self.replies.error(cid, ErrorCode::InvalidLength);
                    return None;
                }
                let collector = Collector::new(length, data, &mut self.buffer);
                self.collected(now_ms, cid, command, collector)
            }
            Some(Command::Wink) if length == 0 => {
                self.replies.push(cid, Command::Wink, &[]);
                Some(Event::Wink)
            }
            Some(Command::Wink) => {
                self.replies.error(cid, ErrorCode::InvalidLength);
                None
            }
            _ => {
                self.replies.error(cid, ErrorCode::InvalidCommand);
                None
            }
        }
    }

    fn later_packet(&mut self, now_ms: u64, cid: u32, sequence: u8, data: &[u8; LATER]) -> Option<Event> {
        if self.state.cid() != Some(cid) {
            // Of a message whose first packet was refused, or of none.
            return None;
        }
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Receiving { command, mut collector, .. } => {
                if collector.later(sequence, data, &mut self.buffer).is_err() {
                    self.replies.error(cid, ErrorCode::InvalidSequence);
                    return None;
                }
                self.collected(now_ms, cid, command, collector)
            }
            state => {
                self.state = state;
                self.replies.error(cid, ErrorCode::Busy);
                None
            }
        }
    }

    /// What to do with as much of a message as is there.
    fn collected(&mut self, now_ms: u64, cid: u32, command: Command, collector: Collector) -> Option<Event> {
        if !collector.is_complete() {
            self.state = State::Receiving { cid, command, collector, last: now_ms };
            return None;
        }
        let length = collector.length();
        let keep_alive = now_ms.saturating_add(KEEP_ALIVE);
        self.state = State::Working { cid, command, status: Status::Processing, keep_alive, awaited: true };
        let kind = match command {
            Command::Clear => Kind::Clear,
            Command::Handshake => Kind::Handshake,
            Command::Sealed => Kind::Sealed,
            _ => {
                self.answer(now_ms, length);
                return None;
            }
        };
        Some(Event::Message { cid, kind, length })
    }

    /// INIT on the broadcast channel: gives a channel id and disturbs nobody.
    fn open_channel(&mut self, length: usize, data: &[u8; FIRST]) {
        match nonce(length, data) {
            Some(nonce) => {
                let cid = self.channels.give();
                self.answer_init(BROADCAST, nonce, cid);
            }
            None => self.replies.error(BROADCAST, ErrorCode::InvalidLength),
        }
    }

    /// INIT on a channel of its own: forgets what was half said on it, and nothing else.
    fn resynchronize(&mut self, cid: u32, length: usize, data: &[u8; FIRST]) -> Option<Event> {
        let Some(nonce) = nonce(length, data) else {
            self.replies.error(cid, ErrorCode::InvalidLength);
            return None;
        };
        self.answer_init(cid, nonce, cid);
        if self.state.cid() != Some(cid) {
            return None;
        }
        if let State::Working { awaited, .. } = &mut self.state {
            *awaited = false;
            return Some(Event::Cancel { cid });
        }
        self.state = State::Idle;
        None
    }

    /// CTAP 2.1, section 11.2.9.1.3.
    fn answer_init(&mut self, on: u32, nonce: &[u8; 8], cid: u32) {
        let mut data = [0; 17];
        let Version { major, minor, build } = self.version;
        let rest = cid.to_be_bytes().into_iter().chain([FRAMING, major, minor, build, CAPABILITIES]);
        data.iter_mut().zip(nonce.iter().copied().chain(rest)).for_each(|(to, from)| *to = from);
        self.replies.push(on, Command::Init, &data);
    }

    fn cancel(&mut self, cid: u32) -> Option<Event> {
        match self.state {
            State::Working { cid: working, .. } if working == cid => Some(Event::Cancel { cid }),
            State::Receiving { cid: half_sent, .. } if half_sent == cid => {
                self.state = State::Idle;
                None
            }
            _ => None,
        }
    }

    /// Takes the message out of work; gives whom to answer, unless nobody waits.
    fn end_work(&mut self) -> Option<(u32, Command)> {
        match self.state {
            State::Working { cid, command, awaited, .. } => {
                self.state = State::Idle;
                awaited.then_some((cid, command))
            }
            _ => None,
        }
    }

    /// Answer and replies take turns, so that neither starves the other; but between the packets
    /// of an answer nothing else goes out on its channel.
    fn turn(&mut self, now_ms: u64) -> Option<Report> {
        match &mut self.state {
            State::Answering { cutter } => {
                let others = self.replies.next_cid().is_some_and(|cid| cid != cutter.cid());
                if self.replies_turn && others {
                    self.replies_turn = false;
                    return self.replies.pop();
                }
                self.replies_turn = true;
                let report = cutter.next(&self.buffer);
                if cutter.is_done() {
                    self.state = State::Idle;
                }
                report
            }
            State::Working { cid, status, keep_alive, awaited: true, .. } if now_ms >= *keep_alive => {
                *keep_alive = now_ms.saturating_add(KEEP_ALIVE);
                Some(packet::first(*cid, Command::KeepAlive, 1, &[*status as u8]))
            }
            _ => self.replies.pop(),
        }
    }

    fn note_unread(&mut self, now_ms: u64) {
        let waits = !self.replies.is_empty() || matches!(self.state, State::Answering { .. });
        self.unread_since = waits.then(|| self.unread_since.unwrap_or(now_ms));
    }
}

fn nonce(length: usize, data: &[u8; FIRST]) -> Option<&[u8; 8]> {
    data.first_chunk().filter(|_| length == 8)
}
