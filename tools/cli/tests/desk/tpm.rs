//! What is sold to a machine's TPM without an enrolment, and what is not.

use crate::office::Office;

/// The template of the cookbook, for the region that this desk may sell in.
const IDENTITY: &str = concat!(
    "region = \"eu\"\n",
    include_str!("../../../../hardware-tests/catalogue/templates/machine-identity.toml")
);

fn name() -> String {
    format!("000b{}", "5a".repeat(32))
}

fn issue(template: &str) -> String {
    format!("issue {template} --vendor acme.vendor --tpm {} --customer c-1 --at 2026-03-02", name())
}

#[test]
fn a_machine_is_sold_what_its_name_can_carry_and_is_told_what_that_is_worth() {
    let office = Office::open();
    office.put("identity.toml", IDENTITY.as_bytes());
    let said = office.good(&format!("{} --out sold", issue("identity.toml")));
    assert!(
        said.contains("pro, until 2026-09-01: by the machine's own clock, which its owner can set back"),
        "{said}"
    );
    assert!(said.contains("nothing was checked of the machine"), "{said}");
    assert!(!said.contains("apply"), "a TPM holds no license: {said}");
    assert!(office.good("verify sold --vendor acme.vendor").starts_with("good: a license of vendor acme"));
    assert!(office.good("show sold").contains(&format!("device\n      Tpm: {}", name())));
    assert!(office.good("explain sold --at 2026-06-01").contains("in force"));
    // It renews like any other, under its number.
    let id = said.split_whitespace().nth(1).unwrap().trim_end_matches(',');
    let renewed = office.good(&format!(
        "{} --license {id} --out renewed",
        issue("identity.toml").replace("--customer c-1", "")
    ));
    assert!(renewed.contains("revision 2, number 1"), "{renewed}");
    let found = office.good("audit acme.vendor sold renewed");
    assert!(found.contains(", 0 findings"), "{found}");
    // Revoked, it gets nothing more, and what is signed later is refused.
    let revoke = format!(
        "revoke --vendor acme.vendor --key acme.root.key --device {} --at 2026-03-01 --out gone",
        name()
    );
    office.good(&revoke);
    assert!(office.bad(&format!("{} --out no", issue("identity.toml")), 3).contains("was revoked"));
    assert!(office.bad("verify sold gone --vendor acme.vendor", 3).contains("revocations number 1 name it"));
}

#[test]
fn what_rests_on_an_enrolment_is_refused_by_its_name() {
    let office = Office::open();
    let term = |line: &str| IDENTITY.replace("features =", &format!("{line}\nfeatures ="));
    let top = |line: &str| format!("{line}\n{IDENTITY}");
    let below = |text: &str| format!("{IDENTITY}{text}\n");
    for (what, template) in [
        ("meters", below("[[meter]]\nname = \"cuts\"\nallowance = 1")),
        ("seats", below("[seats]\ncount = 2\nlease = \"5m\"")),
        ("transfer", top("transfer = true")),
        (
            "lending",
            below("[seats]\ncount = 2\nlease = \"5m\"\n[lend]\nseats = 1\nlongest = \"1d\"")
                .replace("[seats]\ncount = 2\nlease = \"5m\"\n", ""),
        ),
        ("days_from_first_use", term("days_from_first_use = 30")),
        ("usage_time", term("usage_time = \"30h\"")),
        ("fresh_within", IDENTITY.replace("fresh_within = \"never\"\n", "")),
        ("touch", term("touch = \"10s\"")),
        ("paired", term("paired = true")),
        ("firmware_at_least", term("firmware_at_least = 7")),
        ("class_at_least", term("class_at_least = \"discrete-tpm\"")),
        ("requires", term("requires = 3")),
        ("machine", term(&format!("machine = \"{}\"", "4d".repeat(64)))),
    ] {
        office.put("it.toml", template.as_bytes());
        let complaint = office.bad(&format!("{} --out no", issue("it.toml")), 1);
        let sentence = format!("holdfast: {what}: a TPM that is not enrolled carries no such thing");
        assert!(complaint.starts_with(&sentence), "{what}: {complaint}");
        assert!(office.read("acme.ledger.json").contains("\"next_number\": 1,"), "{what}");
    }
    office.put("secret.toml", below("[[secret]]\nfeature = \"cut\"\nepoch = 1\nuse = \"derive\"").as_bytes());
    office.good("secret new cutter 1 --file acme.secrets --production");
    let complaint = office.bad(&format!("{} --out no", issue("secret.toml")), 1);
    assert!(complaint.starts_with("holdfast: secrets: a TPM that is not enrolled"), "{complaint}");
}

#[test]
fn a_name_of_another_sort_is_no_machine() {
    let office = Office::open();
    office.put("identity.toml", IDENTITY.as_bytes());
    let with = |name: &str| format!("{} --out no", issue("identity.toml").replace(&self::name(), name));
    assert!(office.bad(&with("000b5a"), 2).contains("68 hexadecimal digits"));
    assert!(office.bad(&with(&format!("0004{}", "5a".repeat(32))), 1).contains("000b and a SHA-256"));
    let complaint = office.bad(&format!("{} --device dongle", with(&name())), 2);
    assert!(complaint.contains("cannot be used with"), "{complaint}");
}
