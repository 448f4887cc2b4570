//! Each job is charged once, or it is said why that cannot be told.

use crate::environment::Still;
use crate::open;
use crate::scripted::Scripted;
use crate::vendor::Offer;
use holdfast::{Error, Token};
use holdfast_license::LicenseId;
use std::sync::Mutex;

fn cuts(number: u8, until: u64, allowance: u64) -> Offer {
    Offer { number, until, allowance, ..Offer::default() }
}

#[test]
fn a_job_is_charged_once_however_often_it_is_tried() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    let meter = license.meter("cuts").unwrap();
    for lost in [0, 1, 2] {
        dongle.script().lose = lost;
        assert_eq!(meter.charge(60).once("one").unwrap().total, 60);
    }
    assert_eq!(meter.charge(40).once("two").unwrap().total, 100);
    let refusal = meter.charge(1).once("three");
    assert!(matches!(refusal, Err(Error::NotEnough { asked: 1, left: 0, together: false })), "{refusal:?}");
    assert_eq!(dongle.used(), [100]);
}

#[test]
fn the_license_that_ends_first_pays_if_it_can_pay_it_whole() {
    let dongle = Scripted::new(1, &[cuts(1, 2_000_000_000, 50), cuts(2, 1_900_000_000, 20)]);
    let license = open(&Still::new(), &[&dongle]).unwrap();
    assert_eq!(license.licenses(), [2, 1].map(|number| LicenseId([number; 16])));
    let meter = license.meter("cuts").unwrap();
    meter.charge(15).once("a").unwrap();
    assert_eq!(dongle.used(), [0, 15]);
    meter.charge(45).once("b").unwrap();
    assert_eq!(dongle.used(), [45, 15]);
    let refusal = meter.charge(8).once("c");
    assert!(matches!(refusal, Err(Error::NotEnough { asked: 8, left: 5, together: true })), "{refusal:?}");
}

#[test]
fn a_dongle_stands_in_the_stored_token_before_it_is_asked_to_charge() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    let used_when_stored = Mutex::new(Vec::new());
    let script = dongle.clone();
    let mut token = Token::new(|_| {
        used_when_stored.lock().unwrap().push(script.used());
        Ok(())
    });
    license.meter("cuts").unwrap().charge(5).with(&mut token).once("a").unwrap();
    assert_eq!(token.dongles().collect::<Vec<_>>(), [dongle.id()]);
    assert_eq!(*used_when_stored.lock().unwrap(), [[0]]);

    let mut broken = Token::new(|_| Err(std::io::Error::other("disk full")));
    let refusal = license.meter("cuts").unwrap().charge(5).with(&mut broken).once("b");
    assert!(matches!(refusal, Err(Error::TokenNotStored(_))));
    assert_eq!(dongle.used(), [5]);
}

#[test]
fn while_a_dongle_of_its_token_is_away_a_job_is_charged_nowhere_else() {
    let dongles = [1, 2].map(|seed| Scripted::new(seed, &[cuts(seed, 2_000_000_000, 100)]));
    let machine = Still::new();
    let license = open(&machine, &[&dongles[0], &dongles[1]]).unwrap();
    let stored = Mutex::new(Vec::new());
    let store = |bytes: &[u8]| {
        *stored.lock().unwrap() = bytes.to_vec();
        Ok(())
    };
    // The first dongle charges, and its answer never comes.
    dongles[0].script().lose_all_of = Some(8);
    let mut token = Token::new(store);
    let lost = license.meter("cuts").unwrap().charge(5).with(&mut token).once("a");
    assert!(matches!(lost, Err(Error::Transport(_))), "{lost:?}");
    drop((token, license));

    // A restart, with the other dongle alone.
    let license = open(&machine, &[&dongles[1]]).unwrap();
    let bytes = stored.lock().unwrap().clone();
    let mut token = Token::resume(&bytes, store).unwrap();
    let away = license.meter("cuts").unwrap().charge(5).with(&mut token).once("a");
    assert!(matches!(away, Err(Error::Elsewhere { dongle }) if dongle == dongles[0].id()), "{away:?}");

    // Both again: it was charged where it was asked first.
    dongles[0].script().lose_all_of = None;
    let license = open(&machine, &[&dongles[1], &dongles[0]]).unwrap();
    let found = license.meter("cuts").unwrap().charge(5).with(&mut token).once("a").unwrap();
    assert_eq!(found.dongle, dongles[0].id());
    assert_eq!(dongles.map(|dongle| dongle.used()), [[5], [0]]);
}

#[test]
fn within_a_process_a_job_without_token_waits_for_its_dongle_too() {
    let dongles = [1, 2].map(|seed| Scripted::new(seed, &[cuts(seed, 2_000_000_000, 100)]));
    let license = open(&Still::new(), &[&dongles[0], &dongles[1]]).unwrap();
    let meter = license.meter("cuts").unwrap();
    assert_eq!(meter.charge(5).once("a").unwrap().dongle, dongles[0].id());
    dongles[0].script().unplugged = true;
    let away = meter.charge(5).once("a");
    assert!(matches!(away, Err(Error::Elsewhere { dongle }) if dongle == dongles[0].id()), "{away:?}");
    dongles[0].script().replug();
    assert_eq!(meter.charge(5).once("a").unwrap().total, 5);
    assert_eq!(dongles.map(|dongle| dongle.used()), [[5], [0]]);
}

#[test]
fn a_job_charged_on_either_dongle_is_found_after_a_restart() {
    let dongles = [1, 2].map(|seed| Scripted::new(seed, &[cuts(seed, 2_000_000_000, 100)]));
    let machine = Still::new();
    open(&machine, &[&dongles[1]]).unwrap().meter("cuts").unwrap().charge(5).once("a").unwrap();
    let license = open(&machine, &[&dongles[0], &dongles[1]]).unwrap();
    assert_eq!(license.meter("cuts").unwrap().charge(5).once("a").unwrap().dongle, dongles[1].id());
    assert_eq!(dongles.map(|dongle| dongle.used()), [[0], [5]]);
}

#[test]
fn what_may_be_forgotten_is_said_and_not_charged_and_a_new_job_is_not_held_up() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    let meter = license.meter("cuts").unwrap();
    let mut token = Token::new(|_| Ok(()));
    // Named in the token, and refused for want of units: not charged.
    assert!(meter.charge(101).with(&mut token).once("a").is_err());
    meter.charge(1).once("b").unwrap();
    // Others charged so much that the device's memory begins later.
    dongle.script().mark = 9000;
    dongle.script().oldest = 5000;
    assert!(matches!(meter.charge(101).with(&mut token).once("a"), Err(Error::TooOldToTell { .. })));
    assert_eq!(meter.charge(1).once("c").unwrap().total, 2);
}
