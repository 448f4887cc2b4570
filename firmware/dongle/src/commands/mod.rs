//! What each command does, and the way to it from its number.

mod charge;
mod check;
mod factory;
mod holdings;
mod statement;

use holdfast_document::{Name, strict};
use holdfast_wire::command::hello::Greeting;
use holdfast_wire::command::{
    Apply, Certificate, Charge, Check, Command, Derive, ErrorCode, Explain, Firmware, Hello, History, Lend,
    Licenses, Lock, MakeStatement, Open, Outcome, Pair, Probe, Prove, Provision, Read, Road, Seat, Vendors,
    Write,
};
use holdfast_wire::frame::MESSAGE;

use crate::apply;
use crate::channels::{CHANNELS, HANDLES, Session};
use crate::core::{Core, Scratch};
use crate::records::REQUESTS;
use crate::stop::{Stop, unsupported};
use crate::{Platform, PublicKeys};

pub(crate) use statement::applied;

/// Where a request came from.
pub(crate) struct Place<'s> {
    pub(crate) road: Road,
    /// What its channel keeps; none in clear.
    pub(crate) session: Option<&'s mut Session>,
}

impl Place<'_> {
    /// What the channel keeps.
    pub(crate) fn session(&mut self) -> Result<&mut Session, Stop> {
        Ok(self.session.as_deref_mut().ok_or(ErrorCode::WrongRoad)?)
    }
}

/// Runs a command and writes its outcome; the length of what was written.
pub(crate) fn run<P: Platform>(
    core: &mut Core<P>,
    mut place: Place<'_>,
    scratch: &mut Scratch,
    number: u8,
    body: &[u8],
    answer: &mut [u8],
) -> usize {
    let road = place.road;
    let request = Request { road, body };
    let ran = match number {
        Hello::NUMBER => request.answer(answer, |_: Hello| greeting(core)),
        Certificate::NUMBER => request.answer(answer, |it| factory::certificate(core, it, scratch)),
        Licenses::NUMBER => request.answer(answer, |it| holdings::licenses(core, it, scratch)),
        Vendors::NUMBER => request.answer(answer, |it| holdings::vendors(core, it, scratch)),
        Open::NUMBER => request.answer(answer, |it| holdings::open(core, &mut place, it, scratch)),
        Check::NUMBER => request.answer(answer, |it| check::check(core, &mut place, it, scratch)),
        Explain::NUMBER => request.answer(answer, |it| check::explain(core, &mut place, it, scratch)),
        Charge::NUMBER => request.answer(answer, |it| charge::charge(core, &mut place, it, scratch)),
        Probe::NUMBER => request.answer(answer, |it| charge::probe(core, it)),
        MakeStatement::NUMBER => request.answer(answer, |it| statement::make(core, it, scratch)),
        Apply::NUMBER => request.answer(answer, |it| apply::apply(core, it, scratch)),
        Provision::NUMBER => request.answer(answer, |it| factory::provision(core, it)),
        Lock::NUMBER => request.answer(answer, |it| factory::lock(core, it, scratch)),
        Derive::NUMBER => request.unbuilt::<Derive<'_>>(answer),
        Seat::NUMBER => request.unbuilt::<Seat>(answer),
        Lend::NUMBER => request.unbuilt::<Lend<'_>>(answer),
        Read::NUMBER => request.unbuilt::<Read<'_>>(answer),
        Write::NUMBER => request.unbuilt::<Write<'_>>(answer),
        History::NUMBER => request.unbuilt::<History<'_>>(answer),
        Pair::NUMBER => request.unbuilt::<Pair>(answer),
        Prove::NUMBER => request.unbuilt::<Prove>(answer),
        Firmware::NUMBER => request.unbuilt::<Firmware<'_>>(answer),
        _ => stopped(ErrorCode::UnknownCommand.with(u64::from(number), 0).into(), answer),
    };
    ran.unwrap_or(0)
}

/// A request whose command is not settled yet.
#[derive(Clone, Copy)]
struct Request<'r> {
    road: Road,
    body: &'r [u8],
}

impl<'r> Request<'r> {
    /// Reads the request as `C`, runs it and writes the outcome.
    fn answer<'s, C: Command<'r>>(
        self,
        answer: &mut [u8],
        run: impl FnOnce(C) -> Result<C::Answer<'s>, Stop>,
    ) -> Option<usize> {
        let ran = self.read::<C>().and_then(run);
        match ran {
            Ok(done) => Outcome::Answer(&done).write_to(answer),
            Err(stop) => stopped(stop, answer),
        }
    }

    /// A command that this firmware does not have yet.
    fn unbuilt<C: Command<'r>>(self, answer: &mut [u8]) -> Option<usize> {
        let stop = match self.read::<C>() {
            Ok(_) => unsupported::<C>(),
            Err(stop) => stop,
        };
        stopped(stop, answer)
    }

    fn read<C: Command<'r>>(self) -> Result<C, Stop> {
        if C::ROAD != Road::Either && C::ROAD != self.road {
            return Err(ErrorCode::WrongRoad.into());
        }
        C::read(self.body).map_err(|_| ErrorCode::Malformed.into())
    }
}

/// An outcome that is only written, and never read here.
trait WriteTo {
    fn write_to(&self, answer: &mut [u8]) -> Option<usize>;
}

impl<A: serde::Serialize> WriteTo for Outcome<&A> {
    fn write_to(&self, answer: &mut [u8]) -> Option<usize> {
        match self.write(answer) {
            Ok(length) => Some(length),
            Err(_) => {
                let needed = match self {
                    Self::Answer(done) => strict::length(done).unwrap_or(MESSAGE),
                    _ => MESSAGE,
                };
                stopped(ErrorCode::AnswerTooLong.with(needed as u64, 0).into(), answer)
            }
        }
    }
}

fn stopped(stop: Stop, answer: &mut [u8]) -> Option<usize> {
    let outcome: Outcome<&()> = match stop {
        Stop::Refused(refusal) => Outcome::Refused(refusal),
        Stop::Failed(failure) => Outcome::Failed(failure),
    };
    outcome.write(answer).ok()
}

/// Versions of the protocol, best first.
const VERSIONS: &[u8] = &[1];

/// What Hello answers: constant from power-up to power-down, but for the factory's commands.
fn greeting<P: Platform>(core: &mut Core<P>) -> Result<Greeting<'static>, Stop> {
    let board = core.platform.board();
    let keys = core.mounted().map(|mounted| mounted.keys).unwrap_or_default();
    let (memory, counters) = core
        .mounted()
        .map_or((0, 0), |mounted| (mounted.storage.memory(), u32::from(mounted.storage.counters())));
    // In the order of `Capacity`; no leases yet.
    let limits = [MESSAGE as u32, memory, CHANNELS as u32, HANDLES as u32, 0, counters, REQUESTS as u32];
    let PublicKeys { identity, channel, sealing } = keys;
    Ok(Greeting {
        versions: VERSIONS,
        model: Name::new(board.model).ok_or(ErrorCode::NotReady)?,
        firmware: board.firmware,
        stage: core.stage(),
        limits: limits.into_iter().collect(),
        identity,
        channel,
        sealing,
    })
}

/// The whole Hello answer as it goes out, for the prologue of a handshake.
pub(crate) fn hello<'b, P: Platform>(core: &mut Core<P>, buffer: &'b mut [u8]) -> Result<&'b [u8], Stop> {
    let greeting = greeting(core)?;
    let length = Outcome::Answer(&greeting).write(buffer)?;
    Ok(buffer.get(..length).unwrap_or_default())
}
