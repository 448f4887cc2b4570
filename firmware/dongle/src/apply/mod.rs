//! How a document changes what the dongle holds. It is the only way in which that changes.

mod device;
mod time_token;
mod update;
mod vendor;

use holdfast_document::{DocumentError, Kind, Received};
use holdfast_wire::command::apply::Applied;
use holdfast_wire::command::{Apply, Command, ErrorCode};

use crate::Platform;
use crate::core::{Core, Scratch};
use crate::stop::Stop;

pub(crate) fn apply<'s, P: Platform>(
    core: &mut Core<P>,
    request: Apply<'_>,
    scratch: &'s mut Scratch,
) -> Result<Applied<'s>, Stop> {
    let received = Received::parse(request.document)?;
    let done = match received.kind() {
        Kind::Device => device::apply(core, &received, request.document),
        Kind::Vendor => vendor::apply(core, &received, request.document),
        Kind::TimeToken => time_token::apply(core, &received),
        Kind::Update => return update::apply(core, &received, scratch),
        Kind::Loan | Kind::Statement | Kind::Revocations => Err(ErrorCode::Unsupported
            .with(u64::from(<Apply<'_> as Command<'_>>::NUMBER), received.kind() as u64)
            .into()),
        found @ (Kind::Delegation | Kind::License | Kind::Manifest) => {
            Err(DocumentError::WrongKind { expected: Kind::Update, found }.into())
        }
    };
    done.map(|before| Applied { before, statement: &[] })
}
