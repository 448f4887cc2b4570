//! What stands under a revoked key, and what is younger than the revocation of its device.

use super::pairs;
use crate::finding::Id;
use crate::heap::Found;
use crate::{Finding, Heap, Place, What};
use holdfast_document::revocations::Part;
use holdfast_document::{Body, DeviceId, DocumentError, Kind, Revocations, Time, Verified};

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    for (first, second) in pairs(&heap.revocations) {
        let (one, other) = (&first.document, &second.document);
        if (one.root, one.part) == (other.root, other.part) && one.edition() == other.edition() {
            let what = What::TwoRevocations { number: one.number };
            findings.push(Finding { documents: vec![first.place, second.place], what });
        }
    }
    for found in newest(heap, |part| part == Part::Zero) {
        under_revoked_keys(heap, found, findings);
    }
    for found in newest(heap, |part| part != Part::Zero) {
        revoked_devices(heap, found, findings);
    }
}

/// The newest revocations of each vendor, maker and part.
pub(crate) fn newest<'h, 'a>(
    heap: &'h Heap<'a>,
    of: impl Fn(Part) -> bool + 'h,
) -> impl Iterator<Item = &'h Found<'a, Revocations<'a>>> {
    heap.revocations.iter().filter(move |found| {
        let newer = |other: &Found<'a, Revocations<'a>>| {
            (other.document.root, other.document.part) == (found.document.root, found.document.part)
                && other.document.edition() > found.document.edition()
        };
        of(found.document.part) && !heap.revocations.iter().any(newer)
    })
}

fn under_revoked_keys(heap: &Heap<'_>, by: &Found<'_, Revocations<'_>>, findings: &mut Vec<Finding>) {
    let mut hold = |place: Place, kind: Kind, held: Result<(), DocumentError>| {
        if let Err(DocumentError::Revoked { above }) = held {
            let what = What::UnderRevokedKey { kind, place: above };
            findings.push(Finding { documents: vec![place, by.place], what });
        }
    };
    let revocations = by.document.body();
    heap.licenses
        .iter()
        .for_each(|found| hold(found.place, Kind::License, against(&found.document, revocations)));
    heap.updates
        .iter()
        .for_each(|found| hold(found.place, Kind::Update, against(&found.document, revocations)));
    heap.tokens
        .iter()
        .for_each(|found| hold(found.place, Kind::TimeToken, against(&found.document, revocations)));
    heap.statements
        .iter()
        .for_each(|found| hold(found.place, Kind::Statement, against(&found.document, revocations)));
    heap.loans
        .iter()
        .for_each(|found| hold(found.place, Kind::Loan, against(found.lent.loan(), revocations)));
}

fn against<'a, B: Body<'a>>(
    document: &Verified<'a, B>,
    revocations: &Revocations<'_>,
) -> Result<(), DocumentError> {
    document.check_not_revoked(revocations)
}

fn revoked_devices(heap: &Heap<'_>, by: &Found<'_, Revocations<'_>>, findings: &mut Vec<Finding>) {
    let mut hold = |place: Place, kind: Kind, device: DeviceId, issued: Time| {
        if issued > by.document.issued && by.document.revokes_device(&device) {
            let what = What::RevokedDevice { kind, device: Id(device) };
            findings.push(Finding { documents: vec![place, by.place], what });
        }
    };
    for found in &heap.licenses {
        hold(found.place, Kind::License, found.document.device, found.document.issued);
    }
    for found in &heap.statements {
        hold(found.place, Kind::Statement, found.document.device, found.document.floor);
    }
    for found in &heap.loans {
        hold(found.place, Kind::Loan, found.lent.parent().device, found.lent.loan().issued);
    }
}
