//! The manufacturer's commands, and what the manufacturer stated.

use holdfast_crypto::label;
use holdfast_document::StorageId;
use holdfast_storage::{Needed, Storage};
use holdfast_wire::command::certificate::{CertificateBytes, Form};
use holdfast_wire::command::hello::Stage;
use holdfast_wire::command::lock::Locked;
use holdfast_wire::command::provision::Provisioned;
use holdfast_wire::command::{Certificate, ErrorCode, Lock, Provision};
use rand_core::Rng;

use super::statement;
use crate::Platform;
use crate::core::{Core, Scratch, length};
use crate::records::{self, Config, RECORDS};
use crate::stop::{Stop, unsupported};

pub(super) fn certificate<'s, P: Platform>(
    core: &mut Core<P>,
    request: Certificate,
    scratch: &'s mut Scratch,
) -> Result<CertificateBytes<'s>, Stop> {
    core.is_mounted()?;
    match request.form {
        Form::Document => Ok(CertificateBytes { bytes: core.read(records::DEVICE, &mut scratch.first)? }),
        Form::X509(_) => Err(unsupported::<Certificate>()),
    }
}

/// Makes keys, formats, and keeps what was settled. Cut short, the dongle is blank, or as it was
/// before, and can be provisioned again.
pub(super) fn provision<P: Platform>(core: &mut Core<P>, request: Provision) -> Result<Provisioned, Stop> {
    core.may_be_provisioned()?;
    core.unmount();
    core.platform.make_keys()?;
    let keys = core.platform.public_keys().ok_or(ErrorCode::NotReady)?;
    let mut storage_id = StorageId::ZERO;
    core.platform.rng().fill_bytes(&mut storage_id.0);
    let key = core.platform.derive(label::STORAGE_KEY)?;
    let layout = core.platform.board().layout;
    let (storage, flash) = core.unmounted();
    Storage::<RECORDS>::format(flash, layout, &key)?;
    storage.mount_here(flash, layout, &key)?;
    let config = Config {
        stage: Stage::Provisioned,
        maker: request.maker,
        production: request.production,
        storage: storage_id,
    };
    let mut buffer = [0; 256];
    let value = holdfast_document::strict::encode(&config, &mut buffer)?;
    let mut transaction = storage.begin(flash, Needed::nothing().put(length(value)))?;
    transaction.put(records::CONFIG, value)?;
    transaction.commit()?;
    core.mount();
    Ok(Provisioned {
        identity: keys.identity,
        channel: keys.channel,
        sealing: keys.sealing,
        storage: storage_id,
    })
}

/// Locks a dongle that has its Device document. The statement is signed first, so that a cut in
/// between leaves a dongle that can be locked again.
pub(super) fn lock<'s, P: Platform>(
    core: &mut Core<P>,
    _: Lock,
    scratch: &'s mut Scratch,
) -> Result<Locked<'s>, Stop> {
    let (mounted, _) = core.parts()?;
    let config = mounted.config;
    if config.stage == Stage::Locked {
        return Err(ErrorCode::Locked.into());
    }
    let document = statement::enrolled(core, scratch)?;
    let config = Config { stage: Stage::Locked, ..config };
    core.store(records::CONFIG, &config)?;
    let (mounted, _) = core.parts()?;
    mounted.config = config;
    Ok(Locked { statement: document })
}
