//! What `show` and `verify` say of each kind stands in a text file, word for word.

use std::path::{Path, PathBuf};

use crate::kinds;
use crate::run::{Said, armored, fed, folder, put, run};

fn snapshot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/snapshots").join(name).with_extension("txt")
}

/// Holds what was said against the text file, or writes that.
pub(crate) fn compare(name: &str, said: &str) {
    let path = snapshot(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, said).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (expected, said)) in (1..).zip(expected.lines().zip(said.lines())) {
        assert_eq!(said, expected, "{}:{line}; BLESS=1 writes it anew", path.display());
    }
    assert_eq!(said, expected, "{}; BLESS=1 writes it anew", path.display());
}

/// A command as a snapshot has it: what was asked, what was said, how it ended.
fn transcript(arguments: &str, (code, said, complaint): Said) -> String {
    format!("$ holdfast {arguments}\n{said}{complaint}[exit code {code}]\n\n")
}

const COMMANDS: [&str; 4] = [
    "show FILE",
    "show --json FILE",
    "verify FILE --vendor acme.vendor",
    "verify --json FILE --vendor acme.vendor",
];

#[test]
fn every_kind_is_shown_and_verified_as_its_snapshot_says() {
    for (kind, name, document) in kinds::all() {
        let folder = folder();
        let file = format!("{name}.holdfast");
        put(folder.path(), &file, armored(&document).as_bytes());
        let said: String = COMMANDS
            .map(|command| command.replace("FILE", &file))
            .map(|command| transcript(&command, run(folder.path(), &command)))
            .concat();
        assert_eq!(said.matches("[exit code 0]").count(), COMMANDS.len(), "{kind}: {said}");
        compare(name, &said);
    }
}

#[test]
fn text_and_bytes_in_files_and_streams_are_shown_and_verified_alike() {
    for (kind, name, document) in kinds::all() {
        let folder = folder();
        let (text, bytes) = (format!("{name}.txt"), format!("{name}.holdfast"));
        put(folder.path(), &text, armored(&document).as_bytes());
        put(folder.path(), &bytes, &document);
        for command in COMMANDS {
            let of_text = run(folder.path(), &command.replace("FILE", &text));
            let renamed = |(code, said, complaint): Said, from: &str| {
                (code, said.replace(from, &text), complaint.replace(from, &text))
            };
            let of_bytes = run(folder.path(), &command.replace("FILE", &bytes));
            assert_eq!(renamed(of_bytes, &bytes), of_text, "{kind}: {command}");
            for input in [armored(&document).as_bytes(), &document] {
                let streamed = fed(folder.path(), &command.replace("FILE", "-"), input);
                assert_eq!(renamed(streamed, "standard input"), of_text, "{kind}: {command}");
            }
        }
    }
}

#[test]
fn a_file_of_all_kinds_is_a_sequence_in_any_order() {
    let folder = folder();
    let mut documents: Vec<Vec<u8>> = kinds::all().into_iter().map(|(_, _, document)| document).collect();
    put(folder.path(), "all.holdfast", &documents.concat());
    let command = "verify all.holdfast --vendor acme.vendor";
    let said = run(folder.path(), command);
    compare("all", &transcript(command, said.clone()));
    documents.reverse();
    let texts: String = documents.iter().map(|document| armored(document)).collect();
    put(folder.path(), "all.holdfast", texts.as_bytes());
    let (code, reversed, complaint) = run(folder.path(), command);
    let lines: Vec<&str> = reversed.lines().rev().collect();
    assert_eq!((code, lines, complaint.as_str()), (0, said.1.lines().collect(), ""));
}
