//! The one envelope for everything that is signed.

use crate::{DocumentError, Kind, List, limits, strict, untagged_item};
use holdfast_crypto::Signature;
use serde::{Deserialize, Serialize};

/// The number of ECDSA over P-256 with SHA-256. It is a property of the signer's key; the byte in
/// the envelope must agree with it.
pub const ES256: u8 = 1;

/// A signed document as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document<'a> {
    /// The number of its [`Kind`].
    pub kind: u8,
    /// The number of the signature algorithm.
    pub algorithm: u8,
    /// The number of the Vendor document whose key starts the chain; 0 under a maker's root.
    pub root: u8,
    /// The bytes that were signed, and are kept.
    #[serde(serialize_with = "serialize_bytes")]
    pub body: &'a [u8],
    /// Over the digest of the body.
    pub signature: Signature,
    /// Links from the root, root first, without chains of their own.
    pub chain: List<'a, Link<'a>>,
}

/// One step from a root towards the signer: a document without envelope fields that it shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link<'a> {
    /// The number of its [`Kind`].
    pub kind: u8,
    /// The number of the signature algorithm.
    pub algorithm: u8,
    /// The bytes that were signed.
    #[serde(serialize_with = "serialize_bytes")]
    pub body: &'a [u8],
    /// Over the digest of the body, under the key of the link before.
    pub signature: Signature,
}

untagged_item!('a, Link<'a>);

/// Bytes on the wire; hexadecimal in a form for people.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_bytes<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        to.collect_str(&holdfast_crypto::bytes::Hex(bytes))
    } else {
        to.serialize_bytes(bytes)
    }
}

/// A document that came in, of which nothing is believed yet.
///
/// It shows its kind and the number of its root, and lends its body to nobody before
/// [`verify`](Self::verify) says so.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    pub(crate) kind: Kind,
    pub(crate) document: Document<'a>,
}

impl<'a> Received<'a> {
    /// Reads an envelope. Length, kind and chain length are bounded before any further work.
    ///
    /// # Errors
    /// [`DocumentError::TooLong`], [`DocumentError::Malformed`], [`DocumentError::UnknownKind`],
    /// [`DocumentError::BadChain`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        if bytes.len() > limits::DOCUMENT {
            return Err(DocumentError::TooLong { length: bytes.len(), limit: limits::DOCUMENT });
        }
        let document: Document<'a> = strict::decode(bytes)?;
        let kind = Kind::from_number(document.kind)?;
        document.chain.check(limits::CHAIN, |_| Ok(())).map_err(|error| match error {
            DocumentError::TooMany => DocumentError::BadChain,
            other => other,
        })?;
        Ok(Self { kind, document })
    }

    /// Its kind, as it claims.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of the root that its chain starts at, as it claims.
    pub const fn root(&self) -> u8 {
        self.document.root
    }

    /// Whether it brings no links of its own.
    pub const fn is_without_chain(&self) -> bool {
        self.document.chain.is_empty()
    }

    /// The same with these links in front of it: how a license that was stored or carried without
    /// its chain is joined with it again.
    #[must_use]
    pub const fn under(mut self, chain: List<'a, Link<'a>>) -> Self {
        self.document.chain = chain;
        self
    }

    /// The envelope, of which nothing is believed yet.
    pub const fn document(&self) -> &Document<'a> {
        &self.document
    }

    /// The digest of its body: names these bytes, whether or not they are true.
    pub fn digest(&self) -> holdfast_crypto::Hash {
        self.kind.digest(self.document.body)
    }
}
