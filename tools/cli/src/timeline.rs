//! What a customer will see of a license, one line for each span of time; or as JSON.

use holdfast_document::Time;
use holdfast_license::explain::Date;
use holdfast_license::{Feature, License, Life, Reason, Span, Term, Timeline, Verdict, decide};
use serde_json::{Value, json};

/// All spans of a life.
pub(crate) fn spans(license: &License<'_>, life: &Life) -> Vec<Span> {
    Timeline::new(license, life).collect()
}

/// Whether anything is ever granted.
pub(crate) fn grants(license: &License<'_>, spans: &[Span]) -> bool {
    spans.iter().any(|span| decide(license, &span.facts).is_granted())
}

/// A line for each span.
pub(crate) fn lines(license: &License<'_>, spans: &[Span]) -> Vec<String> {
    let bounds = |span: &Span| bounds(span.from, span.until);
    let width = spans.iter().map(|span| bounds(span).len()).max().unwrap_or_default();
    spans.iter().map(|span| format!("{:width$}  {}", bounds(span), seen(license, span))).collect()
}

/// The same for programs: times in seconds since 1970, as everywhere.
pub(crate) fn json(license: &License<'_>, spans: &[Span]) -> Value {
    let span = |span: &Span| {
        let mut value = match decide(license, &span.facts) {
            Verdict::Granted(granted) => json!({
                "granted": true,
                "term": granted.index,
                "edition": granted.term.edition,
                "notice": granted.term.notice,
                "features": features_as_json(&granted.term),
            }),
            Verdict::Refused(refused) => json!({
                "granted": false,
                "why": refused.reasons().map(|why| Reason::of(license, why).to_string()).collect::<Vec<_>>(),
            }),
        };
        value["from"] = json!(span.from);
        value["until"] = json!(span.until);
        value
    };
    spans.iter().map(span).collect()
}

/// The features of a term and their numbers.
pub(crate) fn features_as_json(term: &Term<'_>) -> Value {
    term.features.known().map(|feature| (feature.name().to_string(), json!(feature.value()))).collect()
}

/// The features of a term for people.
pub(crate) fn features(term: &Term<'_>) -> String {
    let shown = term.features.known().map(|feature| match feature {
        Feature::Flag(name) => name.to_string(),
        Feature::Number(numbered) => format!("{} = {}", numbered.name, numbered.number),
    });
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() { "no features".into() } else { shown.join(", ") }
}

/// What is in force, or the first reason why nothing is: the one that a program would show.
fn seen(license: &License<'_>, span: &Span) -> String {
    match decide(license, &span.facts) {
        Verdict::Granted(granted) => {
            let term = granted.term;
            let notice = term.notice.map(|notice| format!("; it shows \"{notice}\"")).unwrap_or_default();
            format!("{}: {}{notice}", term.edition, features(&term))
        }
        Verdict::Refused(refused) => match refused.reasons().next() {
            Some(why) => format!("nothing: {}", Reason::of(license, why)),
            None => "nothing: the license has no terms; ask the vendor for another".into(),
        },
    }
}

/// From when until when.
pub(crate) fn bounds(from: Time, until: Option<Time>) -> String {
    match until {
        Some(until) => format!("from {} until {}", moment(from), moment(until)),
        None => format!("from {} on", moment(from)),
    }
}

/// A moment, to the second where that matters.
fn moment(time: Time) -> String {
    match time.0 % 60 {
        0 => Date::from(time).to_string(),
        seconds => format!("{}:{seconds:02}", Date::from(time)),
    }
}
