//! What a program says of itself, once, in a constant: whose it is, which product, how new.

use crate::{Environment, Error, License, Machine, Transport, Vendor};
use holdfast_document::{Name, Time, limits};
use std::sync::Arc;

/// A product of a vendor.
///
/// ```ignore
/// const CUTTER: Product = Product::new(vendor!("acme.vendor"), "cutter").released("2026-03-01");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    vendor: Vendor,
    name: &'static str,
    released: Option<Time>,
}

impl Product {
    /// A product by its name: 1 to 24 of `a-z 0-9 . - _`.
    ///
    /// # Panics
    /// When the name is not one; in a constant, while compiling.
    pub const fn new(vendor: Vendor, name: &'static str) -> Self {
        assert!(is_name(name), "a product's name has 1 to 24 of a-z 0-9 . - _");
        Self { vendor, name, released: None }
    }

    /// The day of this release, as `2026-03-01`: licenses with maintenance look at it.
    ///
    /// # Panics
    /// When it is not a day; in a constant, while compiling.
    #[must_use]
    pub const fn released(mut self, day: &str) -> Self {
        match midnight(day) {
            Some(time) => self.released = Some(time),
            None => panic!("a day of release is written as 2026-03-01"),
        }
        self
    }

    /// Opens all licenses of the product on these dongles. What is granted is their union. A
    /// dongle that cannot be reached, or holds none, is passed over.
    ///
    /// # Errors
    /// [`Error::NoDevice`], [`Error::NoLicense`], or why the only license found is not to be
    /// believed.
    pub fn open_on(
        &self,
        transports: impl IntoIterator<Item = Box<dyn Transport>>,
    ) -> Result<License, Error> {
        self.open_with(Machine::shared(), transports)
    }

    /// The same, in an environment of the caller's.
    ///
    /// # Errors
    /// As for [`open_on`](Self::open_on).
    pub fn open_with(
        &self,
        environment: Arc<dyn Environment>,
        transports: impl IntoIterator<Item = Box<dyn Transport>>,
    ) -> Result<License, Error> {
        License::open(self, environment, transports)
    }

    /// Whose it is.
    pub const fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    pub(crate) fn name(&self) -> Result<Name<'static>, Error> {
        crate::name(self.name)
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn release_day(&self) -> Option<Time> {
        self.released
    }
}

/// What [`Name::new`] says, for the compiler.
const fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= limits::NAME
}

/// The first second of a day `YYYY-MM-DD` from 1970 on, in UTC.
const fn midnight(day: &str) -> Option<Time> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = day.as_bytes() else { return None };
    let (Some(century), Some(year), Some(month), Some(day)) =
        (two_digits(y1, y2), two_digits(y3, y4), two_digits(m1, m2), two_digits(d1, d2))
    else {
        return None;
    };
    let year = century * 100 + year;
    if year < 1970 || day == 0 || day > days_in(year, month) {
        return None;
    }
    let mut days = day - 1;
    let mut earlier = 1;
    while earlier < month {
        days += days_in(year, earlier);
        earlier += 1;
    }
    let past = year - 1;
    days += (year - 1970) * 365 + (past / 4 - past / 100 + past / 400) - 477;
    Some(Time(days * 86_400))
}

const fn two_digits(tens: u8, ones: u8) -> Option<u64> {
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    Some(((tens - b'0') * 10 + (ones - b'0')) as u64)
}

const fn days_in(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_license::explain::Date;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in [
            "",
            "2026-3-1",
            "2026-02-29",
            "1969-12-31",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026/01/01",
        ] {
            assert_eq!(midnight(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_day_is_written_as_it_was_read(days in 0u64..2_900_000) {
            let time = Time(days * 86_400);
            prop_assert_eq!(midnight(&Date::from(time).to_string()), Some(time));
        }

        #[test]
        fn the_compiler_takes_the_names_that_the_wire_does(text in "[a-zA-Z0-9._ é-]{0,26}") {
            prop_assert_eq!(is_name(&text), Name::new(&text).is_some());
        }
    }
}
