//! One file for each command.

pub(crate) mod answer;
pub(crate) mod audit;
pub(crate) mod delegate;
pub(crate) mod explain;
pub(crate) mod issue;
pub(crate) mod issue_lot;
pub(crate) mod ledger_new;
pub(crate) mod ledger_restored;
pub(crate) mod maker_new;
pub(crate) mod reseller_new;
pub(crate) mod revoke;
pub(crate) mod secret_new;
pub(crate) mod show;
pub(crate) mod transfer;
pub(crate) mod vendor_new;
pub(crate) mod vendor_succeed;
pub(crate) mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdfast_document::Time;
use holdfast_issuer::{Ledger, Template, moment};
use rand_core::CryptoRng;

use crate::documents;
use crate::failure::Failure;

/// Seconds in the year for which a first desk or batch key is good.
const YEAR: u64 = 366 * 86_400;

/// A date argument.
pub(crate) fn date(text: &str) -> Result<Time, String> {
    moment::date(text).ok_or_else(|| "not a date; write it as 2027-01-01".into())
}

/// An argument such as `cuts=900`.
pub(crate) fn amount(text: &str) -> Result<(String, u64), String> {
    let wrong = || String::from("not an amount of a meter; write it as cuts=900");
    let (meter, units) = text.split_once('=').ok_or_else(wrong)?;
    Ok((meter.into(), units.parse().map_err(|_| wrong())?))
}

/// The same, several times.
pub(crate) fn amounts(list: &[(String, u64)]) -> BTreeMap<String, u64> {
    list.iter().cloned().collect()
}

/// The time of an errand: the one asked for, else the clock's.
pub(crate) fn now(asked: Option<Time>) -> Time {
    asked.unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Time(since.map_or(0, |since| since.as_secs()))
    })
}

/// The file that was named, or else the one with this ending beside the vendor's record.
fn beside(given: Option<&PathBuf>, vendor: &Path, ending: &str) -> PathBuf {
    given.cloned().unwrap_or_else(|| vendor.with_extension(ending))
}

/// A template of what is sold.
fn template(path: &Path) -> Result<Template, Failure> {
    let text = documents::bytes(path)?;
    Ok(Template::read(&String::from_utf8_lossy(&text))?)
}

/// A vendor's ledger, and the vendor's records.
fn open_ledger(ledger: &Path, vendor: &Path) -> Result<(Ledger, Vec<u8>), Failure> {
    let records = documents::records(vendor)?;
    let id = documents::succession(vendor, &records)?.id();
    Ok((Ledger::open(ledger, id)?, records))
}

/// The system's randomness. Should it fail there is no safe way on, and the process ends.
fn randomness() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
