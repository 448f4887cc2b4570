//! The `holdfast` command: one file for each thing that it does.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | it could not be done: a file, a ledger, a template |
//! | 2 | it was asked for in a way that is not understood |
//! | 3 | refused: a document that is not to be believed, or a license that grants nothing |
//!
//! Secrets are read from files only, never from arguments: those are seen by every user of a machine.
#![forbid(unsafe_code)]

mod command;
mod documents;
mod failure;
mod good;
mod invented;
mod text;
mod timeline;
mod together;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// License enforcement anchored in hardware.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 could not be done, 2 not understood, 3 refused.")]
struct Holdfast {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show any documents as text, or as JSON. Nothing is verified.
    Show(command::show::Show),
    /// Check documents from the vendor's root on.
    Verify(command::verify::Verify),
    /// Say what a license unlocks under invented facts, and why not.
    Explain(command::explain::Explain),
    /// Find what documents prove together: over-issue, copied devices, seats lent twice.
    Audit(command::audit::Audit),
    /// Makers of devices.
    #[command(subcommand)]
    Maker(Maker),
    /// Vendors of software.
    #[command(subcommand)]
    Vendor(Vendor),
    /// Resellers of a vendor's software.
    #[command(subcommand)]
    Reseller(Reseller),
    /// Let a reseller sell for a vendor, within limits.
    Delegate(command::delegate::Delegate),
    /// Ledgers of desks.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Secrets of products.
    #[command(subcommand)]
    Secret(Secret),
    /// Issue a license, a renewal or a refill to a device.
    Issue(command::issue::Issue),
    /// Issue the same licenses to every device of a lot.
    IssueLot(command::issue_lot::IssueLot),
    /// Move a license to another device.
    #[command(subcommand)]
    Transfer(command::transfer::Transfer),
    /// Revoke keys, devices and firmware of a vendor.
    Revoke(command::revoke::Revoke),
    /// Answer a device's request.
    Answer(command::answer::Answer),
}

#[derive(Subcommand)]
enum Maker {
    /// Make the root key of a maker, and a first batch key.
    New(command::maker_new::MakerNew),
}

#[derive(Subcommand)]
enum Vendor {
    /// Found a vendor: its record, its keys, a desk and a ledger.
    New(command::vendor_new::VendorNew),
    /// Replace a vendor's root key, by its recovery key.
    Succeed(command::vendor_succeed::VendorSucceed),
}

#[derive(Subcommand)]
enum Reseller {
    /// Make a reseller's key.
    New(command::reseller_new::ResellerNew),
}

#[derive(Subcommand)]
enum Ledger {
    /// Begin an empty ledger for a desk.
    New(command::ledger_new::LedgerNew),
    /// Say that a ledger came back from a backup.
    Restored(command::ledger_restored::Restored),
    /// Show a restored ledger the last update that was made for a device.
    Learn(command::ledger_restored::Learn),
    /// Say that a device stands where it says, because its last update is lost.
    Trust(command::ledger_restored::Trust),
}

#[derive(Subcommand)]
enum Secret {
    /// Make the secret of a new epoch of a product.
    New(command::secret_new::SecretNew),
}

fn main() -> ExitCode {
    let done = match Holdfast::parse().command {
        Command::Show(show) => show.run(),
        Command::Verify(verify) => verify.run(),
        Command::Explain(explain) => explain.run(),
        Command::Audit(audit) => audit.run(),
        Command::Maker(Maker::New(new)) => new.run(),
        Command::Vendor(Vendor::New(new)) => new.run(),
        Command::Vendor(Vendor::Succeed(succeed)) => succeed.run(),
        Command::Reseller(Reseller::New(new)) => new.run(),
        Command::Delegate(delegate) => delegate.run(),
        Command::Ledger(Ledger::New(new)) => new.run(),
        Command::Ledger(Ledger::Restored(restored)) => restored.run(),
        Command::Ledger(Ledger::Learn(learn)) => learn.run(),
        Command::Ledger(Ledger::Trust(trust)) => trust.run(),
        Command::Secret(Secret::New(new)) => new.run(),
        Command::Issue(issue) => issue.run(),
        Command::IssueLot(issue) => issue.run(),
        Command::Transfer(transfer) => transfer.run(),
        Command::Revoke(revoke) => revoke.run(),
        Command::Answer(answer) => answer.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("holdfast: {failure}");
            failure.exit_code()
        }
    }
}
