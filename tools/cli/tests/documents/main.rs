//! `holdfast show` and `holdfast verify` over every kind of document, good and bad.
//!
//! What both say of each kind stands as text under `snapshots/`. `BLESS=1` writes it anew; look at
//! what changed before you commit it.

#[path = "../../../../host/audit/tests/cast/mod.rs"]
mod cast;

mod bad_input;
mod kinds;
mod run;
mod snapshots;
mod succession;
mod together;
