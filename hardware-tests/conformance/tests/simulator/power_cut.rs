//! Power is cut in the middle of every flash operation of a command, and again in the middle of every one of
//! the power-up after it; then the command is tried again.

use std::path::Path;

use crate::bench::{self, InProcess};
use holdfast::{Dongle, Error};
use holdfast_catalogue::{METER, PRODUCT};
use holdfast_conformance::Subject;
use holdfast_document::{Name, Units, VendorId};
use holdfast_license::Claims;
use holdfast_simulator::{Flash, Interruption, power_down, power_up};
use holdfast_story::bench::Unclocked;
use holdfast_story::{Bench, Cast, story};
use holdfast_wire::command::charge::{Charged, JobId, Payment};
use holdfast_wire::command::hello::Stage;
use holdfast_wire::command::{Apply, Charge, ErrorCode, Licenses, Open, Probe};

/// Cuts at the first, the second, … operation of `does`, until it has no more; after each cut also at the
/// first, the second, … operation of the power-up, until it has no more or `seconds` are done. Each time begins
/// with a fresh copy of the flash. `holds` gets the dongle with its power back, and whether `does` was told that
/// it was done.
fn sweep(
    sold: &Path,
    seconds: u64,
    mut does: impl FnMut(&mut InProcess) -> bool,
    mut holds: impl FnMut(&mut InProcess, bool),
) {
    let copy = sold.with_extension("cut");
    let (mut in_command, mut in_power_up) = (0, 0);
    for first in 1.. {
        let mut reached = false;
        for second in 0..=seconds {
            std::fs::copy(sold, &copy).unwrap();
            let (mut dongle, fuse) = InProcess::in_file(&copy);
            // The power-up's own work is done before the command begins.
            settle(&mut dongle);
            fuse.blow_at(first, Interruption::PowerCut);
            let done = does(&mut dongle);
            reached = !fuse.disarm();
            let mut again = false;
            if second > 0 {
                fuse.blow_at(second, Interruption::PowerCut);
                dongle.replug().unwrap();
                again = !fuse.disarm();
                in_power_up += u32::from(again);
            }
            dongle.replug().unwrap();
            holds(&mut dongle, done && !reached);
            if second > 0 && !again {
                break;
            }
        }
        if !reached {
            break;
        }
        in_command += 1;
    }
    println!("{in_command} cuts in the command, {in_power_up} in the power-up after one");
    assert!(in_command > 0, "the command writes nothing");
}

/// Lets the dongle do what it does when nobody asks.
fn settle(dongle: &mut InProcess) {
    for _ in 0..1_000 {
        dongle.pass(1);
        let _ = holdfast::Reports::receive(dongle, std::time::Duration::ZERO);
    }
}

fn connected(dongle: &mut InProcess) -> Result<Dongle, Error> {
    Dongle::connect(dongle.transport().unwrap(), Unclocked::shared())
}

fn connect(dongle: &mut InProcess) -> Dongle {
    connected(dongle).unwrap()
}

const JOB: JobId = JobId(*b"the job.");

fn payment(units: u64, id: JobId) -> Payment<'static> {
    Payment { meter: Name::new(METER).unwrap(), units: Units(units), id, since: 0 }
}

fn charge(dongle: &mut Dongle, vendor: VendorId, units: u64, job: JobId) -> Result<Charged, Error> {
    let held = dongle.ask(&Licenses { vendor, product: None, after: None })?.licenses.iter().next();
    let license = held.ok_or(Error::Malformed)?.map_err(|_| Error::Malformed)?.id;
    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let handle = dongle.ask(&Open { vendor, license, claims })?.handle;
    dongle.ask(&Charge { handle, payment: payment(units, job) })
}

/// A dongle in a file, with the reference license and its 100 units.
fn sold(path: &Path) -> (Cast, VendorId) {
    let cast = Cast::new().unwrap();
    let (mut dongle, _) = InProcess::in_file(path);
    let given = bench::with_license(&mut dongle, &cast);
    (cast, given.vendor)
}

#[test]
fn a_charge_cut_anywhere_is_made_or_not_and_its_retry_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("sold");
    let (_, vendor) = sold(&flash);
    let (mut made, mut not_made) = (0, 0);
    // The first charge of a meter gives it its counter as well.
    sweep(
        &flash,
        u64::MAX,
        |dongle| connected(dongle).and_then(|mut dongle| charge(&mut dongle, vendor, 60, JOB)).is_ok(),
        |dongle, told| {
            let mut dongle = connect(dongle);
            let product = Name::new(PRODUCT).unwrap();
            let probe = Probe { vendor, product, payment: payment(60, JOB), derivation: None };
            let probed = dongle.ask(&probe).unwrap();
            assert!(probed.found || !told, "what was told to be charged is charged");
            if probed.found {
                made += 1
            } else {
                not_made += 1
            }
            assert_eq!(charge(&mut dongle, vendor, 60, JOB).unwrap().total, Units(60));
            let more = charge(&mut dongle, vendor, 60, JobId(*b"another."));
            assert!(matches!(more, Err(Error::Failed(why)) if why.is(ErrorCode::NotEnough) && why.b == 40));
        },
    );
    assert!(made > 1 && not_made > 1, "both outcomes occur: {made} made, {not_made} not");
}

#[test]
fn a_later_charge_cut_anywhere_is_made_or_not_and_its_retry_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("sold");
    let (_, vendor) = sold(&flash);
    let (mut dongle, _) = InProcess::in_file(&flash);
    charge(&mut connect(&mut dongle), vendor, 10, JobId(*b"earlier.")).unwrap();
    drop(dongle);
    sweep(
        &flash,
        u64::MAX,
        |dongle| connected(dongle).and_then(|mut dongle| charge(&mut dongle, vendor, 60, JOB)).is_ok(),
        |dongle, _| {
            let mut dongle = connect(dongle);
            assert_eq!(charge(&mut dongle, vendor, 60, JOB).unwrap().total, Units(70));
            assert_eq!(charge(&mut dongle, vendor, 10, JobId(*b"earlier.")).unwrap().total, Units(10));
            let more = charge(&mut dongle, vendor, 60, JobId(*b"another."));
            assert!(matches!(more, Err(Error::Failed(why)) if why.is(ErrorCode::NotEnough) && why.b == 30));
        },
    );
}

#[test]
fn an_update_cut_anywhere_is_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("sold");
    let (cast, vendor) = sold(&flash);
    let refill = {
        let (mut dongle, _) = InProcess::in_file(&flash);
        let mut dongle = connect(&mut dongle);
        charge(&mut dongle, vendor, 60, JOB).unwrap();
        let nonce = holdfast_license::statement::Nonce([7; 32]);
        let purpose = holdfast_license::Purpose::Report;
        let ask =
            holdfast_wire::command::MakeStatement { vendor, purpose, nonce, product: None, after: None };
        bench::update(&cast, dongle.ask(&ask).unwrap().document, 2, 200)
    };
    let (mut taken, mut not_taken) = (0, 0);
    sweep(
        &flash,
        u64::MAX,
        |dongle| connected(dongle).and_then(|mut it| it.ask(&Apply { document: &refill }).map(drop)).is_ok(),
        |dongle, told| {
            let mut dongle = connect(dongle);
            let held = dongle.ask(&Licenses { vendor, product: None, after: None }).unwrap().licenses;
            let revision = held.iter().next().unwrap().unwrap().revision;
            // The refill is there if and only if its units are.
            let left = if revision == 2 { 140 } else { 40 };
            let too_many = charge(&mut dongle, vendor, 1_000, JobId(*b"too many"));
            assert!(matches!(too_many, Err(Error::Failed(why)) if why.b == left), "revision {revision}");
            assert!(revision == 2 || !told, "what was told to be taken is taken");
            if revision == 2 {
                taken += 1
            } else {
                not_taken += 1
            }
            let again = dongle.ask(&Apply { document: &refill }).unwrap();
            assert_eq!(again.before, revision == 2, "taken now, or known to have been");
            assert_eq!(charge(&mut dongle, vendor, 100, JobId(*b"another.")).unwrap().total, Units(160));
        },
    );
    assert!(taken > 1 && not_taken > 1, "both outcomes occur: {taken} taken, {not_taken} not");
}

#[test]
fn a_dongle_cut_anywhere_on_its_way_out_of_the_factory_goes_on_or_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("blank");
    drop(power_down(power_up(Flash::in_file(&flash).unwrap())));
    let cast = Cast::new().unwrap();
    let mut stages = [0; 3];
    sweep(
        &flash,
        0,
        |dongle| story::leave_the_factory(dongle, &cast).is_ok(),
        |dongle, told| {
            let stage = Dongle::greet(dongle.transport().unwrap(), Unclocked::shared());
            let stage = stage.unwrap().greeting().unwrap().stage;
            stages[stage as usize] += 1;
            assert!(stage == Stage::Locked || !told, "what was told to be locked is locked");
            if stage != Stage::Locked {
                bench::with_license(dongle, &cast);
            }
        },
    );
    assert!(stages.iter().all(|seen| *seen > 0), "each stage occurs: {stages:?}");
}
