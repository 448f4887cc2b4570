//! The rules, by the kind of document that they look at.

mod licenses;
mod loans;
mod revocations;
mod statements;
mod updates;
mod vendors;

use crate::{Finding, Heap};
use std::collections::BTreeMap;

/// All findings: what does not hold first, then rule by rule.
pub(crate) fn all(heap: &Heap<'_>) -> Vec<Finding> {
    let mut findings = heap.refused();
    for rules in
        [vendors::find, licenses::find, loans::find, statements::find, updates::find, revocations::find]
    {
        rules(heap, &mut findings);
    }
    findings
}

/// Each pair of different items, the earlier one first.
fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    items
        .iter()
        .enumerate()
        .flat_map(|(place, first)| items.iter().skip(place + 1).map(move |second| (first, second)))
}

/// The items in groups of one key, each group in the order of the heap.
fn groups<'h, T, K: Ord>(
    items: &'h [T],
    key: impl Fn(&'h T) -> Option<K>,
) -> impl Iterator<Item = Vec<&'h T>> {
    let mut groups: BTreeMap<K, Vec<&'h T>> = BTreeMap::new();
    for item in items {
        if let Some(key) = key(item) {
            groups.entry(key).or_default().push(item);
        }
    }
    groups.into_values()
}
