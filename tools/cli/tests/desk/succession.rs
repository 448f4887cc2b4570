//! A new root by the recovery key, and everything that then stands under it.

use crate::office::Office;

const SUCCEED: &str = "vendor succeed --vendor acme.vendor --recovery acme.recovery.key --at 2026-04-01";
const DESK: &str = "--vendor acme-1.vendor --ledger acme.ledger.json --at 2026-04-02";

#[test]
fn a_vendor_moves_to_a_new_root_and_sells_on_with_one_ledger() {
    let office = Office::open();
    office.good(
        "issue cutter.toml --vendor acme.vendor --device dongle --customer c-1 --at 2026-03-02 --out one",
    );
    let said = office.good(SUCCEED);
    assert!(said.contains("destroy acme.recovery.key"), "{said}");
    office.good(&format!("issue cutter.toml {DESK} --device dongle --customer c-2 --out two"));
    let verified = office.good("verify acme-1.vendor acme-1.desk two one --vendor acme.vendor");
    for part in ["record 1 of vendor acme", "a delegation of", "an update of"] {
        assert!(verified.contains(part), "{part}: {verified}");
    }
    // Numbers go on, so nothing was issued twice; and a first sale to a dongle that has applied none
    // stands on the same number as the other.
    assert!(office.read("acme.ledger.json").contains("\"next_number\": 3"));
    let (_, said, _) = office.run("audit acme-1.vendor two one");
    assert!(said.contains("4 documents") && !said.contains("PROOF"), "{said}");
    // Without the record that names the new root nobody believes its desk.
    let complaint = office.bad("verify two --vendor acme.vendor", 3);
    assert!(complaint.contains("root number 1, which is not known here"), "{complaint}");
}

#[test]
fn a_third_record_follows_the_second_and_may_accept_other_makers() {
    let office = Office::open();
    office.good(SUCCEED);
    let again = "vendor succeed --vendor acme-1.vendor --at 2026-05-01";
    let complaint = office.bad(&format!("{again} --recovery acme.recovery.key"), 1);
    assert!(complaint.contains("not the recovery key that the vendor's record 1 names"), "{complaint}");
    office.good("reseller new other --production");
    office.good(&format!("{again} --recovery acme-1.recovery.key --maker other.public"));
    let verified = office.good("verify acme-2.vendor acme-2.desk --vendor acme.vendor");
    assert!(verified.contains("record 2 of vendor acme"), "{verified}");
    // The newest record no longer names the dongle's maker.
    let issue =
        "issue cutter.toml --vendor acme-2.vendor --ledger acme.ledger.json --customer c-1 --at 2026-05-02";
    let complaint = office.bad(&format!("{issue} --device dongle --out update"), 3);
    assert!(complaint.contains("does not accept devices of that maker"), "{complaint}");
}

#[test]
fn another_key_founds_no_second_root_and_leaves_no_files() {
    let office = Office::open();
    let files = || std::fs::read_dir(office.path()).unwrap().count();
    let before = files();
    let complaint =
        office.bad("vendor succeed --vendor acme.vendor --recovery acme.root.key --at 2026-04-01", 1);
    assert!(complaint.contains("not the recovery key that the vendor's record 0 names"), "{complaint}");
    assert_eq!(files(), before);
    // What the record refuses leaves none, too, and the next try has room for its keys.
    let keys = ["m1", "m2", "m3", "m4", "m5"].map(|maker| {
        office.good(&format!("reseller new {maker} --production"));
        format!(" --maker {maker}.public")
    });
    let before = files();
    let complaint = office.bad(&format!("{SUCCEED}{}", keys.concat()), 3);
    assert!(complaint.contains("change it"), "{complaint}");
    assert_eq!(files(), before);
    let found = format!("vendor new other --production{}", keys.concat());
    office.bad(&found, 3);
    assert_eq!(files(), before);
    // A second time from the same record would fork the succession.
    office.good(SUCCEED);
    let complaint = office.bad(SUCCEED, 1);
    assert!(complaint.contains("cannot write acme-1.vendor"), "{complaint}");
}
