//! Revocations: what no longer counts, numbered by the ledger and signed by the vendor's root.
//!
//! Part 0 names keys and firmware; devices are named in parts that span all ids of a sort, so that a
//! device reads the one that spans its own. All parts of one issue have one number.

use holdfast_document::revocations::{Part, Revoked, RevokedDelegation, RevokedFirmware};
use holdfast_document::{DeviceId, DongleId, List, Name, Revocations, Time, TpmName, V1};
use rand_core::CryptoRng;

use crate::ledger::Named;
use crate::office::list;
use crate::{IssueError, Ledger, Office};

/// Devices that one part names at most: their entries fit its body with room to spare.
const DEVICES: usize = 90;

/// What was issued.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its number.
    pub number: u32,
    /// Its parts, whole documents: part 0, then spans of devices.
    pub parts: Vec<Vec<u8>>,
    /// All that it names, that of earlier issues too.
    pub named: Named,
}

/// Revokes all this, beside what was revoked before. The ledger has it before it is returned.
///
/// # Errors
/// [`IssueError::Refused`], also for more keys and firmware than part 0 holds, and for an office that
/// may not revoke; [`IssueError::OwnRoot`] where the office's own root is named.
pub fn revoke(
    office: &Office,
    ledger: &mut Ledger,
    more: &Named,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Issue, IssueError> {
    ledger.together(|ledger| {
        let (number, named) = ledger.revoke(more)?;
        if named.delegations.contains_key(&office.root().body.to_string()) {
            return Err(IssueError::OwnRoot);
        }
        let mut parts = vec![sign(office, number, Part::Zero, &keys_and_firmware(&named)?, now, rng)?];
        for (part, devices) in spans(&named.devices) {
            let entries: Vec<_> = devices.iter().map(|device| Revoked::Device(*device)).collect();
            parts.push(sign(office, number, part, &entries, now, rng)?);
        }
        Ok(Issue { number, parts, named })
    })
}

fn keys_and_firmware(named: &Named) -> Result<Vec<Revoked<'_>>, IssueError> {
    let delegation = |(body, from): (&String, &u32)| {
        let body = serde_json::from_value(body.as_str().into()).map_err(|_| IssueError::Name)?;
        Ok(Revoked::Delegation(RevokedDelegation { body, from_number: *from }))
    };
    let mut entries: Vec<Revoked<'_>> =
        named.delegations.iter().map(delegation).collect::<Result<_, IssueError>>()?;
    for (board, version) in &named.firmware {
        let board = Name::new(board).ok_or(IssueError::Name)?;
        entries.push(Revoked::Firmware(RevokedFirmware { board, version: *version }));
    }
    Ok(entries)
}

fn sign(
    office: &Office,
    number: u32,
    part: Part,
    entries: &[Revoked<'_>],
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let entries = list(entries)?;
    let (signer, root, entries) = (office.signer(), office.authority(), List::from_bytes(&entries));
    office.sign(&Revocations { version: V1, signer, issued: now, root, number, part, entries }, rng)
}

/// The lowest and the highest id of each sort of device.
const fn ends() -> [(DeviceId, DeviceId); 2] {
    [
        (DeviceId::Dongle(DongleId([0; 16])), DeviceId::Dongle(DongleId([255; 16]))),
        (DeviceId::Tpm(TpmName([0; 34])), DeviceId::Tpm(TpmName([255; 34]))),
    ]
}

/// Whether these spans, in order, leave out no id of any sort.
pub(crate) fn span_all(spans: &[(DeviceId, DeviceId)]) -> bool {
    let mut rest = spans;
    ends().into_iter().all(|(first, last)| {
        let end = rest.iter().position(|(_, to)| *to == last).map_or(0, |place| place + 1);
        let (of_sort, behind) = rest.split_at(end);
        rest = behind;
        let joined = |pair: &[(DeviceId, DeviceId)]| matches!(pair, [one, next] if before(&next.0) == one.1);
        of_sort.first().is_some_and(|(from, _)| *from == first) && of_sort.windows(2).all(joined)
    })
}

/// Parts that together span every id of each sort of device. `devices` is in order.
fn spans(devices: &[DeviceId]) -> Vec<(Part, &[DeviceId])> {
    let dongles = devices.partition_point(|device| matches!(device, DeviceId::Dongle(_)));
    let (dongles, tpms) = devices.split_at(dongles);
    let mut spans = Vec::new();
    for (of_sort, (first, last)) in [dongles, tpms].into_iter().zip(ends()) {
        // A sort of which none is named has its part, too: so whoever has all parts can tell.
        let groups: Vec<_> =
            if of_sort.is_empty() { vec![of_sort] } else { of_sort.chunks(DEVICES).collect() };
        let mut from = first;
        for (place, group) in groups.iter().enumerate() {
            let next = groups.get(place + 1).and_then(|next| next.first());
            let to = next.map_or(last, before);
            spans.push((Part::Span { from, to }, *group));
            from = next.copied().unwrap_or(last);
        }
    }
    spans
}

/// The id before this one, as bytes compare; of the lowest, itself.
fn before(id: &DeviceId) -> DeviceId {
    fn less(bytes: &mut [u8]) {
        for byte in bytes.iter_mut().rev() {
            let (less, borrowed) = byte.overflowing_sub(1);
            *byte = less;
            if !borrowed {
                return;
            }
        }
    }
    match *id {
        DeviceId::Dongle(DongleId(mut bytes)) => {
            less(&mut bytes);
            DeviceId::Dongle(DongleId(bytes))
        }
        DeviceId::Tpm(TpmName(mut bytes)) => {
            less(&mut bytes);
            DeviceId::Tpm(TpmName(bytes))
        }
        DeviceId::Unbound => DeviceId::Unbound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_device_lies_in_one_part_and_who_is_named_in_the_part_of_its_own(
            ids in prop::collection::btree_set(any::<[u8; 16]>(), 1..400),
            other in any::<[u8; 16]>(),
        ) {
            let devices: Vec<_> = ids.iter().map(|id| DeviceId::Dongle(DongleId(*id))).collect();
            let spans = spans(&devices);
            let of = |id: DeviceId| spans.iter().filter(|(part, _)| part.spans(&id)).collect::<Vec<_>>();
            for device in &devices {
                let parts = of(*device);
                prop_assert!(parts.len() == 1 && parts[0].1.contains(device));
            }
            prop_assert_eq!(of(DeviceId::Dongle(DongleId(other))).len(), 1);
            for end in [[0; 16], [255; 16]] {
                prop_assert_eq!(of(DeviceId::Dongle(DongleId(end))).len(), 1);
            }
            prop_assert!(spans.iter().all(|(_, group)| group.len() <= DEVICES));
        }
    }
}
