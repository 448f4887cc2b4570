//! Dates and lengths of time as people write them, and dates as refusals say them.
//!
//! Held to a calendar of its own, by counting days: a date alone, a date with a time of day and an offset, a
//! length in seconds, minutes, hours, days or weeks. What is written otherwise may be read or not, but never
//! as something that cannot be; and a date that a refusal says reads back as the same minute.

use crate::draw::Draw;
use holdfast_document::Time;
use holdfast_issuer::moment::{date, length};
use holdfast_license::explain::Date;

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    match draw.byte() % 4 {
        0 => said(draw.long()),
        1 => drawn(&mut draw),
        _ => {
            let Ok(text) = std::str::from_utf8(draw.rest()) else { return };
            read(text);
        }
    }
}

/// Dates and lengths, good and bad.
pub fn inputs() -> Vec<Vec<u8>> {
    let texts = [
        "2027-01-01",
        "2027-02-29",
        "2028-02-29",
        "1969-12-31",
        "2027-01-01T12:00:00Z",
        "2027-01-01T01:00:00+01:00",
        "2027-01-01T12:00:00.25-11:30",
        "30d",
        "12h",
        "1h 30m",
        "200years",
        "1500ms",
        "4294967295s",
        "4294967296s",
        "2w3d",
    ];
    let texts = texts.iter().map(|text| [&[2], text.as_bytes()].concat());
    let moments = [0u64, 1, 86_399, 86_400, 1_798_761_600, 253_402_300_799, 253_402_300_800, u64::MAX];
    let said = moments.iter().map(|moment| [&[0], &moment.to_be_bytes()[..]].concat());
    texts
        .chain(said)
        .chain((0..8).map(|fill| vec![1 + 4 * fill, fill * 31, fill, 7, 200, 9, 9, fill]))
        .collect()
}

/// What a refusal says of a moment.
fn said(seconds: u64) {
    let text = Date(seconds).to_string();
    if text == "the end of time" {
        assert!(seconds > 253_402_300_799, "{seconds} is before the year 10,000");
        return;
    }
    let written = match text.split_once(' ') {
        Some((day, time)) => format!("{day}T{time}:00Z"),
        None => text.clone(),
    };
    assert_eq!(date(&written), Some(Time(seconds - seconds % 60)), "{text}");
    assert_eq!(text.contains(' '), !seconds.is_multiple_of(86_400), "{text} of {seconds}");
}

/// A date put together from numbers, which are mostly ones that occur.
fn drawn(draw: &mut Draw<'_>) {
    let year = [1968 + u32::from(draw.byte()) % 150, u32::from(draw.short()) % 10_000][draw.below(2)];
    let (month, day) = (u32::from(draw.byte()) % 14, u32::from(draw.byte()) % 33);
    let day_text = format!("{year:04}-{month:02}-{day:02}");
    read(&day_text);
    let (hour, minute, second) = (draw.byte() % 25, draw.byte() % 61, draw.byte() % 62);
    let offset = match draw.byte() % 3 {
        0 => "Z".to_owned(),
        sign => {
            format!("{}{:02}:{:02}", ["", "+", "-"][usize::from(sign)], draw.byte() % 25, draw.byte() % 61)
        }
    };
    read(&format!("{day_text}T{hour:02}:{minute:02}:{second:02}{offset}"));
    read(&format!("{}{}", draw.number(), draw.pick(&["s", "m", "h", "d", "w", "min", "sec", "x", ""])));
}

fn read(text: &str) {
    match date_plainly(text) {
        Plainly::Is(seconds) => assert_eq!(date(text), u64::try_from(seconds).ok().map(Time), "{text}"),
        Plainly::IsNone => assert_eq!(date(text), None, "{text}"),
        Plainly::Elsewise => assert!(date(text).is_none_or(|time| time.0 <= 253_402_387_199), "{text}"),
    }
    match length_plainly(text) {
        Plainly::Is(seconds) => assert_eq!(
            length(text).map(|s| i64::from(s.0)),
            u32::try_from(seconds).ok().map(i64::from),
            "{text}"
        ),
        Plainly::IsNone => assert_eq!(length(text), None, "{text}"),
        Plainly::Elsewise => {}
    }
}

/// What a text says in the plain forms.
enum Plainly {
    Is(i64),
    IsNone,
    /// It is written in another form, which may be one that is read.
    Elsewise,
}

/// The digits at these places as a number.
fn digits(text: &str, from: usize, count: usize) -> Option<i64> {
    let piece = text.as_bytes().get(from..from + count)?;
    piece
        .iter()
        .all(u8::is_ascii_digit)
        .then(|| piece.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// Seconds from 1970 to a day; none for a day that does not occur.
fn day(text: &str) -> Option<i64> {
    let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = usize::try_from(month - 1).ok().and_then(|month| lengths.get(month))?;
    if day < 1 || day > *length {
        return None;
    }
    // Leap days before the first of January of a year, counted from year 0.
    let leaps = |year: i64| (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    let before = (year - 1970) * 365 + leaps(year) - leaps(1970);
    let in_year: i64 = lengths.iter().take(month as usize - 1).sum::<i64>() + day - 1;
    Some((before + in_year) * 86_400)
}

fn date_plainly(text: &str) -> Plainly {
    let bytes = text.as_bytes();
    if !text.is_ascii() {
        return Plainly::IsNone;
    }
    let shaped = |at: &[(usize, u8)]| at.iter().all(|(at, byte)| bytes.get(*at) == Some(byte));
    let dashed = shaped(&[(4, b'-'), (7, b'-')]) && [0, 5, 8].iter().all(|at| digits(text, *at, 2).is_some());
    if !dashed || digits(text, 0, 4).is_none() {
        return if text.len() < 10 { Plainly::IsNone } else { Plainly::Elsewise };
    }
    let day = day(text);
    if bytes.len() == 10 {
        return day.map_or(Plainly::IsNone, Plainly::Is);
    }
    if !shaped(&[(10, b'T'), (13, b':'), (16, b':')]) {
        return Plainly::Elsewise;
    }
    let (Some(hour), Some(minute), Some(second)) =
        (digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2))
    else {
        return Plainly::Elsewise;
    };
    let offset = match &text[19..] {
        "Z" => 0,
        offset if offset.len() == 6 && offset.as_bytes()[3] == b':' => {
            let (Some(hours), Some(minutes)) = (digits(offset, 1, 2), digits(offset, 4, 2)) else {
                return Plainly::Elsewise;
            };
            if hours > 23 || minutes > 59 {
                return Plainly::Elsewise;
            }
            match offset.as_bytes()[0] {
                b'+' => hours * 3_600 + minutes * 60,
                b'-' => -hours * 3_600 - minutes * 60,
                _ => return Plainly::Elsewise,
            }
        }
        _ => return Plainly::Elsewise,
    };
    match day {
        // A second 60 is a leap second, if it is one at all.
        _ if second == 60 => Plainly::Elsewise,
        Some(day) if hour < 24 && minute < 60 && second < 60 => {
            Plainly::Is(day + hour * 3_600 + minute * 60 + second - offset)
        }
        _ => Plainly::IsNone,
    }
}

fn length_plainly(text: &str) -> Plainly {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(count);
    let Ok(number) = number.parse::<i64>() else {
        return Plainly::Elsewise;
    };
    let seconds = match unit {
        "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        // Zero needs no unit; nothing else does without one.
        "" => return if number == 0 { Plainly::Elsewise } else { Plainly::IsNone },
        _ => return Plainly::Elsewise,
    };
    number.checked_mul(seconds).map_or(Plainly::IsNone, Plainly::Is)
}
