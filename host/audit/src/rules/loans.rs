//! One seat is lent to one device at a time.

use super::{groups, pairs};
use crate::finding::Id;
use crate::heap::FoundLoan;
use crate::{Finding, Heap, What};
use holdfast_license::LicenseId;
use holdfast_license::statement::State;

pub(crate) fn find(heap: &Heap<'_>, findings: &mut Vec<Finding>) {
    // The borrower says so, who then refuses the loan: a lender's own word would clear nobody.
    let came_home = |lent: &FoundLoan<'_>| {
        let (loan, vendor) = (lent.lent.loan(), lent.lent.parent().vendor);
        let returned = |state| matches!(state, State::Returned(home) if home == loan.digest());
        let mut by_borrower = heap
            .statements
            .iter()
            .filter(|found| (found.document.device, found.document.vendor) == (loan.to, vendor));
        by_borrower.any(|found| found.document.state.known().any(returned))
    };
    for mut of_one_seat in groups(&heap.loans, |found| Some(seat(found))) {
        of_one_seat.sort_by_key(|found| found.lent.loan().issued);
        for (earlier, later) in pairs(&of_one_seat) {
            let (first, second) = (earlier.lent.loan(), later.lent.loan());
            // Of two that were lent in one second either may have been the first.
            let is_free = came_home(earlier) || (first.issued == second.issued && came_home(later));
            if second.issued < first.until && !is_free {
                let parent = later.lent.parent();
                let (lender, id, slot) = (Id(parent.device), parent.id, later.lent.loan().slot);
                let what = What::LentTwice { lender, id, slot };
                findings.push(Finding { documents: vec![earlier.place, later.place], what });
            }
        }
    }
}

/// Slots belong to (id, hop) on one device, and outlive renewals.
fn seat(found: &FoundLoan<'_>) -> (LicenseId, u16, Vec<u8>, u16) {
    let (parent, loan) = (found.lent.parent(), found.lent.loan());
    (parent.id, parent.hop, parent.device.as_bytes().to_vec(), loan.slot)
}
