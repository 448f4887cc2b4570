//! Successions that split: from the first number that two records of a vendor have, nobody can tell which
//! of them are true.

use crate::Heap;
use crate::heap::Found;
use holdfast_crypto::Hash;
use holdfast_document::Vendor;
use std::collections::BTreeMap;

/// Each record that stands on a split, with the number at which its succession splits.
pub(crate) struct Forked(BTreeMap<Hash, u8>);

impl Forked {
    pub(crate) fn of(heap: &Heap<'_>) -> Self {
        let mut firsts = BTreeMap::new();
        for (place, record) in heap.vendors.iter().enumerate() {
            let (id, number) = (record.document.id(), record.document.number);
            let same =
                |other: &Found<'_, Vendor<'_>>| (other.document.id(), other.document.number) == (id, number);
            if heap.vendors.iter().take(place).any(same) {
                let first = firsts.entry(id).or_insert(number);
                *first = number.min(*first);
            }
        }
        let in_doubt = heap.vendors.iter().filter_map(|record| {
            let first = *firsts.get(&record.document.id())?;
            (record.document.number >= first).then(|| (record.document.digest(), first))
        });
        Self(in_doubt.collect())
    }

    /// The number at which the succession splits, if this record stands on the split.
    pub(crate) fn at(&self, record: Hash) -> Option<u8> {
        self.0.get(&record).copied()
    }
}
