//! What is revoked, by whom, under which number; and what `verify` and `audit` then say.

use holdfast_license::Statement;

use crate::cast::*;
use crate::office::{Office, by_dongle, statement};

const REVOKE: &str = "revoke --vendor acme.vendor --key acme.root.key --at 2026-03-03";
const ISSUE: &str = "issue cutter.toml --vendor acme.vendor --device dongle --customer c-1";

#[test]
fn what_is_revoked_is_refused_by_verify_and_found_by_audit() {
    let office = Office::open();
    office.good(&format!("{ISSUE} --at 2026-03-02 --out sold"));
    office.put("device", &Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())]));
    let id = dongle().id();
    let said = office
        .good(&format!("{REVOKE} --delegation acme.desk=1 --device {id} --firmware qemu-an386=7 --out one"));
    assert!(said.contains("revocations number 1: 1 keys, 1 boards, 1 devices"), "{said}");
    assert!(said.contains("dongles of this version do not take it yet"), "{said}");
    let good = office.good("verify one --vendor acme.vendor");
    assert_eq!(good.matches("good: revocations number 1, ").count(), 3, "part 0 and two spans: {good}");
    let complaint = office.bad("verify device one --vendor acme.vendor", 3);
    assert!(complaint.contains("revocations number 1 name it"), "{complaint}");
    let complaint = office.bad("verify sold one --vendor acme.vendor", 3);
    assert!(complaint.contains("the delegation in link 1 above it was revoked"), "{complaint}");
    let (code, found, _) = office.run("audit acme.vendor sold one");
    assert_eq!((code, found.contains("stands under a key that was revoked")), (3, true), "{found}");
}

#[test]
fn numbers_rise_and_each_issue_names_what_the_earlier_ones_did() {
    let office = Office::open();
    let ids = ["00", "7f", "ff"].map(|byte| byte.repeat(16));
    for (number, id) in (1..).zip(&ids) {
        let said = office.good(&format!("{REVOKE} --device {id} --out {number}"));
        assert!(said.contains(&format!("number {number}: 0 keys, 0 boards, {number} devices")), "{said}");
    }
    let shown = office.good("show 3");
    assert!(
        ids.iter().all(|id| shown.contains(&format!(
            "Device
          Dongle: {id}
"
        ))),
        "{shown}"
    );
    let verified = office.good("verify 1 3 --vendor acme.vendor");
    assert_eq!(verified.matches("number 3 is here, too, and has taken its place").count(), 3, "{verified}");
    // Wholly stays wholly.
    office.good(&format!("{REVOKE} --delegation acme.desk --out 4"));
    office.good(&format!("{REVOKE} --delegation acme.desk=9 --out 5"));
    assert!(office.good("show 5").contains("from_number: 0"));
}

#[test]
fn nothing_is_issued_to_a_revoked_device_nor_is_it_answered() {
    let office = Office::open();
    office.put("request", &by_dongle(&Statement { floor: NOW, ..statement(1, 0, &[]) }));
    office.good(&format!("{REVOKE} --device {} --out revoked", dongle().id()));
    for command in [
        format!("{ISSUE} --at 2026-03-04 --out update"),
        "answer request --vendor acme.vendor --at 2026-03-04 --out update".into(),
    ] {
        let complaint = office.bad(&command, 3);
        assert!(
            complaint.contains("was revoked, so nothing is issued to it; issue a license for another"),
            "{complaint}"
        );
    }
}

#[test]
fn a_desk_that_its_own_ledger_revoked_sells_and_answers_no_more() {
    let office = Office::open();
    office.good(&format!("{ISSUE} --at 2026-03-02 --out first"));
    office.good(&format!("{REVOKE} --delegation acme.desk=3 --out from-three"));
    office.good(&format!("{ISSUE} --at 2026-03-04 --out second"));
    let before = office.read("acme.ledger.json");
    let complaint = office.bad(&format!("{ISSUE} --at 2026-03-04 --out third"), 3);
    assert!(complaint.contains("was revoked, from license number 3 on, and nobody believes"), "{complaint}");
    assert_eq!(office.read("acme.ledger.json"), before, "no number was spent");
    office.put("request", &by_dongle(&statement(1, 0, &[])));
    let answer = "answer request --vendor acme.vendor --at 2026-03-04";
    office.good(&format!("{answer} --out answer"));
    office.good(&format!("{REVOKE} --delegation acme.desk --out wholly"));
    for command in [format!("{answer} --out no"), format!("{ISSUE} --at 2026-03-04 --out no")] {
        let complaint = office.bad(&command, 3);
        assert!(
            complaint.contains("was revoked, wholly") && complaint.contains("vendor succeed"),
            "{complaint}"
        );
    }
    // Under a new root it goes on with the same ledger.
    office.good("vendor succeed --vendor acme.vendor --recovery acme.recovery.key --at 2026-04-01");
    let ledger = "--ledger acme.ledger.json --at 2026-04-02";
    office.good(&format!("{ISSUE} {ledger} --out next").replace("acme.vendor", "acme-1.vendor"));
}

#[test]
fn only_the_newest_root_revokes_and_it_revokes_the_one_before() {
    let office = Office::open();
    let complaint = office.bad(&REVOKE.replace("acme.root.key", "acme.desk.key"), 2);
    assert!(complaint.contains("--out"), "{complaint}");
    let complaint = office.bad(&format!("{} --out no", REVOKE.replace("acme.root.key", "acme.desk.key")), 1);
    assert!(complaint.contains("not the root key of the vendor's record 0"), "{complaint}");
    let complaint = office.bad(&format!("{REVOKE} --root 0 --out no"), 1);
    assert!(complaint.contains("a root cannot revoke itself"), "{complaint}");
    office.good(&format!("{ISSUE} --at 2026-03-02 --out sold"));
    office.good("vendor succeed --vendor acme.vendor --recovery acme.recovery.key --at 2026-04-01");
    let complaint = office.bad(&format!("{} --out no", REVOKE.replace("acme.vendor", "acme-1.vendor")), 1);
    assert!(complaint.contains("not the root key of the vendor's record 1"), "{complaint}");
    let said = office.good(
        "revoke --vendor acme-1.vendor --key acme-1.root.key --ledger acme.ledger.json --root 0 --at 2026-04-02 --out old-root",
    );
    // The number that the refused attempt would have had is still free.
    assert!(said.contains("revocations number 1: 1 keys"), "{said}");
    let complaint = office.bad("verify sold old-root --vendor acme-1.vendor", 3);
    assert!(complaint.contains("the root above it was revoked"), "{complaint}");
    office.good("verify acme-1.desk old-root --vendor acme-1.vendor");
}

#[test]
fn what_cannot_be_revoked_is_said_so() {
    let office = Office::open();
    for (what, code, part) in [
        ("--delegation acme.desk=0", 2, "license number from 1"),
        ("--delegation acme.vendor", 3, "this is a vendor, and a delegation is needed here"),
        ("--device 12", 2, "32 hexadecimal digits for a dongle"),
        ("--firmware Board=7", 2, "not a board with a version"),
        ("--root 3", 3, "root number 3, which is not known here"),
    ] {
        let complaint = office.bad(&format!("{REVOKE} {what} --out no"), code);
        assert!(complaint.contains(part), "{what}: {complaint}");
    }
}

#[test]
fn a_restored_ledger_is_shown_all_parts_of_the_last_issue_and_the_delegations_in_it() {
    let office = Office::open();
    let backup = office.read("acme.ledger.json");
    office.good(&format!("{REVOKE} --delegation acme.desk=9 --device {} --out one", dongle().id()));
    office.put("acme.ledger.json", backup.as_bytes());
    let ledger = "--ledger acme.ledger.json --vendor acme.vendor";
    let said = office.good(&format!("ledger restored {ledger} --next 20"));
    assert!(said.contains("show it every part of the last revocations first"), "{said}");
    assert!(office.bad(&format!("{REVOKE} --out no"), 1).contains("does not know what was revoked last"));
    let said = office.good(&format!("ledger learn {ledger} one acme.desk"));
    assert_eq!(said.matches("before every part of revocations number 1 was shown").count(), 2, "{said}");
    assert!(said.contains("revocations number 1 are known whole"), "{said}");
    assert!(said.contains("acme.desk: was revoked; its root is known now"), "{said}");
    let said = office.good(&format!("{REVOKE} --firmware qemu-an386=7 --out two"));
    assert!(said.contains("revocations number 2: 1 keys, 1 boards, 1 devices"), "{said}");
}
