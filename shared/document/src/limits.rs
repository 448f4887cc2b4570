//! Every capacity of documents and licenses, each with its reason.
//!
//! A whole document travels as one message, so all body limits follow from the message size; the
//! counts bound the work that a reader does before it decides.

/// A whole document: what one Apply message of 7,609 bytes carries beside its own 23 bytes, with
/// room for the links of a chain that a later version may lengthen.
pub const DOCUMENT: usize = 7_424;

/// Body of a Vendor document: four makers, a recovery key, a name.
pub const VENDOR: usize = 800;
/// Body of a Device document: three keys, a model.
pub const DEVICE: usize = 320;
/// Body of a Delegation: a key and about ten names of limits.
pub const DELEGATION: usize = 400;
/// Body of a License: leaves room in an Update for two links and their signatures.
pub const LICENSE: usize = 3_800;
/// Body of a Loan: four secrets sealed to the borrower.
pub const LOAN: usize = 1_600;
/// Body of an Update: one license of full size and the Departs of sixteen others.
pub const UPDATE: usize = 6_400;
/// Body of a TimeToken.
pub const TIME_TOKEN: usize = 160;
/// Body of one part of Revocations: 100 entries of a hash and a number.
pub const REVOCATIONS: usize = 3_800;
/// Body of a Statement; longer ones are paged by product. Its chain has a Device beside two
/// delegations, so less of the document is left for it than for an Update.
pub const STATEMENT: usize = 6_000;
/// Body of a Manifest.
pub const MANIFEST: usize = 200;

/// Links of delegation under one root: an issuer, and a reseller under it.
pub const LINKS: usize = 2;
/// Links of any chain: a Loan has the vendor's, the parent license, the maker's, the lender.
pub const CHAIN: usize = 2 + 1 + 2 + 1;
/// Documents in a vendor's succession, number 0 included.
pub const SUCCESSION: u8 = 8;
/// Makers that a vendor accepts.
pub const MAKERS: usize = 4;
/// Entries in part 0 of Revocations, which every device keeps.
pub const REVOCATIONS_KEPT: usize = 100;

/// A name: fits a checked feature into one report.
pub const NAME: usize = 24;
/// A notice to show to a user: one line.
pub const NOTICE: usize = 120;
/// A public value in a license.
pub const VALUE: usize = 256;
/// A context of a derivation.
pub const CONTEXT: usize = 256;

/// Terms in a license.
pub const TERMS: usize = 16;
/// Conditions in a term.
pub const CONDITIONS: usize = 16;
/// Features in a term.
pub const FEATURES: usize = 64;
/// Meters in a license.
pub const METERS: usize = 16;
/// Secrets in a license.
pub const SECRETS: usize = 16;
/// Values in a license.
pub const VALUES: usize = 16;
/// Rights in a license.
pub const RIGHTS: usize = 8;
/// Actions in an Update.
pub const ACTIONS: usize = 32;
/// Licenses that one Update installs: about as many as fit its body. A device looks at all of them before it
/// takes one, and has room for so many.
pub const INSTALLS: usize = 8;
/// Secrets in a Loan.
pub const LOAN_SECRETS: usize = 4;

/// Allowance plus overdraft of a meter stays below this: totals are five bytes in storage.
pub const UNITS: u64 = 1 << 40;
/// How far a revision may jump unless the vendor's root signed.
pub const REVISION_JUMP: u32 = 65_536;
/// Seats' longest lease, in seconds.
pub const LEASE: u16 = 300;
