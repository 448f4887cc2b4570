//! A record that decayed takes nothing else with it.

use std::path::Path;

use holdfast_catalogue::{PRODUCT, SOLD};
use holdfast_document::{Name, Received, Time};
use holdfast_issuer::Standing;
use holdfast_issuer::offer::{Clause, Offer};
use holdfast_issuer::update::{self, Errand};
use holdfast_license::{Claims, LicenseId, Purpose, Statement};
use holdfast_wire::command::{Apply, Check, ErrorCode, Licenses, Open};

use crate::answers::{answer, connect, states};
use crate::bench::{self, InProcess};

const DECAYED: LicenseId = LicenseId([1; 16]);

/// A license so long that most of what is written for it is itself.
fn long(revision: u32) -> Offer<'static> {
    const TEXT: [u8; 256] = [7; 256];
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let term = Clause { edition: "basic", features: vec!["cut"], ..Clause::default() };
    let values = names.iter().map(|name| (*name, &TEXT[..])).collect();
    Offer {
        id: DECAYED,
        revision,
        number: 9,
        product: PRODUCT,
        customer: "c-0001",
        terms: vec![term],
        values,
        ..Offer::default()
    }
}

/// Changes a bit in the middle of the longest stretch that was written since then.
fn decays(path: &Path, before: &[u8]) {
    let mut cells = std::fs::read(path).unwrap();
    let written: Vec<_> = (0..cells.len()).filter(|at| cells[*at] != before[*at]).collect();
    let stretches = written.chunk_by(|one, next| next - one < 64);
    let longest = stretches.max_by_key(|stretch| stretch.len()).unwrap();
    assert!(longest.len() > 1_000, "{}", longest.len());
    cells[longest[longest.len() / 2]] ^= 4;
    std::fs::write(path, cells).unwrap();
}

#[test]
fn a_license_that_decayed_keeps_no_other_from_being_found_used_stated_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash");
    let cast = holdfast_story::Cast::new().unwrap();
    let (mut dongle, _) = InProcess::in_file(&path);
    let vendor = bench::with_license(&mut dongle, &cast).vendor;
    let before = std::fs::read(&path).unwrap();
    let report = states(&mut dongle, vendor, Purpose::Report, 0);
    let standing = Standing::read(&cast.record, &report).unwrap();
    let offer = long(1);
    let errand = Errand { installs: vec![(&offer, None)], ..Errand::default() };
    let document =
        update::errand(&cast.desk, &standing, &errand, SOLD, &mut holdfast_story::cast::rng()).unwrap();
    connect(&mut dongle).ask(&Apply { document: &document }).unwrap();
    drop(dongle);
    decays(&path, &before);
    let (mut dongle, _) = InProcess::in_file(&path);

    let claims = Claims { released: None, virtual_machine: None, remote_session: None };
    let open = |license| Open { vendor, license, claims };
    let lost = connect(&mut dongle).ask(&open(DECAYED)).map(|opened| opened.handle);
    let unreadable =
        |why: &holdfast::Error| matches!(why, holdfast::Error::Failed(why) if why.is(ErrorCode::Unreadable));
    assert!(lost.as_ref().is_err_and(unreadable), "itself it is told by its name: {lost:?}");

    let mut program = connect(&mut dongle);
    let held = program.ask(&Licenses { vendor, product: Name::new(PRODUCT), after: None }).unwrap();
    let ids: Vec<_> = held.licenses.known().map(|one| one.id).collect();
    let [other] = ids[..] else { panic!("{ids:?}") };
    let handle = program.ask(&open(other)).unwrap().handle;
    let feature = Name::new("cut").unwrap();
    program.ask(&Check { handle, feature, host_time: Time(0) }).unwrap();

    let request = states(&mut dongle, vendor, Purpose::Request, 1);
    let stated: Statement<'_> = Received::parse(&request).unwrap().read_again().unwrap();
    assert_eq!(stated.state.known().count(), 1, "what can be read");
    answer(&mut dongle, &cast, (vendor, &request), None, 1).unwrap();
    // A renewal writes it anew.
    let request = states(&mut dongle, vendor, Purpose::Request, 2);
    answer(&mut dongle, &cast, (vendor, &request), Some(&long(2)), 2).unwrap();
    connect(&mut dongle).ask(&open(DECAYED)).unwrap();
}
