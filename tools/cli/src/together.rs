//! What a customer will see of all licenses of one product together: their union, from change to change.
//!
//! Each license lives by itself; what is granted by one is granted, and of several grants the best
//! counts ([`holdfast_license::union`]).

use std::collections::{BTreeMap, BTreeSet};

use holdfast_document::{Name, Seconds, Time};
use holdfast_license::{Grant, License, LicenseId, Refusal, Span, Union, decide};
use serde_json::{Value, json};

use crate::timeline;

/// A license and what becomes of it.
pub(crate) struct Living<'l, 'a> {
    /// Its place among those that were named, from 1.
    pub(crate) place: usize,
    /// What people call it.
    pub(crate) name: &'l str,
    /// The license.
    pub(crate) license: &'l License<'a>,
    /// Its spans; all begin at one moment.
    pub(crate) spans: Vec<Span>,
}

/// A time in which the same features come from the same licenses.
struct Shared {
    from: Time,
    until: Option<Time>,
    /// Each feature that is granted: its value, and the place of the license it comes from.
    features: BTreeMap<String, (u64, usize)>,
}

/// The licenses that belong together: of one vendor and product, and of each only the last revision.
pub(crate) fn products<'l, 'a>(living: Vec<Living<'l, 'a>>) -> Vec<Vec<Living<'l, 'a>>> {
    let mut products: Vec<Vec<Living<'l, 'a>>> = Vec::new();
    for one in living {
        let same_product = |group: &&mut Vec<Living<'l, 'a>>| {
            group.iter().any(|of| {
                (of.license.vendor, of.license.product) == (one.license.vendor, one.license.product)
            })
        };
        let Some(group) = products.iter_mut().find(same_product) else {
            products.push(vec![one]);
            continue;
        };
        // A draft has no id yet, so two of them are two licenses.
        let is_same =
            |of: &&mut Living<'l, 'a>| of.license.id == one.license.id && one.license.id != LicenseId::ZERO;
        let revision = |of: &License<'_>| (of.hop, of.revision);
        match group.iter_mut().find(is_same) {
            Some(older) if revision(older.license) < revision(one.license) => *older = one,
            Some(_) => {}
            None => group.push(one),
        }
    }
    products
}

/// Whether any of them ever grants anything.
pub(crate) fn grants(group: &[Living<'_, '_>]) -> bool {
    group.iter().any(|one| timeline::grants(one.license, &one.spans))
}

/// For people: who is who, and a line for each change.
pub(crate) fn lines(group: &[Living<'_, '_>]) -> Vec<String> {
    let who = group.iter().map(|one| format!("({}) is {}", one.place, one.name));
    let spans = spans(group);
    let bounds = spans.iter().map(|span| timeline::bounds(span.from, span.until)).collect::<Vec<_>>();
    let width = bounds.iter().map(String::len).max().unwrap_or_default();
    let line = |(bounds, span): (&String, &Shared)| format!("{bounds:width$}  {}", granted(&span.features));
    who.chain(bounds.iter().zip(&spans).map(line)).collect()
}

/// The same for programs.
pub(crate) fn json(group: &[Living<'_, '_>]) -> Value {
    let span = |span: &Shared| {
        let features = span
            .features
            .iter()
            .map(|(name, (value, place))| (name.clone(), json!({ "value": value, "license": place })));
        json!({ "from": span.from, "until": span.until, "features": features.collect::<Value>() })
    };
    spans(group).iter().map(span).collect()
}

fn granted(features: &BTreeMap<String, (u64, usize)>) -> String {
    let feature = |(name, (value, place)): (&String, &(u64, usize))| match value {
        1 => format!("{name} ({place})"),
        value => format!("{name} = {value} ({place})"),
    };
    if features.is_empty() {
        return "nothing".into();
    }
    features.iter().map(feature).collect::<Vec<_>>().join(", ")
}

fn spans(group: &[Living<'_, '_>]) -> Vec<Shared> {
    let changes: BTreeSet<Time> =
        group.iter().flat_map(|one| one.spans.iter().map(|span| span.from)).collect();
    let mut shared: Vec<Shared> = Vec::new();
    for from in changes {
        let features = at(group, from);
        match shared.last_mut() {
            Some(last) if last.features == features => {}
            last => {
                if let Some(last) = last {
                    last.until = Some(from);
                }
                shared.push(Shared { from, until: None, features });
            }
        }
    }
    shared
}

/// What the union grants at a moment at which one of the spans begins.
fn at(group: &[Living<'_, '_>], moment: Time) -> BTreeMap<String, (u64, usize)> {
    let mut unions: BTreeMap<String, Union<usize>> = BTreeMap::new();
    for one in group {
        let Some(span) = one.spans.iter().rfind(|span| span.from <= moment) else { continue };
        let features = one.license.terms.known().flat_map(|term| term.features.known());
        let names: BTreeSet<Name<'_>> = features.map(|feature| feature.name()).collect();
        for name in names {
            let said = feature(one.license, span, name, moment);
            unions.entry(name.to_string()).or_default().add(one.place, said);
        }
    }
    let granted = |(name, union): (String, Union<usize>)| {
        union.feature().ok().map(|(place, grant)| (name, (grant.value, place)))
    };
    unions.into_iter().filter_map(granted).collect()
}

/// What a license says of a feature, with what is left of its span for how long it stays so.
fn feature(license: &License<'_>, span: &Span, name: Name<'_>, moment: Time) -> Result<Grant, Refusal> {
    let grant = decide(license, &span.facts).feature(name)?;
    let left = span.until.and_then(|until| u32::try_from(until.since(moment)).ok());
    Ok(Grant { valid_for: left.map_or(Seconds::FOREVER, Seconds), ..grant })
}
