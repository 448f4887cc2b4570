//! One golden vector: a value, its encoding, its digest, and the same fields for people.

#![allow(dead_code, reason = "each test binary takes what it needs")]

#[path = "../../../wire/tests/golden/mod.rs"]
mod files;

use crate::cast::encode;
use holdfast_document::{Body, strict};
use serde_json::{Value, json};

pub(crate) use files::{hex, hold};

/// The vector of a body that is what it should be: its one encoding, its digest, its fields. It
/// reads back as the same value, and passes the checks of its kind within the limit of its kind.
pub(crate) fn body<B: Body<'static> + PartialEq + core::fmt::Debug>(name: &str, value: &B) -> Value {
    let bytes = encode(value);
    assert!(bytes.len() <= B::KIND.limit(), "{name}: {} bytes", bytes.len());
    assert_eq!(&strict::decode::<B>(bytes).unwrap(), value, "{name}");
    assert_eq!(value.check(), Ok(()), "{name}");
    json!({
        "name": name,
        "kind": B::KIND as u8,
        "label": String::from_utf8_lossy(B::KIND.label().as_bytes()),
        "body": hex(bytes),
        "digest": hex(&B::KIND.digest(bytes).0),
        "fields": value,
    })
}

/// The same with a whole document and the key and number of the root it starts at.
pub(crate) fn signed<B: Body<'static> + PartialEq + core::fmt::Debug>(
    name: &str,
    value: &B,
    document: &[u8],
    root: &holdfast_document::Root,
) -> Value {
    let mut vector = body(name, value);
    vector["document"] = hex(document).into();
    vector["root"] = json!({ "number": root.number, "key": root.key, "body": root.body });
    vector
}
