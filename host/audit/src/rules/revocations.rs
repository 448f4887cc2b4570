//! What stands under a revoked key, and what is younger than the revocation of its device.

use super::pairs;
use crate::finding::Id;
use crate::forked::Forked;
use crate::heap::Found;
use crate::standing::{Concerned, Standing, keys_against_one};
use crate::{Believed, Finding, Heap, Place, What};
use holdfast_document::revocations::Part;
use holdfast_document::{DeviceId, DocumentError, Kind, MakerId, Revocations, Time, VendorId};

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    for (first, second) in pairs(&heap.revocations) {
        let (one, other) = (&first.document, &second.document);
        if one.root == other.root && one.edition() == other.edition() && overlap(one.part, other.part) {
            let what = What::TwoRevocations { number: one.number };
            findings.push(Finding { documents: vec![first.place, second.place], what });
        }
    }
    let standing = Standing::of(heap, &Forked::of(heap));
    for found in standing.newest().iter().filter(|found| found.document.part == Part::Zero) {
        under_revoked_keys(heap, found, findings);
    }
    revoked_devices(heap, &standing, findings);
}

/// The parts of one issue leave no id out, and none is in two of them.
fn overlap(one: Part, other: Part) -> bool {
    match (one, other) {
        (Part::Zero, Part::Zero) => true,
        (Part::Span { from, to }, Part::Span { from: first, to: last }) => {
            [first, last].iter().any(|end| one.spans(end)) || [from, to].iter().any(|end| other.spans(end))
        }
        _ => false,
    }
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
        .for_each(|found| hold(found.place, Kind::License, keys_against_one(revocations, &found.document)));
    heap.updates
        .iter()
        .for_each(|found| hold(found.place, Kind::Update, keys_against_one(revocations, &found.document)));
    heap.tokens
        .iter()
        .for_each(|found| hold(found.place, Kind::TimeToken, keys_against_one(revocations, &found.document)));
    heap.statements
        .iter()
        .for_each(|found| hold(found.place, Kind::Statement, keys_against_one(revocations, &found.document)));
    heap.loans
        .iter()
        .for_each(|found| hold(found.place, Kind::Loan, keys_against_one(revocations, found.lent.loan())));
    for (place, verdict) in heap.verdicts.iter().enumerate() {
        match verdict {
            Ok(Believed::Device(device)) => {
                hold(place, Kind::Device, keys_against_one(revocations, device));
            }
            Ok(Believed::Delegation(delegation)) => {
                hold(place, Kind::Delegation, keys_against_one(revocations, delegation));
            }
            Ok(Believed::Manifest(manifest)) => {
                hold(place, Kind::Manifest, keys_against_one(revocations, manifest));
            }
            _ => {}
        }
    }
}

fn revoked_devices(heap: &Heap<'_>, standing: &Standing<'_, '_>, findings: &mut Vec<Finding>) {
    let mut hold = |place: Place, kind: Kind, concerned: Concerned, issued: Time| {
        for (by, first) in standing.naming(&concerned) {
            if issued > first.document.issued {
                let mut documents = vec![place, by.place, first.place];
                documents.dedup();
                let what = What::RevokedDevice { kind, device: Id(concerned.device) };
                findings.push(Finding { documents, what });
            }
        }
    };
    let concerned =
        |device: DeviceId, vendor: VendorId, maker: Option<MakerId>| Concerned { device, vendor, maker };
    for found in &heap.licenses {
        let license = &found.document;
        hold(found.place, Kind::License, concerned(license.device, license.vendor, None), license.issued);
    }
    for found in &heap.updates {
        let update = &found.document;
        hold(found.place, Kind::Update, concerned(update.to, update.vendor, None), update.issued);
    }
    for found in &heap.statements {
        let statement = &found.document;
        let maker = statement.device().map(|device| device.maker);
        let of_device = concerned(statement.device, statement.vendor, maker);
        hold(found.place, Kind::Statement, of_device, statement.floor);
    }
    for found in &heap.loans {
        let (parent, loan) = (found.lent.parent(), found.lent.loan());
        let maker = loan.device().map(|lender| lender.maker);
        hold(found.place, Kind::Loan, concerned(parent.device, parent.vendor, maker), loan.issued);
        hold(found.place, Kind::Loan, concerned(loan.to, parent.vendor, None), loan.issued);
    }
}
