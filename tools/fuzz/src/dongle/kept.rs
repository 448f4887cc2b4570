//! What a dongle keeps though a record decays, or no idle time comes: stories on the board on paper, whose pages are small.

use super::board::{Cells, PAGE};
use super::road::{apply_in_clear, exchange, in_clear};
use super::sold::{self, LICENSE, name};
use super::talk::Talk;
use super::{Sold, sold as factory};
use holdfast_document::{Time, Units};
use holdfast_license::{Claims, LicenseId};
use holdfast_wire::command::apply::Applied;
use holdfast_wire::command::certificate::Form;
use holdfast_wire::command::charge::{JobId, Payment};
use holdfast_wire::command::{
    Apply, Certificate, Charge, Command, ErrorCode, Explain, Open, Outcome, Provision,
};
use holdfast_wire::frame::Kind;

const OTHER: LicenseId = LicenseId([0x33; 16]);
const THIRD: LicenseId = LicenseId([0x44; 16]);

/// Takes an update; whether it was taken before.
fn apply(talk: &mut Talk, document: &[u8]) -> Result<bool, u16> {
    let mut request = [0; 4_096];
    let length = Apply { document }.write(&mut request).unwrap();
    let answer = exchange(&mut talk.dongle, talk.now_ms, Kind::Clear, &request[..length]).unwrap();
    match Outcome::<Applied<'_>>::read(&answer).unwrap() {
        Outcome::Answer(applied) => Ok(applied.before),
        Outcome::Failed(failure) => Err(failure.code),
        other => panic!("{other:?}"),
    }
}

fn sell(talk: &mut Talk, sold: &Sold, license: LicenseId, revision: u32, number: u32) -> Result<bool, u16> {
    apply(talk, &sold::update_of(license, revision, 900, number, sold.device, sold.storage))
}

fn open(talk: &mut Talk, license: LicenseId) -> u8 {
    talk.open().unwrap();
    let open = Open { vendor: talk.vendor, license, claims: Claims::default() };
    let opened = talk.ask(&open, |outcome| match outcome {
        Outcome::Answer(opened) => opened.handle,
        other => panic!("{other:?}"),
    });
    opened.unwrap()
}

fn charge(talk: &mut Talk, handle: u8, job: u64) -> Result<u64, u16> {
    let payment = Payment { meter: name("cuts"), units: Units(1), id: JobId(job.to_le_bytes()), since: 0 };
    let charged = talk.ask(&Charge { handle, payment }, |outcome| match outcome {
        Outcome::Answer(charged) => Ok(charged.total.0),
        Outcome::Failed(failure) => Err(failure.code),
        Outcome::Refused(refusal) => panic!("{refusal:?}"),
    });
    charged.unwrap()
}

/// Units used, and seconds of use.
fn used(talk: &mut Talk, handle: u8) -> (u64, u64) {
    let explained = talk.ask(&Explain { handle, host_time: Time(0) }, |outcome| match outcome {
        Outcome::Answer(it) => (it.facts.used.first().copied().unwrap_or_default().0, it.facts.usage_time),
        other => panic!("{other:?}"),
    });
    explained.unwrap()
}

/// Power goes, the flash changes, and power comes.
fn while_off(talk: &mut Talk, change: impl FnOnce(&mut Cells)) {
    {
        let mut flash = talk.flash.0.borrow_mut();
        change(&mut flash);
        flash.power_off();
    }
    talk.power_comes_back();
}

/// A bit of each body of a record changes, or changes back, and power goes and comes.
fn decays(talk: &mut Talk, kind: u8, id: &[u8; 16], at: usize) {
    while_off(talk, |flash| {
        let begins = |bytes: &[u8]| bytes[0] == kind && bytes[1..] == id[..];
        let places = flash.bytes().windows(17).enumerate().filter(|(_, bytes)| begins(bytes));
        let places: Vec<usize> = places.map(|(at, _)| at).collect();
        assert!(!places.is_empty());
        for place in places {
            let byte = flash.bytes()[place + at] ^ 4;
            flash.tamper(place + at, &[byte]);
        }
    });
}

/// Where a bit decays: in what stands before a record's value, and in its value.
const BEFORE: usize = 19;
const VALUE: usize = 60;

#[test]
fn a_charge_without_idle_time_erases_nothing_and_lets_no_time_pass() {
    let sold = factory();
    let mut talk = Talk::begin(sold, 1);
    for update in &sold.updates[1..4] {
        assert_eq!(apply(&mut talk, update), Ok(false));
    }
    talk.makes_room();
    let handle = open(&mut talk, LICENSE);
    talk.now_ms = 864_000_000;
    talk.dongle.tick(talk.now_ms);
    let (_, time) = used(&mut talk, handle);
    let erases = talk.flash.0.borrow().statistics().erases;
    let mut busy = 0;
    for job in 0..199 {
        match charge(&mut talk, handle, job) {
            Ok(_) => assert_eq!(busy, 0, "nothing is ahead before idle time"),
            Err(code) => {
                assert_eq!(code, ErrorCode::StorageBusy as u16);
                busy += 1;
            }
        }
    }
    assert!(busy > 0);
    assert_eq!(talk.flash.0.borrow().statistics().erases, erases);
    assert_eq!(used(&mut talk, handle).1, time);
    talk.makes_room();
    assert!(charge(&mut talk, handle, 198).is_ok());
}

#[test]
fn a_founding_record_that_decayed_and_is_brought_again_begins_nothing_anew() {
    for at in [VALUE, BEFORE] {
        let sold = factory();
        let mut talk = Talk::begin(sold, 1);
        assert_eq!(apply(&mut talk, &sold.updates[1]), Ok(false));
        let vendor = talk.vendor;
        decays(&mut talk, 16, &vendor.0, at);
        apply_in_clear(&mut talk.dongle, &sold::vendor().0);
        talk.open();
        assert_eq!(talk.updates_applied(), Ok(2), "decayed at {at}");
        assert!(apply(&mut talk, &sold.updates[0]).is_err(), "an old update is not taken again");
    }
}

/// Any program asks it to begin anew.
fn begin_anew(talk: &mut Talk) -> Result<(), u16> {
    let provision = Provision { maker: sold::maker(), production: false };
    in_clear(&mut talk.dongle, &provision, |outcome| match outcome {
        Outcome::Answer(_) => Ok(()),
        Outcome::Failed(failure) => Err(failure.code),
        Outcome::Refused(refusal) => panic!("{refusal:?}"),
    })
}

/// Its settings alone say that a dongle is locked. Where they cannot be read, no program may begin it anew.
#[test]
fn a_dongle_whose_settings_decayed_is_not_provisioned_anew() {
    const SETTINGS: (u8, [u8; 16]) = (1, [0; 16]);
    let mut talk = Talk::begin(factory(), 1);
    let handle = open(&mut talk, LICENSE);
    charge(&mut talk, handle, 1).unwrap();
    for at in [BEFORE, VALUE] {
        decays(&mut talk, SETTINGS.0, &SETTINGS.1, at);
        assert_eq!(begin_anew(&mut talk), Err(ErrorCode::Unreadable as u16));
        decays(&mut talk, SETTINGS.0, &SETTINGS.1, at);
        let handle = open(&mut talk, LICENSE);
        assert_eq!(used(&mut talk, handle).0, 1, "what could not be read reads right again");
    }
}

/// What another firmware wrote is all there, and what is damaged says so: neither is told to go to the factory.
#[test]
fn a_dongle_that_does_not_mount_says_why() {
    let mut talk = Talk::begin(factory(), 1);
    let handle = open(&mut talk, LICENSE);
    charge(&mut talk, handle, 1).unwrap();
    let pages =
        |talk: &Talk, first: usize| talk.flash.0.borrow().bytes()[first * PAGE..][..3 * PAGE].to_vec();
    let (counters, time) = (pages(&talk, 0), pages(&talk, 3));
    for (instead, why) in [(time, ErrorCode::OtherFormat), (vec![0; 3 * PAGE], ErrorCode::Damaged)] {
        begins_with(&mut talk, &instead);
        let asked = Certificate { form: Form::Document };
        in_clear(&mut talk.dongle, &asked, |outcome| match outcome {
            Outcome::Failed(failure) => assert_eq!(failure.code, why as u16),
            other => panic!("{other:?}"),
        });
        if why == ErrorCode::OtherFormat {
            assert_eq!(begin_anew(&mut talk), Err(why as u16));
        }
        begins_with(&mut talk, &counters);
        let handle = open(&mut talk, LICENSE);
        assert_eq!(used(&mut talk, handle).0, 1);
    }
    begins_with(&mut talk, &[0; 3 * PAGE]);
    assert_eq!(begin_anew(&mut talk), Ok(()), "it may be a format that was cut short");
}

/// These bytes stand at the beginning of the flash, and power goes and comes.
fn begins_with(talk: &mut Talk, bytes: &[u8]) {
    while_off(talk, |flash| flash.tamper(0, bytes));
}

#[test]
fn the_counter_of_a_license_that_decayed_is_given_to_no_other() {
    const LICENSE_KIND: u8 = 4;
    const STATE_KIND: u8 = 5;
    for (kind, at) in [(STATE_KIND, BEFORE), (STATE_KIND, VALUE), (LICENSE_KIND, BEFORE)] {
        let sold = factory();
        let mut talk = Talk::begin(sold, 1);
        for (number, license) in [(1, OTHER), (2, THIRD)] {
            assert_eq!(sell(&mut talk, sold, license, 1, number), Ok(false));
        }
        assert_eq!(sell(&mut talk, sold, LICENSE, 2, 3), Ok(false));
        let handle = open(&mut talk, OTHER);
        for job in 0..10 {
            charge(&mut talk, handle, job).unwrap();
        }
        talk.makes_room();
        decays(&mut talk, kind, &OTHER.0, at);
        // Until no charge of it is in memory.
        let handle = open(&mut talk, LICENSE);
        for job in 1000..1250 {
            charge(&mut talk, handle, job).unwrap();
            talk.makes_room();
        }
        let handle = open(&mut talk, THIRD);
        charge(&mut talk, handle, 5000).unwrap();
        if sell(&mut talk, sold, OTHER, 2, 4).is_err() {
            // What could not be read reads right again.
            decays(&mut talk, kind, &OTHER.0, at);
        }
        let handle = open(&mut talk, OTHER);
        assert_eq!(used(&mut talk, handle).0, 10, "kind {kind}, at {at}");
    }
}
