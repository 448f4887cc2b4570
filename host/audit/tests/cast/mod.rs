//! The cast of the licenses, and what a heap is made of.

#![allow(dead_code, reason = "each test binary takes the part of the cast that it needs")]

#[path = "../../../../shared/license/tests/cast/mod.rs"]
mod licenses;

pub(crate) use licenses::*;

use holdfast_document::revocations::{Part, Revoked};
use holdfast_document::{Authority, Body, DeviceId, Revocations, V1};

/// The vendor's founding record.
pub(crate) fn founding() -> Vec<u8> {
    Signer::vendor().document(&founding_record(), &[])
}

/// What the desk signs.
pub(crate) fn by_desk<B: Body<'static>>(body: &B) -> Vec<u8> {
    Signer::desk().document(body, &[Signer::vendor().link(&desk())])
}

/// The id of the dongle.
pub(crate) fn dongle_id() -> DeviceId {
    DeviceId::Dongle(dongle().id())
}

/// Revocations by the vendor's first root, a day after everything else.
pub(crate) fn revocations(number: u32, part: Part, entries: &[Revoked<'static>]) -> Revocations<'static> {
    Revocations {
        version: V1,
        signer: digest(&founding_record()),
        issued: NOW.plus(DAY),
        root: Authority::Vendor(vendor_id()),
        number,
        part,
        entries: list(entries),
    }
}

/// What the vendor's first root signs itself.
pub(crate) fn by_root<B: Body<'static>>(body: &B) -> Vec<u8> {
    Signer::vendor().document(body, &[])
}
