//! Documents in files: armored, or their bytes, any number of them one after another. `-` is standard
//! input, or standard output.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use holdfast_audit::NotBelieved;
use holdfast_crypto::Key;
use holdfast_document::envelope::ES256;
use holdfast_document::{DocumentError, Kind, Received, armor, limits, sequence};
use holdfast_issuer::{IssueError, Succession};

use crate::failure::Failure;

/// The most of a file that is read: far more than any sequence of documents that makes sense.
const FILE: u64 = 16 << 20;

/// Whether a path stands for a standard stream.
pub(crate) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// All documents of a file, in order. One that does not read refuses the whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = bytes(path)?;
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| armor::blocks(text).next().is_some())
    else {
        return in_bytes(path, &bytes);
    };
    let mut room = [0; limits::DOCUMENT];
    let decode = |(place, block)| {
        let decoded = armor::decode(block, &mut room).map(<[u8]>::to_vec);
        decoded.map_err(|why| Failure::refused_at(path, place, NotBelieved::unread(why)))
    };
    (1..).zip(armor::blocks(text)).map(decode).collect()
}

fn in_bytes(path: &Path, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut found = Vec::new();
    for (place, document) in (1..).zip(sequence::documents(bytes)) {
        match document {
            Ok(document) => found.push(document.to_vec()),
            // Where not even the first reads, it is a file of another sort; or it begins as a document
            // does, and was cut short or changed.
            Err(_) if found.is_empty() && !begins_a_document(bytes) => break,
            Err(why) => return Err(Failure::refused_at(path, place, NotBelieved::unread(why))),
        }
    }
    if found.is_empty() { Err(Failure::NoDocument { path: name(path) }) } else { Ok(found) }
}

/// Whether bytes begin with a kind, known or not, and the algorithm of signatures: no text does.
const fn begins_a_document(bytes: &[u8]) -> bool {
    matches!(bytes, [1..=31, ES256, ..])
}

/// All documents of a file, which must be of one kind.
pub(crate) fn read_all(path: &Path, expected: Kind) -> Result<Vec<Vec<u8>>, Failure> {
    let documents = read(path)?;
    for (place, document) in (1..).zip(&documents) {
        let refused = |why| Failure::refused_at(path, place, why);
        let found = Received::parse(document).map_err(refused)?.kind();
        if found != expected {
            return Err(refused(DocumentError::WrongKind { expected, found }));
        }
    }
    Ok(documents)
}

/// The one document of this kind in a file.
pub(crate) fn read_one(path: &Path, kind: Kind) -> Result<Vec<u8>, Failure> {
    let mut documents = read(path)?.into_iter();
    match (documents.next(), documents.next()) {
        (Some(document), None) => {
            let found = Received::parse(&document).map_err(|why| Failure::refused(path, why))?.kind();
            if found == kind {
                Ok(document)
            } else {
                let why = DocumentError::WrongKind { expected: kind, found };
                Err(Failure::refused(path, why))
            }
        }
        _ => Err(Failure::Argument(format!("{} holds several documents; name one {kind}", name(path)))),
    }
}

/// A file's name for people.
pub(crate) fn name(path: &Path) -> String {
    if is_stream(path) { "standard input".into() } else { path.display().to_string() }
}

/// The bytes of a file of bounded length.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |why| Failure::file("read", path, why);
    let mut bytes = Vec::new();
    if is_stream(path) {
        std::io::stdin().take(FILE).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        fs::File::open(path).map_err(failed)?.take(FILE).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// Writes a document as text, to a new file or to standard output.
pub(crate) fn write(path: &Path, document: &[u8]) -> Result<(), Failure> {
    write_all(path, [document])
}

/// Writes documents as text, one after another.
pub(crate) fn write_all<'d>(
    path: &Path,
    documents: impl IntoIterator<Item = &'d [u8]>,
) -> Result<(), Failure> {
    let refused = |why| Failure::refused(path, why);
    let mut text = String::new();
    for document in documents {
        let kind = Received::parse(document).map_err(refused)?.kind();
        let mut room = vec![0; armor::encoded_length(kind, document.len()).map_err(refused)?];
        text.push_str(armor::encode(document, &mut room).map_err(refused)?);
    }
    write_new(path, &text)
}

/// Writes a text to a new file or to standard output; a file that is there already is left alone.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = if is_stream(path) {
        std::io::stdout().write_all(text.as_bytes())
    } else {
        let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
    };
    written.map_err(|why| Failure::file("write", path, why))
}

/// Says something beside what was written to `out`: on standard error where that is standard output.
pub(crate) fn say(out: &Path, sentence: &str) {
    if is_stream(out) { eprintln!("{sentence}") } else { println!("{sentence}") }
}

/// A vendor's founding record and those that follow it, one after another, as a file has them.
pub(crate) fn records(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(read_all(path, Kind::Vendor)?.concat())
}

/// The same, verified.
pub(crate) fn succession<'a>(path: &Path, records: &'a [u8]) -> Result<Succession<'a>, Failure> {
    Succession::read(records).map_err(|why| match why {
        IssueError::Refused(why) => Failure::refused(path, why),
        why => why.into(),
    })
}

/// The public key in a file that the command `made_by` wrote.
pub(crate) fn public_key(path: &Path, made_by: &str) -> Result<Key, Failure> {
    let bytes = bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let quoted = serde_json::Value::String(text.trim().into());
    serde_json::from_value(quoted).map_err(|_| {
        let name = name(path);
        Failure::Argument(format!("{name} is not a public key; name the file that {made_by} wrote"))
    })
}
