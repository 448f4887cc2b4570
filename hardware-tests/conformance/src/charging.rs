//! Checks and charges on the reference license: *pro* until a date while units are left, *basic* always.

use holdfast_catalogue::{METER, PRODUCT};
use holdfast_document::{Name, Time, Units};
use holdfast_license::Refusal;
use holdfast_wire::command::charge::{Charged, JobId, Payment};
use holdfast_wire::command::check::Granted;
use holdfast_wire::command::probe::Probed;
use holdfast_wire::command::{Charge, Check, ErrorCode, Outcome, Probe};

use crate::line::{Broken, Line, command, must};
use crate::peer::{Peer, answer, fails, failure, outcome, request};
use crate::suite::checks;

checks! {
    a_check_is_one_report_each_way, License:
        "a sealed check with the longest name fits one report, and so do a grant and a refusal";
    a_feature_is_granted_or_refused_with_its_reason, License:
        "a feature of the term in force is granted; one that no term has is refused and says so";
    the_hosts_clock_only_tightens_one_answer, License:
        "a host's clock beyond the end refuses, in this answer alone; one before it grants nothing more";
    a_job_is_charged_once, License:
        "a charge that comes again, on any channel, is answered and not made again";
    a_job_pays_for_its_own_units, License:
        "the same job with other units is another charge";
    a_charge_outlives_power, License:
        "what was answered as charged is charged after power was off, and still recognized";
    no_more_is_charged_than_was_granted, License:
        "a charge of more than is left fails, tells what is left, and writes nothing";
    the_last_unit_is_paid_and_delivered, License:
        "a retry of the charge that used up the last unit is answered; its term is no longer in force";
    a_charge_of_nothing_or_on_no_meter_fails, License:
        "a charge of 0 units, or on a meter that the license does not have, fails and writes nothing";
    a_charge_changes_the_state, License:
        "a charge changes the state number that answers carry, and a check does not";
    a_mark_tells_when_a_charge_came, License:
        "each charge moves the mark by at least one, and a probe tells the total after it";
}

fn name(text: &str) -> Result<Name<'_>, Broken> {
    Name::new(text).ok_or_else(|| Broken::Otherwise("the suite's own name".into()))
}

fn payment(units: u64, job: &[u8; 8]) -> Result<Payment<'static>, Broken> {
    Ok(Payment { meter: name(METER)?, units: Units(units), id: JobId(*job), since: 0 })
}

impl Peer {
    fn check(&mut self, line: &mut Line<'_>, handle: u8, feature: &str) -> Result<Outcome<Granted>, Broken> {
        self.check_at(line, handle, feature, Time(0))
    }

    fn check_at(
        &mut self,
        line: &mut Line<'_>,
        handle: u8,
        feature: &str,
        host_time: Time,
    ) -> Result<Outcome<Granted>, Broken> {
        let heard = self.ask(line, &Check { handle, feature: name(feature)?, host_time })?;
        Ok(match outcome::<Check<'_>>(&heard)? {
            Outcome::Answer(granted) => Outcome::Answer(granted),
            Outcome::Refused(refusal) => Outcome::Refused(refusal),
            Outcome::Failed(failure) => Outcome::Failed(failure),
        })
    }

    fn granted(&mut self, line: &mut Line<'_>, handle: u8, feature: &str) -> Result<Granted, Broken> {
        match self.check(line, handle, feature)? {
            Outcome::Answer(granted) => Ok(granted),
            other => Err(Broken::Otherwise(format!("{feature}: awaited a grant, heard {other:?}"))),
        }
    }

    fn charge(
        &mut self,
        line: &mut Line<'_>,
        handle: u8,
        units: u64,
        job: &[u8; 8],
    ) -> Result<Charged, Broken> {
        let heard = self.ask(line, &Charge { handle, payment: payment(units, job)? })?;
        answer::<Charge<'_>>(&heard)
    }

    fn probe(&mut self, line: &mut Line<'_>, units: u64, job: &[u8; 8]) -> Result<Probed, Broken> {
        let vendor = line.given()?.vendor;
        let payment = payment(units, job)?;
        let heard = self.ask(line, &Probe { vendor, product: name(PRODUCT)?, payment, derivation: None })?;
        answer::<Probe<'_>>(&heard)
    }

    /// What the license grants in all, found by asking for too much.
    fn left(&mut self, line: &mut Line<'_>, handle: u8) -> Result<u64, Broken> {
        let heard = self.ask(line, &Charge { handle, payment: payment(1 << 39, b"too much")? })?;
        let failure = failure(&heard, "a charge of far too much")?;
        must(failure.is(ErrorCode::NotEnough), || format!("awaited NotEnough, heard {failure:?}"))?;
        Ok(failure.b)
    }
}

/// A channel with the reference license open.
fn opened(line: &mut Line<'_>) -> Result<(Peer, u8), Broken> {
    let mut peer = line.connect()?;
    let handle = peer.open_reference(line)?;
    Ok((peer, handle))
}

fn a_check_is_one_report_each_way(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    // 24 bytes of name, and a time as far ahead as fits a report's room in anyone's life.
    for (feature, host_time) in [("cut", 0), ("a-name-of-24-characters.", 0), ("cut", u64::from(u32::MAX))] {
        let check = Check { handle, feature: name(feature)?, host_time: Time(host_time) };
        let (pending, message) = peer.seal(&request(&check)?)?;
        must(message.len() <= 57, || format!("a check takes {} bytes", message.len()))?;
        let heard = line.ask(peer.cid, command::SEALED, &message, "the answer to a check")?;
        let length = heard.data.len();
        must(length <= 57, || format!("the answer to a check takes {length} bytes"))?;
        peer.open(&pending, heard)?;
    }
    Ok(())
}

fn a_feature_is_granted_or_refused_with_its_reason(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    for feature in ["cut", "export-step"] {
        let granted = peer.granted(line, handle, feature)?;
        must(granted.term == 0 && granted.value == 1 && !granted.claimed, || format!("heard {granted:?}"))?;
        must(granted.valid_for.0 > 0, || "a grant that does not last".into())?;
    }
    let heard = peer.check(line, handle, "no-such-feature")?;
    let refused = matches!(heard, Outcome::Refused(Refusal { condition: Refusal::NO_TERM, .. }));
    must(refused, || format!("awaited that no term has it, heard {heard:?}"))
}

fn the_hosts_clock_only_tightens_one_answer(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let honest = peer.granted(line, handle, "export-step")?;
    let late = peer.check_at(line, handle, "export-step", holdfast_catalogue::AFTERWARDS)?;
    let end = holdfast_catalogue::PRO_ENDS.0;
    let refused = matches!(late, Outcome::Refused(refusal) if refusal.needed == end);
    must(refused, || format!("awaited a refusal for the end {end}, heard {late:?}"))?;
    let early = peer.check_at(line, handle, "export-step", Time(1))?;
    let Outcome::Answer(early) = early else {
        return Err(Broken::Otherwise(format!("a host's clock set back: heard {early:?}")));
    };
    must(early.valid_for <= honest.valid_for, || format!("{early:?} after {honest:?}"))?;
    peer.granted(line, handle, "export-step").map(drop)
}

fn a_job_is_charged_once(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let first = peer.charge(line, handle, 3, b"job one ")?;
    must(first.total == Units(3), || format!("3 units of a fresh meter: {first:?}"))?;
    for _ in 0..3 {
        let again = peer.charge(line, handle, 3, b"job one ")?;
        must(again == first, || format!("the same charge again: {again:?} after {first:?}"))?;
    }
    let (mut other, handle) = opened(line)?;
    let again = other.charge(line, handle, 3, b"job one ")?;
    must(again == first, || format!("the same charge on another channel: {again:?} after {first:?}"))?;
    let next = other.charge(line, handle, 2, b"job two ")?;
    must(next.total == Units(5) && next.mark > first.mark, || format!("{next:?} after {first:?}"))?;
    let again = peer.charge(line, handle, 3, b"job one ")?;
    must(again.total == first.total && again.mark == next.mark, || format!("{again:?} after {next:?}"))
}

fn a_job_pays_for_its_own_units(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    peer.charge(line, handle, 3, b"job one ")?;
    let more = peer.charge(line, handle, 4, b"job one ")?;
    must(more.total == Units(7), || format!("3 units and then 4 for one job: {more:?}"))
}

fn a_charge_outlives_power(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let mut charged = Vec::new();
    for number in 0..5u8 {
        let job = [number; 8];
        charged.push((job, peer.charge(line, handle, 2, &job)?));
    }
    line.subject.replug()?;
    let (mut peer, handle) = opened(line)?;
    let last = charged.last().map_or(0, |(_, charged)| charged.mark);
    for (job, before) in &charged {
        let probed = peer.probe(line, 2, job)?;
        must(probed.found && probed.total == before.total, || format!("{probed:?} for {before:?}"))?;
        must(probed.mark >= last, || format!("the mark fell: {probed:?} after {last}"))?;
        let again = peer.charge(line, handle, 2, job)?;
        must(again.total == before.total, || format!("{again:?} for {before:?}"))?;
    }
    let next = peer.charge(line, handle, 1, b"job next")?;
    must(next.total == Units(11), || format!("10 units before power was off, and 1 more: {next:?}"))
}

fn no_more_is_charged_than_was_granted(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let left = peer.left(line, handle)?;
    let before = peer.probe(line, left + 1, b"job one ")?;
    let heard = peer.ask(line, &Charge { handle, payment: payment(left + 1, b"job one ")? })?;
    let failure = failure(&heard, "a charge of one unit too many")?;
    must(failure.is(ErrorCode::NotEnough) && failure.a == left + 1 && failure.b == left, || {
        format!("awaited NotEnough({}, {left}), heard {failure:?}", left + 1)
    })?;
    let after = peer.probe(line, left + 1, b"job one ")?;
    must(!after.found && after.mark == before.mark, || format!("a refused charge wrote: {after:?}"))?;
    let all = peer.charge(line, handle, left, b"job all ")?;
    must(all.total == Units(left), || format!("all {left} units: {all:?}"))
}

fn the_last_unit_is_paid_and_delivered(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let left = peer.left(line, handle)?;
    let all = peer.charge(line, handle, left, b"job all ")?;
    let again = peer.charge(line, handle, left, b"job all ")?;
    must(again == all, || format!("the last units again: {again:?} after {all:?}"))?;
    let heard = peer.ask(line, &Charge { handle, payment: payment(1, b"job more")? })?;
    let one_more = outcome::<Charge<'_>>(&heard)?;
    must(!matches!(one_more, Outcome::Answer(_)), || format!("a unit beyond the last: {one_more:?}"))?;
    let pro = peer.check(line, handle, "export-step")?;
    let refused = matches!(pro, Outcome::Refused(refusal) if (refusal.needed, refusal.seen) == (left, left));
    must(refused, || format!("pro without units: awaited what was needed and seen, heard {pro:?}"))?;
    let basic = peer.granted(line, handle, "cut")?;
    must(basic.term == 1, || format!("basic: {basic:?}"))
}

fn a_charge_of_nothing_or_on_no_meter_fails(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let mark = peer.probe(line, 1, b"job one ")?.mark;
    let heard = peer.ask(line, &Charge { handle, payment: payment(0, b"job one ")? })?;
    fails(&heard, ErrorCode::NoUnits, "a charge of nothing")?;
    let no_meter = Payment { meter: name("no-such-meter")?, ..payment(1, b"job one ")? };
    let heard = peer.ask(line, &Charge { handle, payment: no_meter })?;
    fails(&heard, ErrorCode::NoMeter, "a charge on a meter that is not there")?;
    let after = peer.probe(line, 1, b"job one ")?;
    must(after.mark == mark && !after.found, || format!("a failed charge wrote: {after:?}"))
}

fn a_charge_changes_the_state(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let before = peer.granted(line, handle, "cut")?;
    let again = peer.granted(line, handle, "cut")?;
    must(again.state == before.state, || "a check changed the state".into())?;
    peer.charge(line, handle, 1, b"job one ")?;
    let after = peer.granted(line, handle, "cut")?;
    must(after.state != before.state, || "a charge left the state".into())
}

fn a_mark_tells_when_a_charge_came(line: &mut Line<'_>) -> Result<(), Broken> {
    let (mut peer, handle) = opened(line)?;
    let mut mark = peer.probe(line, 1, b"job zero")?.mark;
    for number in 1..=10u8 {
        let job = [number; 8];
        let charged = peer.charge(line, handle, 1, &job)?;
        must(charged.mark > mark, || format!("the mark {mark} after a charge: {charged:?}"))?;
        mark = charged.mark;
        let probed = peer.probe(line, 1, &job)?;
        must(probed.found && probed.total == charged.total && probed.mark == mark, || {
            format!("{probed:?} after {charged:?}")
        })?;
        let stranger = peer.probe(line, 2, &job)?;
        must(!stranger.found, || format!("a probe for other units found {stranger:?}"))?;
    }
    Ok(())
}
