//! What stands in the files, and how long they are.
//!
//! A file holds one concept; one that has grown past [`LONGEST`] lines mostly holds two. And nothing in the
//! repository speaks of a place that only one machine has, nor promises work that is not done.

use std::{path::Path, process::Command};

use crate::{
    checkout,
    program::{Failed, ask},
};

/// Lines of the longest source file we accept.
const LONGEST: usize = 450;

/// Files that may be longer, each with its reason.
const LONG_FOR_A_REASON: [(&str, &str); 0] = [];

/// What must stand in no file, in small letters, cut in two so that this file holds none of them.
const FORBIDDEN: [(&str, &str); 11] = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("artif", "actory"),
    ("shared/", "design"),
    ("design", " page"),
    ("to", "do:"),
    ("to", "do!("),
    ("fix", "me"),
    ("unimple", "mented!("),
    ("work", "place/"),
];

pub(crate) fn check() -> Result<(), Failed> {
    let listing = ask(Command::new("git").args(["ls-files", "-z"]).current_dir(checkout::root()))
        .ok_or_else(|| Failed::Program("git ls-files".into()))?;
    let mut found = Vec::new();
    let mut longest = (0, "");
    for name in listing.split('\0').filter(|name| !name.is_empty()) {
        // What is no text, or is listed but gone, has no lines.
        let Ok(text) = std::fs::read_to_string(checkout::root().join(name)) else { continue };
        found.extend(findings(name, &text));
        if is_source(name) {
            longest = longest.max((text.lines().count(), name));
        }
    }
    println!("the longest source file has {} lines: {}", longest.0, longest.1);
    if found.is_empty() { Ok(()) } else { Err(Failed::Found(found.join("\n    "))) }
}

fn findings(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        for (start, end) in FORBIDDEN {
            let word = format!("{start}{end}");
            if line.contains(&word) {
                found.push(format!("{name}:{}: holds {word:?}", number + 1));
            }
        }
    }
    let lines = text.lines().count();
    if is_source(name) && lines > LONGEST && !LONG_FOR_A_REASON.iter().any(|(long, _)| *long == name) {
        found.push(format!("{name}: {lines} lines, more than {LONGEST}; does it hold two concepts?"));
    }
    found
}

fn is_source(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "rs" || ending == "py")
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn every_forbidden_word_is_found_in_any_case_with_its_line() {
        for (start, end) in FORBIDDEN {
            let text = format!("fine\nnot {}{end}\n", start.to_uppercase());
            let found = findings("a.md", &text);
            assert_eq!(found.len(), 1, "{start}{end}");
            assert!(found[0].starts_with("a.md:2: "), "{found:?}");
        }
    }

    #[test]
    fn a_source_file_may_have_450_lines_and_no_more() {
        assert_eq!(findings("a.rs", &"line\n".repeat(LONGEST)), [""; 0]);
        assert_eq!(findings("a.rs", &"line\n".repeat(LONGEST + 1)).len(), 1);
        assert_eq!(findings("a.md", &"line\n".repeat(LONGEST + 1)), [""; 0]);
    }

    #[test]
    fn every_file_that_may_be_long_still_is() {
        for (name, reason) in LONG_FOR_A_REASON {
            let text = std::fs::read_to_string(checkout::root().join(name)).unwrap();
            assert!(text.lines().count() > LONGEST, "{name} no longer needs its exception: {reason}");
        }
    }
}
