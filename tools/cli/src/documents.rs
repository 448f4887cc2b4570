//! Documents in files: armored, any number of them; or the bytes of one.

use std::fs;
use std::path::Path;

use holdfast_crypto::RustCrypto;
use holdfast_document::{Kind, Received, Vendor, Verified, armor, limits};

use crate::failure::Failure;

/// The most of a file that is read: far more than any sequence of documents that makes sense.
const FILE: u64 = 16 << 20;

/// All documents of a file, in order.
pub(crate) fn read(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = bytes(path)?;
    let refused = |why| Failure::refused(path, why);
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| armor::blocks(text).next().is_some())
    else {
        Received::parse(&bytes).map_err(|_| Failure::NoDocument { path: path.display().to_string() })?;
        return Ok(vec![bytes]);
    };
    let mut room = [0; limits::DOCUMENT];
    armor::blocks(text)
        .map(|block| armor::decode(block, &mut room).map(<[u8]>::to_vec).map_err(refused))
        .collect()
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
                let why = holdfast_document::DocumentError::WrongKind { expected: kind, found };
                Err(Failure::refused(path, why))
            }
        }
        _ => Err(Failure::Argument(format!("{} holds several documents; name one {kind}", path.display()))),
    }
}

/// The bytes of a file of bounded length.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|why| Failure::file("read", path, why))?;
    file.take(FILE).read_to_end(&mut bytes).map_err(|why| Failure::file("read", path, why))?;
    Ok(bytes)
}

/// Writes a document as text, to a new file.
pub(crate) fn write(path: &Path, document: &[u8]) -> Result<(), Failure> {
    let refused = |why| Failure::refused(path, why);
    let kind = Received::parse(document).map_err(refused)?.kind();
    let mut room = vec![0; armor::encoded_length(kind, document.len()).map_err(refused)?];
    let text = armor::encode(document, &mut room).map_err(refused)?;
    write_new(path, text)
}

/// Writes a text to a new file; one that is there already is left alone.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|why| Failure::file("write", path, why))
}

/// A vendor's founding record, verified.
pub(crate) fn vendor<'a>(path: &Path, record: &'a [u8]) -> Result<Verified<'a, Vendor<'a>>, Failure> {
    let found = Received::parse(record).and_then(|received| Vendor::found::<RustCrypto>(&received));
    found.map_err(|why| Failure::refused(path, why))
}
