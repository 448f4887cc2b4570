//! A license moves from one dongle to another, with what is left of it.

use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{DeviceId, Kind, Received, Units, Vendor, armor, limits};
use holdfast_license::statement::{Departed, Held, State};
use holdfast_license::{Action, License, LicenseId, Purpose, Statement, Update};

use crate::cast::*;
use crate::office::{Office, by_dongle, by_other, enrolled, of_other, statement};

pub(crate) const FILES: &str = "--vendor acme.vendor --at 2026-03-03";

/// An office that sold a license to the dongle, which used 97 of its 100 units and asks for an answer.
pub(crate) struct Moving {
    pub(crate) office: Office,
    pub(crate) id: LicenseId,
}

pub(crate) fn sold() -> Moving {
    let office = Office::open();
    let said = office.good(
        "issue cutter.toml --vendor acme.vendor --device dongle --customer c-1 --at 2026-03-02 --out sold",
    );
    let id = said.split_whitespace().nth(1).unwrap().trim_end_matches(',');
    let id = serde_json::from_value(id.into()).unwrap();
    let moving = Moving { office, id };
    moving.office.put("other", &by_other(&of_other(enrolled())));
    moving.office.put("request", &by_dongle(&moving.request()));
    moving
}

fn document(office: &Office, name: &str) -> Vec<u8> {
    let mut room = [0; limits::DOCUMENT];
    armor::decode(&office.read(name), &mut room).unwrap().to_vec()
}

impl Moving {
    pub(crate) fn held(&self, hop: u16, revision: u32, used: u64) -> State {
        let used = [Units(used)].into_iter().collect();
        State::Held(Held {
            id: self.id,
            hop,
            revision,
            used,
            usage_time: Default::default(),
            first_use: None,
        })
    }

    pub(crate) fn request(&self) -> Statement<'static> {
        statement(1, 1, &[self.held(0, 1, 97)])
    }

    /// What the dongle states when it has given it up.
    pub(crate) fn departed(&self, hop: u16, to: Option<DeviceId>) -> Statement<'static> {
        let used = [Units(97)].into_iter().collect();
        let (usage_time, first_use) = (holdfast_document::Seconds(7_200), Some(NOW));
        let gone = State::Departed(Departed { id: self.id, hop, to, used, usage_time, first_use });
        let request = self.request();
        Statement {
            purpose: Purpose::Applied,
            previous: digest(&request),
            answered: digest(&request),
            ..statement(2, 2, &[gone])
        }
    }

    pub(crate) fn leave(&self, out: &str) -> String {
        format!(
            "transfer leave cutter.toml --license {} {FILES} --device request --to other \
             --firmware-departs --out {out}",
            self.id
        )
    }

    pub(crate) fn arrive(&self, out: &str) -> String {
        format!(
            "transfer arrive cutter.toml --license {} {FILES} --departed departed --device other --out {out}",
            self.id
        )
    }
}

pub(crate) fn other_id() -> DeviceId {
    DeviceId::Dongle(borrower().id())
}

/// What an update does: departures, and licenses with what they carry.
pub(crate) fn actions(office: &Office, name: &str) -> Vec<String> {
    let (record, update) = (document(office, "acme.vendor.txt"), document(office, name));
    let root = Vendor::found::<RustCrypto>(&Received::parse(&record).unwrap()).unwrap().root();
    let update = Received::parse(&update).unwrap().verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap();
    let said = update.actions.iter().map(Result::unwrap).map(|action| match action {
        Action::Depart(depart) => format!("depart {} to {}", depart.hop, depart.to == Some(other_id())),
        Action::Answer(answer) => format!("answer {}", answer.request),
        Action::Install(install) => {
            let license = install.under(&update).unwrap();
            let license = license.verify::<RustCrypto, License<'_>>(&root, NOW).unwrap();
            let License { hop, revision, .. } = *license;
            let left = license.meters.known().next().unwrap().allowance.0;
            let carry = install.carry.map(|carry| (carry.first_use, carry.usage_time.0));
            format!("install hop {hop} revision {revision} left {left} carry {carry:?}")
        }
        other => panic!("{other:?}"),
    });
    said.collect()
}

#[test]
fn a_license_leaves_and_arrives_with_what_is_left_of_it() {
    let moving = sold();
    let office = &moving.office;
    let text = holdfast_document::armor::encoded_length(Kind::Vendor, 2_000).unwrap();
    let (mut room, record) = (vec![0; text], Signer::vendor().document(&founding_record(), &[]));
    office.put("acme.vendor.txt", armor::encode(&record, &mut room).unwrap().as_bytes());

    office.good(&moving.leave("leave"));
    let asked = format!("answer {}", digest(&moving.request()));
    assert_eq!(actions(office, "leave"), ["depart 0 to true", asked.as_str()]);
    // On its way it is not renewed, and does not leave for a third device.
    let renew =
        format!("issue cutter.toml {FILES} --device request --license {} --add cuts=50 --out no", moving.id);
    assert!(office.bad(&renew, 1).contains("is on its way to device"));
    // The update is lost, the dongle asks again: the same answer, the same departure.
    office.put("request", &by_dongle(&Statement { number: 2, ..moving.request() }));
    office.good(&moving.leave("again"));
    assert_eq!(actions(office, "again"), actions(office, "leave"));
    office.good(&format!("answer request {FILES} --out answer"));
    assert_eq!(actions(office, "answer"), actions(office, "leave"), "an answer alone repeats it, too");

    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    let said = office.good(&moving.arrive("arrive"));
    assert!(said.contains("revision 2, number 1") && said.contains("cuts: at most 3 units"), "{said}");
    let arrived = format!("install hop 1 revision 2 left 3 carry {:?}", Some((Some(NOW), 7_200)));
    assert_eq!(actions(office, "arrive"), [arrived]);
    let verified = office.good("verify sold leave departed arrive --vendor acme.vendor");
    assert_eq!(verified.matches("good: ").count(), 4);

    // All of it together proves nothing against anybody, and that the old one still had it would.
    let mine = moving.held(1, 2, 0);
    office.put(
        "held",
        &by_other(&of_other(Statement { purpose: Purpose::Report, ..statement(1, 1, &[mine]) })),
    );
    let found = office.good("audit acme.vendor sold leave departed arrive held");
    assert!(found.contains(", 0 findings"), "{found}");
    let kept = Statement { number: 3, previous: Hash::ZERO, ..moving.request() };
    office.put("kept", &by_dongle(&kept));
    let (code, found, _) = office.run("audit acme.vendor departed kept");
    assert_eq!((code, found.contains("which it gave up before")), (3, true), "{found}");

    // A refill on the new device keeps what it carries; the old one gets nothing more.
    office.put("theirs", &by_other(&of_other(statement(1, 1, &[moving.held(1, 2, 1)]))));
    let refill = format!("issue cutter.toml {FILES} --license {} --add cuts=50", moving.id);
    office.good(&format!("{refill} --device theirs --out refill"));
    let said = actions(office, "refill");
    assert!(said[0].starts_with("install hop 1 revision 3 left 53 carry Some("), "{said:?}");
    assert!(
        office.bad(&format!("{refill} --device request --out no"), 1).contains("was not issued to device")
    );
}

#[test]
fn it_arrives_only_by_a_statement_that_it_left_for_that_device() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    for wrong in [moving.departed(1, Some(other_id())), moving.departed(0, None), moving.request()] {
        office.put("departed", &by_dongle(&wrong));
        let complaint = office.bad(&moving.arrive("no"), 1);
        assert!(complaint.contains("does not say that license"), "{complaint}");
    }
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    office.good(&moving.arrive("arrive"));
    // The same statement once more moves nothing.
    let complaint = office.bad(&moving.arrive("no"), 1);
    assert!(complaint.contains("was not issued to device"), "{complaint}");
}

#[test]
fn what_was_overdrawn_is_paid_for_before_it_arrives() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    let used = [Units(120)].into_iter().collect();
    let usage_time = Default::default();
    let gone = State::Departed(Departed {
        id: moving.id,
        hop: 0,
        to: Some(other_id()),
        used,
        usage_time,
        first_use: None,
    });
    office.put("departed", &by_dongle(&Statement { purpose: Purpose::Applied, ..statement(2, 2, &[gone]) }));
    let complaint = office.bad(&moving.arrive("no"), 1);
    assert!(complaint.contains("20 units of cuts were overdrawn"), "{complaint}");
    let said = office.good(&format!("{} --add cuts=25", moving.arrive("arrive")));
    assert!(said.contains("cuts: at most 5 units"), "{said}");
}

#[test]
fn what_cannot_move_is_said_so() {
    let moving = sold();
    let office = &moving.office;
    let leave = moving.leave("no");
    office.put("report", &by_dongle(&Statement { purpose: Purpose::Report, ..moving.request() }));
    let template = office.read("cutter.toml").replace("transfer = true\n", "");
    office.put("fixed.toml", template.as_bytes());
    for (command, code, part) in [
        (leave.replace("cutter.toml", "fixed.toml"), 1, "does not let its licenses move"),
        (leave.replace("--device request", "--device report"), 1, "asks for no answer"),
        (leave.replace("--to other", "--to dongle"), 1, "name one of the device that it goes to"),
        (leave.replace(&moving.id.to_string(), &"0".repeat(32)), 1, "was not issued to device"),
    ] {
        let complaint = office.bad(&command, code);
        assert!(complaint.contains(part), "{command}: {complaint}");
    }
    // An answer is out without the departure. A copy of the flash could take it and keep the license, so no
    // departure goes beside it, even where the very request comes again that it answers.
    office.good(&format!("answer request {FILES} --out answer"));
    let complaint = office.bad(&leave, 1);
    assert!(complaint.contains("has not shown that it took the last answer"), "{complaint}");
    office.put("request", &by_dongle(&Statement { number: 2, ..moving.request() }));
    let complaint = office.bad(&leave, 1);
    assert!(complaint.contains("has not shown that it took the last answer"), "{complaint}");
    // A revoked device neither gives nor takes.
    let revoke = format!("revoke {FILES} --key acme.root.key --device {} --out revoked", borrower().id());
    office.good(&revoke);
    assert!(office.bad(&leave, 3).contains("was revoked"));
}

#[test]
fn a_request_that_stays_unanswered_where_a_license_arrives_is_said_so() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    office.good("ledger restored --ledger acme.ledger.json --vendor acme.vendor --next 2 --nothing-revoked");
    let known = Statement { answered: Hash([9; 32]), ..statement(3, 2, &[]) };
    office.put("other", &by_other(&of_other(known)));
    let (code, _, warned) = office.run(&moving.arrive("arrive"));
    assert_eq!(code, 0, "{warned}");
    assert!(warned.contains("the request is not answered") && warned.contains("ledger learn"), "{warned}");
}

#[test]
fn a_ledger_from_before_the_move_learns_the_departure_and_forgets_what_arrived() {
    let moving = sold();
    let office = &moving.office;
    let backup = office.read("acme.ledger.json");
    office.good(&moving.leave("leave"));
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    office.good(&moving.arrive("arrive"));
    let ledger = "--ledger acme.ledger.json --vendor acme.vendor";
    office.put("acme.ledger.json", backup.as_bytes());
    office.good(&format!("ledger restored {ledger} --next 20 --nothing-revoked"));
    office.good(&format!("ledger learn {ledger} leave"));
    // The request is answered as before the loss: with the departure.
    office.good(&format!("answer request {FILES} --out answer"));
    let shown = office.good("show answer");
    assert!(shown.contains("Depart\n") && shown.contains(&moving.id.to_string()), "{shown}");
    let said = office.good(&format!("ledger learn {ledger} arrive"));
    assert!(said.contains(&format!("license {} was sold or moved since the backup", moving.id)), "{said}");
    let renew = format!("issue cutter.toml {FILES} --license {} --add cuts=50 --out no", moving.id);
    assert!(office.bad(&format!("{renew} --device request"), 1).contains("was not issued to device"));
}

#[test]
fn a_license_leaves_only_where_the_firmware_is_said_to_take_departures() {
    let moving = sold();
    let office = &moving.office;
    let before = office.read("acme.ledger.json");
    let complaint = office.bad(&moving.leave("no").replace("--firmware-departs", ""), 1);
    assert!(complaint.contains("if you know that its firmware does, add --firmware-departs"), "{complaint}");
    assert_eq!(office.read("acme.ledger.json"), before, "nothing was promised");
}

#[test]
fn a_license_that_cannot_leave_stays_by_an_operators_word_and_its_device_is_answered_anew() {
    let moving = sold();
    let office = &moving.office;
    let stay = |device: &str| format!("transfer stay {} {FILES} --device {device}", moving.id);
    assert!(office.bad(&stay("request"), 1).contains("is not on its way"));
    let text = holdfast_document::armor::encoded_length(Kind::Vendor, 2_000).unwrap();
    let (mut room, record) = (vec![0; text], Signer::vendor().document(&founding_record(), &[]));
    office.put("acme.vendor.txt", armor::encode(&record, &mut room).unwrap().as_bytes());
    office.good(&moving.leave("leave"));
    // The dongle refuses the update, asks again, and again, and would be told the same for ever.
    let second = Statement { number: 2, ..moving.request() };
    office.put("second", &by_dongle(&second));
    office.good(&format!("answer second {FILES} --out same"));
    assert_eq!(actions(office, "same"), actions(office, "leave"));
    // Nobody takes it back for a device that does not say that it has the license.
    office.put("gone", &by_dongle(&moving.departed(0, Some(other_id()))));
    assert!(office.bad(&stay("other"), 1).contains("was not issued to device"));
    let said = office.good(&stay("second"));
    assert!(said.contains(&format!("license {} stays with device", moving.id)), "{said}");
    let kept = office.read("acme.ledger.json");
    assert!(kept.contains("\"decisions\": [\n    {"), "{kept}");

    // The request that was answered with the departure is answered no more: two copies of the dongle, one with each,
    // would both go on.
    let complaint = office.bad(&format!("answer request {FILES} --out no"), 1);
    assert!(
        complaint.contains("was taken back, by transfer stay; have the device make another"),
        "{complaint}"
    );
    let (_, _, warned) = office
        .run(&format!("issue cutter.toml {FILES} --license {} --device request --out unanswered", moving.id));
    assert!(warned.contains("the request is not answered: the answer to this request"), "{warned}");
    assert_eq!(actions(office, "unanswered").len(), 1);

    // It is answered, by an answer of its own and without the departure, and renewed.
    office.good(&format!("answer second {FILES} --out anew"));
    assert_eq!(actions(office, "anew"), [format!("answer {}", digest(&second))]);
    let renew = format!("issue cutter.toml {FILES} --license {} --device second --add cuts=5", moving.id);
    office.good(&format!("{renew} --out renewed"));

    // A copy that took the departure after all brings it nowhere.
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    let complaint = office.bad(&moving.arrive("no"), 1);
    assert!(complaint.contains("it was taken back that license"), "{complaint}");
    // Told once more, with a new answer, it leaves as ever.
    let third = Statement { number: 3, answered: digest(&second), update: 2, ..moving.request() };
    office.put("request", &by_dongle(&third));
    office.good(&moving.leave("once-more"));
    assert_eq!(
        actions(office, "once-more"),
        ["depart 0 to true".into(), format!("answer {}", digest(&third))]
    );
    office.good(&moving.arrive("arrive"));
}

#[test]
fn after_a_restore_a_departure_that_was_taken_back_is_learned_before_or_after_what_took_its_place() {
    let moving = sold();
    let office = &moving.office;
    let text = holdfast_document::armor::encoded_length(Kind::Vendor, 2_000).unwrap();
    let (mut room, record) = (vec![0; text], Signer::vendor().document(&founding_record(), &[]));
    office.put("acme.vendor.txt", armor::encode(&record, &mut room).unwrap().as_bytes());
    let backup = office.read("acme.ledger.json");
    office.good(&moving.leave("leave"));
    office.good(&format!("transfer stay {} {FILES} --device request", moving.id));
    let later = FILES.replace("03-03", "03-04");
    let second = Statement { number: 2, ..moving.request() };
    office.put("second", &by_dongle(&second));
    office.good(&format!("answer second {later} --out anew"));
    for (round, order) in ["leave anew", "anew leave"].iter().enumerate() {
        office.put("acme.ledger.json", backup.as_bytes());
        let ledger = "--ledger acme.ledger.json --vendor acme.vendor";
        office.good(&format!("ledger restored {ledger} --next 20 --nothing-revoked"));
        office.good(&format!("ledger learn {ledger} {order}"));
        office.good(&format!("answer second {later} --out again-{round}"));
        assert_eq!(actions(office, &format!("again-{round}")), actions(office, "anew"), "{order}");
    }
}

#[test]
fn a_device_that_is_trusted_at_its_word_keeps_what_it_says_it_has() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    office.good("ledger trust request --ledger acme.ledger.json --vendor acme.vendor");
    let complaint = office.bad(&format!("answer request {FILES} --out no"), 1);
    assert!(complaint.contains("was taken back"), "{complaint}");
    // It has eight requests waiting, and makes no other: an operator says so once more.
    office.good("ledger trust request --ledger acme.ledger.json --vendor acme.vendor");
    office.good(&format!("answer request {FILES} --out anew"));
    assert!(!office.good("show anew").contains("Depart"));
    office.put("departed", &by_dongle(&moving.departed(0, Some(other_id()))));
    let complaint = office.bad(&moving.arrive("no"), 1);
    assert!(complaint.contains("it was taken back that license"), "{complaint}");
}

#[test]
fn a_license_does_not_stay_by_an_old_statement_nor_by_one_that_lacks_it() {
    let moving = sold();
    let office = &moving.office;
    office.good(&moving.leave("leave"));
    let stay = |device: &str| format!("transfer stay {} {FILES} --device {device}", moving.id);
    office.put("empty", &by_dongle(&statement(1, 1, &[])));
    assert!(office.bad(&stay("empty"), 1).contains("does not say that it still holds license"));
    // The device went on, which a desk has seen.
    office.put("newer", &by_dongle(&statement(4, 3, &[moving.held(0, 1, 98)])));
    office.good(&format!("answer newer {FILES} --out again"));
    assert!(office.bad(&stay("request"), 1).contains("is older than another"));
    office.good(&stay("newer"));
}

#[test]
fn what_was_used_is_booked_on_the_meters_that_were_issued_and_never_less_than_was_seen() {
    let office = Office::open();
    let second = "\n[[meter]]\nname = \"prints\"\nallowance = 10\n";
    let two = office.read("cutter.toml") + second;
    office.put("two.toml", two.as_bytes());
    let said = office.good(
        "issue two.toml --vendor acme.vendor --device dongle --customer c-1 --at 2026-03-02 --out sold",
    );
    let id = said.split_whitespace().nth(1).unwrap().trim_end_matches(',');
    let id = serde_json::from_value(id.into()).unwrap();
    let moving = Moving { office, id };
    let office = &moving.office;
    office.put("other", &by_other(&of_other(enrolled())));
    let used = |cuts, prints| [Units(cuts), Units(prints)].into_iter().collect();
    let held = |cuts, prints| {
        State::Held(Held {
            id,
            hop: 0,
            revision: 1,
            used: used(cuts, prints),
            usage_time: Default::default(),
            first_use: None,
        })
    };
    // It was once seen with 40 cuts and 7 prints, and states less when it leaves.
    office.put("request", &by_dongle(&statement(1, 1, &[held(40, 7)])));
    office.good(&moving.leave("leave").replace("cutter.toml", "two.toml"));
    let gone = State::Departed(Departed {
        id,
        hop: 0,
        to: Some(other_id()),
        used: used(30, 8),
        usage_time: Default::default(),
        first_use: None,
    });
    let request = digest(&statement(1, 1, &[held(40, 7)]));
    office.put(
        "departed",
        &by_dongle(&Statement { purpose: Purpose::Applied, answered: request, ..statement(2, 2, &[gone]) }),
    );
    // A template that has the meters the other way round, and one of another product.
    let (head, cuts) = two.split_once("[[meter]]").unwrap();
    let (cuts, prints) = cuts.split_once("\n[[meter]]").unwrap();
    office.put("turned.toml", format!("{head}[[meter]]{prints}\n[[meter]]{cuts}\n").as_bytes());
    office.put("router.toml", two.replace("\"cutter\"", "\"router\"").as_bytes());
    let complaint = office.bad(&moving.arrive("no").replace("cutter.toml", "router.toml"), 1);
    assert!(complaint.contains("is for cutter, and the template for router"), "{complaint}");
    let said = office.good(&moving.arrive("arrive").replace("cutter.toml", "turned.toml"));
    assert!(said.contains("cuts: at most 60 units") && said.contains("prints: at most 2 units"), "{said}");
    office.put("theirs", &by_other(&of_other(statement(1, 1, &[]))));
    let renew = format!("issue router.toml {FILES} --license {id} --device theirs --out no");
    assert!(office.bad(&renew, 1).contains("is for cutter, and the template for router"));
}
