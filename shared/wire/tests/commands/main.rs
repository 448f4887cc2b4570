//! Every command and its answer, byte for byte; and what must fit one report.

#[path = "../golden/mod.rs"]
mod golden;

use holdfast_crypto::{Hash, Key, Signature};
use holdfast_document::{List, ListWriter, Name, Seconds, StorageId, Time, Units, VendorId};
use holdfast_license::facts::MachineKey;
use holdfast_license::statement::Nonce;
use holdfast_license::{Claims, Facts, LicenseId, Purpose, Refusal};
use holdfast_wire::channel::OVERHEAD;
use holdfast_wire::command::{
    Apply, Certificate, Charge, Check, Command, Derive, ErrorCode, Explain, Failure, Firmware, Hello,
    History, Lend, Licenses, Lock, MakeStatement, Open, Outcome, Pair, Probe, Prove, Provision, Read, Seat,
    Vendors, Write, apply, certificate, charge, check, derive, explain, firmware, hello, history, lend,
    licenses, lock, open, pair, probe, prove, provision, read, seat, statement, vendors, write,
};
use serde::Serialize;
use serde_json::{Value, json};

const VENDOR: VendorId = VendorId([0x11; 16]);
const LICENSE: LicenseId = LicenseId([0x22; 16]);
const KEY: Key = Key([4; 65]);
const NOW: Time = Time(1_790_000_000);

fn name(text: &str) -> Name<'_> {
    Name::new(text).unwrap()
}

fn payment() -> charge::Payment<'static> {
    charge::Payment { meter: name("cuts"), units: Units(60), id: charge::JobId(*b"job-0001"), since: 7 }
}

fn derivation() -> derive::Derivation<'static> {
    derive::Derivation {
        feature: name("export-step"),
        epoch: 2,
        label: name("sealed-file"),
        context: b"salt",
    }
}

/// A request's bytes, which must read back as the same request.
fn request<'a, C: Command<'a>>(command: &C) -> Vec<u8> {
    let mut buffer = vec![0; 512];
    let length = command.write(&mut buffer).unwrap();
    buffer.truncate(length);
    // The borrow that a command makes of its bytes lasts as long as the test.
    let kept: &'static [u8] = buffer.clone().leak();
    let again = C::read(&kept[1..]).unwrap();
    let mut second = vec![0; 512];
    let length = again.write(&mut second).unwrap();
    assert_eq!(buffer, second[..length], "command {} does not read back", C::NUMBER);
    assert_eq!(buffer[0], C::NUMBER);
    buffer
}

fn answer<A: Serialize>(answer: A) -> Vec<u8> {
    let mut buffer = vec![0; 1_024];
    let length = Outcome::Answer(answer).write(&mut buffer).unwrap();
    buffer.truncate(length);
    buffer
}

fn list<T>(item: &impl Serialize) -> List<'static, T> {
    let mut writer = ListWriter::new(vec![0; 256].leak());
    writer.push(item).unwrap();
    writer.finish()
}

#[test]
fn every_command_and_answer_is_what_the_vectors_say() {
    let mut vectors = Vec::new();
    let mut add = |command: &str, request: Vec<u8>, answer: Vec<u8>| {
        vectors.push(json!({
            "command": command, "request": golden::hex(&request), "answer": golden::hex(&answer),
        }));
    };

    let greeting = hello::Greeting {
        versions: &[1],
        model: name("simulator"),
        firmware: 1,
        stage: hello::Stage::Locked,
        limits: [7_609, 3_458, 8, 32, 0, 200, 8].into_iter().collect(),
        identity: KEY,
        channel: KEY,
        sealing: KEY,
    };
    let greeted = answer(&greeting);
    assert!(greeted.len() <= 300);
    add("Hello", request(&Hello {}), greeted);
    let bytes = certificate::CertificateBytes { bytes: b"document" };
    add("Certificate", request(&Certificate { form: certificate::Form::Document }), answer(bytes));
    add("Certificate", request(&Certificate { form: certificate::Form::X509(1) }), answer(bytes));
    let holding = licenses::Holding { id: LICENSE, hop: 0, revision: 3, product: name("cutter") };
    let holdings = licenses::Holdings { licenses: list(&holding), more: false, life_left: 9_999 };
    let ask = Licenses { vendor: VENDOR, product: Some(name("cutter")), after: Some(LICENSE) };
    add("Licenses", request(&ask), answer(holdings));
    let succession = vendors::Succession { count: 2, document: b"document" };
    add("Vendors", request(&Vendors { vendor: VENDOR, number: 1 }), answer(succession));
    let claims = Claims { released: Some(NOW), virtual_machine: Some(false), remote_session: None };
    let opened = open::Opened { handle: 0, document: b"document" };
    add("Open", request(&Open { vendor: VENDOR, license: LICENSE, claims }), answer(opened));
    let granted =
        check::Granted { term: 0, value: 1, valid_for: Seconds(3_600), state: 0xdead_beef, claimed: false };
    let ask = Check { handle: 0, feature: name("export-step"), host_time: NOW };
    add("Check", request(&ask), answer(granted));
    let explained = explain::Explained { facts: Facts { floor: NOW, ..Facts::default() }, state: 5 };
    add("Explain", request(&Explain { handle: 0, host_time: NOW }), answer(&explained));
    let charged = charge::Charged { total: Units(60), mark: 8 };
    add("Charge", request(&Charge { handle: 0, payment: payment() }), answer(charged));
    let ask =
        Probe { vendor: VENDOR, product: name("cutter"), payment: payment(), derivation: Some(derivation()) };
    add("Probe", request(&ask), answer(probe::Probed { found: true, total: Units(60), mark: 8 }));
    let derived = derive::Derived { bytes: derive::DerivedBytes([9; 32]), total: Units(60), mark: 8 };
    let ask = Derive { handle: 0, derivation: derivation(), payment: Some(payment()), host_time: NOW };
    add("Derive", request(&ask), answer(derived));
    let lease = seat::LeaseId([0x33; 16]);
    for act in [seat::SeatAct::Acquire, seat::SeatAct::Renew(lease), seat::SeatAct::Release(lease)] {
        add("Seat", request(&Seat { handle: 0, act }), answer(seat::Lease { id: lease, seconds: 60 }));
    }
    let ask = Lend { handle: 0, borrower: b"device", until: NOW };
    add("Lend", request(&ask), answer(lend::Lent { document: b"loan" }));
    let secret = read::Readable::Secret { feature: name("export-step"), epoch: 2 };
    for what in [secret, read::Readable::Scratch] {
        add(
            "Read",
            request(&Read { handle: 0, what, host_time: NOW }),
            answer(read::ReadBytes { bytes: b"bytes" }),
        );
    }
    add("Write", request(&Write { handle: 0, bytes: b"bytes" }), answer(write::Written {}));
    let past = history::PastCharge {
        number: 7,
        total: Units(60),
        units: Units(60),
        tag: history::ChargeTag([5; 7]),
        time: NOW,
    };
    let charges = history::Charges { charges: list(&past), more: false };
    add("History", request(&History { handle: 0, meter: name("cuts"), before: 0 }), answer(charges));
    let ask = MakeStatement {
        vendor: VENDOR,
        purpose: Purpose::Request,
        nonce: Nonce([0x44; 32]),
        product: None,
        after: None,
    };
    add("Statement", request(&ask), answer(statement::Stated { document: b"statement", more: false }));
    let applied = apply::Applied { before: false, statement: b"statement" };
    add("Apply", request(&Apply { document: b"update" }), answer(applied));
    let paired = pair::Paired { id: pair::PairingId([6; 8]), secret: &[7; 32] };
    add("Pair", request(&Pair {}), answer(paired));
    let machine =
        prove::Proof::Machine { license: LICENSE, key: MachineKey([8; 64]), signature: Signature([9; 64]) };
    let pairing = prove::Proof::Pairing { id: pair::PairingId([6; 8]), mac: Hash([7; 32]) };
    for proof in [machine, pairing] {
        add("Prove", request(&Prove { proof }), answer(prove::Proven {}));
    }
    for step in [Firmware::Begin(b"manifest"), Firmware::Piece(4_096, b"image"), Firmware::Finish] {
        add("Firmware", request(&step), answer(firmware::FirmwareTaken { next: 4_101 }));
    }
    let provisioned =
        provision::Provisioned { identity: KEY, channel: KEY, sealing: KEY, storage: StorageId([0x55; 16]) };
    add("Provision", request(&Provision { maker: KEY, production: false }), answer(provisioned));
    add("Lock", request(&Lock {}), answer(lock::Locked { statement: b"statement" }));

    let refusal = Outcome::<()>::Refused(Refusal { term: 0, condition: 1, needed: 100, seen: 100 });
    let failure = Outcome::<()>::Failed(ErrorCode::NotEnough.with(60, 40));
    let bytes = |outcome: Outcome<()>| {
        let mut buffer = [0; 64];
        let length = outcome.write(&mut buffer).unwrap();
        assert_eq!(Outcome::read(&buffer[..length]), Ok(outcome));
        golden::hex(&buffer[..length])
    };
    assert_eq!(bytes(Outcome::Answer(())), "00");
    for wrong in [&[] as &[u8], &[3], &[0, 0]] {
        assert!(Outcome::<()>::read(wrong).is_err(), "{wrong:?}");
    }
    let vectors = json!({
        "commands": vectors,
        "refused": { "answer": bytes(refusal), "term": 0, "condition": 1, "needed": 100, "seen": 100 },
        "failed": { "answer": bytes(failure), "code": 401, "a": 60, "b": 40 },
    });
    golden::hold("commands.json", &vectors);
}

/// 57 bytes of a first packet carry the warm check and its answer, sealed.
#[test]
fn a_check_and_each_of_its_answers_fit_one_report() {
    const FIRST: usize = 57;
    let longest = name("abcdefghijklmnopqrstuvwx");
    let check = request(&Check { handle: 31, feature: longest, host_time: NOW });
    assert_eq!(check.len(), 32);
    let most = request(&Check { handle: 31, feature: longest, host_time: Time(u64::MAX) });
    assert!(most.len() + OVERHEAD <= FIRST, "{} bytes", most.len());

    let granted = check::Granted {
        term: 15,
        value: u64::from(u32::MAX),
        valid_for: Seconds::FOREVER,
        state: u32::MAX,
        claimed: true,
    };
    assert!(answer(granted).len() + OVERHEAD <= FIRST);
    let refusal =
        Outcome::<()>::Refused(Refusal { term: 15, condition: 255, needed: u64::MAX, seen: u64::MAX });
    assert!(refusal.write(&mut [0; FIRST - OVERHEAD]).is_ok());
}

#[test]
fn no_two_commands_share_a_number() {
    let held: Value = golden::read("commands.json");
    let mut seen = std::collections::BTreeMap::new();
    for vector in held["commands"].as_array().unwrap() {
        let (command, number) = (vector["command"].as_str().unwrap(), golden::bytes(vector, "request")[0]);
        assert_eq!(*seen.entry(number).or_insert(command), command, "number {number}");
    }
    assert_eq!(seen.keys().copied().collect::<Vec<u8>>(), (1..=22).collect::<Vec<u8>>());
}

#[test]
fn a_request_cut_short_or_followed_by_more_is_malformed() {
    fn strict<C: for<'a> Command<'a>>(bytes: &[u8]) {
        assert!(C::read(bytes).is_ok());
        assert!(C::read(&bytes[..bytes.len() - 1]).is_err());
        assert!(C::read(&[bytes, &[0]].concat()).is_err());
    }
    strict::<Vendors>(&request(&Vendors { vendor: VENDOR, number: 1 })[1..]);
    strict::<Explain>(&request(&Explain { handle: 0, host_time: NOW })[1..]);
    strict::<Provision>(&request(&Provision { maker: KEY, production: false })[1..]);
}

#[test]
fn an_error_has_its_number_as_a_field_and_a_sentence() {
    let mut buffer = [0; 16];
    let length = Outcome::<()>::Failed(ErrorCode::NotEnough.with(60, 40)).write(&mut buffer).unwrap();
    assert_eq!(buffer[..length], [2, 0x91, 3, 60, 40], "401 as a varint, then the two arguments");
    let sentence = ErrorCode::NotEnough.with(60, 40).to_string();
    assert_eq!(sentence, "60 units asked, 40 left; buy units and apply the refill");
    let failure = Failure::from(ErrorCode::NotEnough);
    assert!(failure.is(ErrorCode::NotEnough) && !failure.is(ErrorCode::Budget));
}

/// With 3 and 7 as what it says.
#[test]
fn every_failure_has_the_sentence_that_the_vectors_say() {
    let sentence = |code| Failure { code, a: 3, b: 7 }.to_string();
    let known = (0..=999).filter(|code| !sentence(*code).starts_with(&format!("error {code} (3, 7)")));
    let vectors: Vec<Value> =
        known.map(|code| json!({ "code": code, "a": 3, "b": 7, "sentence": sentence(code) })).collect();
    golden::hold("failures.json", &json!({ "failures": vectors }));
}
