//! A device's statements to one vendor are one chain, and what only rises never falls in it.

use super::{groups, pairs};
use crate::finding::Id;
use crate::heap::Found;
use crate::{Finding, Heap, What};
use holdfast_document::DeviceId;
use holdfast_license::statement::{Departed, Held, State};
use holdfast_license::{Condition, LicenseId, Statement};
use std::collections::BTreeMap;

type FoundStatement<'a> = Found<'a, Statement<'a>>;

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    for chain in chains(heap) {
        links(&chain, findings);
        for (earlier, later) in pairs(&chain) {
            if earlier.document.number < later.document.number {
                fell(heap, earlier, later, findings);
                after_departure(earlier, later, findings);
            }
        }
    }
    for found in &heap.statements {
        overused(heap, found, findings);
    }
    held_by_two(heap, findings);
}

/// The statements of each device, storage and vendor, by number. *Enrolled* stands outside.
fn chains<'h, 'a>(heap: &'h Heap<'a>) -> impl Iterator<Item = Vec<&'h FoundStatement<'a>>> {
    let key = |found: &FoundStatement<'a>| {
        let statement = &found.document;
        let of = (statement.device.as_bytes().to_vec(), statement.storage, statement.vendor);
        (statement.number > 0).then_some(of)
    };
    groups(&heap.statements, key).map(|mut chain| {
        chain.sort_by_key(|found| found.document.number);
        chain
    })
}

/// Two of one number, or one that follows none of those before it that are here.
fn links(chain: &[&FoundStatement<'_>], findings: &mut Vec<Finding>) {
    let with_number = |number: u32| chain.iter().filter(move |found| found.document.number == number);
    for (first, second) in pairs(chain) {
        if first.document.number == second.document.number {
            findings.push(broken(first, second));
        }
    }
    for found in chain {
        let mut before = with_number(found.document.number - 1).peekable();
        let Some(one) = before.peek().copied() else { continue };
        if before.all(|before| before.document.digest() != found.document.previous) {
            findings.push(broken(one, found));
        }
    }
}

fn broken(one: &FoundStatement<'_>, other: &FoundStatement<'_>) -> Finding {
    let what = What::BrokenChain { device: Id(other.document.device), number: other.document.number };
    Finding { documents: vec![one.place, other.place], what }
}

/// Updates taken, revisions and used units only rise.
fn fell(
    heap: &Heap<'_>,
    earlier: &FoundStatement<'_>,
    later: &FoundStatement<'_>,
    findings: &mut Vec<Finding>,
) {
    let mut compare = |what: String, from: u64, to: u64| {
        if to < from {
            let what = What::WentDown { device: Id(later.document.device), what, from, to };
            findings.push(Finding { documents: vec![earlier.place, later.place], what });
        }
    };
    let (one, other) = (&earlier.document, &later.document);
    compare("number of updates".into(), one.update.into(), other.update.into());
    for held in held(one) {
        for gone in departed(other).filter(|gone| (gone.id, gone.hop) == (held.id, held.hop)) {
            compare(hours(held.id), held.usage_time.0.into(), gone.usage_time.0.into());
        }
        let same = |now: &Held| (now.id, now.hop) == (held.id, held.hop);
        let Some(now) = self::held(other).find(same) else { continue };
        compare(format!("revision of license {}", held.id), held.revision.into(), now.revision.into());
        compare(hours(held.id), held.usage_time.0.into(), now.usage_time.0.into());
        let used = used(heap, &now);
        for (meter, from) in self::used(heap, &held) {
            if let Some((_, to)) = used.iter().find(|(name, _)| *name == meter) {
                compare(format!("use of {meter} of license {}", held.id), from, *to);
            }
        }
    }
}

fn hours(id: LicenseId) -> String {
    format!("seconds of use of license {id}")
}

/// Units used by the name of each meter, or by its place where that revision is not here.
fn used(heap: &Heap<'_>, held: &Held) -> Vec<(String, u64)> {
    let license = heap.revision(held.id, held.hop, held.revision);
    let name = |place: usize| {
        let meter = license.and_then(|license| license.meters.known().nth(place));
        meter.map_or_else(
            || format!("meter number {place} in revision {}", held.revision),
            |meter| meter.name.as_str().into(),
        )
    };
    held.used.iter().enumerate().map(|(place, used)| (name(place), used.0)).collect()
}

fn held<'a>(statement: &Statement<'a>) -> impl Iterator<Item = Held> + use<'a> {
    statement.state.known().filter_map(|state| match state {
        State::Held(held) => Some(held),
        State::Departed(_) | State::Returned(_) => None,
    })
}

fn departed<'a>(statement: &Statement<'a>) -> impl Iterator<Item = Departed> + use<'a> {
    statement.state.known().filter_map(|state| match state {
        State::Departed(departed) => Some(departed),
        State::Held(_) | State::Returned(_) => None,
    })
}

fn after_departure(earlier: &FoundStatement<'_>, later: &FoundStatement<'_>, findings: &mut Vec<Finding>) {
    for departed in departed(&earlier.document) {
        let again = |held: &Held| held.id == departed.id && held.hop <= departed.hop;
        if let Some(Held { id, hop, .. }) = held(&later.document).find(again) {
            let what = What::HeldAfterDeparture { device: Id(later.document.device), id, hop };
            findings.push(Finding { documents: vec![earlier.place, later.place], what });
        }
        // A tombstone is written once, and stated as it was ever after.
        let elsewhere = |again: &Departed| {
            (again.id, again.hop) == (departed.id, departed.hop) && again.to != departed.to
        };
        if let Some(Departed { id, hop, .. }) = self::departed(&later.document).find(elsewhere) {
            let what = What::DepartedTwice { device: Id(later.document.device), id, hop };
            findings.push(Finding { documents: vec![earlier.place, later.place], what });
        }
    }
}

/// More than allowance and the largest overdraft of the revision that it holds.
fn overused(heap: &Heap<'_>, found: &FoundStatement<'_>, findings: &mut Vec<Finding>) {
    for held in held(&found.document) {
        let Some(license) = heap.revision(held.id, held.hop, held.revision) else { continue };
        for (meter, used) in license.meters.known().zip(&held.used) {
            let overdrafts =
                license.terms.known().flat_map(|term| term.conditions.known()).filter_map(|condition| {
                    match condition {
                        Condition::Units(units) if units.meter == meter.name => Some(units.overdraft.0),
                        _ => None,
                    }
                });
            // A term that is not known here may allow more.
            let granted = meter.allowance.0.saturating_add(overdrafts.max().unwrap_or_default());
            if used.0 > granted && license.terms.is_understood() {
                let (device, id) = (Id(found.document.device), held.id);
                let meter = meter.name.as_str().into();
                let what = What::Overused { device, id, meter, used: used.0, granted };
                findings.push(Finding { documents: vec![found.place], what });
            }
        }
    }
}

/// One finding for each license and pair of devices, however often they said so.
fn held_by_two(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    let mut holders: BTreeMap<(LicenseId, u16), Vec<(DeviceId, usize)>> = BTreeMap::new();
    for found in &heap.statements {
        for held in held(&found.document) {
            let of_license = holders.entry((held.id, held.hop)).or_default();
            if of_license.iter().all(|(device, _)| *device != found.document.device) {
                of_license.push((found.document.device, found.place));
            }
        }
    }
    for ((id, hop), devices) in holders {
        for ((first, one), (second, other)) in pairs(&devices) {
            let what = What::HeldByTwo { first: Id(*first), second: Id(*second), id, hop };
            findings.push(Finding { documents: vec![*one, *other], what });
        }
    }
}
