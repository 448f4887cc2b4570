//! What happens, a line for each act: who acts, what was asked, what was answered, why.

use holdfast::{Dongle, Error, License, Product, Vendor};
use holdfast_catalogue as catalogue;
use holdfast_document::{Class, Time};
use holdfast_issuer::{Offer, Standing, device, update};
use holdfast_wire::command::{Apply, Lock, Provision};

use crate::bench::Unclocked;
use crate::cast::{Cast, rng};
use crate::{Bench, Problem};

/// Tells the story at a bench with a blank dongle, and hands each line to `say`.
///
/// # Errors
/// The first thing that did not go as it should.
pub fn tell(bench: &mut dyn Bench, say: &mut dyn FnMut(&str)) -> Result<(), Problem> {
    let cast = Cast::new()?;
    say("FACTORY  a blank dongle gets its keys, its certificate and its lock");
    let enrolled = leave_the_factory(bench, &cast)?;
    say("         the keys were made inside and never leave; this is a development device");
    say("");

    say("VENDOR   Acme sells Pro until 2027-01-01 with 100 cuts, and Basic for ever");
    let standing = Standing::read(&cast.record, &enrolled)?;
    let sold =
        update::update(&cast.desk, &standing, &[&catalogue::cutter(1, 100)?], catalogue::SOLD, &mut rng())?;
    install(bench, &cast, &sold)?;
    say(&format!("         one signed update of {} bytes, for this dongle only, is on it", sold.len()));
    say("");

    let license = open(bench, &cast)?;
    say("PROGRAM  opens cutter: Noise channel, license verified under the vendor compiled in");
    ask(&license, "export-step", say)?;
    charge(&license, 60, "job-1", say)?;
    say("         the program asks again for the same job, as after a lost answer:");
    charge(&license, 60, "job-1", say)?;
    charge(&license, 60, "job-2", say)?;
    charge(&license, 40, "job-3", say)?;
    ask(&license, "export-step", say)?;
    say("");

    say("VENDOR   sells 100 more: a new revision that has granted 200 in all");
    bring(&license, &cast, &[&catalogue::cutter(2, 200)?], catalogue::REFILLED)?;
    charge(&license, 60, "job-2", say)?;
    ask(&license, "export-step", say)?;
    say("         the first update, brought again:");
    match license.apply(&sold) {
        Ok(_) => return Err("an old update was taken again".into()),
        Err(error) => say(&format!("         refused: {error}")),
    }
    say("");

    say("VENDOR   answers a request in the new year: signed time passes the end of Pro");
    bring(&license, &cast, &[], catalogue::AFTERWARDS)?;
    ask(&license, "export-step", say)?;
    ask(&license, "cut", say)?;
    for term in license.in_force()? {
        say(&format!("         in force: {}", term.edition));
    }
    Ok(())
}

/// Provisions, certifies and locks the dongle; its statement of what it is.
///
/// # Errors
/// Those of the dongle and of the station.
pub fn leave_the_factory(bench: &mut dyn Bench, cast: &Cast) -> Result<Vec<u8>, Problem> {
    let mut dongle = Dongle::greet(bench.transport()?, Unclocked::shared())?;
    let made = dongle.ask_in_clear(&Provision { maker: cast.maker, production: false })?;
    let station = device::Station {
        model: "simulator",
        class: Class::SIMULATOR,
        production: false,
        identity: made.identity,
        channel: made.channel,
        sealing: made.sealing,
        issued: catalogue::SOLD,
    };
    let certificate = device::certify(&cast.batch, &station, &mut rng())?;
    dongle.ask_in_clear(&Apply { document: &certificate })?;
    Ok(dongle.ask_in_clear(&Lock {})?.statement.to_vec())
}

/// Brings the vendor's founding record and an update to a dongle.
///
/// # Errors
/// Those of the dongle.
pub fn install(bench: &mut dyn Bench, cast: &Cast, update: &[u8]) -> Result<(), Problem> {
    let mut dongle = Dongle::connect(bench.transport()?, Unclocked::shared())?;
    dongle.ask_in_clear(&Apply { document: &cast.record })?;
    dongle.ask_in_clear(&Apply { document: update })?;
    Ok(())
}

/// Opens cutter as its program does.
///
/// # Errors
/// Those of the SDK.
pub fn open(bench: &mut dyn Bench, cast: &Cast) -> Result<License, Problem> {
    let product = Product::new(Vendor::read(cast.record.clone())?, catalogue::PRODUCT);
    Ok(product.open_with(Unclocked::shared(), [bench.transport()?])?)
}

/// Carries the dongle's request to the desk, and the update that answers it back.
fn bring(license: &License, cast: &Cast, offers: &[&Offer<'_>], now: Time) -> Result<(), Problem> {
    let requests = license.request()?;
    let (_, request) = requests.first().ok_or("no dongle made a request")?;
    let standing = Standing::read(&cast.record, request)?;
    license.apply(&update::update(&cast.desk, &standing, offers, now, &mut rng())?)?;
    Ok(())
}

fn ask(license: &License, feature: &str, say: &mut dyn FnMut(&str)) -> Result<(), Problem> {
    match license.feature(feature) {
        Ok(_) => say(&format!("         {feature}? granted")),
        Err(Error::Refused(refused)) => {
            say(&format!("         {feature}? refused"));
            for reason in &refused.reasons {
                say(&format!("           because {}", reason.sentence));
            }
        }
        Err(other) => return Err(other.into()),
    }
    Ok(())
}

fn charge(license: &License, units: u64, job: &str, say: &mut dyn FnMut(&str)) -> Result<(), Problem> {
    match license.meter(catalogue::METER)?.charge(units).once(job) {
        Ok(charged) => {
            say(&format!("         charge {units} for {job}: done, {} used in all", charged.total))
        }
        Err(error @ Error::NotEnough { .. }) => {
            say(&format!("         charge {units} for {job}: refused: {error}"))
        }
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
