//! What goes wrong on the way, and does no harm.

use crate::environment::Still;
use crate::open;
use crate::scripted::Scripted;
use crate::vendor::Offer;
use holdfast::{Error, TransportError};
use holdfast_wire::command::ErrorCode;

#[test]
fn a_lost_answer_costs_no_more_than_the_next_number() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().lose = 1;
    dongle.script().seen.clear();
    assert_eq!(license.feature("export").unwrap().value, 1);
    assert_eq!(dongle.script().seen, [6, 6]);
}

#[test]
fn a_dongle_that_stays_silent_is_said_to_be() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().lose = u32::MAX;
    assert!(matches!(license.feature("export"), Err(Error::Transport(TransportError::Silent))));
}

#[test]
fn a_lost_channel_is_made_anew_and_licenses_are_opened_again() {
    let offers = [Offer::default(), Offer { number: 2, resolution: 9, ..Offer::default() }];
    let (machine, dongle) = (Still::new(), Scripted::new(1, &offers));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().lose_channel();
    assert_eq!(license.feature("resolution").unwrap().value, 9);
    // Handles of the new channel, though their numbers come round: each license pays for itself.
    dongle.script().lose_channel();
    license.meter("cuts").unwrap().charge(3).once("a").unwrap();
    assert_eq!(dongle.used(), [3, 0]);
}

#[test]
fn a_dongle_plugged_in_again_goes_on_by_itself() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().unplugged = true;
    assert!(matches!(license.feature("export"), Err(Error::Transport(TransportError::Gone(_)))));
    dongle.script().replug();
    assert_eq!(license.feature("export").unwrap().value, 1);
}

#[test]
fn who_is_turned_away_comes_back_after_a_random_pause() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().busy = 9;
    let _ = license.feature("export").unwrap();
    let pauses = machine.pauses();
    assert_eq!(pauses.len(), 9);
    assert!(pauses.iter().any(|pause| pauses[0] < *pause), "{pauses:?}");
    dongle.script().busy = u32::MAX;
    machine.pass(61);
    assert!(matches!(license.feature("export"), Err(Error::Transport(TransportError::Busy))));
}

#[test]
fn an_answer_that_does_not_open_is_passed_over() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    dongle.script().forge = true;
    dongle.script().seen.clear();
    let _ = license.feature("export").unwrap();
    assert_eq!(dongle.script().seen, [6], "asked once only");
}

#[test]
fn a_dongle_that_cannot_read_what_it_stores_says_why() {
    let (machine, dongle) = (Still::new(), Scripted::new(1, &[Offer::default()]));
    let license = open(&machine, &[&dongle]).unwrap();
    for why in [ErrorCode::OtherFormat, ErrorCode::Damaged] {
        dongle.script().comes_back_without(why);
        for error in [license.feature("export").unwrap_err(), open(&machine, &[&dongle]).err().unwrap()] {
            assert!(matches!(error, Error::Failed(failure) if failure.is(why)), "{error}");
        }
    }
    dongle.script().comes_back_without(ErrorCode::NotReady);
    assert!(matches!(license.feature("export"), Err(Error::OtherDongle { .. })));
    assert!(matches!(open(&machine, &[&dongle]), Err(Error::Blank)));
}
