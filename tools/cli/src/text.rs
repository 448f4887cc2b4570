//! A value as indented text for people: what JSON says, without its punctuation, and with dates.

use holdfast_license::explain::Date;
use serde_json::Value;

/// Fields whose number is a time.
const TIMES: [&str; 11] = [
    "issued",
    "from",
    "until",
    "time",
    "floor",
    "first_use",
    "From",
    "Until",
    "ReleasedBefore",
    "SetFloor",
    "now",
];

/// Writes `value` under `name`, two spaces deeper for each level.
pub(crate) fn write(name: &str, value: &Value, depth: usize, to: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            to.push_str(&format!("{indent}{name}\n"));
            fields.iter().for_each(|(name, value)| write(name, value, depth + 1, to));
        }
        Value::Array(items) if items.is_empty() => to.push_str(&format!("{indent}{name}: none\n")),
        Value::Array(items) => {
            to.push_str(&format!("{indent}{name}\n"));
            (1..).zip(items).for_each(|(place, item)| write(&format!("{place}."), item, depth + 1, to));
        }
        leaf => to.push_str(&format!("{indent}{name}: {}\n", short(name, leaf))),
    }
}

fn short(name: &str, leaf: &Value) -> String {
    match leaf {
        Value::Null => "none".into(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::Number(number) if TIMES.contains(&name) => {
            number.as_u64().map_or_else(|| number.to_string(), |time| Date(time).to_string())
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_like_a_list() {
        let value = serde_json::json!({ "until": 1_798_761_600, "open": true, "none": [], "terms": [{ "edition": "pro" }] });
        let mut text = String::new();
        write("license", &value, 0, &mut text);
        assert_eq!(
            text,
            "license\n  none: none\n  open: yes\n  terms\n    1.\n      edition: pro\n  until: 2027-01-01\n"
        );
    }
}
