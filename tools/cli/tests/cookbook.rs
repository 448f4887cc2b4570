//! The cookbook shows the templates as they are, and timelines as the command tells them.
//!
//! `BLESS=1` writes the page anew from both; look at what changed before you commit it.

use std::path::{Path, PathBuf};
use std::process::Command;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn templates() -> PathBuf {
    here("hardware-tests/catalogue/templates")
}

/// What a block of the page should hold, by its opening line and its first line.
fn block(opening: &str, first: &str) -> Option<String> {
    if let Some(file) = opening.strip_prefix("```toml file=") {
        return Some(std::fs::read_to_string(templates().join(file)).unwrap());
    }
    let arguments = first.strip_prefix("$ holdfast explain ")?;
    let output = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .current_dir(templates())
        .arg("explain")
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let [said, complaint] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{first}: {complaint}");
    Some(format!("{first}\n{said}{complaint}"))
}

/// The page with each block as it should be.
fn renewed(page: &str) -> String {
    let (mut renewed, mut lines) = (String::new(), page.lines());
    while let Some(line) = lines.next() {
        renewed += &format!("{line}\n");
        if !line.starts_with("```") {
            continue;
        }
        let found: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let found_text: String = found.iter().map(|line| format!("{line}\n")).collect();
        renewed += &block(line, found.first().unwrap_or(&"")).unwrap_or(found_text);
        renewed += "```\n";
    }
    renewed
}

#[test]
fn the_cookbook_shows_templates_and_timelines_as_they_are() {
    let path = here("docs/licensing-cookbook.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let renewed = renewed(&page);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, renewed).unwrap();
        return;
    }
    for (place, (found, expected)) in (1..).zip(page.lines().zip(renewed.lines())) {
        assert_eq!(found, expected, "docs/licensing-cookbook.md:{place}");
    }
    assert_eq!(page, renewed);
}

#[test]
fn every_template_stands_in_the_cookbook_and_none_has_a_hidden_term() {
    let page = std::fs::read_to_string(here("docs/licensing-cookbook.md")).unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(templates()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // The license of the story, which the examples of the other pages use.
        assert!(name == "cutter.toml" || page.contains(&format!("```toml file={name}\n")), "{name}");
        let template = holdfast_issuer::Template::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let offer = template.offer(Default::default(), "c-0001", &Default::default()).unwrap();
        assert_eq!(holdfast_issuer::warning::of(&offer), [], "{name}");
        count += 1;
    }
    assert!(count > 20 && page.matches("\n## ").count() == 20);
}
