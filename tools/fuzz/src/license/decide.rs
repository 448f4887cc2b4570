//! The one function that decides, its reasons, its sentences, and what may be charged.
//!
//! Two sorts of input, by the first byte: a license and facts *drawn* in numbers close to each other, or the
//! *bytes* of a License body and of facts, whatever they are. Held to a slow and plain decision, and to the
//! laws: the verdict depends on its arguments alone; it stays for exactly as long as it says, one second
//! before and after; raising what is used turns no refusal into a grant and raises no limit; where no term is
//! in force nothing can be charged; every refusal has a sentence that ends with what helps.

use super::drawn::{self, NAMES, name};
use super::plain::{Case, after};
use crate::draw::Draw;
use crate::seeds;
use holdfast_document::{Kind, Name, Seconds, Units, strict};
use holdfast_license::decide::{charge_limit, decide_loan};
use holdfast_license::{Condition, Facts, Grant, License, Loan, Reason, Refusal, Verdict, decide};

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    if draw.flag() {
        let parts = drawn::parts(&mut draw);
        let loan = draw.rarely(3).then(|| drawn::loan(&mut draw));
        let facts = drawn::facts(&mut draw);
        hold(&drawn::license(&parts), loan.as_ref(), &facts, &mut draw);
        return;
    }
    let length = usize::from(draw.short());
    let (body, facts) = (draw.bytes(length), draw.rest());
    let Ok(license) = strict::decode::<License<'_>>(body) else { return };
    let Ok(facts) = strict::decode::<Facts>(facts) else { return };
    hold(&license, None, &facts, &mut Draw::new(body));
}

/// The licenses of the golden vectors under the facts of the vectors, and bytes of every sort to draw from.
pub fn inputs() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for license in seeds::bodies(Kind::License) {
        let length = (license.len() as u16).to_le_bytes();
        inputs.extend(seeds::facts().iter().map(|facts| [&[0], &length[..], &license, facts].concat()));
    }
    let drawn = (0..24u8).map(|seed| {
        let mut byte = seed;
        let next = std::iter::repeat_with(move || {
            byte = byte.wrapping_mul(141).wrapping_add(83);
            byte
        });
        std::iter::once(1).chain(next.take(160)).collect()
    });
    inputs.extend(drawn);
    inputs
}

/// What a verdict says, apart from the arguments that it holds on to.
#[derive(Debug, PartialEq)]
struct Said {
    in_force: Option<(u8, Seconds, bool)>,
    features: Vec<Result<Grant, Refusal>>,
    reasons: Vec<Refusal>,
}

fn ask(license: &License<'_>, loan: Option<&Loan<'_>>, facts: &Facts, names: &[Name<'_>]) -> Said {
    let verdict = match loan {
        Some(loan) => decide_loan(license, loan, facts),
        None => decide(license, facts),
    };
    let (in_force, reasons) = match &verdict {
        Verdict::Granted(granted) => (Some((granted.index, granted.valid_for, granted.claimed)), Vec::new()),
        Verdict::Refused(refused) => (None, refused.reasons().collect()),
    };
    Said { in_force, features: names.iter().map(|name| verdict.feature(*name)).collect(), reasons }
}

fn hold(license: &License<'_>, loan: Option<&Loan<'_>>, facts: &Facts, draw: &mut Draw<'_>) {
    let case = Case::new(license, loan);
    let mut names: Vec<Name<'_>> = NAMES.map(name).to_vec();
    names.extend(
        case.known().flat_map(|(_, term)| term.features.known().map(|feature| feature.name())).take(20),
    );
    let said = ask(license, loan, facts, &names);
    assert_eq!(said, ask(license, loan, facts, &names), "the same arguments, another verdict");
    if case.terms.len() > usize::from(Refusal::NOT_LENT) {
        return;
    }

    let in_force = case.in_force(facts);
    assert_eq!(said.in_force.map(|(index, ..)| usize::from(index)), in_force, "the term in force");
    if let Some((index, _, claimed)) = said.in_force {
        let claims = case.has(usize::from(index), |condition| {
            matches!(
                condition,
                Condition::ReleasedBefore(_) | Condition::VirtualMachine(_) | Condition::RemoteSession(_)
            )
        });
        assert_eq!(claimed, claims, "whether the host's word took part");
    }
    hold_features(&case, facts, &said, &names);
    hold_reasons(&case, license, facts, &said);
    if let Some((index, valid_for, _)) = said.in_force {
        let later = |seconds: u64| case.in_force(&after(&case, facts, seconds)) == Some(usize::from(index));
        let stays = u64::from(valid_for.0);
        assert!(valid_for.0 > 0 && later(stays - 1), "it ends before the {stays} seconds are over");
        assert!(valid_for == Seconds::FOREVER || !later(stays), "it goes on after {stays} seconds");
    }
    hold_units(&case, license, loan, facts, draw);
}

fn hold_features(case: &Case<'_>, facts: &Facts, said: &Said, names: &[Name<'_>]) {
    for (found, name) in said.features.iter().zip(names) {
        match (found, case.feature(*name, facts)) {
            (Ok(grant), Ok((term, value))) => {
                assert_eq!((grant.term, grant.value), (term, value), "{name}");
                assert_eq!(said.in_force, Some((grant.term, grant.valid_for, grant.claimed)));
            }
            (Err(refusal), Err(expected)) => {
                assert_eq!((refusal.term, refusal.condition), expected, "{name}")
            }
            (found, expected) => panic!("{name}: {found:?}, where {expected:?} was expected"),
        }
    }
}

fn hold_reasons(case: &Case<'_>, license: &License<'_>, facts: &Facts, said: &Said) {
    if said.in_force.is_none() {
        let expected = case.reasons(facts);
        let found: Vec<_> = said.reasons.iter().map(|refusal| (refusal.term, refusal.condition)).collect();
        assert_eq!(
            found,
            expected.iter().map(|(term, condition, _)| (*term, *condition)).collect::<Vec<_>>()
        );
        for (refusal, (.., needed)) in said.reasons.iter().zip(expected) {
            assert!(needed.is_none_or(|needed| refusal.needed == needed), "{refusal:?} of {needed:?}");
        }
    }
    for refusal in
        said.reasons.iter().chain(said.features.iter().filter_map(|feature| feature.as_ref().err()))
    {
        let reason = Reason::of(license, *refusal);
        let (sentence, advice) = (reason.to_string(), reason.remedy().advice());
        assert!(sentence.strip_suffix(advice).is_some_and(|rule| rule.len() > 10), "{sentence}");
    }
}

fn hold_units(
    case: &Case<'_>,
    license: &License<'_>,
    loan: Option<&Loan<'_>>,
    facts: &Facts,
    draw: &mut Draw<'_>,
) {
    let mut more = facts.clone();
    for used in &mut more.used {
        used.0 = used.0.saturating_add(draw.number());
    }
    let rank =
        |facts: &Facts| ask(license, loan, facts, &[]).in_force.map_or(256, |(index, ..)| u16::from(index));
    assert!(rank(&more) >= rank(facts), "using more moved it up the list");
    if loan.is_some() {
        return;
    }
    let meters = case.meters.iter().map(|meter| meter.name).chain(NAMES.map(name));
    for meter in meters.take(20) {
        let limit = charge_limit(license, facts, meter).map(|limit| limit.0);
        assert_eq!(limit, case.charge_limit(meter, facts), "what may be charged on {meter}");
        let used =
            case.meters.iter().position(|known| known.name == meter).map_or(Units(0), |at| facts.used(at));
        if rank(facts) == 256 {
            assert!(limit.is_none_or(|limit| limit <= used.0), "charged on {meter} under no term");
        }
        let later = charge_limit(license, &more, meter).map(|limit| limit.0);
        assert!(later <= limit, "using more raised what may be charged on {meter}");
    }
}
