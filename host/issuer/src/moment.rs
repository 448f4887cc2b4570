//! Dates and lengths of time as people write them: `2027-01-01`, `2027-01-01T12:00:00Z`, `30d`.
//!
//! A date alone means its first second in UTC, so that *until 2027-01-01* ends with the old year.

use holdfast_document::{Seconds, Time};
use serde::{Deserialize, Deserializer, de};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Reads a date, or a date with a time of day and an offset (RFC 3339).
pub fn date(text: &str) -> Option<Time> {
    let seconds = match time::Date::parse(text, format_description!("[year]-[month]-[day]")) {
        Ok(date) => date.midnight().assume_utc().unix_timestamp(),
        Err(_) => time::OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp(),
    };
    u64::try_from(seconds).ok().map(Time)
}

/// Reads a length of time of whole seconds, such as `30d`, `12h` or `1h 30m`.
pub fn length(text: &str) -> Option<Seconds> {
    let length = humantime::parse_duration(text).ok()?;
    (length.subsec_nanos() == 0).then(|| u32::try_from(length.as_secs()).ok().map(Seconds)).flatten()
}

/// A [`date`] in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub Time);

/// A [`length`] of time in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Seconds);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || de::Error::custom(format!("\"{text}\" is not a date; write it as \"2027-01-01\""));
        date(&text).map(Self).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || {
            de::Error::custom(format!("\"{text}\" is not a length of time; write it as \"30d\" or \"12h\""))
        };
        length(&text).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_first_second_in_utc() {
        assert_eq!(date("2027-01-01"), Some(Time(1_798_761_600)));
        assert_eq!(date("2027-01-01T01:00:00+01:00"), Some(Time(1_798_761_600)));
        for bad in ["2027-02-29", "01.01.2027", "2027-1-1", "", "1969-12-31", "tomorrow"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn lengths_are_whole_seconds_that_fit() {
        assert_eq!(length("30d"), Some(Seconds(2_592_000)));
        assert_eq!(length("1h 30m"), Some(Seconds(5_400)));
        for bad in ["30", "-1d", "1500ms", "200years", ""] {
            assert_eq!(length(bad), None, "{bad}");
        }
    }
}
