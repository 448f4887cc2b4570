//! A program that talks to the dongle, and keeps book of what it should have said.

use super::Sold;
use super::board::{Flash, PaperBoard};
use super::road::{exchange, may_be_answered};
use super::sold::{self, GRANTED, LICENSE, name};
use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use holdfast_document::{DeviceId, Time, Units, VendorId};
use holdfast_dongle::{Dongle, MoreWork};
use holdfast_license::statement::Nonce;
use holdfast_license::{Claims, Purpose};
use holdfast_storage::model::Outcome as Cut;
use holdfast_wire::channel::{Ephemeral, FirstMessage, HostChannel, Initiator, Prologue, text, text_mut};
use holdfast_wire::command::charge::{JobId, Payment};
use holdfast_wire::command::hello::Greeting;
use holdfast_wire::command::{
    Apply, Charge, Check, Command, ErrorCode, Explain, Hello, MakeStatement, Open, Outcome, Probe,
};
use holdfast_wire::frame::Kind;

/// What the dongle should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Book {
    /// Jobs that were charged: their number, their units, the total after.
    charged: Vec<(u8, u64, u64)>,
    /// Updates that were applied.
    updates: usize,
}

impl Book {
    fn total(&self) -> u64 {
        self.charged.last().map_or(0, |(.., total)| *total)
    }

    fn left(&self) -> u64 {
        (GRANTED * self.updates as u64).saturating_sub(self.total())
    }
}

pub(super) struct Talk {
    sold: &'static Sold,
    pub(super) vendor: VendorId,
    pub(super) flash: Flash,
    pub(super) dongle: Dongle<PaperBoard>,
    pub(super) now_ms: u64,
    seed: u8,
    /// The channel, and the license's handle on it.
    channel: Option<(HostChannel, u8)>,
    book: Book,
}

impl Talk {
    pub(super) fn begin(sold: &'static Sold, seed: u8) -> Self {
        let mut cells = sold.cells.clone();
        cells.remount(u64::from(seed));
        let flash = Flash::new(cells);
        let dongle = Dongle::start(PaperBoard::new(flash.clone(), true, seed));
        let book = Book { charged: Vec::new(), updates: 1 };
        Self { sold, vendor: sold::vendor().1, flash, dongle, now_ms: 0, seed, channel: None, book }
    }

    /// Power fails at one of the writes and erases to come.
    pub(super) fn will_be_cut(&mut self, at: u64, outcome: Cut) {
        let mut flash = self.flash.0.borrow_mut();
        let so_far = flash.operations();
        flash.cut(so_far + at, outcome);
    }

    pub(super) fn replug(&mut self, seed: u8) {
        self.seed = self.seed.wrapping_add(seed);
        self.flash.0.borrow_mut().power_off();
        self.power_comes_back();
        self.holds(&self.book.clone()).unwrap_or_else(|why| panic!("after it was unplugged, {why}"));
    }

    pub(super) fn power_comes_back(&mut self) {
        self.seed = self.seed.wrapping_add(1);
        self.flash.0.borrow_mut().remount(u64::from(self.seed));
        self.dongle = Dongle::start(PaperBoard::new(self.flash.clone(), true, self.seed));
        (self.now_ms, self.channel) = (0, None);
    }

    /// After a command in which power may have failed: then the dongle holds the book, or what it would be.
    /// Whether power has failed.
    fn was_cut(&mut self, after: &Book) -> bool {
        if !self.flash.0.borrow().is_dead() {
            return false;
        }
        self.power_comes_back();
        if let Err(before) = self.holds(&self.book.clone()) {
            let held = self.holds(after);
            held.unwrap_or_else(|after| panic!("neither before ({before}) nor after ({after})"));
            self.book = after.clone();
        }
        true
    }

    /// Whether the dongle holds exactly this.
    fn holds(&mut self, book: &Book) -> Result<(), String> {
        let handle = self.open().ok_or("the license does not open")?;
        let used = match self.used(handle)? {
            // The first use after power came back books time, and may find no page ahead for it.
            None => {
                self.makes_room();
                self.used(handle)?.ok_or("it makes room for ever")?
            }
            Some(used) => used,
        };
        if used != book.total() {
            return Err(format!("{used} units are used, not {}", book.total()));
        }
        for (job, units, total) in &book.charged {
            let found = self.ask(&probe(self.vendor, *job, *units), |outcome| match outcome {
                Outcome::Answer(probed) => probed.found && probed.total.0 == *total,
                _ => false,
            });
            if found != Some(true) {
                return Err(format!("job {job} of {units} units, to a total of {total}, is not remembered"));
            }
        }
        let applied = self.updates_applied()?;
        if applied == book.updates { Ok(()) } else { Err(format!("{applied} updates, not {}", book.updates)) }
    }

    /// Units used; `None` where the dongle makes room first.
    fn used(&mut self, handle: u8) -> Result<Option<u64>, String> {
        let used = self.ask(&Explain { handle, host_time: Time(0) }, |outcome| match outcome {
            Outcome::Answer(explained) => {
                Ok(Some(explained.facts.used.first().copied().unwrap_or_default().0))
            }
            Outcome::Failed(failure) if failure.code == ErrorCode::StorageBusy as u16 => Ok(None),
            other => Err(format!("it does not explain itself: {other:?}")),
        });
        used.ok_or("it does not answer")?
    }

    /// How many updates the dongle has taken: by what it says of one that is far ahead.
    pub(super) fn updates_applied(&mut self) -> Result<usize, String> {
        let document = self.sold.far_ahead.as_slice();
        let outcome = self.ask(&Apply { document }, |outcome| match outcome {
            // Out of order: the first argument is how many there are.
            Outcome::Failed(failure) if failure.code == 305 => Ok(failure.a as usize),
            other => Err(format!("of an update far ahead it says {other:?}")),
        });
        outcome.ok_or("it does not answer")?
    }

    fn exchange(&mut self, kind: Kind, message: &[u8]) -> Option<Vec<u8>> {
        exchange(&mut self.dongle, self.now_ms, kind, message)
    }

    /// The license's handle on the channel; makes both where there are none.
    pub(super) fn open(&mut self) -> Option<u8> {
        if let Some((_, handle)) = &self.channel {
            return Some(*handle);
        }
        let greeting = self.exchange(Kind::Clear, &[Hello::NUMBER])?;
        let Ok(Outcome::Answer(greeted)) = Outcome::<Greeting<'_>>::read(&greeting) else { return None };
        let DeviceId::Dongle(id) = self.sold.device else { return None };
        let prologue = Prologue::new(&id.0, greeted.versions, &greeting);
        let ours = Ephemeral::new::<Paper>(key_of(1 + self.seed % 200));
        let started = Initiator::start::<Paper>(&prologue, &greeted.channel, ours);
        let (initiator, handshake) = started.expect("a key on paper");
        let mut message = [0; 128];
        let first = FirstMessage { offer: greeted.versions, handshake: &handshake };
        let length = first.write(&mut message).expect("there is room");
        let second = self.exchange(Kind::Handshake, &message[..length])?;
        let channel = initiator.finish::<Paper>(&second).expect("it is the dongle that was meant");
        self.channel = Some((channel, 0));
        let open = Open { vendor: self.vendor, license: LICENSE, claims: Claims::default() };
        let handle = self.ask(&open, |outcome| match outcome {
            Outcome::Answer(opened) => Some(opened.handle),
            _ => None,
        });
        match (handle.flatten(), &mut self.channel) {
            (Some(handle), Some((_, of_channel))) => {
                *of_channel = handle;
                Some(handle)
            }
            _ => {
                self.channel = None;
                None
            }
        }
    }

    /// Asks over the channel; none when nothing is answered.
    pub(super) fn ask<'r, C: Command<'r>, T>(
        &mut self,
        command: &C,
        read: impl FnOnce(Outcome<C::Answer<'_>>) -> T,
    ) -> Option<T> {
        let mut request = [0; 4_096];
        let length = command.write(&mut request).expect("there is room");
        let answer = self.ask_bytes(&request[..length])?;
        Some(read(Outcome::read(&answer).expect("the table takes it")))
    }

    fn ask_bytes(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let mut message = vec![0; request.len() + 20];
        text_mut(&mut message).copy_from_slice(request);
        let pending = self.channel.as_mut()?.0.seal(&mut message).expect("there are nonces left");
        let mut answer = self.exchange(Kind::Sealed, &message)?;
        self.channel.as_mut()?.0.open(&pending, &mut answer).expect("the answer is to this request");
        let answer = text(&answer).to_vec();
        may_be_answered(request, &answer);
        Some(answer)
    }

    pub(super) fn charge(&mut self, draw: &mut Draw<'_>) {
        let (job, units) = (draw.byte() % 8, u64::from(draw.byte() % 24));
        let since = if draw.rarely(4) { draw.number() } else { 0 };
        let Some(handle) = self.open() else { return self.settle() };
        let payment = Payment { since, ..payment(job, units) };
        let said = self.ask(&Charge { handle, payment }, |outcome| match outcome {
            Outcome::Answer(charged) => Ok(charged.total.0),
            Outcome::Failed(failure) => Err((failure.code, failure.a, failure.b)),
            Outcome::Refused(refusal) => panic!("a charge is refused: {refusal:?}"),
        });
        let known =
            self.book.charged.iter().find(|(of, its, _)| (*of, *its) == (job, units)).map(|entry| entry.2);
        let (total, left) = (self.book.total() + units, self.book.left());
        let mut after = self.book.clone();
        if known.is_none() && units > 0 && units <= left {
            after.charged.push((job, units, total));
        }
        if self.was_cut(&after) {
            return;
        }
        match said {
            Some(Ok(found)) => {
                assert_eq!(found, known.unwrap_or(total), "the total of job {job}");
                assert!(
                    known.is_some() || (units > 0 && units <= left),
                    "{units} charged where {left} are left"
                );
                self.book = after;
            }
            Some(Err((401, asked, found))) => {
                assert_eq!((known, asked, found), (None, units, left), "not enough")
            }
            Some(Err((408, ..))) => assert_eq!((known, units), (None, 0)),
            Some(Err((403, ..))) => {
                assert!(known.is_none() && since != 0, "a known job is never too old to tell")
            }
            Some(Err((code, ..))) => {
                assert!(
                    known.is_none() && matches!(code, 302 | 303 | 500..600),
                    "a charge fails with {code}"
                );
            }
            None => panic!("a charge is not answered"),
        }
        if matches!(said, Some(Err((303, ..)))) {
            self.channel = None;
        }
    }

    pub(super) fn check(&mut self) {
        let Some(handle) = self.open() else { return self.settle() };
        let ask = Check { handle, feature: name("cut"), host_time: Time(0) };
        let said = self.ask(&ask, |outcome| match outcome {
            Outcome::Answer(_) => Some(true),
            Outcome::Refused(_) => Some(false),
            Outcome::Failed(_) => None,
        });
        if self.was_cut(&self.book.clone()) {
            return;
        }
        match said {
            Some(Some(granted)) => assert_eq!(granted, self.book.left() > 0, "granted while units are left"),
            // What was opened is another revision now.
            Some(None) => self.channel = None,
            None => panic!("a check is not answered"),
        }
    }

    pub(super) fn probe(&mut self, draw: &mut Draw<'_>) {
        let (job, units) = (draw.byte() % 8, u64::from(draw.byte() % 24));
        if self.open().is_none() {
            return self.settle();
        }
        let found = self.ask(&probe(self.vendor, job, units), |outcome| match outcome {
            Outcome::Answer(probed) => probed.found.then_some(probed.total.0),
            other => panic!("a probe says {other:?}"),
        });
        if self.was_cut(&self.book.clone()) {
            return;
        }
        let known =
            self.book.charged.iter().find(|(of, its, _)| (*of, *its) == (job, units)).map(|entry| entry.2);
        assert_eq!(found, Some(known), "what is remembered of job {job}");
    }

    /// An update over either road: the right one, one that was done, one ahead, or one that was changed.
    pub(super) fn update(&mut self, draw: &mut Draw<'_>) {
        let number = draw.below(self.sold.updates.len());
        let mut document = self.sold.updates[number].clone();
        let changed = draw.rarely(3);
        if changed {
            let at = draw.below(document.len());
            document[at] ^= draw.byte() | 1;
        }
        let apply = Apply { document: &document };
        let read = |outcome: Outcome<holdfast_wire::command::apply::Applied<'_>>| match outcome {
            Outcome::Answer(applied) => Ok(applied.before),
            Outcome::Failed(failure) => Err(failure.code),
            Outcome::Refused(refusal) => panic!("an update is refused: {refusal:?}"),
        };
        let said = if draw.flag() {
            if self.open().is_none() {
                return self.settle();
            }
            self.ask(&apply, read)
        } else {
            let mut request = [0; 4_096];
            let length = apply.write(&mut request).expect("there is room");
            let answer = self.exchange(Kind::Clear, &request[..length]);
            answer.map(|answer| read(Outcome::read(&answer).expect("an answer to Apply")))
        };
        let mut after = self.book.clone();
        if !changed && number == self.book.updates {
            after.updates += 1;
        }
        if self.was_cut(&after) {
            return;
        }
        match said {
            Some(Ok(before)) => {
                assert!(!changed, "nobody signed this update");
                assert_eq!(
                    (before, number),
                    (
                        number < self.book.updates,
                        if before { self.book.updates - 1 } else { self.book.updates }
                    )
                );
                self.book = after;
                self.channel = None;
            }
            Some(Err(code @ (305 | 306))) if !changed => {
                let ahead = number > self.book.updates;
                let behind = number + 1 < self.book.updates;
                assert_eq!(
                    (code == 305, code == 306),
                    (ahead, behind),
                    "update {number} of {}",
                    self.book.updates
                );
            }
            Some(Err(code)) => {
                assert!(changed || (500..600).contains(&code), "update {number} fails with {code}")
            }
            None => panic!("an update is not answered"),
        }
    }

    pub(super) fn statement(&mut self, draw: &mut Draw<'_>) {
        let purpose = draw.pick(&[
            Purpose::Report,
            Purpose::Request,
            Purpose::Time,
            Purpose::Applied,
            Purpose::Enrolled,
        ]);
        if self.open().is_none() {
            return self.settle();
        }
        let nonce = Nonce([draw.byte(); 32]);
        let ask = MakeStatement { vendor: self.vendor, purpose, nonce, product: None, after: None };
        let _ = self.ask(&ask, |_| ());
        self.was_cut(&self.book.clone());
    }

    /// Any bytes as a command over the channel.
    pub(super) fn sealed_bytes(&mut self, draw: &mut Draw<'_>) {
        let length = 1 + draw.below(60);
        let request = draw.bytes(length).to_vec();
        // What may charge or bring a document is done above, with the book open.
        if matches!(request.first(), None | Some(&Charge::NUMBER | &Apply::NUMBER)) || self.open().is_none() {
            return self.settle();
        }
        let answered = self.ask_bytes(&request).is_some();
        assert!(self.was_cut(&self.book.clone()) || answered, "a command over the channel is not answered");
        // It may have used up the handles of the channel.
        self.channel = None;
    }

    /// Any bytes as a command in clear. Nothing that a dongle in the field does for anybody changes it.
    pub(super) fn clear_bytes(&mut self, draw: &mut Draw<'_>) {
        let length = 1 + draw.below(60);
        let request = draw.bytes(length);
        if let Some(answer) = self.exchange(Kind::Clear, request) {
            may_be_answered(request, &answer);
        }
        self.settle();
    }

    /// Any bytes as a message of a handshake, or a sealed one: nobody made it.
    pub(super) fn raw_message(&mut self, draw: &mut Draw<'_>) {
        let kind = if draw.flag() { Kind::Handshake } else { Kind::Sealed };
        let length = draw.below(120);
        let message = draw.bytes(length);
        let answer = self.exchange(kind, message);
        assert!(answer.is_none(), "it answers what nobody made");
        self.settle();
    }

    /// Time passes, and the dongle does what it does while nobody asks.
    pub(super) fn rests(&mut self, draw: &mut Draw<'_>) {
        self.now_ms += u64::from(draw.short());
        self.dongle.tick(self.now_ms);
        self.makes_room();
        self.settle();
    }

    /// Idle work, until there is none.
    pub(super) fn makes_room(&mut self) {
        let ends = (0..300).any(|_| self.dongle.idle(self.now_ms) == MoreWork::No);
        assert!(ends, "idle work never ends");
    }

    /// After what changes nothing, cut or not.
    fn settle(&mut self) {
        self.was_cut(&self.book.clone());
    }
}

fn payment(job: u8, units: u64) -> Payment<'static> {
    Payment { meter: name("cuts"), units: Units(units), id: JobId([job; 8]), since: 0 }
}

fn probe(vendor: VendorId, job: u8, units: u64) -> Probe<'static> {
    Probe { vendor, product: name("cutter"), payment: payment(job, units), derivation: None }
}
