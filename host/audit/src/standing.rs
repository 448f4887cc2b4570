//! Which revocations count, and against what.
//!
//! Revocations are documents like any other: their own keys may be revoked, their succession may have
//! split, and they may name what is not their signer's to revoke. None of those count:
//!
//! - Under a record that stands on a split none count, whichever branch it is.
//! - Those of whoever stands higher are heard first, and strike out those whose own keys they name: a
//!   later root before an earlier one, a root before its delegates.
//! - Keys are held against revocations of the vendor or maker that they speak for; devices and firmware
//!   against those of the vendor concerned, and of their own maker. Where no document here says whose a
//!   device is, that may be any maker that the vendor accepts.

use crate::forked::Forked;
use crate::heap::Found;
use crate::{Believed, Heap};
use holdfast_document::revocations::Part;
use holdfast_document::{
    Authority, Body, DeviceId, Document, DocumentError, MakerId, Revocations, Vendor, VendorId, Verified,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;

type FoundRevocations<'a> = Found<'a, Revocations<'a>>;

/// The revocations that count.
pub(crate) struct Standing<'h, 'a> {
    /// Every edition, the highest signers' first.
    editions: Vec<&'h FoundRevocations<'a>>,
    /// The newest of each vendor, maker and part.
    newest: Vec<&'h FoundRevocations<'a>>,
    /// Whose each device is, as the documents of its makers say.
    makers_of: BTreeMap<Vec<u8>, Vec<MakerId>>,
    /// The makers in the newest record of each vendor that is not in doubt.
    accepted: BTreeMap<VendorId, Vec<MakerId>>,
}

/// A device, and what the document in which it is named says of who may revoke it.
pub(crate) struct Concerned {
    /// The device.
    pub device: DeviceId,
    /// The vendor; zeros where there is none.
    pub vendor: VendorId,
    /// The device's maker, where the device or its maker signed.
    pub maker: Option<MakerId>,
}

impl<'h, 'a> Standing<'h, 'a> {
    pub(crate) fn of(heap: &'h Heap<'a>, forked: &Forked) -> Self {
        let on_no_split = |found: &&FoundRevocations<'a>| forked.at(found.document.root_record()).is_none();
        let mut ranked: Vec<_> = heap.revocations.iter().filter(on_no_split).collect();
        ranked.sort_by_key(|found| rank(found));
        let (mut editions, mut of_keys) = (Vec::new(), Vec::new());
        for of_one_rank in ranked.chunk_by(|one, other| rank(one) == rank(other)) {
            let stand: Vec<_> = of_one_rank
                .iter()
                .copied()
                .filter(|found| keys_against(&of_keys, &found.document).is_ok())
                .collect();
            editions.extend(&stand);
            of_keys.extend(stand.into_iter().filter(|found| found.document.part == Part::Zero));
            of_keys = newest(&of_keys);
        }
        let newest = newest(&editions);
        Self { editions, newest, makers_of: makers_of(heap), accepted: accepted(heap, forked) }
    }

    /// The newest of each vendor, maker and part.
    pub(crate) fn newest(&self) -> &[&'h FoundRevocations<'a>] {
        &self.newest
    }

    /// Holds the root and each delegation above a document against what revokes keys of whom it
    /// speaks for.
    pub(crate) fn keys_stand<'b, B: Body<'b>>(
        &self,
        document: &Verified<'b, B>,
    ) -> Result<(), DocumentError> {
        keys_against(&self.newest, document)
    }

    /// The newest revocations that name the device, and may, each with the first edition here that
    /// did: later ones name it again, and it is revoked since the first. Of a device that was taken
    /// back and named again that is the first time, too; where only a later edition is here, its
    /// date is all that is known.
    pub(crate) fn naming<'s>(
        &'s self,
        concerned: &'s Concerned,
    ) -> impl Iterator<Item = (&'h FoundRevocations<'a>, &'h FoundRevocations<'a>)> {
        let names = |by: &FoundRevocations<'a>| by.document.revokes_device(&concerned.device);
        let naming = self.newest.iter().copied().filter(move |by| self.may_name(by, concerned) && names(by));
        naming.map(move |by| {
            let of_same =
                self.editions.iter().copied().filter(move |it| it.document.root == by.document.root);
            let first = of_same.filter(move |edition| names(edition)).min_by_key(|it| it.document.issued);
            (by, first.unwrap_or(by))
        })
    }

    fn may_name(&self, by: &FoundRevocations<'a>, concerned: &Concerned) -> bool {
        match (by.document.root, concerned.maker) {
            (Authority::Vendor(vendor), _) => vendor == concerned.vendor,
            (Authority::Maker(maker), Some(own)) => maker == own,
            (Authority::Maker(maker), None) => self.may_have_made(maker, concerned),
        }
    }

    fn may_have_made(&self, maker: MakerId, concerned: &Concerned) -> bool {
        let DeviceId::Dongle(_) = concerned.device else { return false };
        let Some(accepted) = self.accepted.get(&concerned.vendor) else { return false };
        let known = self.makers_of.get(concerned.device.as_bytes());
        let mut own = known.into_iter().flatten().filter(|own| accepted.contains(own)).peekable();
        accepted.contains(&maker) && (own.peek().is_none() || own.any(|own| *own == maker))
    }
}

/// Who stands higher comes first.
fn rank(found: &FoundRevocations<'_>) -> (Reverse<u8>, usize, Reverse<u32>) {
    let Document { root, chain, .. } = found.document.document();
    (Reverse(*root), chain.known().count(), Reverse(found.document.number))
}

fn newest<'h, 'a>(editions: &[&'h FoundRevocations<'a>]) -> Vec<&'h FoundRevocations<'a>> {
    let is_newest = |found: &&&FoundRevocations<'a>| {
        let newer = |other: &&FoundRevocations<'a>| {
            (other.document.root, other.document.part) == (found.document.root, found.document.part)
                && other.document.edition() > found.document.edition()
        };
        !editions.iter().any(newer)
    };
    editions.iter().filter(is_newest).copied().collect()
}

/// Holds the keys above a document against one issue. Revocations of another vendor or maker say nothing of them,
/// even where they name them.
pub(crate) fn keys_against_one<'b, B: Body<'b>>(
    revocations: &Revocations<'_>,
    document: &Verified<'b, B>,
) -> Result<(), DocumentError> {
    if document.authority() != revocations.root {
        return Ok(());
    }
    document.check_not_revoked(revocations)
}

/// Of several keys the first from the root on, whichever revocations name it.
fn keys_against<'b, B: Body<'b>>(
    revocations: &[&FoundRevocations<'_>],
    document: &Verified<'b, B>,
) -> Result<(), DocumentError> {
    let named = revocations.iter().filter_map(|by| keys_against_one(&by.document, document).err());
    let place = |why: &DocumentError| match why {
        DocumentError::Revoked { above } => *above,
        _ => u8::MAX,
    };
    named.min_by_key(place).map_or(Ok(()), Err)
}

fn makers_of(heap: &Heap<'_>) -> BTreeMap<Vec<u8>, Vec<MakerId>> {
    let mut makers_of: BTreeMap<Vec<u8>, Vec<MakerId>> = BTreeMap::new();
    for believed in heap.verdicts.iter().flatten() {
        let device = match believed {
            Believed::Device(device) => Some(device.body()),
            Believed::Statement(statement) => statement.device(),
            Believed::Loan(lent) => lent.loan().device(),
            _ => None,
        };
        if let Some(device) = device {
            makers_of.entry(device.id().0.to_vec()).or_default().push(device.maker);
        }
    }
    makers_of
}

fn accepted(heap: &Heap<'_>, forked: &Forked) -> BTreeMap<VendorId, Vec<MakerId>> {
    let mut records: Vec<_> =
        heap.vendors.iter().filter(|record| forked.at(record.document.digest()).is_none()).collect();
    records.sort_by_key(|record| record.document.number);
    let makers = |record: &Found<'_, Vendor<'_>>| {
        record.document.makers.known().map(|key| MakerId::of(&key)).collect()
    };
    records.into_iter().map(|record| (record.document.id(), makers(record))).collect()
}
