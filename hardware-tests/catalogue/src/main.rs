//! `holdfast-catalogue`: makes the reference vendor's customers, as many as are wanted.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use holdfast_catalogue::population::limit::UnitCosts;
use holdfast_catalogue::population::{Options, PopulationError, Run};

/// The reference vendor.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make customers with all their documents, ledgers and an index. The same seed gives the same
    /// bytes; a run that was interrupted goes on when it is run again.
    Generate {
        /// How many customers.
        #[arg(long, default_value_t = 5000)]
        customers: u32,
        /// What everything is drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many licenses each reseller may sell.
        #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=999_999))]
        quota: u32,
        /// How many customers share one change of the ledgers.
        #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..))]
        batch: u32,
        /// A new or empty folder, or the one of a run that was interrupted.
        #[arg(long)]
        to: PathBuf,
    },
}

/// How often each of the unit costs is measured, before each batch.
const TIMES: u32 = 30;

fn main() -> ExitCode {
    let Arguments { command: Command::Generate { customers, seed, quota, batch, to } } = Arguments::parse();
    match generate(Options { seed, customers, quota, batch }, &to) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("holdfast-catalogue: {why}");
            ExitCode::FAILURE
        }
    }
}

fn generate(options: Options, to: &std::path::Path) -> Result<(), PopulationError> {
    let begun = Instant::now();
    let mut run = Run::open(options, to)?;
    let mut unit = UnitCosts::default();
    unit.sample(run.house(), TIMES)?;
    while run.batch()? {
        unit.sample(run.house(), TIMES)?;
        eprintln!("{} of {} customers", run.served(), options.customers);
    }
    let (summary, cost) = run.finish()?;
    print!("{summary}");
    println!(
        "{} documents, {} bytes for each license issued; {:.1} s in all",
        summary.total("documents: "),
        summary.get("bytes of documents") / summary.total("licenses: ").max(1),
        begun.elapsed().as_secs_f64()
    );
    if cost.licenses > 0 {
        println!("in this run {:.0} licenses a second of the desks; {unit}", cost.licenses_per_second());
        println!("{}", cost.shares(&unit));
    }
    Ok(())
}
