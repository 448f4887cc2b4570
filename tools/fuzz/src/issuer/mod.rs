//! What a licensing desk reads: templates, dates and lengths, key files, its ledger.

pub mod key_file;
pub mod ledger;
pub mod moment;
mod on_disk;
pub mod template;
