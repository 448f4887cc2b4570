//! Commands as such: numbers, roads, bodies, handles.

use holdfast_crypto::{Hash, Key};
use holdfast_document::{Name, Time, Units, VendorId};
use holdfast_license::statement::Nonce;
use holdfast_license::{Claims, LicenseId, Purpose};
use holdfast_wire::command::certificate::Form;
use holdfast_wire::command::charge::{JobId, Payment};
use holdfast_wire::command::derive::Derivation;
use holdfast_wire::command::pair::PairingId;
use holdfast_wire::command::prove::Proof;
use holdfast_wire::command::read::Readable;
use holdfast_wire::command::seat::SeatAct;
use holdfast_wire::command::{
    Apply, Certificate, Charge, Check, Command, Derive, ErrorCode, Explain, Failure, Firmware, Hello,
    History, Lend, Licenses, Lock, MakeStatement, Open, Outcome, Pair, Probe, Prove, Provision, Read, Road,
    Seat, Vendors, Write,
};

use crate::line::{Broken, Line, command, error, must};
use crate::peer::{Peer, answer, fails, failure, request};
use crate::suite::checks;

checks! {
    an_unknown_number_is_told_so, Keys:
        "a command number that is not known gets UnknownCommand with that number, on both roads";
    a_request_without_a_number_is_an_error, Keys:
        "an empty message in clear gets an error";
    a_command_keeps_to_its_road, Keys:
        "a sealed command in clear, and a clear one sealed, get WrongRoad";
    a_body_is_read_strictly, Keys:
        "a body with a byte too many or too few gets Malformed, and so does a number with a needless byte";
    each_command_is_built_or_says_that_it_is_not, Keys:
        "each command is answered in its own terms, or fails with a number that is known";
    a_handle_that_was_not_given_is_refused, Keys:
        "a handle that was not given on this channel gets BadHandle, from every command that is built";
    what_is_not_held_is_not_opened, Keys:
        "a license or vendor that is not held is told so, and its list is empty";
    a_probe_changes_nothing, Keys:
        "a probe for what was never charged finds nothing and moves no mark";
    no_one_provisions_a_locked_dongle, License:
        "a dongle that has left the factory takes no manufacturer's command, and stays as it was";
    a_handle_is_good_on_its_channel_only, License:
        "a handle that was given on one channel is none on another";
}

/// A request that is in order, for each command.
struct Sample {
    number: u8,
    road: Road,
    bytes: Vec<u8>,
    /// Whether its answer can be read as this command's.
    reads: fn(&[u8]) -> bool,
    handle: bool,
}

fn sample<'c, C: Command<'c>>(command: &C, handle: bool) -> Result<Sample, Broken> {
    let reads = |bytes: &[u8]| Outcome::<C::Answer<'_>>::read(bytes).is_ok();
    Ok(Sample { number: C::NUMBER, road: C::ROAD, bytes: request(command)?, reads, handle })
}

const NOBODY: VendorId = VendorId([0x77; 16]);
const NOTHING: LicenseId = LicenseId([0x77; 16]);

fn samples(handle: u8) -> Result<Vec<Sample>, Broken> {
    let name = |text| Name::new(text).ok_or_else(|| Broken::Otherwise("the suite's own name".into()));
    let (feature, meter) = (name("feature")?, name("meter")?);
    let payment = Payment { meter, units: Units(1), id: JobId(*b"no job  "), since: 0 };
    let derivation = Derivation { feature, epoch: 1, label: name("label")?, context: b"context" };
    let host_time = Time(0);
    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let statement = MakeStatement {
        vendor: NOBODY,
        purpose: Purpose::Report,
        nonce: Nonce([1; 32]),
        product: None,
        after: None,
    };
    Ok(vec![
        sample(&Hello {}, false)?,
        sample(&Certificate { form: Form::Document }, false)?,
        sample(&Licenses { vendor: NOBODY, product: Some(feature), after: None }, false)?,
        sample(&Vendors { vendor: NOBODY, number: 0 }, false)?,
        sample(&Open { vendor: NOBODY, license: NOTHING, claims }, false)?,
        sample(&Check { handle, feature, host_time }, true)?,
        sample(&Explain { handle, host_time }, true)?,
        sample(&Charge { handle, payment }, true)?,
        sample(&Probe { vendor: NOBODY, product: feature, payment, derivation: None }, false)?,
        sample(&Derive { handle, derivation, payment: Some(payment), host_time }, true)?,
        sample(&Seat { handle, act: SeatAct::Acquire }, true)?,
        sample(&Lend { handle, borrower: b"nobody", until: Time(1) }, true)?,
        sample(&Read { handle, what: Readable::Scratch, host_time }, true)?,
        sample(&Write { handle, bytes: b"scratch" }, true)?,
        sample(&History { handle, meter, before: 0 }, true)?,
        sample(&statement, false)?,
        sample(&Apply { document: b"no document" }, false)?,
        sample(&Prove { proof: Proof::Pairing { id: PairingId([1; 8]), mac: Hash([1; 32]) } }, false)?,
        sample(&Firmware::Begin(b"no manifest"), false)?,
        sample(&Pair {}, false)?,
    ])
}

/// The manufacturer's commands, which a dongle that is not locked would carry out.
fn of_the_factory() -> Result<Vec<Sample>, Broken> {
    let provision = Provision { maker: Key([4; 65]), production: false };
    Ok(vec![sample(&provision, false)?, sample(&Lock {}, false)?])
}

/// Sends a request over a road it may take; the answer.
fn send(line: &mut Line<'_>, peer: &mut Peer, road: Road, bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    match road {
        Road::Clear => line.ask_in_clear(peer.cid, bytes),
        Road::Sealed | Road::Either => peer.ask_text(line, bytes),
    }
}

fn an_unknown_number_is_told_so(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let known: Vec<u8> = samples(0)?.iter().chain(&of_the_factory()?).map(|sample| sample.number).collect();
    for number in (0..=u8::MAX).filter(|number| !known.contains(number)) {
        for road in [Road::Clear, Road::Sealed] {
            for body in [&[][..], &[0; 9]] {
                let heard = send(line, &mut peer, road, &[&[number], body].concat())?;
                let what = format!("command {number}");
                let failure = failure(&heard, &what)?;
                let right = failure.is(ErrorCode::UnknownCommand) && failure.a == u64::from(number);
                must(right, || format!("{what}: awaited UnknownCommand({number}), heard {failure:?}"))?;
            }
        }
    }
    Ok(())
}

fn a_request_without_a_number_is_an_error(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    line.say(cid, command::CLEAR, &[])?;
    line.hear_error(cid, error::LENGTH, "an empty message in clear")
}

fn a_command_keeps_to_its_road(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    for sample in samples(0)?.iter().chain(&of_the_factory()?) {
        let wrong = match sample.road {
            Road::Clear => Road::Sealed,
            Road::Sealed => Road::Clear,
            Road::Either => continue,
        };
        let heard = send(line, &mut peer, wrong, &sample.bytes)?;
        fails(&heard, ErrorCode::WrongRoad, &format!("command {} over the other road", sample.number))?;
    }
    Ok(())
}

fn a_body_is_read_strictly(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    for Sample { number, road, bytes, .. } in samples(0)?.iter().chain(&of_the_factory()?) {
        let longer = [&bytes[..], &[0]].concat();
        let heard = send(line, &mut peer, *road, &longer)?;
        fails(&heard, ErrorCode::Malformed, &format!("command {number} with a byte too many"))?;
        if bytes.len() > 1 {
            let heard = send(line, &mut peer, *road, &bytes[..bytes.len() - 1])?;
            fails(&heard, ErrorCode::Malformed, &format!("command {number} with a byte too few"))?;
        }
    }
    // The time 0 of an Explain, in one byte and in two.
    let explain = request(&Explain { handle: 0, host_time: Time(0) })?;
    let needless = [&explain[..explain.len() - 1], &[0x80, 0x00]].concat();
    let heard = peer.ask_text(line, &needless)?;
    fails(&heard, ErrorCode::Malformed, "a number with a needless byte")
}

fn each_command_is_built_or_says_that_it_is_not(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    for sample in samples(0)? {
        let heard = send(line, &mut peer, sample.road, &sample.bytes)?;
        must((sample.reads)(&heard), || format!("command {}: heard {heard:02x?}", sample.number))?;
        if let Ok(Outcome::Failed(failure)) = Outcome::<()>::read(&heard) {
            must(!is_of_the_frame(&failure) || failure.is(ErrorCode::Unsupported), || {
                format!("command {} in good order: {}: {failure}", sample.number, failure.code)
            })?;
            if failure.is(ErrorCode::Unsupported) {
                must(failure.a == u64::from(sample.number), || format!("Unsupported tells {}", failure.a))?;
            }
        }
    }
    peer.is_alive(line)
}

/// Failures of a request that is not in order.
fn is_of_the_frame(failure: &Failure) -> bool {
    [ErrorCode::UnknownCommand, ErrorCode::Unsupported, ErrorCode::Malformed, ErrorCode::WrongRoad]
        .iter()
        .any(|code| failure.is(*code))
}

fn a_handle_that_was_not_given_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    for handle in [0, 1, 31, 32, 255] {
        for sample in samples(handle)?.iter().filter(|sample| sample.handle) {
            let heard = peer.ask_text(line, &sample.bytes)?;
            let what = format!("command {} with handle {handle}", sample.number);
            let failure = failure(&heard, &what)?;
            must(failure.is(ErrorCode::BadHandle) || failure.is(ErrorCode::Unsupported), || {
                format!("{what}: awaited BadHandle, heard {}: {failure}", failure.code)
            })?;
        }
    }
    Ok(())
}

fn what_is_not_held_is_not_opened(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let heard = peer.ask(line, &Open { vendor: NOBODY, license: NOTHING, claims })?;
    fails(&heard, ErrorCode::NotHeld, "a license that is not held")?;
    let heard = peer.ask(line, &Vendors { vendor: NOBODY, number: 0 })?;
    fails(&heard, ErrorCode::UnknownVendor, "a vendor that is not known")?;
    let heard = peer.ask(line, &Licenses { vendor: NOBODY, product: None, after: None })?;
    let holdings = answer::<Licenses<'_>>(&heard)?;
    must(holdings.licenses.is_empty() && !holdings.more, || "licenses of a vendor that is not known".into())
}

fn a_probe_changes_nothing(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let mut marks = Vec::new();
    for id in [*b"job one ", *b"job two ", *b"job one "] {
        let name = |text| Name::new(text).ok_or(Broken::NotGiven);
        let payment = Payment { meter: name("meter")?, units: Units(1), id: JobId(id), since: 0 };
        let probe = Probe { vendor: NOBODY, product: name("product")?, payment, derivation: None };
        let heard = peer.ask(line, &probe)?;
        let probed = answer::<Probe<'_>>(&heard)?;
        must(!probed.found && probed.total == Units(0), || format!("never charged, and found: {probed:?}"))?;
        must(probed.mark > 0, || "marks count from 1".into())?;
        marks.push(probed.mark);
    }
    must(marks.iter().all(|mark| *mark == marks[0]), || format!("a probe moved the mark: {marks:?}"))
}

fn no_one_provisions_a_locked_dongle(line: &mut Line<'_>) -> Result<(), Broken> {
    let cid = line.channel_id()?;
    let before = line.hello(cid)?;
    for sample in of_the_factory()? {
        let heard = line.ask_in_clear(cid, &sample.bytes)?;
        fails(&heard, ErrorCode::Locked, &format!("command {} after Lock", sample.number))?;
    }
    must(line.hello(cid)? == before, || "Hello has changed".into())?;
    line.subject.replug()?;
    let cid = line.channel_id()?;
    must(line.hello(cid)? == before, || "Hello has changed with power".into())?;
    line.connect()?.open_reference(line).map(drop)
}

fn a_handle_is_good_on_its_channel_only(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let handle = peer.open_reference(line)?;
    let explain = Explain { handle, host_time: Time(0) };
    let heard = peer.ask(line, &explain)?;
    answer::<Explain>(&heard)?;
    let heard = line.connect()?.ask(line, &explain)?;
    fails(&heard, ErrorCode::BadHandle, "another channel's handle")?;
    // A new channel on the same channel id begins without handles.
    let mut new = line.shake_hands(peer.cid)?;
    let heard = new.ask(line, &explain)?;
    fails(&heard, ErrorCode::BadHandle, "the handle of a channel before this")
}

impl Peer {
    /// Opens the reference license; its handle.
    pub(crate) fn open_reference(&mut self, line: &mut Line<'_>) -> Result<u8, Broken> {
        let vendor = line.given()?.vendor;
        let product = Name::new(holdfast_catalogue::PRODUCT);
        let heard = self.ask(line, &Licenses { vendor, product, after: None })?;
        let holdings = answer::<Licenses<'_>>(&heard)?;
        let held = holdings.licenses.iter().next();
        let Some(Ok(held)) = held else {
            return Err(Broken::Otherwise("the reference license is not in the list".into()));
        };
        let claims = Claims { released: None, virtual_machine: None, remote_session: None };
        let heard = self.ask(line, &Open { vendor, license: held.id, claims })?;
        Ok(answer::<Open>(&heard)?.handle)
    }
}
