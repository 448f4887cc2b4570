//! Documents as text, for mail and clipboard: PEM-style armor (RFC 7468).
//!
//! ```text
//! -----BEGIN HOLDFAST LICENSE-----
//! BAEAlgEBq6urq6ur…
//! -----END HOLDFAST LICENSE-----
//! ```
//! A file may hold any number of these, with any text between them. The heading only helps the
//! eye: what a document is stands inside it, and a heading that says otherwise is refused. Nothing
//! is allocated; the caller lends the buffers.

use crate::{DocumentError, Kind, Received};
use pem_rfc7468::LineEnding;

const BEGIN: &str = "-----BEGIN HOLDFAST ";
const END: &str = "-----END HOLDFAST ";
const DASHES: &str = "-----";

/// The heading of documents of this kind.
pub const fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Vendor => "HOLDFAST VENDOR",
        Kind::Device => "HOLDFAST DEVICE",
        Kind::Delegation => "HOLDFAST DELEGATION",
        Kind::License => "HOLDFAST LICENSE",
        Kind::Loan => "HOLDFAST LOAN",
        Kind::Update => "HOLDFAST UPDATE",
        Kind::TimeToken => "HOLDFAST TIME TOKEN",
        Kind::Revocations => "HOLDFAST REVOCATIONS",
        Kind::Statement => "HOLDFAST STATEMENT",
        Kind::Manifest => "HOLDFAST MANIFEST",
    }
}

/// How many bytes of text a document of this kind and length becomes.
///
/// # Errors
/// [`DocumentError::TooLong`] for a length that no document has.
pub fn encoded_length(kind: Kind, length: usize) -> Result<usize, DocumentError> {
    let too_long = DocumentError::TooLong { length, limit: crate::limits::DOCUMENT };
    if length > crate::limits::DOCUMENT {
        return Err(too_long);
    }
    pem_rfc7468::encapsulated_len(label(kind), LineEnding::LF, length).map_err(|_| too_long)
}

/// Writes a document as text, with the heading of its own kind.
///
/// # Errors
/// Those of [`Received::parse`]; [`DocumentError::TooMany`] when the buffer is shorter than
/// [`encoded_length`].
pub fn encode<'b>(document: &[u8], buffer: &'b mut [u8]) -> Result<&'b str, DocumentError> {
    let kind = Received::parse(document)?.kind();
    pem_rfc7468::encode(label(kind), LineEnding::LF, document, buffer).map_err(|_| DocumentError::TooMany)
}

/// Reads one document out of its text, such as [`blocks`] yields.
///
/// # Errors
/// [`DocumentError::Malformed`] for text that is no armor, or whose heading is not that of the
/// document inside; [`DocumentError::TooLong`] when the document does not fit the buffer.
pub fn decode<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], DocumentError> {
    let mut decoder = pem_rfc7468::Decoder::new(text.as_bytes()).map_err(|_| DocumentError::Malformed)?;
    let (found, length, limit) = (decoder.type_label(), decoder.remaining_len(), buffer.len());
    let room = buffer.get_mut(..length).ok_or(DocumentError::TooLong { length, limit })?;
    let document = decoder.decode(room).map_err(|_| DocumentError::Malformed)?;
    match Received::parse(document)?.kind() {
        kind if label(kind) == found => Ok(document),
        _ => Err(DocumentError::Malformed),
    }
}

/// Walks the armored documents in a text, in order; what stands between them is passed over. A
/// block without an end runs to the end of the text, and does not decode.
pub fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let start = rest.find(BEGIN)?;
        let from = rest.get(start..)?;
        let length = from.find(END).and_then(|end| {
            let closing = end.checked_add(END.len())?;
            let dashes = from.get(closing..)?.find(DASHES)?;
            closing.checked_add(dashes)?.checked_add(DASHES.len())
        });
        let (block, after) = from.split_at_checked(length.unwrap_or(from.len()))?;
        rest = after;
        Some(block)
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::envelope::ES256;
    use crate::{Document, List, strict};
    use holdfast_crypto::Signature;
    use proptest::prelude::*;
    use std::string::{String, ToString};
    use std::vec::Vec;
    use std::{format, vec};

    fn document(kind: Kind, body: &[u8]) -> Vec<u8> {
        let signature = Signature([7; 64]);
        let document =
            Document { kind: kind as u8, algorithm: ES256, root: 0, body, signature, chain: List::EMPTY };
        let mut bytes = vec![0; strict::length(&document).unwrap()];
        strict::encode(&document, &mut bytes).unwrap();
        bytes
    }

    fn armored(document: &[u8]) -> String {
        let mut buffer = [0; 12_000];
        encode(document, &mut buffer).unwrap().to_string()
    }

    proptest! {
        #[test]
        fn what_was_armored_comes_out_again_among_other_text(
            bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..4),
            kind in proptest::sample::select(&Kind::ALL[..]),
        ) {
            let documents: Vec<_> = bodies.iter().map(|body| document(kind, body)).collect();
            let texts: Vec<_> = documents.iter().map(|document| armored(document)).collect();
            for (document, text) in documents.iter().zip(&texts) {
                prop_assert_eq!(text.len(), encoded_length(kind, document.len()).unwrap());
            }
            let mail = format!("Dear customer,\n{}\nYours", texts.join("\nand\n"));
            let mut buffer = [0; crate::limits::DOCUMENT];
            let found: Vec<_> =
                blocks(&mail).map(|block| decode(block, &mut buffer).map(<[u8]>::to_vec).unwrap()).collect();
            prop_assert_eq!(found, documents);
        }
    }

    #[test]
    fn a_heading_that_says_otherwise_and_a_text_cut_short_are_refused() {
        let text = armored(&document(Kind::License, b"body"));
        let mut buffer = [0; 256];
        let lie = text.replace("LICENSE", "UPDATE");
        assert_eq!(decode(&lie, &mut buffer), Err(DocumentError::Malformed));
        for cut in 0..text.trim_end().len() {
            for block in blocks(&text[..cut]) {
                assert!(decode(block, &mut buffer).is_err(), "{cut}");
            }
        }
    }

    #[test]
    fn every_heading_is_the_name_of_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(label(kind), format!("HOLDFAST {}", kind.name().to_uppercase()));
        }
    }

    #[test]
    fn a_buffer_that_is_too_short_is_an_error_and_no_panic() {
        let text = armored(&document(Kind::License, &[5; 100]));
        for length in 0..100 {
            let mut short = vec![0; length];
            let found = decode(&text, &mut short);
            assert!(matches!(found, Err(DocumentError::TooLong { .. })), "{length}: {found:?}");
        }
        assert_eq!(encode(&document(Kind::License, b"x"), &mut [0; 20]), Err(DocumentError::TooMany));
    }
}
