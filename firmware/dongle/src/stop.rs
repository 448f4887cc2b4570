//! Why a command stopped before its answer.

use holdfast_document::DocumentError;
use holdfast_license::Refusal;
use holdfast_storage::StorageError;
use holdfast_wire::command::{Command, ErrorCode, Failure};

use crate::PlatformError;

/// The license does not allow it, or it could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Refused(Refusal),
    Failed(Failure),
}

/// This firmware does not have the command, or not for what it was asked with.
pub(crate) fn unsupported<'a, C: Command<'a>>() -> Stop {
    ErrorCode::Unsupported.with(u64::from(C::NUMBER), 0).into()
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ErrorCode> for Stop {
    fn from(code: ErrorCode) -> Self {
        Self::Failed(code.into())
    }
}

impl From<DocumentError> for Stop {
    fn from(error: DocumentError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        Self::Failed(match error {
            StorageError::Full { needed, free } => ErrorCode::Full.with(u64::from(needed), u64::from(free)),
            StorageError::IndexFull => ErrorCode::Full.into(),
            StorageError::WornOut => ErrorCode::WornOut.into(),
            StorageError::Busy | StorageError::InMemory => ErrorCode::StorageBusy.into(),
            StorageError::Unreadable | StorageError::Forged => ErrorCode::Unreadable.into(),
            StorageError::Total => ErrorCode::MeterFull.into(),
            StorageError::Blank => ErrorCode::NotReady.into(),
            StorageError::Damaged => ErrorCode::Damaged.into(),
            StorageError::OtherFormat => ErrorCode::OtherFormat.into(),
            _ => ErrorCode::StorageFailed.into(),
        })
    }
}

impl From<PlatformError> for Stop {
    fn from(error: PlatformError) -> Self {
        Self::Failed(match error {
            PlatformError::NoKeys => ErrorCode::NotReady.into(),
            PlatformError::BadKey => ErrorCode::Malformed.into(),
            PlatformError::Failed => ErrorCode::StorageFailed.into(),
        })
    }
}
