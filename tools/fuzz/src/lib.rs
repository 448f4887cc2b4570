//! What every parser must hold for any bytes at all, each with an oracle of its own.
//!
//! A *target* is a function of bytes that panics when a law is broken: not only when a parser panics, but when
//! it and a plainly written second reading of the same bytes differ. [`TARGETS`] lists them. They run in three
//! ways:
//!
//! - `cargo test --package holdfast-fuzz`: each over its seeds and a seeded number of changed ones, in a
//!   minute, so that no target rots;
//! - `cargo xtask prove fuzz`: each under libFuzzer, for as long as one likes;
//! - `cargo run --package holdfast-fuzz -- TARGET FILE`: one input again, such as a finding.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`document`], [`license`], [`heap`], [`wire`], [`issuer`], [`storage`], [`dongle`] | the targets, by the crate they search |
//! | [`grammar`] | the wire once more, as a table |
//! | [`draw`], [`paper_curve`] | structured input, cheap signatures |
//! | [`seeds`], [`mutate`], [`smoke`] | where inputs come from, and a search without libFuzzer |

pub mod document;
pub mod dongle;
pub mod draw;
pub mod grammar;
pub mod heap;
pub mod issuer;
pub mod license;
pub mod mutate;
pub mod paper_curve;
pub mod seeds;
pub mod smoke;
pub mod storage;
pub mod wire;

/// One target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its binary for libFuzzer too.
    pub name: &'static str,
    /// Runs one input; panics on a finding.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The longest input that makes sense.
    pub longest: usize,
    /// How many changed inputs the smoke test runs, by what one costs.
    pub smoke: u64,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    longest: usize,
    smoke: u64,
) -> Target {
    Target { name, run, seeds, longest, smoke }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("name", document::name::run, document::name::inputs, 160, 20_000),
    target("strict", document::strict::run, document::strict::inputs, 64, 20_000),
    target("hexadecimal", document::hexadecimal::run, document::hexadecimal::inputs, 160, 5_000),
    target("sequence", document::sequence::run, document::sequence::inputs, 4_096, 3_000),
    target("list", document::list::run, document::list::inputs, 1_024, 5_000),
    target("body", document::body::run, document::body::inputs, 6_500, 3_000),
    target("envelope", document::envelope::run, document::envelope::inputs, 7_500, 3_000),
    target("signed", document::signed::run, document::signed::inputs, 256, 3_000),
    target("lent", document::lent::run, document::lent::inputs, 320, 2_000),
    target("signature", document::signature::run, document::signature::inputs, 2_048, 150),
    target("decide", license::decide::run, license::decide::inputs, 1_200, 8_000),
    target("heap", heap::run, heap::inputs, 64, 60),
    target("command", wire::command::run, wire::command::inputs, 512, 10_000),
    target("device_frames", wire::device_frames::run, wire::device_frames::inputs, 1_024, 1_500),
    target("host_frames", wire::host_frames::run, wire::host_frames::inputs, 1_024, 1_500),
    target("handshake", wire::handshake::run, wire::handshake::inputs, 400, 1_500),
    target("sealed", wire::sealed::run, wire::sealed::inputs, 512, 1_500),
    target("moment", issuer::moment::run, issuer::moment::inputs, 64, 10_000),
    target("key_file", issuer::key_file::run, issuer::key_file::inputs, 1_200, 300),
    target("secret_file", issuer::secret_file::run, issuer::secret_file::inputs, 1_200, 200),
    target("token", issuer::token::run, issuer::token::inputs, 300, 5_000),
    target("ledger", issuer::ledger::run, issuer::ledger::inputs, 2_048, 200),
    target("template", issuer::template::run, issuer::template::inputs, 2_048, 600),
    target("operations", storage::operations::run, storage::operations::inputs, 512, 60),
    target("image", storage::image::run, storage::image::inputs, 512, 60),
    target("misfortune", storage::misfortune::run, storage::misfortune::inputs, 512, 60),
    target("dongle", dongle::run, dongle::inputs, 512, 60),
    target("armor", document::armor::run, document::armor::inputs, 4_096, 2_000),
];
