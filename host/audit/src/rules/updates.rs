//! Updates of one device, and the answers in them.

use super::{groups, pairs};
use crate::finding::Id;
use crate::heap::Found;
use crate::{Finding, Heap, What};
use holdfast_license::update::Answer;
use holdfast_license::{Action, Update};

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    let device =
        |found: &Found<'_, Update<'_>>| Some((found.document.vendor, found.document.to.as_bytes().to_vec()));
    for of_one in groups(&heap.updates, device) {
        for (first, second) in pairs(&of_one) {
            let (one, other) = (&first.document, &second.document);
            let (documents, device) = (vec![first.place, second.place], Id(one.to));
            if let Some(request) = answered_twice(first, second) {
                findings.push(Finding { documents, what: What::AnsweredTwice { request, device } });
            } else if (one.storage, one.base) == (other.storage, other.base) {
                findings.push(Finding { documents, what: What::TwoUpdates { device, base: one.base } });
            }
        }
    }
}

/// An answer may be given again in a new update, and is then the same answer.
fn answered_twice(
    one: &Found<'_, Update<'_>>,
    other: &Found<'_, Update<'_>>,
) -> Option<holdfast_crypto::Hash> {
    let differs = |answer: &Answer| {
        answers(&other.document).any(|again| again.request == answer.request && again.time != answer.time)
    };
    answers(&one.document).find(differs).map(|answer| answer.request)
}

fn answers<'a>(update: &Update<'a>) -> impl Iterator<Item = Answer> + use<'a> {
    update.actions.known().filter_map(|action| match action {
        Action::Answer(answer) => Some(answer),
        _ => None,
    })
}
