//! What a vendor has revoked so far. Who has newer revocations forgets the older ones, so each issue
//! names everything again; the ledger remembers it, and the number of the last issue.

use std::collections::BTreeMap;

use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::revocations::{Part, Revoked};
use holdfast_document::{Body, Delegation, DeviceId, Kind, Received, Revocations, Root, Time, Verified};
use serde::{Deserialize, Serialize};

use super::{Entries, Learned, Ledger};
use crate::IssueError;
use crate::revoke::span_all;

/// Everything that revocations of one vendor name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Digests of delegations, or of Vendor records, and from which license number on; 0: wholly.
    pub delegations: BTreeMap<String, u32>,
    /// The root that a delegation stands under, by the digest of the root's record: who names the root
    /// names all of them.
    #[serde(default)]
    under: BTreeMap<String, String>,
    /// The highest version of the firmware of each board that is no longer trusted.
    pub firmware: BTreeMap<String, u32>,
    /// Devices, in the order of their ids.
    pub devices: Vec<DeviceId>,
}

/// The last issue: its number and what it names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LastIssue {
    number: u32,
    named: Named,
    /// The parts that were shown of an issue which is not known whole yet.
    #[serde(default)]
    shown: Option<Shown>,
}

/// Parts of one issue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    number: u32,
    keys: bool,
    /// From which id to which, in order.
    spans: Vec<(DeviceId, DeviceId)>,
}

impl Shown {
    fn add(&mut self, part: Part) {
        match part {
            Part::Zero => self.keys = true,
            Part::Span { from, to } => {
                self.spans.push((from, to));
                self.spans.sort_by_key(|(from, _)| order(from));
                self.spans.dedup();
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.keys && span_all(&self.spans)
    }
}

impl Named {
    /// Names a delegation under the root of this record, from that number on; what is revoked stays so.
    pub fn delegation(&mut self, body: Hash, root: Hash, from_number: u32) {
        self.key(&body.to_string(), from_number);
        self.under.insert(body.to_string(), root.to_string());
    }

    /// Names a root, by the digest of its record, and all that it signed.
    pub fn root(&mut self, record: Hash) {
        self.key(&record.to_string(), 0);
    }

    /// Names a key, wherever it stands.
    fn key(&mut self, body: &str, from_number: u32) {
        let from = self.delegations.entry(body.to_owned()).or_insert(from_number);
        *from = from_number.min(*from);
    }

    /// Names a version of the firmware of a board, and all before it.
    pub fn firmware(&mut self, board: &str, version: u32) {
        let last = self.firmware.entry(board.to_owned()).or_insert(version);
        *last = version.max(*last);
    }

    /// Names a device.
    pub fn device(&mut self, id: DeviceId) {
        if let Err(place) = self.devices.binary_search_by(|known| order(known).cmp(&order(&id))) {
            self.devices.insert(place, id);
        }
    }

    fn add(&mut self, more: &Self) {
        more.delegations.iter().for_each(|(body, from)| self.key(body, *from));
        self.under.extend(more.under.clone());
        // What stands under a revoked root needs no entry of its own; so there is always room for a root.
        let Self { delegations, under, .. } = self;
        under.retain(|body, root| {
            let covered = delegations.get(root) == Some(&0);
            if covered {
                delegations.remove(body);
            }
            !covered
        });
        more.firmware.iter().for_each(|(board, version)| self.firmware(board, *version));
        more.devices.iter().for_each(|device| self.device(*device));
    }
}

/// TPMs behind dongles, each sort by its bytes, as spans compare them.
fn order(id: &DeviceId) -> (bool, Vec<u8>) {
    (matches!(id, DeviceId::Tpm(_)), id.as_bytes().to_vec())
}

impl Entries {
    /// The last issue of revocations is known again.
    pub(super) fn revocations_are_known(&mut self) {
        (self.revocations_learned, self.revoked.shown) = (self.restored, None);
    }

    const fn knows_revocations(&self) -> bool {
        self.revocations_learned == self.restored && self.revoked.shown.is_none()
    }

    /// Takes one part of an issue that was forgotten. What it names is never forgotten again; but only the whole of the
    /// last issue names all that was named.
    fn take_part(&mut self, number: u32, part: Part, named: &Named) -> Learned {
        let known = self.knows_revocations();
        let last = &mut self.revoked;
        last.named.add(named);
        if number > last.number || (number == last.number && !known) {
            let mut shown = last.shown.take().filter(|shown| shown.number == number);
            let shown = shown.get_or_insert_with(|| Shown { number, ..Shown::default() });
            shown.add(part);
            last.shown = Some(shown.clone());
            last.number = number;
            if shown.is_whole() {
                self.revocations_are_known();
            }
        }
        Learned::Revocations { number: self.revoked.number, whole: self.knows_revocations() }
    }
}

impl Ledger {
    pub(super) fn learn_revocations(
        &mut self,
        received: &Received<'_>,
        root: &Root,
    ) -> Result<Learned, IssueError> {
        let issue = received.verify::<RustCrypto, Revocations<'_>>(root, Time(0))?;
        self.stands(&issue)?;
        if issue.first_link().is_some() {
            return Err(IssueError::NotByARoot);
        }
        let mut named = Named::default();
        for entry in issue.entries.iter() {
            match entry? {
                Revoked::Delegation(of) => named.key(&of.body.to_string(), of.from_number),
                Revoked::Firmware(of) => named.firmware(of.board.as_str(), of.version),
                Revoked::Device(device) => named.device(device),
            }
        }
        self.together(|ledger| Ok(ledger.entries.take_part(issue.number, issue.part, &named)))
    }

    /// Revocations name a delegation and not the root that it stands under; the delegation itself says which.
    pub(super) fn learn_delegation(
        &mut self,
        received: &Received<'_>,
        root: &Root,
    ) -> Result<Learned, IssueError> {
        let delegation = received.verify::<RustCrypto, Delegation<'_>>(root, Time(0))?;
        let body = delegation.digest().to_string();
        self.together(|ledger| {
            let named = &mut ledger.entries.revoked.named;
            let revoked = named.delegations.contains_key(&body);
            if revoked {
                named.under.insert(body, root.body.to_string());
                named.add(&Named::default());
            }
            Ok(Learned::Delegation { revoked })
        })
    }

    /// Nothing is learned from what somebody signed whose key, or one above it, was revoked: it may have been anybody.
    ///
    /// # Errors
    /// [`IssueError::UnderRevokedKey`].
    pub(super) fn stands<'a, B: Body<'a>>(&self, document: &Verified<'a, B>) -> Result<(), IssueError> {
        let links = document.document().chain.known();
        let delegations = links.map(|link| Kind::Delegation.digest(link.body));
        let keys: Vec<_> = std::iter::once(document.root_record()).chain(delegations).collect();
        let number = document.body().number().unwrap_or(0);
        self.may_issue(&keys, number).map_err(|_| IssueError::UnderRevokedKey)
    }

    /// Enters what is to be revoked from now on, and gives the number of the issue and all that it
    /// must name.
    ///
    /// # Errors
    /// [`IssueError::NoNumbers`] when the numbers of revocations are used up; [`IssueError::RevocationsNotLearned`].
    pub fn revoke(&mut self, more: &Named) -> Result<(u32, Named), IssueError> {
        // It would be issued a second time, with other names.
        if !self.entries.knows_revocations() {
            return Err(IssueError::RevocationsNotLearned);
        }
        let last = &mut self.entries.revoked;
        let number = last.number.checked_add(1);
        last.number = number.ok_or(IssueError::NoNumbers { first: 1, last: u32::MAX })?;
        last.named.add(more);
        Ok((last.number, last.named.clone()))
    }

    /// Nobody sells on with a key that was revoked: neither the root nor any delegation above it, whose
    /// digests these are, is named wholly or from this license number on. Number 0 is for what has none.
    ///
    /// # Errors
    /// [`IssueError::RevokedDesk`].
    pub fn may_issue(&self, keys: &[Hash], number: u32) -> Result<(), IssueError> {
        let named = &self.entries.revoked.named.delegations;
        let from = keys.iter().filter_map(|key| named.get(&key.to_string())).min();
        match from {
            Some(from) if number >= *from => Err(IssueError::RevokedDesk { from: *from }),
            _ => Ok(()),
        }
    }

    /// Nothing is issued to a device that was revoked.
    ///
    /// # Errors
    /// [`IssueError::RevokedDevice`].
    pub fn counts(&self, device: &str) -> Result<(), IssueError> {
        let named = |id: &DeviceId| match id {
            DeviceId::Dongle(id) => id.to_string() == device,
            DeviceId::Tpm(name) => name.to_string() == device,
            DeviceId::Unbound => false,
        };
        match self.entries.revoked.named.devices.iter().any(named) {
            true => Err(IssueError::RevokedDevice { device: device.to_owned() }),
            false => Ok(()),
        }
    }
}
