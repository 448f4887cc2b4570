//! What the maker states of a dongle.

use super::command;
use serde::{Deserialize, Serialize};

/// Asks for the maker's statement, in one of its two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The form.
    pub form: Form,
}

/// A form of the maker's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The Device document, with its chain.
    Document,
    /// A certificate of the X.509 chain, counted from the dongle's own.
    X509(u8),
}

command!(Certificate, 2, Clear, CertificateBytes<'b>);

/// The maker's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateBytes<'a> {
    /// The document, or the certificate in DER.
    pub bytes: &'a [u8],
}
