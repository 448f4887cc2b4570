//! What two licenses prove together: quotas, numbers, devices, and whose word supersedes whose.

use super::{groups, pairs};
use crate::finding::Id;
use crate::heap::Found;
use crate::{Finding, Heap, What};
use holdfast_document::Verified;
use holdfast_license::{Issuer, License};

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    let quota = |found: &Found<'_, License<'_>>| Some((found.document.first_link()?, found.document.number));
    for sold in groups(&heap.licenses, quota) {
        // Revisions of one id have one number; the first of each id stands for them.
        let mut ids: Vec<&Found<'_, License<'_>>> = Vec::new();
        for found in sold {
            if ids.iter().all(|known| known.document.id != found.document.id) {
                ids.push(found);
            }
        }
        add_pairs(&ids, over_issue, findings);
    }
    for of_one in groups(&heap.licenses, |found| Some((found.document.vendor, found.document.id))) {
        add_pairs(&of_one, of_one_id, findings);
        findings.extend(other_desks(&of_one));
    }
}

fn add_pairs(
    licenses: &[&Found<'_, License<'_>>],
    rule: impl Fn(&Verified<'_, License<'_>>, &Verified<'_, License<'_>>) -> Option<What>,
    findings: &mut Vec<Finding>,
) {
    for (first, second) in pairs(licenses) {
        let documents = vec![first.place, second.place];
        findings.extend(rule(&first.document, &second.document).map(|what| Finding { documents, what }));
    }
}

/// Two ids with one number under one first link. A root has no quota.
fn over_issue(one: &Verified<'_, License<'_>>, other: &Verified<'_, License<'_>>) -> Option<What> {
    let delegation = one.first_link()?;
    let same =
        one.vendor == other.vendor && other.first_link() == Some(delegation) && one.number == other.number;
    same.then(|| What::OverIssue { number: one.number, delegation, first: one.id, second: other.id })
}

fn of_one_id(one: &Verified<'_, License<'_>>, other: &Verified<'_, License<'_>>) -> Option<What> {
    let id = one.id;
    if one.hop == other.hop && one.device != other.device {
        return Some(What::TwoDevices { id, hop: one.hop, first: Id(one.device), second: Id(other.device) });
    }
    if (one.hop, one.revision) == (other.hop, other.revision) {
        return Some(What::TwoBodies { id, revision: one.revision });
    }
    let same_quota = one.first_link().is_some() && one.first_link() == other.first_link();
    (same_quota && one.number != other.number).then_some(What::TwoNumbers {
        id,
        first: one.number,
        second: other.number,
    })
}

/// Each revision held against the one before that is here; of one revision there may be several.
fn other_desks(of_one: &[&Found<'_, License<'_>>]) -> Vec<Finding> {
    let revision = |found: &Found<'_, License<'_>>| found.document.revision;
    let before = |after: u32| of_one.iter().map(|found| revision(found)).filter(|older| *older < after).max();
    let overstepped = of_one.iter().flat_map(|after| {
        let befores = of_one.iter().filter(|older| Some(revision(older)) == before(revision(after)));
        let stepped_over =
            befores.filter(|older| !Issuer::of(&after.document).may_supersede(&Issuer::of(&older.document)));
        stepped_over.map(|older| {
            let what = What::OtherDesk { id: after.document.id, revision: after.document.revision };
            Finding { documents: vec![older.place, after.place], what }
        })
    });
    overstepped.collect()
}
