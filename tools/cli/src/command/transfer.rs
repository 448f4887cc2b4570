//! `holdfast transfer`: a license moves to another device, in two steps with a statement between them.

use std::path::{Path, PathBuf};

use holdfast_document::{Kind, Time};
use holdfast_issuer::desk::Departure;
use holdfast_issuer::{Standing, Template};
use holdfast_license::LicenseId;

use super::issue::{DeskFiles, is_free, license, tell};
use crate::documents;
use crate::failure::Failure;

/// Move a license to another device.
///
/// 1. `leave` makes an update for the device that has it. Applied, the device gives the license up and
///    states so.
/// 2. `arrive` takes that statement and makes an update for the other device, with what is left: units,
///    usage time, the time of first use.
///
/// No order of these files, and no file applied twice, gives two devices the license. Dongles of this
/// version refuse both updates: they take licenses that never moved, and `leave` asks you to say that yours
/// are newer. A device that cannot take what `leave` made is answered again after `stay`.
#[derive(clap::Subcommand)]
pub(crate) enum Transfer {
    /// Tell a device to give a license up for another device.
    Leave(Leave),
    /// Issue a license to the device that it left for.
    Arrive(Arrive),
    /// Take back that a license leaves, where the device that has it cannot take the update.
    Stay(Stay),
}

#[derive(clap::Args)]
pub(crate) struct Moving {
    /// What was sold: its template, which has transfer = true.
    template: PathBuf,
    /// The license.
    #[arg(long, value_parser = license)]
    license: LicenseId,
    #[command(flatten)]
    desk: DeskFiles,
    /// Where to write the update; - is standard output.
    #[arg(long)]
    out: PathBuf,
    /// The time of issue; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

#[derive(clap::Args)]
pub(crate) struct Leave {
    #[command(flatten)]
    moving: Moving,
    /// A request of the device that has the license, which was not answered without this before.
    #[arg(long)]
    device: PathBuf,
    /// Any statement of the device that it goes to.
    #[arg(long)]
    to: PathBuf,
    /// You know that the firmware of the device that has it takes departures; none of this version does.
    #[arg(long)]
    firmware_departs: bool,
}

/// Take back that a license leaves, where the device that has it cannot take the update. Copies of a device could
/// say the same; the ledger keeps what you said. The update of `leave` is worth nothing from then on.
#[derive(clap::Args)]
pub(crate) struct Stay {
    /// The license.
    #[arg(value_parser = license)]
    license: LicenseId,
    /// The vendor's founding record; its later records may follow in the same file.
    #[arg(long)]
    vendor: PathBuf,
    /// The ledger; beside the vendor's record unless told otherwise.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// A report or request that the device makes now, which says that it still holds the license.
    #[arg(long)]
    device: PathBuf,
    /// The time of the decision; now unless told otherwise.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
}

#[derive(clap::Args)]
pub(crate) struct Arrive {
    #[command(flatten)]
    moving: Moving,
    /// The statement that the license left, of the device that had it.
    #[arg(long)]
    departed: PathBuf,
    /// A statement of the device that it goes to; a request is answered along the way.
    #[arg(long)]
    device: PathBuf,
    /// Units to grant beyond what is left, such as cuts=50.
    #[arg(long, value_parser = super::amount)]
    add: Vec<(String, u64)>,
}

impl Transfer {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Leave(leave) => leave.run(),
            Self::Arrive(arrive) => arrive.run(),
            Self::Stay(stay) => stay.run(),
        }
    }
}

impl Moving {
    fn template(&self) -> Result<Template, Failure> {
        is_free(&self.out)?;
        super::template(&self.template)
    }

    fn say(&self, sentence: &str) {
        documents::say(&self.out, sentence);
    }
}

fn statement(path: &Path) -> Result<Vec<u8>, Failure> {
    documents::read_one(path, Kind::Statement)
}

impl Leave {
    fn run(&self) -> Result<(), Failure> {
        let Self { moving, device, to, firmware_departs } = self;
        let template = moving.template()?;
        let (request, to) = (statement(device)?, statement(to)?);
        let (now, mut rng) = (super::now(moving.at), super::randomness());
        let mut desk = moving.desk.open()?;
        let departure = Departure {
            template: &template,
            license: moving.license,
            request: &request,
            to: &to,
            firmware_departs: *firmware_departs,
        };
        let update = desk.depart(&departure, now, &mut rng)?;
        documents::write(&moving.out, &update)?;
        moving
            .say(&format!("license {} leaves: it is neither renewed nor refilled meanwhile", moving.license));
        moving.say(&format!(
            "apply {} to the device that has it, and bring its statement to transfer arrive",
            moving.out.display()
        ));
        Ok(())
    }
}

impl Stay {
    fn run(&self) -> Result<(), Failure> {
        let ledger = super::beside(self.ledger.as_ref(), &self.vendor, "ledger.json");
        let (mut ledger, records) = super::open_ledger(&ledger, &self.vendor)?;
        let mut standing = Standing::read(&records, &statement(&self.device)?)?;
        for id in ledger.stay(self.license, &mut standing, super::now(self.at))? {
            println!("license {id} stays with device {}; the ledger keeps that you said so", standing.dongle);
        }
        println!(
            "destroy the update of transfer leave; the device is answered when it makes another request"
        );
        Ok(())
    }
}

impl Arrive {
    fn run(&self) -> Result<(), Failure> {
        let Self { moving, departed, device, add } = self;
        let template = moving.template()?;
        let (departed, device) = (statement(departed)?, statement(device)?);
        let (now, mut rng) = (super::now(moving.at), super::randomness());
        let mut desk = moving.desk.open()?;
        let refills = super::amounts(add);
        let of = (&template, moving.license);
        let issued = desk.arrive(of, &departed, &device, &refills, now, &mut rng)?;
        documents::write(&moving.out, &issued.document)?;
        tell(&moving.out, &issued);
        moving.say(&format!("apply {} to the device that it goes to", moving.out.display()));
        Ok(())
    }
}
