//! What a licensing desk does beyond selling: a new root, revocations, transfers. Everything that a
//! command writes is read back by `verify` and `audit`.

#[path = "../../../../shared/license/tests/cast/mod.rs"]
mod cast;

mod lot;
mod office;
mod revocations;
mod strayed;
mod succession;
mod tpm;
mod transfer;
