//! Why a command did not do what was asked: a sentence that ends with what to do, and an exit code.

use std::path::Path;
use std::process::ExitCode;

use holdfast_audit::NotBelieved;
use holdfast_issuer::IssueError;

use crate::documents;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file could not be read or written. Nothing was changed; a retry helps when the cause is gone.
    #[error("cannot {what} {path}: {why}; mend that and try again")]
    File { what: &'static str, path: String, why: std::io::Error },
    /// A file holds no document.
    #[error(
        "{path} holds no document; name a file that holdfast wrote, or that begins with -----BEGIN HOLDFAST"
    )]
    NoDocument { path: String },
    /// An argument is understood by clap, but not here.
    #[error("{0}")]
    Argument(String),
    /// A document is not to be believed. The reason ends with what to do.
    #[error("{path}: {why}")]
    Refused { path: String, why: NotBelieved },
    /// A license grants nothing under the facts given. What to do was printed with each term.
    #[error("no term is in force; see above what helps for each")]
    NothingInForce,
    /// A feature is not granted. Says why, and what helps.
    #[error("{feature} is refused: {why}")]
    NoFeature { feature: String, why: String },
    /// An audit found something. What to do was printed with each finding.
    #[error("{proofs} proofs and {warnings} warnings; see above what to do about each")]
    Findings { proofs: usize, warnings: usize },
    /// The issuer would not.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Failure {
    pub(crate) fn file(what: &'static str, path: &Path, why: std::io::Error) -> Self {
        Self::File { what, path: documents::name(path), why }
    }

    pub(crate) fn refused(path: &Path, why: impl Into<NotBelieved>) -> Self {
        Self::Refused { path: documents::name(path), why: why.into() }
    }

    /// The document in this place of a file, from 1, is not to be believed.
    pub(crate) fn refused_at(path: &Path, place: usize, why: impl Into<NotBelieved>) -> Self {
        let why = why.into();
        Self::Refused { path: format!("{}, document {place}", documents::name(path)), why }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::File { .. } | Self::NoDocument { .. } => 1,
            Self::Argument(_) => 2,
            Self::Refused { .. } | Self::NothingInForce | Self::NoFeature { .. } | Self::Findings { .. } => 3,
            Self::Issue(
                IssueError::Refused(_)
                | IssueError::Mixed
                | IssueError::UnknownMaker
                | IssueError::RevokedDesk { .. }
                | IssueError::UnderRevokedKey
                | IssueError::NotByARoot
                | IssueError::RevokedDevice { .. },
            ) => 3,
            Self::Issue(_) => 1,
        })
    }
}
