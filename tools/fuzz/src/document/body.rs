//! The ten bodies. The first byte of an input says which; the rest is the body.
//!
//! Held to the [grammar](crate::grammar): a body decodes exactly if the table says so. What decodes is
//! written back byte for byte, has a form for people, and is checked without a panic; a check lets nothing
//! pass whose lists the table would not let pass.

use crate::grammar::{documents, lists_may_pass};
use crate::seeds;
use holdfast_document::{
    Body, Delegation, Device, DocumentError, Kind, Manifest, Revocations, TimeToken, Vendor, strict,
};
use holdfast_license::{License, Loan, Statement, Update};

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Some((which, body)) = bytes.split_first() else { return };
    match Kind::ALL[usize::from(*which) % 10] {
        Kind::Vendor => hold::<Vendor<'_>>(body),
        Kind::Device => hold::<Device<'_>>(body),
        Kind::Delegation => hold::<Delegation<'_>>(body),
        Kind::License => hold::<License<'_>>(body),
        Kind::Loan => hold::<Loan<'_>>(body),
        Kind::Update => hold::<Update<'_>>(body),
        Kind::TimeToken => hold::<TimeToken>(body),
        Kind::Revocations => hold::<Revocations<'_>>(body),
        Kind::Statement => hold::<Statement<'_>>(body),
        Kind::Manifest => hold::<Manifest<'_>>(body),
    }
}

/// The bodies of the golden vectors.
pub fn inputs() -> Vec<Vec<u8>> {
    let kinds = Kind::ALL.into_iter().zip(0u8..);
    kinds
        .flat_map(|(kind, at)| seeds::bodies(kind).into_iter().map(move |body| [&[at][..], &body].concat()))
        .collect()
}

fn hold<'a, B: Body<'a> + PartialEq>(bytes: &'a [u8]) {
    let shape = documents::body(B::KIND);
    let decoded = strict::decode::<B>(bytes);
    assert_eq!(decoded.is_ok(), shape.takes(bytes), "{}: decoder and table differ", B::KIND);
    let Ok(body) = decoded else {
        assert_eq!(decoded.err(), Some(DocumentError::Malformed), "{}", B::KIND);
        return;
    };
    assert_eq!(strict::length(&body), Ok(bytes.len()), "{}: its length", B::KIND);
    let mut again = vec![0; bytes.len()];
    assert_eq!(strict::encode(&body, &mut again).as_deref(), Ok(bytes), "{}: written back", B::KIND);
    if let Some(shorter) = again.len().checked_sub(1) {
        let mut short = vec![0; shorter];
        assert_eq!(strict::encode(&body, &mut short), Err(DocumentError::TooMany), "{}: no room", B::KIND);
    }
    match body.check() {
        Ok(()) => assert!(lists_may_pass(shape, bytes), "{}: a list passed that may not", B::KIND),
        Err(
            DocumentError::TooMany
            | DocumentError::Malformed
            | DocumentError::Inconsistent
            | DocumentError::UnknownItem { tag: 0..128 },
        ) => {}
        Err(other) => panic!("{}: the check says {other:?}", B::KIND),
    }
    assert_eq!(body.check(), body.check(), "{}: the check changes its mind", B::KIND);
    let _ = (body.signer(), body.issued(), body.authority());
    for_people(&body);
}

/// The form for people says everything, in JSON that reads.
fn for_people(body: &impl serde::Serialize) {
    let text = serde_json::to_string(body).expect("a body has a form for people");
    let value: serde_json::Value = serde_json::from_str(&text).expect("the form for people is JSON");
    assert_eq!(value["version"], 1, "the form for people says the version");
}
