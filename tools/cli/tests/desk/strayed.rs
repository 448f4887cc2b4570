//! Moves that went another way than they were meant to.

use holdfast_document::{DeviceId, DongleId, Units};
use holdfast_license::statement::{Held, State};
use holdfast_license::{Purpose, Statement};

use crate::cast::*;
use crate::office::{by_dongle, by_other, of_other, statement};
use crate::transfer::{FILES, Moving, other_id, sold};

const LEDGER: &str = "--ledger acme.ledger.json --vendor acme.vendor";

impl Moving {
    fn renew(&self, template: &str, device: &str, out: &str) -> String {
        format!("issue {template} {FILES} --license {} --device {device} --out {out}", self.id)
    }
}

#[test]
fn a_license_that_left_before_that_was_taken_back_arrives_where_it_left_for() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    office.good(&format!("transfer stay {} {FILES} --device request", moving.id));
    // The dongle took the update after all, and a third one is now to get the license.
    let third = DeviceId::Dongle(DongleId([0x33; 16]));
    office.put("departed", &by_dongle(&moving.departed(0, Some(third))));
    office.good("ledger trust departed --ledger acme.ledger.json --vendor acme.vendor");
    let departed = moving.departed(0, Some(third));
    let asks = Statement { purpose: Purpose::Request, number: 3, ..departed };
    office.put("request", &by_dongle(&asks));
    office.good(&moving.leave("leave-again"));
    let complaint = office.bad(&moving.arrive("no"), 1);
    let DeviceId::Dongle(third) = third else { unreachable!() };
    assert!(complaint.contains(&format!("for device {third}, and for no other one")), "{complaint}");
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    office.good(&moving.arrive("arrive"));
}

#[test]
fn units_are_booked_on_the_meters_of_the_revision_that_the_device_has() {
    let moving = sold();
    let office = &moving.office;
    // The next revision has a meter more, which stands first in its template; the dongle never took it.
    let (head, cuts) = office
        .read("cutter.toml")
        .split_once("[[meter]]")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let prints = "[[meter]]\nname = \"prints\"\nallowance = 10\n";
    office.put("cutter.toml", format!("{head}{prints}[[meter]]{cuts}").as_bytes());
    let said = office.good(&moving.renew("cutter.toml", "request", "renewed"));
    assert!(said.contains("cuts: at most 3 units") && said.contains("prints: at most 10 units"), "{said}");
    let again = Statement { number: 2, ..moving.request() };
    office.put("request", &by_dongle(&again));
    // That request was answered; the dongle took the answer alone, and asks again.
    let again = Statement { number: 3, answered: digest(&moving.request()), update: 2, ..moving.request() };
    office.put("request", &by_dongle(&again));
    office.good(&moving.leave("leave"));
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    let said = office.good(&moving.arrive("arrive"));
    assert!(said.contains("cuts: at most 3 units") && said.contains("prints: at most 10 units"), "{said}");
    // There it has both, and a revision keeps the order of the one before.
    let held = State::Held(Held {
        id: moving.id,
        hop: 1,
        revision: 3,
        used: [Units(2), Units(7)].into_iter().collect(),
        usage_time: Default::default(),
        first_use: None,
    });
    office.put("theirs", &by_other(&of_other(statement(1, 1, &[held]))));
    let said = office.good(&moving.renew("cutter.toml", "theirs", "there"));
    assert!(said.contains("cuts: at most 1 units") && said.contains("prints: at most 3 units"), "{said}");
}

#[test]
fn a_restored_ledger_that_learns_of_a_departure_renews_nothing_that_leaves() {
    let moving = sold();
    let office = &moving.office;
    let backup = office.read("acme.ledger.json");
    office.good(&moving.leave("leave"));
    office.put("acme.ledger.json", backup.as_bytes());
    office.good(&format!("ledger restored {LEDGER} --next 20 --nothing-revoked"));
    office.good(&format!("ledger learn {LEDGER} leave"));
    let complaint = office.bad(&moving.renew("cutter.toml", "request", "no"), 1);
    assert!(complaint.contains("is on its way to device"), "{complaint}");
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    office.good(&moving.arrive("arrive"));
}

#[test]
fn an_answer_that_was_taken_back_is_not_learned_again() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    office.good(&format!("transfer stay {} {FILES} --device request", moving.id));
    let said = office.good(&format!("ledger learn {LEDGER} leave"));
    assert!(said.contains("was answered never"), "{said}");
    let second = Statement { number: 2, ..moving.request() };
    office.put("second", &by_dongle(&second));
    office.good(&format!("answer second {FILES} --out anew"));
    assert!(!office.good("show anew").contains("Depart"), "it was taken back");
}

#[test]
fn a_departure_that_was_taken_back_before_the_restore_brings_the_license_nowhere() {
    let moving = sold();
    let office = &moving.office;
    let backup = office.read("acme.ledger.json");
    office.good(&moving.leave("leave"));
    office.good(&format!("transfer stay {} {FILES} --device request", moving.id));
    let later = FILES.replace("03-03", "03-04");
    office.put("second", &by_dongle(&Statement { number: 2, ..moving.request() }));
    office.good(&format!("answer second {later} --out anew"));
    for order in ["leave anew", "anew leave"] {
        office.put("acme.ledger.json", backup.as_bytes());
        office.good(&format!("ledger restored {LEDGER} --next 20 --nothing-revoked"));
        office.good(&format!("ledger learn {LEDGER} {order}"));
        office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
        let complaint = office.bad(&moving.arrive("no"), 1);
        assert!(complaint.contains("it was taken back that license"), "{order}: {complaint}");
    }
}

#[test]
fn units_of_a_refill_that_was_forgotten_and_learned_move_along() {
    let moving = sold();
    let office = &moving.office;
    let backup = office.read("acme.ledger.json");
    office.good(&format!("{} --add cuts=50", moving.renew("cutter.toml", "dongle", "refill")));
    office.put("acme.ledger.json", backup.as_bytes());
    office.good(&format!("ledger restored {LEDGER} --next 20 --nothing-revoked"));
    office.good(&format!("ledger learn {LEDGER} refill"));
    // More than the ledger remembers to have granted, and less than it did.
    office.put("request", &by_dongle(&statement(1, 2, &[moving.held(0, 2, 120)])));
    office.good(&format!("ledger trust request {LEDGER}"));
    office.good(&moving.leave("leave"));
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    let said = office.good(&moving.arrive("arrive"));
    assert!(said.contains("cuts: at most 30 units"), "{said}");
    // And so does what is forgotten on the device that it moved to.
    let backup = office.read("acme.ledger.json");
    office.put("theirs", &by_other(&of_other(statement(1, 1, &[moving.held(1, 3, 0)]))));
    office.good(&format!("{} --add cuts=10", moving.renew("cutter.toml", "theirs", "there")));
    office.put("acme.ledger.json", backup.as_bytes());
    office.good(&format!("ledger restored {LEDGER} --next 20 --nothing-revoked"));
    office.good(&format!("ledger learn {LEDGER} there"));
    let said = office.good(&moving.renew("cutter.toml", "theirs", "renewed"));
    assert!(said.contains("cuts: at most 40 units"), "{said}");
}
