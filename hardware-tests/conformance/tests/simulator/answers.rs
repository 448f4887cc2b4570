//! What an Answer does on a dongle, over weeks that pass while it has no power: whatever is lost or late, it can
//! always get one; and it tells in time what the dongle had counted in powered seconds.

use holdfast::Dongle;
use holdfast_catalogue::{PRODUCT, SOLD};
use holdfast_conformance::Subject;
use holdfast_document::{Name, Received, Time, VendorId};
use holdfast_issuer::Standing;
use holdfast_issuer::offer::{Clause, Offer};
use holdfast_issuer::update::{self, Errand};
use holdfast_license::statement::Nonce;
use holdfast_license::update::Answer;
use holdfast_license::{Claims, Condition, LicenseId, Purpose, Statement};
use holdfast_story::bench::Unclocked;
use holdfast_story::{Bench, Cast};
use holdfast_wire::command::{Apply, Check, ErrorCode, MakeStatement, Open};

use crate::bench::{self, InProcess};

const DAY: u64 = 86_400;

/// A dongle of this cast with the reference license, and its vendor.
pub(crate) fn sold() -> (InProcess, Cast, VendorId) {
    let cast = Cast::new().unwrap();
    let mut dongle = InProcess::blank();
    let vendor = bench::with_license(&mut dongle, &cast).vendor;
    (dongle, cast, vendor)
}

pub(crate) fn connect(dongle: &mut InProcess) -> Dongle {
    Dongle::connect(dongle.transport().unwrap(), Unclocked::shared()).unwrap()
}

pub(crate) fn states(dongle: &mut InProcess, vendor: VendorId, purpose: Purpose, nonce: u8) -> Vec<u8> {
    let ask = MakeStatement { vendor, purpose, nonce: Nonce([nonce; 32]), product: None, after: None };
    connect(dongle).ask(&ask).unwrap().document.to_vec()
}

/// The issuer answers a Request some time after the sale, and installs something if told to.
pub(crate) fn answer(
    dongle: &mut InProcess,
    cast: &Cast,
    (vendor, request): (VendorId, &[u8]),
    offer: Option<&Offer<'_>>,
    days: u64,
) -> Result<(), holdfast::Error> {
    // Its number is the highest that was shown; what is answered is another matter.
    let mut standing = Standing::read(&cast.record, &states(dongle, vendor, Purpose::Report, 0)).unwrap();
    let asked = Standing::read(&cast.record, request).unwrap();
    standing.is_request = true;
    let time = Time(SOLD.0 + days * DAY);
    let errand = Errand {
        installs: offer.into_iter().map(|offer| (offer, None)).collect(),
        departs: Vec::new(),
        answer: Some(Answer { request: asked.statement, time }),
    };
    let document =
        update::errand(&cast.desk, &standing, &errand, time, &mut holdfast_story::cast::rng()).unwrap();
    connect(dongle).ask(&Apply { document: &document }).map(drop)
}

#[test]
fn an_answer_to_any_of_eight_requests_is_taken_however_late_and_whatever_was_asked_since() {
    for answered in 0..8 {
        let (mut dongle, cast, vendor) = sold();
        let requests: Vec<_> =
            (0..8).map(|nonce| states(&mut dongle, vendor, Purpose::Request, nonce)).collect();
        for _ in 0..3 {
            dongle.replug().unwrap();
            dongle.pass(2 * DAY * 10);
            let ninth = states(&mut dongle, vendor, Purpose::Request, 9);
            let body = |document: &[u8]| Received::parse(document).unwrap().digest();
            assert_eq!(body(&ninth), body(&requests[7]), "the newest again");
        }
        answer(&mut dongle, &cast, (vendor, &requests[answered]), None, 10).unwrap();
        let again = answer(&mut dongle, &cast, (vendor, &requests[answered]), None, 11);
        let gone = |error: &holdfast::Error| matches!(error, holdfast::Error::Failed(why) if why.is(ErrorCode::NotOutstanding));
        assert!(again.as_ref().is_err_and(gone), "{again:?}");
        // Those made later still wait, and a further one has room again.
        let next = states(&mut dongle, vendor, Purpose::Request, 10);
        let received = Received::parse(&next).unwrap();
        let next: Statement<'_> = received.read_again().unwrap();
        assert_eq!((next.nonce, next.answered), (Nonce([10; 32]), digest(&requests[answered])));
        if answered < 7 {
            answer(&mut dongle, &cast, (vendor, &requests[7]), None, 12).unwrap();
        }
    }
}

fn digest(document: &[u8]) -> holdfast_crypto::Hash {
    Received::parse(document).unwrap().digest()
}

/// A trial of thirty days from first use.
fn trial() -> Offer<'static> {
    let term = Clause {
        edition: "trial",
        conditions: vec![Condition::DaysFromFirstUse(30)],
        features: vec!["cut"],
        ..Clause::default()
    };
    let id = LicenseId([2; 16]);
    Offer {
        id,
        revision: 1,
        number: 2,
        product: PRODUCT,
        customer: "c-0002",
        terms: vec![term],
        ..Offer::default()
    }
}

/// Seconds for which the trial still grants, if it does.
fn left(dongle: &mut InProcess, vendor: VendorId) -> Option<u32> {
    let mut dongle = connect(dongle);
    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let handle = dongle.ask(&Open { vendor, license: trial().id, claims }).unwrap().handle;
    let feature = Name::new("cut").unwrap();
    dongle.ask(&Check { handle, feature, host_time: Time(0) }).ok().map(|granted| granted.valid_for.0)
}

#[test]
fn days_from_first_use_run_without_power_from_the_first_answer_on() {
    let (mut dongle, cast, vendor) = sold();
    let ask = |dongle: &mut InProcess| {
        dongle.replug().unwrap();
        states(dongle, vendor, Purpose::Request, 1)
    };
    let month = 30 * 86_400;
    let before = ask(&mut dongle);
    answer(&mut dongle, &cast, (vendor, &before), Some(&trial()), 1).unwrap();
    assert_eq!(left(&mut dongle, vendor), Some(month), "it begins with its first use");
    // What was asked before first use says nothing of it; so far the dongle knows powered seconds only.
    let after = ask(&mut dongle);
    answer(&mut dongle, &cast, (vendor, &after), None, 5).unwrap();
    let first = left(&mut dongle, vendor).unwrap();
    assert!(month - first < 3_600, "the answer says when that was: {first}");
    for (days, more) in [(15, true), (34, true), (36, false)] {
        let request = ask(&mut dongle);
        answer(&mut dongle, &cast, (vendor, &request), None, days).unwrap();
        let left = left(&mut dongle, vendor);
        let gone = (days - 5) * DAY;
        let about = left.map(|left| u64::from(month.saturating_sub(left)).abs_diff(gone) < 3_600);
        assert_eq!(about, more.then_some(true), "{days} days after the sale: {left:?}");
    }
}

#[test]
fn a_desk_whose_clock_was_set_back_ends_no_trial() {
    let (mut dongle, cast, vendor) = sold();
    let before = states(&mut dongle, vendor, Purpose::Request, 1);
    answer(&mut dongle, &cast, (vendor, &before), Some(&trial()), 20).unwrap();
    let month = left(&mut dongle, vendor).unwrap();
    dongle.replug().unwrap();
    let after = states(&mut dongle, vendor, Purpose::Request, 2);
    answer(&mut dongle, &cast, (vendor, &after), None, 0).unwrap();
    // First use was no earlier than the dongle could prove when it asked.
    let left = left(&mut dongle, vendor).unwrap();
    assert!(month - left < 3_600, "{left} of {month}");
}

#[test]
fn there_is_one_new_time_statement_a_day_and_a_token_may_take_a_week() {
    let (mut dongle, cast, vendor) = sold();
    let mut asked: Vec<Vec<u8>> = Vec::new();
    for day in 0..9 {
        let statement = states(&mut dongle, vendor, Purpose::Time, day);
        assert!(asked.iter().all(|earlier| digest(earlier) != digest(&statement)), "a new one on day {day}");
        let again = states(&mut dongle, vendor, Purpose::Time, 100 + day);
        assert_eq!(digest(&again), digest(&statement), "the same again on day {day}");
        asked.push(statement);
        dongle.days_pass(1);
    }
    let mut token = |statement: &[u8]| {
        let time = Time(SOLD.0 + 20 * DAY);
        let rng = &mut holdfast_story::cast::rng();
        let token = update::time_token(&cast.desk, digest(statement), time, rng).unwrap();
        connect(&mut dongle).ask(&Apply { document: &token }).is_ok()
    };
    assert!(!token(&asked[0]), "of eight the oldest gave way");
    assert!(token(&asked[1]) && token(&asked[8]) && !token(&asked[8]));
}
