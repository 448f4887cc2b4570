//! Where inputs come from: the golden vectors of the shared crates, and inputs that once were findings.
//!
//! Nothing is kept twice. The vectors are read where they stand; a finding that was mended stands as a file of
//! hexadecimal under `findings/<target>/`, so that the smoke test runs it for ever.

use serde_json::Value;
use std::{fs, path::Path, path::PathBuf, sync::OnceLock};

/// A body out of the golden vectors, and the document around it where there is one.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The number of its kind.
    pub kind: u8,
    /// The body.
    pub body: Vec<u8>,
    /// The whole document.
    pub document: Option<Vec<u8>>,
    /// The number and the key of the root that it starts at, and the digest of the root's record.
    pub root: Option<(u8, Vec<u8>, Vec<u8>)>,
}

/// Everything out of the golden vectors that is a body of a document.
pub fn documents() -> &'static [Vector] {
    static ALL: OnceLock<Vec<Vector>> = OnceLock::new();
    ALL.get_or_init(|| {
        let found = ["document", "license"].into_iter().flat_map(files).flat_map(|file| match file {
            Value::Array(vectors) => vectors,
            _ => Vec::new(),
        });
        let all: Vec<_> = found.filter_map(|vector| read(&vector)).collect();
        assert!(all.len() > 20, "the golden vectors of documents are not where they were");
        all
    })
}

/// The bodies of this kind out of the golden vectors.
pub fn bodies(kind: holdfast_document::Kind) -> Vec<Vec<u8>> {
    documents().iter().filter(|vector| vector.kind == kind as u8).map(|vector| vector.body.clone()).collect()
}

/// The facts out of the golden vectors.
pub fn facts() -> Vec<Vec<u8>> {
    let file = file("license", "facts.json");
    file.as_array().into_iter().flatten().filter_map(|vector| hexadecimal(&vector["bytes"])).collect()
}

/// Every string of hexadecimal in the vectors of the wire in this file.
pub fn strings(name: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(&file("wire", name), &mut found);
    found
}

/// Requests and answers of commands out of the golden vectors.
pub fn commands() -> Vec<(Vec<u8>, Vec<u8>)> {
    let file = file("wire", "commands.json");
    let vectors = file["commands"].as_array().into_iter().flatten();
    vectors
        .filter_map(|vector| Some((hexadecimal(&vector["request"])?, hexadecimal(&vector["answer"])?)))
        .collect()
}

/// Inputs that once were findings of this target.
pub fn findings(target: &str) -> Vec<Vec<u8>> {
    let folder = [env!("CARGO_MANIFEST_DIR"), "findings", target].iter().collect::<PathBuf>();
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| kept(path)).collect()
}

fn kept(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap_or_default();
    from_hexadecimal(text.trim()).unwrap_or_else(|| panic!("{} is not hexadecimal", path.display()))
}

/// The bytes that are written so.
pub fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn read(vector: &Value) -> Option<Vector> {
    let root = &vector["root"];
    let number = root["number"].as_u64().and_then(|number| u8::try_from(number).ok());
    let root =
        number.and_then(|number| Some((number, hexadecimal(&root["key"])?, hexadecimal(&root["body"])?)));
    Some(Vector {
        kind: u8::try_from(vector["kind"].as_u64()?).ok()?,
        body: hexadecimal(&vector["body"])?,
        document: hexadecimal(&vector["document"]),
        root,
    })
}

fn hexadecimal(value: &Value) -> Option<Vec<u8>> {
    value.as_str().and_then(from_hexadecimal)
}

fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => found.extend(from_hexadecimal(text).filter(|bytes| bytes.len() > 1)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn folder(of: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "shared", of, "vectors"].iter().collect()
}

fn file(of: &str, name: &str) -> Value {
    let path = folder(of).join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(of: &str) -> Vec<Value> {
    let entries = fs::read_dir(folder(of)).unwrap_or_else(|error| panic!("the vectors of {of}: {error}"));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let json = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.filter_map(|path| serde_json::from_str(&fs::read_to_string(path).ok()?).ok()).collect()
}
