//! What each document is worth, given all the others that came with it.
//!
//! An audit looks for what documents prove against somebody, and keeps both sides of a contradiction.
//! Who verifies wants to know of each document whether to use it, so here a contradiction counts
//! against the document: a forked succession leaves nothing of what stands on it, of two licenses
//! that share a revision neither is taken, and revocations that are here count, if their own keys stand.

use crate::forked::Forked;
use crate::heap::Found;
use crate::standing::{Concerned, Standing};
use crate::{Believed, Heap, NotBelieved};
use holdfast_crypto::Hash;
use holdfast_document::revocations::Revoked;
use holdfast_document::{Authority, Body, DeviceId, MakerId, Revocations, Time, VendorId, Verified};
use holdfast_license::{License, LicenseId};
use std::collections::{BTreeMap, BTreeSet};

/// A document that may be used.
#[derive(Clone, Debug)]
pub struct Good<'a> {
    /// The document, and what it stands on.
    pub document: Believed<'a>,
    /// A later revision of this license is here, too, or later revocations of the same part: that
    /// one's number. The document is true and no longer the last word.
    pub overtaken: Option<u32>,
}

/// Verifies documents from the founding record of this vendor on, which must be among them. They
/// may come in any order; a verdict stands at the place of its document.
pub fn verify(documents: &[Vec<u8>], vendor: VendorId, floor: Time) -> Vec<Result<Good<'_>, NotBelieved>> {
    let heap = Heap::sort(documents, Some(vendor), floor);
    let others = Others::of(&heap, vendor);
    heap.verdicts.iter().map(|verdict| others.hold_against(verdict.clone()?)).collect()
}

/// What the other documents say of one.
struct Others<'h, 'a> {
    vendor: VendorId,
    forked: Forked,
    revocations: Standing<'h, 'a>,
    /// Of each license the last hop and revision.
    newest: BTreeMap<LicenseId, (u16, u32)>,
    /// Each revision of which there are two bodies.
    doubtful: BTreeSet<(LicenseId, u16, u32)>,
}

const fn revision(license: &License<'_>) -> (LicenseId, u16, u32) {
    (license.id, license.hop, license.revision)
}

impl<'h, 'a> Others<'h, 'a> {
    fn of(heap: &'h Heap<'a>, vendor: VendorId) -> Self {
        let forked = Forked::of(heap);
        let revocations = Standing::of(heap, &forked);
        let mut others =
            Self { vendor, forked, revocations, newest: BTreeMap::new(), doubtful: BTreeSet::new() };
        let mut seen = BTreeSet::new();
        // Every body is in the heap once, so a revision that comes again has another one.
        for license in heap.licenses.iter().map(|found| &found.document) {
            if others.keys_stand(license).is_err() {
                // Whoever has a key that was revoked takes the place of nothing with it, and brings nothing into doubt.
                continue;
            }
            let newest = others.newest.entry(license.id).or_default();
            *newest = (license.hop, license.revision).max(*newest);
            if !seen.insert(revision(license)) {
                others.doubtful.insert(revision(license));
            }
        }
        others
    }

    fn hold_against(&self, document: Believed<'a>) -> Result<Good<'a>, NotBelieved> {
        let mut overtaken = None;
        match &document {
            Believed::Vendor(record) => self.not_forked(record.digest())?,
            Believed::Device(device) => {
                self.keys_stand(device)?;
                let (device, maker) = (DeviceId::Dongle(device.id()), Some(device.maker));
                let concerned = Concerned { device, vendor: self.vendor, maker };
                named_by(self.revocations.naming(&concerned).map(|(by, _)| by))?;
            }
            Believed::Delegation(delegation) => {
                self.keys_stand(delegation)?;
                let own = |by: &Revocations<'_>| by.root == delegation.authority();
                self.not_named(|by| own(by) && revokes_wholly(by, delegation.digest()))?;
            }
            Believed::License(license) => {
                self.license(license)?;
                overtaken = self.newer_revision(license);
            }
            Believed::Loan(lent) => {
                self.license(lent.parent())?;
                self.keys_stand(lent.loan())?;
                let lender = lent.loan().device().map(|lender| lender.maker);
                self.of_a_device_that_counts(&lent.parent().device, lender, lent.loan().issued)?;
                self.of_a_device_that_counts(&lent.loan().to, None, lent.loan().issued)?;
            }
            Believed::Update { update, licenses } => {
                self.keys_stand(update)?;
                self.of_a_device_that_counts(&update.to, None, update.issued)?;
                licenses.iter().try_for_each(|license| self.license(license))?;
            }
            Believed::TimeToken(token) => self.keys_stand(token)?,
            Believed::Revocations(revocations) => {
                self.keys_stand(revocations)?;
                overtaken = self.newer_edition(revocations);
            }
            Believed::Statement(statement) => {
                self.keys_stand(statement)?;
                let maker = statement.device().map(|device| device.maker);
                self.of_a_device_that_counts(&statement.device, maker, statement.floor)?;
            }
            Believed::Manifest(manifest) => {
                self.keys_stand(manifest)?;
                let whose = [Authority::Vendor(self.vendor), manifest.authority()];
                let names = |by: &Revocations<'_>| by.revokes_firmware(manifest.board, manifest.firmware);
                self.not_named(|by| whose.contains(&by.root) && names(by))?;
            }
        }
        Ok(Good { document, overtaken })
    }

    fn license(&self, license: &Verified<'a, License<'a>>) -> Result<(), NotBelieved> {
        self.keys_stand(license)?;
        self.of_a_device_that_counts(&license.device, None, license.issued)?;
        if self.doubtful.contains(&revision(license)) {
            return Err(NotBelieved::TwoBodies { id: license.id, revision: license.revision });
        }
        Ok(())
    }

    fn newer_revision(&self, license: &License<'_>) -> Option<u32> {
        let (hop, number) = self.newest.get(&license.id).copied()?;
        ((hop, number) > (license.hop, license.revision)).then_some(number)
    }

    fn newer_edition(&self, revocations: &Verified<'_, Revocations<'_>>) -> Option<u32> {
        let same_part = |by: &&&Found<'_, Revocations<'_>>| {
            (by.document.root, by.document.part) == (revocations.root, revocations.part)
        };
        let newest = self.revocations.newest().iter().find(same_part)?;
        (newest.document.edition() > revocations.edition()).then_some(newest.document.number)
    }

    /// Neither the root that a chain starts at is doubtful, nor any key in it revoked.
    fn keys_stand<'b, B: Body<'b>>(&self, document: &Verified<'b, B>) -> Result<(), NotBelieved> {
        self.not_forked(document.root_record())?;
        self.revocations.keys_stand(document).map_err(NotBelieved::from)
    }

    fn not_forked(&self, record: Hash) -> Result<(), NotBelieved> {
        self.forked.at(record).map_or(Ok(()), |number| Err(NotBelieved::Forked { number }))
    }

    /// A device that was revoked may have been honest before: until the first revocations here that
    /// name it. The maker is that of the device, where the device or its maker signed.
    fn of_a_device_that_counts(
        &self,
        device: &DeviceId,
        maker: Option<MakerId>,
        issued: Time,
    ) -> Result<(), NotBelieved> {
        let concerned = Concerned { device: *device, vendor: self.vendor, maker };
        let before = self.revocations.naming(&concerned).filter(|(_, first)| first.document.issued < issued);
        named_by(before.map(|(by, _)| by))
    }

    fn not_named(&self, names: impl Fn(&Revocations<'_>) -> bool) -> Result<(), NotBelieved> {
        named_by(self.revocations.newest().iter().copied().filter(|by| names(&by.document)))
    }
}

/// Of several the highest number is told, whatever their order.
fn named_by<'h, 'a: 'h>(by: impl Iterator<Item = &'h Found<'a, Revocations<'a>>>) -> Result<(), NotBelieved> {
    let number = by.map(|by| by.document.number).max();
    number.map_or(Ok(()), |number| Err(NotBelieved::Revoked { number }))
}

fn revokes_wholly(by: &Revocations<'_>, body: Hash) -> bool {
    let named = |entry| matches!(entry, Revoked::Delegation(of) if of.body == body && of.from_number == 0);
    by.entries.known().any(named)
}
