//! The story, with the dongle in this process and in another that is killed in the middle.

use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_catalogue as catalogue;
use holdfast_issuer::{Standing, update};
use holdfast_story::cast::rng;
use holdfast_story::{Bench, Cast, InAnotherProcess, InThisProcess, story, tell};

/// The text of a telling; the length of a signed document varies by a byte or two.
fn text(bench: &mut dyn Bench) -> String {
    let mut text = String::new();
    tell(bench, &mut |line| {
        let mut words: Vec<&str> = line.split(' ').collect();
        if let Some(at) = words.iter().position(|word| *word == "bytes,") {
            words[at - 1] = "N";
        }
        text += &words.join(" ");
        text.push('\n');
    })
    .unwrap();
    text
}

const DEMO: &str = include_str!("../snapshots/demo.txt");

#[test]
fn the_demo_says_what_it_said() {
    let told = text(&mut InThisProcess::blank());
    assert!(told.lines().count() <= 60);
    assert_eq!(told, DEMO);
}

#[test]
fn a_dongle_in_another_process_tells_the_same_story() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(text(&mut elsewhere(&folder.path().join("dongle.flash"))), DEMO);
}

/// Killed by -9 at each write of a charge in turn, in the middle of that write: the unit is not
/// given back, and the retry is charged exactly once.
#[test]
fn a_charge_that_is_killed_in_the_middle_is_charged_once() {
    let folder = tempfile::tempdir().unwrap();
    let cast = Cast::new().unwrap();
    let sold = folder.path().join("sold.flash");
    {
        let mut bench = elsewhere(&sold);
        let enrolled = story::leave_the_factory(&mut bench, &cast).unwrap();
        let standing = Standing::read(&cast.record, &enrolled).unwrap();
        let offer = catalogue::cutter(1, 100).unwrap();
        let update = update::update(&cast.desk, &standing, &[&offer], catalogue::SOLD, &mut rng()).unwrap();
        story::install(&mut bench, &cast, &update).unwrap();
    }
    let (mut killed, mut survived) = (0, 0);
    for moment in 1.. {
        let flash = folder.path().join("cut.flash");
        std::fs::copy(&sold, &flash).unwrap();
        let mut bench = elsewhere(&flash);
        bench.kill_at = Some(moment);
        let first = story::open(&mut bench, &cast)
            .and_then(|license| Ok(license.meter(catalogue::METER)?.charge(60).once("job")?));
        let again = story::open(&mut bench, &cast).unwrap();
        let meter = again.meter(catalogue::METER).unwrap();
        assert_eq!(meter.charge(60).once("job").unwrap().total, 60, "killed at write {moment}");
        assert!(meter.charge(60).once("another").is_err(), "60 of 100 are gone for good");
        match first {
            Err(_) => killed += 1,
            Ok(_) => survived += 1,
        }
        if survived == 3 {
            break;
        }
    }
    assert!(killed >= 2, "the charge was cut in its middle {killed} times only");
}

fn elsewhere(flash: &Path) -> InAnotherProcess {
    InAnotherProcess { simulator: simulator(), flash: flash.into(), kill_at: None }
}

/// The simulator's program, built by the same cargo beside this test.
fn simulator() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "holdfast-simulator", "--bin", "holdfast-simulator"])
        .status()
        .unwrap();
    assert!(status.success(), "the simulator does not build");
    let test = std::env::current_exe().unwrap();
    let folder =
        test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release")).unwrap();
    folder.join("holdfast-simulator")
}
