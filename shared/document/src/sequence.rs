//! Documents one after another, as bytes: what a `.holdfast` file holds where it is not text.
//!
//! Nothing stands between them, and each ends where its own encoding says. Text has
//! [`armor::blocks`](crate::armor::blocks) for the same.

use crate::{Document, DocumentError, Received};

/// Walks the documents in order. What is no document, or is cut short, is an error in its place,
/// and ends the walk: where the next would begin is then unknown.
pub fn documents(bytes: &[u8]) -> impl Iterator<Item = Result<&[u8], DocumentError>> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let first = first(rest);
        rest = first.map_or(&[], |(_, after)| after);
        Some(first.map(|(document, _)| document))
    })
}

/// The first document, and what follows it.
fn first(bytes: &[u8]) -> Result<(&[u8], &[u8]), DocumentError> {
    let (_, after) =
        postcard::take_from_bytes::<Document<'_>>(bytes).map_err(|_| DocumentError::Malformed)?;
    let length = bytes.len().saturating_sub(after.len());
    let (document, after) = bytes.split_at_checked(length).ok_or(DocumentError::Malformed)?;
    Received::parse(document)?;
    Ok((document, after))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::envelope::ES256;
    use crate::{Kind, List, strict};
    use holdfast_crypto::Signature;
    use std::vec;
    use std::vec::Vec;

    fn document(body: &[u8]) -> Vec<u8> {
        let (kind, signature) = (Kind::License as u8, Signature([7; 64]));
        let document = Document { kind, algorithm: ES256, root: 0, body, signature, chain: List::EMPTY };
        let mut bytes = vec![0; strict::length(&document).unwrap()];
        strict::encode(&document, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_put_one_after_another_comes_out_again_and_a_cut_is_an_error_in_its_place() {
        let [one, two] = [document(b"one"), document(&[2; 300])];
        let both = [&one[..], &two].concat();
        assert_eq!(documents(&both).collect::<Vec<_>>(), [Ok(&one[..]), Ok(&two[..])]);
        assert_eq!(documents(&[]).count(), 0);
        for cut in 0..both.len() {
            let found: Vec<_> = documents(&both[..cut]).collect();
            let whole = if cut >= one.len() { vec![Ok(&one[..])] } else { vec![] };
            let rest =
                if cut == 0 || cut == one.len() { vec![] } else { vec![Err(DocumentError::Malformed)] };
            assert_eq!(found, [whole, rest].concat(), "{cut}");
        }
    }

    #[test]
    fn nothing_is_looked_for_behind_what_is_no_document() {
        let good = document(b"one");
        let bad = [&good[..], &[0xff], &good].concat();
        assert_eq!(documents(&bad).map(|found| found.is_ok()).collect::<Vec<_>>(), [true, false]);
    }
}
