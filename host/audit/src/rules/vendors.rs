//! A succession has one record of each number.

use super::pairs;
use crate::{Finding, Heap, What};

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    for (first, second) in pairs(&heap.vendors) {
        let (one, other) = (&first.document, &second.document);
        if one.id() == other.id() && one.number == other.number {
            let what = What::ForkedSuccession { vendor: one.id(), number: one.number };
            findings.push(Finding { documents: vec![first.place, second.place], what });
        }
    }
}
