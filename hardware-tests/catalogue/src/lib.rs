//! The reference vendor, from which every example, test and bench takes its data.
//!
//! Acme sells *cutter*, a program for cutting machines. So far it sells one license: Pro until a
//! date while there are units, Basic always.
#![forbid(unsafe_code)]

pub mod paper;
pub mod population;

use holdfast_document::{Time, Units};
use holdfast_issuer::IssueError;
use holdfast_issuer::offer::{Clause, Offer, name};
use holdfast_license::condition::UnitsLeft;
use holdfast_license::{Condition, LicenseId};

/// The vendor's name.
pub const VENDOR: &str = "acme";
/// The product.
pub const PRODUCT: &str = "cutter";
/// Its meter.
pub const METER: &str = "cuts";

/// 2026-03-01: the license is sold.
pub const SOLD: Time = Time(1_772_323_200);
/// 2026-06-01: a refill is sold.
pub const REFILLED: Time = Time(1_780_272_000);
/// 2027-01-01: Pro ends.
pub const PRO_ENDS: Time = Time(1_798_761_600);
/// 2027-01-02: the dongle hears of the new year.
pub const AFTERWARDS: Time = Time(1_798_848_000);

/// The same as [`cutter`] in its first revision, as the file that a desk sells from.
pub const TEMPLATE: &str = include_str!("../templates/cutter.toml");

/// The license of customer c-0001, in a revision that has granted so many units in all.
///
/// # Errors
/// None, as long as the names above are names.
pub fn cutter(revision: u32, units: u64) -> Result<Offer<'static>, IssueError> {
    let left = UnitsLeft { meter: name(METER)?, overdraft: Units(0) };
    Ok(Offer {
        id: LicenseId(*b"\x01\x96\x00\x00\x00\x00\x70\x00\x80\x00\x00\x00\x00\x00\x00\x01"),
        revision,
        number: 1,
        product: PRODUCT,
        customer: "c-0001",
        terms: vec![
            Clause {
                edition: "pro",
                conditions: vec![Condition::Until(PRO_ENDS), Condition::Units(left)],
                features: vec!["cut", "export-step"],
                ..Clause::default()
            },
            Clause { edition: "basic", features: vec!["cut"], ..Clause::default() },
        ],
        meters: vec![(METER, units, true)],
        ..Offer::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_issuer::Template;

    #[test]
    fn the_template_sells_what_the_story_sells() {
        let (sold, template) = (cutter(2, 150).unwrap(), Template::read(TEMPLATE).unwrap());
        let refills = [(METER.to_owned(), 50)].into();
        let offer = template.offer((sold.id, 2, sold.number), sold.customer, &refills).unwrap();
        assert_eq!(format!("{offer:?}"), format!("{sold:?}"));
    }
}
