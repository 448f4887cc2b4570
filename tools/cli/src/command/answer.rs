//! `holdfast answer`: proof of life and of time for a device that asks.

use std::path::PathBuf;

use holdfast_document::{Kind, Time};

use super::issue::{DeskFiles, is_free};
use crate::documents;
use crate::failure::Failure;

/// Answer a device's request. A device that did not take the last answer gets that one again.
#[derive(clap::Args)]
pub(crate) struct Answer {
    /// The device's request.
    request: PathBuf,
    #[command(flatten)]
    desk: DeskFiles,
    /// Where to write the update.
    #[arg(long)]
    out: PathBuf,
    /// The time of issue; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

impl Answer {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        is_free(&self.out)?;
        let request = documents::read_one(&self.request, Kind::Statement)?;
        let update = self.desk.open()?.answer(&request, super::now(self.at), &mut super::randomness())?;
        documents::write(&self.out, &update)?;
        documents::say(&self.out, &format!("apply {} to the device", self.out.display()));
        Ok(())
    }
}
