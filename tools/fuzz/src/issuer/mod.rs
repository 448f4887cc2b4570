//! What a licensing desk reads: templates, dates and lengths, files of keys and secrets, its ledger; and the
//! token that a customer's program keeps.

pub mod key_file;
pub mod ledger;
pub mod moment;
mod on_disk;
pub mod secret_file;
pub mod template;
pub mod token;
