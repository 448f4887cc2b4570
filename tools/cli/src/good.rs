//! What is now known of a document that was verified, in one sentence.

use holdfast_audit::finding::Id;
use holdfast_audit::{Believed, Good};
use holdfast_document::revocations::Part;
use holdfast_document::{Authority, Verified};
use holdfast_license::explain::Date;
use holdfast_license::{Purpose, Statement};

/// The sentence; `vendor` is the name in the record that was given.
pub(crate) fn sentence(good: &Good<'_>, vendor: &str) -> String {
    let whose = |authority: Authority| match authority {
        Authority::Vendor(id) => format!("of vendor {vendor} ({id})"),
        Authority::Maker(_) => format!("of a maker that vendor {vendor} accepts"),
    };
    let known = match &good.document {
        Believed::Vendor(record) if record.number == 0 => {
            format!("the founding record of vendor {vendor} ({})", record.id())
        }
        Believed::Vendor(record) => format!(
            "record {} of vendor {vendor} ({}), by the recovery key that the record before it names",
            record.number,
            record.id()
        ),
        Believed::Device(device) => {
            let sort = if device.production { "production" } else { "development" };
            format!("device {}, a {} ({sort})", device.id(), device.model)
        }
        Believed::Delegation(delegation) => format!("a delegation {}", whose(delegation.authority())),
        Believed::License(license) => format!("a license {}", whose(license.authority())),
        Believed::Loan(lent) => {
            let (loan, parent) = (lent.loan(), lent.parent());
            format!(
                "a loan of seat {} of license {} to device {} until {}; the license it comes out of, {}, is good, too",
                loan.slot,
                parent.id,
                Id(loan.to),
                Date::from(loan.until),
                whose(parent.authority()),
            )
        }
        Believed::Update { update, licenses } => {
            let of = whose(update.authority());
            format!("an update {of}; licenses in it, good too: {}", licenses.len())
        }
        Believed::TimeToken(token) => format!("a time token {}", whose(token.authority())),
        Believed::Revocations(revocations) => {
            let part = match revocations.part {
                Part::Zero => "part 0",
                Part::Span { .. } => "a part for devices",
            };
            format!("revocations number {}, {part}, {}", revocations.number, whose(revocations.authority()))
        }
        Believed::Statement(statement) => said_by_a_device(statement, vendor),
        Believed::Manifest(manifest) => format!(
            "a manifest of firmware {} for board {}, {}",
            manifest.firmware,
            manifest.board,
            whose(manifest.authority())
        ),
    };
    match good.overtaken {
        Some(number) => format!("good: {known}; number {number} is here, too, and has taken its place"),
        None => format!("good: {known}"),
    }
}

fn said_by_a_device(statement: &Verified<'_, Statement<'_>>, vendor: &str) -> String {
    let device = Id(statement.device);
    let Statement { number, purpose, .. } = *statement.body();
    let purpose = match purpose {
        Purpose::Enrolled => return format!("what device {device} left the factory with"),
        Purpose::Report => "a report",
        Purpose::Request => "a request",
        Purpose::Time => "a request for the time",
        Purpose::Applied => "what it applied",
    };
    format!("statement {number} of device {device} to vendor {vendor}, {purpose}")
}
