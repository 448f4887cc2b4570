//! From nothing to an explained license, with the command alone. The dongle is one on paper, certified
//! with the batch key that the command made.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use holdfast_catalogue::paper::{PaperDongle, Word};
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{Kind, ListWriter, Received, Root, Time, Vendor, VendorId, armor, limits, strict};
use holdfast_issuer::{Office, SigningKey};
use holdfast_license::update::Install;
use holdfast_license::{Action, Update};

const TEMPLATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../hardware-tests/catalogue/templates/cutter.toml");
const NOW: Time = Time(1_772_323_200);

struct Desk {
    folder: tempfile::TempDir,
    dongle: PaperDongle,
    vendor: VendorId,
}

/// Runs the command in a folder: its exit code, what it said, what it complained of.
fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    let arguments = arguments.split_whitespace();
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_holdfast")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn good(folder: &Path, arguments: &str) -> String {
    let (code, said, complaint) = run(folder, arguments);
    assert_eq!(code, 0, "{arguments}: {complaint}");
    said
}

fn read(path: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut room = [0; limits::DOCUMENT];
    armor::decode(&text, &mut room).unwrap().to_vec()
}

fn save(path: PathBuf, document: &[u8]) {
    let mut room = vec![0; armor::encoded_length(Kind::Statement, document.len()).unwrap()];
    std::fs::write(path, armor::encode(document, &mut room).unwrap()).unwrap();
}

/// A maker, a vendor and a dongle.
fn open() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    good(path, "maker new bench --class simulator --at 2026-03-01");
    good(path, "vendor new acme --maker bench.maker --at 2026-03-01");
    let batch = SigningKey::load(&path.join("bench.batch.key")).unwrap().for_use(false).unwrap();
    let maker = SigningKey::load(&path.join("bench.maker.key")).unwrap().public();
    let batch = Office::of_delegate(batch, Root::of_maker(maker), &read(&path.join("bench.batch"))).unwrap();
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let dongle = PaperDongle::new(&batch, false, NOW, &mut rng).unwrap();
    let record = read(&path.join("acme.vendor"));
    let vendor = Vendor::found::<RustCrypto>(&Received::parse(&record).unwrap()).unwrap().id();
    let (enrolled, _) = dongle.states(VendorId::ZERO, &Word::enrolled(NOW)).unwrap();
    save(path.join("enrolled"), &enrolled);
    std::fs::copy(TEMPLATE, path.join("cutter.toml")).unwrap();
    Desk { folder, dongle, vendor }
}

#[test]
fn a_license_is_sold_shown_verified_explained_and_refilled() {
    let Desk { folder, dongle, vendor } = open();
    let path = folder.path();
    let issue = "issue cutter.toml --vendor acme.vendor --at 2026-03-01";
    let said = good(path, &format!("{issue} --device enrolled --customer c-0001 --out sold.holdfast"));
    assert!(said.contains("revision 1, number 1"), "{said}");
    assert!(said.contains("pro, until 2027-01-01: at most 7344 hours of use past the end"), "{said}");
    let id = said.split_whitespace().nth(1).unwrap().trim_end_matches(',').to_owned();

    let text = std::fs::read_to_string(path.join("sold.holdfast")).unwrap();
    assert!(text.starts_with("-----BEGIN HOLDFAST UPDATE-----\n"), "{text}");
    let shown = good(path, "show sold.holdfast");
    for part in ["update\n", "product: cutter", "Until: 2027-01-01", "allowance: 100", "customer: c-0001"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let json = good(path, "show --json sold.holdfast");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["body"]["actions"][0]["Install"]["license"]["body"]["number"], 1);
    assert_eq!(json[0]["chain"][0]["kind"], "delegation");

    let verified = good(path, "verify sold.holdfast --vendor acme.vendor");
    assert!(verified.contains("good: an update of vendor acme"), "{verified}");
    assert!(verified.contains("good too: 1"), "{verified}");
    good(path, "verify acme.desk --vendor acme.vendor");
    assert!(good(path, "verify bench.batch --vendor acme.vendor").contains("of a maker"));
    good(path, "verify enrolled --vendor acme.vendor");

    let june = good(path, "explain sold.holdfast --at 2026-06-01 --used cuts=97 --feature export-step");
    assert!(june.contains("1. pro: cut, export-step -- in force"), "{june}");
    assert!(june.contains("export-step is granted"), "{june}");
    let (code, _, complaint) =
        run(path, "explain sold.holdfast --at 2026-06-01 --used cuts=100 --feature export-step");
    assert_eq!(code, 3);
    assert!(complaint.contains("100 of 100 units of cuts are used; buy units"), "{complaint}");
    let after = good(path, "explain sold.holdfast --at 2027-01-01 --used cuts=3");
    assert!(after.contains("it ended on 2027-01-01"), "{after}");
    assert!(after.contains("2. basic: cut -- in force"), "{after}");

    // The dongle has applied it, has used some, and asks for more.
    let word = Word {
        used: Some((serde_json::from_str(&format!("\"{id}\"")).unwrap(), 97)),
        ..Word::request(1, 1, Hash::ZERO, NOW)
    };
    let (request, digest) = dongle.states(vendor, &word).unwrap();
    save(path.join("request"), &request);
    let refill = format!("{issue} --device request --license {id} --add cuts=50 --out refill.holdfast");
    let said = good(path, &refill);
    assert!(said.contains("revision 2, number 1"), "{said}");
    let shown = good(path, "show refill.holdfast");
    assert!(shown.contains("allowance: 150") && shown.contains(&digest.to_string()), "{shown}");

    // The refill is lost. The dongle asks again: the same answer, in a new update.
    let (again, _) = dongle.states(vendor, &Word { number: 2, ..word }).unwrap();
    save(path.join("again"), &again);
    good(path, "answer again --vendor acme.vendor --at 2026-03-02 --out answer.holdfast");
    let record = read(&path.join("acme.vendor"));
    let root = Vendor::found::<RustCrypto>(&Received::parse(&record).unwrap()).unwrap().root();
    let answer = read(&path.join("answer.holdfast"));
    let answer = Received::parse(&answer).unwrap();
    assert_eq!(answer.verify::<RustCrypto, Update<'_>>(&root, NOW).unwrap().base, 1);
    assert!(good(path, "show answer.holdfast").contains(&digest.to_string()));
}

#[test]
fn a_ledger_from_a_backup_is_told_so_and_finds_its_way_again() {
    let Desk { folder, dongle, vendor } = open();
    let path = folder.path();
    let ask = |name: &str, word: &Word| {
        let (request, digest) = dongle.states(vendor, word).unwrap();
        save(path.join(name), &request);
        digest
    };
    let ledger = "--ledger acme.ledger.json --vendor acme.vendor";
    let answer = |of: &str| format!("answer {of} --vendor acme.vendor --at 2026-03-01 --out {of}.holdfast");
    let one = ask("one", &Word::request(1, 0, Hash::ZERO, NOW));
    good(path, &answer("one"));
    std::fs::copy(path.join("acme.ledger.json"), path.join("backup")).unwrap();
    let two = ask("two", &Word::request(2, 1, one, NOW));
    good(path, &answer("two"));
    std::fs::copy(path.join("backup"), path.join("acme.ledger.json")).unwrap();
    let said = good(path, &format!("ledger restored {ledger} --next 1 --nothing-revoked"));
    assert!(said.contains("holdfast ledger learn"), "{said}");

    ask("three", &Word::request(3, 1, one, NOW));
    let (code, _, complaint) = run(path, &answer("three"));
    assert!(code == 1 && complaint.contains("ledger learn"), "{code} {complaint}");
    let (code, _, complaint) = run(path, &format!("ledger learn {ledger} acme.vendor"));
    assert!(code == 3, "a vendor's record tells nothing: {complaint}");
    let said = good(path, &format!("ledger learn {ledger} acme.desk"));
    assert!(said.contains("was not revoked"), "{said}");
    let said = good(path, &format!("ledger learn {ledger} three"));
    assert!(said.contains("has applied 1 updates"), "{said}");
    assert_eq!(run(path, &answer("three")).0, 1, "a request alone does not tell which answer was the last");
    let said = good(path, &format!("ledger learn {ledger} one.holdfast two.holdfast"));
    assert!(said.contains("known with its last answer"), "{said}");
    good(path, &answer("three"));
    assert!(good(path, "show three.holdfast").contains(&two.to_string()), "the last answer again");

    // Once more, and this time the update is lost.
    good(path, &format!("ledger restored {ledger} --next 1 --nothing-revoked"));
    let four = ask("four", &Word::request(4, 2, two, NOW));
    assert_eq!(run(path, &answer("four")).0, 1);
    let said = good(path, &format!("ledger trust {ledger} four --at 2026-03-01"));
    assert!(said.contains("keeps that you said so"), "{said}");
    good(path, &answer("four"));
    assert!(good(path, "show four.holdfast").contains(&four.to_string()));
}

#[test]
fn what_is_wrong_ends_with_what_to_do_and_has_its_exit_code() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    let issue = "issue cutter.toml --vendor acme.vendor --device enrolled --customer c-1 --out out";
    std::fs::write(path.join("bad.toml"), "product = \"p\"\n[[term]]\nedition = \"e\"\nuntill = 3\n")
        .unwrap();
    std::fs::write(path.join("other.json"), "{}").unwrap();
    good(path, "vendor new other --maker bench.maker --at 2026-03-01");
    for (arguments, expected, part) in [
        ("frobnicate".into(), 2, "unrecognized"),
        ("show missing".into(), 1, "mend that and try again"),
        ("show cutter.toml".into(), 1, "holds no document"),
        ("verify enrolled --vendor acme.desk".into(), 3, "a vendor is needed here"),
        ("verify acme.desk --vendor other.vendor".into(), 3, "bring that vendor's record"),
        (format!("{issue} --at 2026-03-01 --desk other.desk"), 3, "signature of link 0"),
        (format!("{issue} --at 2026-03-01 --key other.desk.key"), 1, "use the two that were made together"),
        (format!("{issue} --at 2026-03-01 --ledger other.json"), 1, "restore it from a backup"),
        (format!("{issue} --at 2028-03-01"), 3, "delegation runs from"),
        (issue.replace("c-1", "Mr.Smith") + " --at 2026-03-01", 1, "choose another"),
        (issue.replace("cutter.toml", "bad.toml"), 1, "untill"),
        (issue.replace("--out out", "--out acme.vendor"), 1, "exists"),
        ("vendor new acme --maker bench.maker".into(), 1, "exists"),
        ("vendor new third --maker cutter.toml".into(), 2, "is not a public key"),
    ] {
        let (code, said, complaint) = run(path, &arguments);
        assert_eq!(code, expected, "{arguments}: {said}{complaint}");
        assert!(complaint.contains(part), "{arguments}: {complaint}");
    }
    assert!(!path.join("out").exists(), "nothing was issued");
    assert!(!path.join("third.root.key").exists(), "nothing was begun");
}

#[test]
fn a_changed_document_is_refused() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    let mut record = read(&path.join("acme.desk"));
    let last = record.len() - 1;
    record[last / 2] ^= 1;
    std::fs::write(path.join("changed"), &record).unwrap();
    let (code, _, complaint) = run(path, "verify changed --vendor acme.vendor");
    assert_eq!(code, 3, "{complaint}");
}

#[test]
fn a_good_update_does_not_vouch_for_a_bad_license_in_it() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    let issue = "issue cutter.toml --vendor acme.vendor --at 2026-03-01 --device enrolled --customer c-1";
    good(path, &format!("{issue} --out sold.holdfast"));
    let sold = read(&path.join("sold.holdfast"));
    let sold = Received::parse(&sold).unwrap();
    let update: Update<'_> = strict::decode(sold.document().body).unwrap();
    let Some(Action::Install(install)) = update.actions.known().next() else { panic!("no license in it") };
    let mut license = install.license.to_vec();
    let end = license.len();
    license[end - 20] ^= 1;
    let mut room = [0; 1024];
    let mut actions = ListWriter::new(&mut room);
    actions.push(&Action::Install(Install { license: &license, carry: None })).unwrap();
    let body = Update { actions: actions.finish(), ..update };
    let record = read(&path.join("acme.vendor"));
    let root = Vendor::found::<RustCrypto>(&Received::parse(&record).unwrap()).unwrap().root();
    let key = SigningKey::load(&path.join("acme.desk.key")).unwrap().for_use(false).unwrap();
    let desk = Office::of_delegate(key, root, &read(&path.join("acme.desk"))).unwrap();
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    std::fs::write(path.join("bad"), desk.sign(&body, &mut rng).unwrap()).unwrap();
    let (code, _, complaint) = run(path, "verify bad --vendor acme.vendor");
    assert_eq!(code, 3);
    assert!(complaint.contains("signature of link 1"), "{complaint}");
}

/// Runs the command with this on standard input.
fn fed(folder: &Path, arguments: &str, input: &[u8]) -> (i32, String, String) {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_holdfast"))
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn files_streams_and_sequences_of_documents_are_read_alike() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    let [record, desk] = ["acme.vendor", "acme.desk"].map(|name| read(&path.join(name)));
    let both = [&record[..], &desk].concat();
    std::fs::write(path.join("both"), &both).unwrap();
    let verify = "verify --vendor acme.vendor";
    for (arguments, input) in [("both", &[][..]), ("-", &both), ("acme.vendor acme.desk", &[])] {
        let (code, said, complaint) = fed(path, &format!("{verify} {arguments}"), input);
        assert_eq!((code, said.matches("good: ").count()), (0, 2), "{arguments}: {said}{complaint}");
        let (code, said, _) = fed(path, &format!("show --json {arguments}"), input);
        let shown: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &shown[0]["kind"], &shown[1]["kind"]), (0, &"vendor".into(), &"delegation".into()));
    }
    // What is bad is named with its place, and does not keep the rest from being looked at.
    let mut bent = record.clone();
    let last = bent.len() - 2;
    bent[last] ^= 1;
    let mixed = [&bent[..], &desk].concat();
    let (code, said, complaint) = fed(path, &format!("{verify} --json -"), &mixed);
    let checked: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &checked[0]["good"], &checked[1]["good"]), (3, &false.into(), &true.into()));
    assert!(complaint.contains("standard input, document 1: "), "{complaint}");
    for (cut, code, part) in
        [(both.len() - 1, 3, "document 2: not a well-formed"), (9, 3, "document 1: not a well-formed")]
    {
        let (found, _, complaint) = fed(path, &format!("{verify} -"), &both[..cut]);
        assert!(found == code && complaint.contains(part), "{cut}: {complaint}");
    }
}

#[test]
fn a_reseller_sells_within_its_delegation_and_a_desk_seals_what_it_was_given() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    good(path, "reseller new north");
    let delegate = "delegate north.public --vendor acme.vendor --products cutter --regions eu --features cut \
                    --first 7 --last 7 --from 2026-03-01 --until 2027-03-01 --out north.desk";
    let (code, _, complaint) = run(path, &format!("{delegate} --key acme.desk.key"));
    assert!(code == 1 && complaint.contains("made together"), "{complaint}");
    good(path, &format!("{delegate} --key acme.root.key"));
    assert!(good(path, "verify north.desk --vendor acme.vendor").contains("a delegation of vendor acme"));
    good(path, "ledger new north.json --vendor acme.vendor --desk north.desk");
    let template =
        "product = \"cutter\"\nregion = \"eu\"\n[[term]]\nedition = \"basic\"\nfeatures = [\"cut\"]\n";
    std::fs::write(path.join("basic.toml"), template).unwrap();
    std::fs::write(path.join("us.toml"), template.replace("eu", "us")).unwrap();
    let issue = |template: &str, out: &str| {
        format!(
            "issue {template} --vendor acme.vendor --desk north.desk --key north.desk.key --ledger north.json \
             --device enrolled --customer c-1 --at 2026-03-01 --out {out}"
        )
    };
    let (code, _, complaint) = run(path, &issue("us.toml", "us"));
    assert!(code == 3 && complaint.contains("does not reach that far: regions"), "{complaint}");
    assert!(good(path, &issue("basic.toml", "sold")).contains("number 7"));
    assert!(good(path, "verify sold --vendor acme.vendor").contains("good too: 1"));
    let (code, _, complaint) = run(path, &issue("basic.toml", "more"));
    assert!(code == 1 && complaint.contains("quota are used up, 7 to 7; ask the vendor"), "{complaint}");

    let secret = "[[secret]]\nfeature = \"cut\"\nepoch = 3\nuse = \"derive\"\n";
    std::fs::write(path.join("secret.toml"), format!("{template}{secret}")).unwrap();
    let issue =
        "issue secret.toml --vendor acme.vendor --device enrolled --customer c-1 --at 2026-03-01 --out -";
    let (code, _, complaint) = run(path, issue);
    assert!(code == 1 && complaint.contains("no secret for cutter, epoch 3"), "{complaint}");
    good(path, "secret new cutter 3 --file acme.secrets");
    let (code, said, told) = run(path, issue);
    assert!(code == 0 && said.starts_with("-----BEGIN HOLDFAST UPDATE-----"), "{told}");
    assert!(told.contains("the secret of cutter, epoch 3: this desk knows it"), "{told}");
    let (code, verified, _) = fed(path, "verify - --vendor acme.vendor", said.as_bytes());
    assert!(code == 0 && verified.contains("good too: 1"), "{verified}");
}

#[test]
fn a_timeline_says_when_what_a_customer_sees_changes() {
    let Desk { folder, .. } = open();
    let path = folder.path();
    let explain =
        "explain cutter.toml --timeline --at 2026-03-01 --hours 8 --uses cuts=20/day --used cuts=81";
    assert_eq!(
        good(path, explain),
        "cutter as cutter.toml sells it, 8 hours of power a day, hearing of the time, 20 cuts a day:\n  \
         from 2026-03-01 until 2026-03-01 07:36  pro: cut, export-step\n  \
         from 2026-03-01 07:36 on                basic: cut\n"
    );
    let told: serde_json::Value = serde_json::from_str(&good(path, &format!("{explain} --json"))).unwrap();
    let spans = &told[0]["timeline"];
    assert_eq!((&spans[0]["until"], &spans[1]["from"]), (&1_772_350_560.into(), &1_772_350_560.into()));
    assert_eq!((&spans[0]["features"]["cut"], &spans[1]["edition"]), (&1.into(), &"basic".into()));
    for (arguments, part) in [
        ("explain cutter.toml --uses cuts=20/day", "--timeline"),
        ("explain cutter.toml --timeline --uses cuts=20/year", "cuts=20/day"),
        ("explain cutter.toml --timeline --uses exports=2/day", "no meter exports; name cuts"),
    ] {
        let (code, _, complaint) = run(path, arguments);
        assert!(code == 2 && complaint.contains(part), "{arguments}: {complaint}");
    }
}
