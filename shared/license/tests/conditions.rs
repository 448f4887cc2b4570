//! Each condition at its boundary: the last facts that meet it, the first that do not, and the
//! sentence that is said then. The sentences are a snapshot in `../vectors/sentences.json`.

mod cast;
#[path = "../../document/tests/golden/mod.rs"]
mod golden;

use cast::*;
use holdfast_document::{Class, List, Seconds, Time, Units};
use holdfast_license::condition::FreshBy;
use holdfast_license::explain::Date;
use holdfast_license::facts::MachineKey;
use holdfast_license::{
    Claims, Condition, Facts, License, Reason, Refusal, Remedy, Seats, Verdict, decide, license::SeatBy,
};
use serde_json::json;

/// A condition, facts that just meet it, facts that just do not, and the numbers that it then says.
struct Boundary {
    condition: Condition<'static>,
    meets: Facts,
    fails: Facts,
    says: (u64, u64),
    remedy: Remedy,
}

fn boundary(
    condition: Condition<'static>,
    meets: impl FnOnce(&mut Facts),
    fails: impl FnOnce(&mut Facts),
    says: (u64, u64),
    remedy: Remedy,
) -> Boundary {
    let mut both = [good_facts(), good_facts()];
    meets(&mut both[0]);
    fails(&mut both[1]);
    let [meets, fails] = both;
    Boundary { condition, meets, fails, says, remedy }
}

fn boundaries() -> Vec<Boundary> {
    let end = NOW.plus(100 * DAY);
    let before = |time: Time| Time(time.0 - 1);
    vec![
        boundary(
            Condition::From(end),
            |facts| facts.floor = end,
            |facts| {
                // The host's clock lets nothing begin.
                facts.host_time = end.plus(DAY);
                facts.floor = before(end);
            },
            (end.0, end.0 - 1),
            Remedy::Wait,
        ),
        boundary(
            Condition::Until(end),
            |facts| facts.floor = before(end),
            |facts| facts.floor = end,
            (end.0, end.0),
            Remedy::Renew,
        ),
        boundary(
            Condition::Until(end),
            |facts| facts.host_time = before(end),
            |facts| facts.host_time = end,
            (end.0, end.0),
            Remedy::Renew,
        ),
        boundary(
            Condition::DaysFromFirstUse(30),
            |facts| facts.first_use = Some(30 * DAY - 1),
            |facts| facts.first_use = Some(30 * DAY),
            (30 * DAY, 30 * DAY),
            Remedy::Renew,
        ),
        boundary(
            Condition::DaysFromFirstUse(0),
            |facts| facts.first_use = None,
            |facts| facts.first_use = None,
            (0, 0),
            Remedy::Renew,
        ),
        boundary(
            Condition::UsageTime(Seconds(360_000)),
            |facts| facts.usage_time = 359_999,
            |facts| facts.usage_time = 360_000,
            (360_000, 360_000),
            Remedy::Renew,
        ),
        boundary(
            units("cuts", 20),
            |facts| facts.used[0] = Units(119),
            |facts| facts.used[0] = Units(120),
            (120, 120),
            Remedy::BuyUnits,
        ),
        boundary(
            fresh(2_592_000, FreshBy::Any),
            |facts| facts.age = 2_591_999,
            |facts| facts.age = 2_592_000,
            (2_592_000, 2_592_000),
            Remedy::SyncTime,
        ),
        boundary(
            fresh(60, FreshBy::Issuer),
            |facts| facts.age_by_issuer = 59,
            |facts| facts.age_by_issuer = 4_000,
            (60, 4_000),
            Remedy::SyncTime,
        ),
        boundary(
            Condition::Machine(MACHINE),
            |_| {},
            |facts| facts.machine = Some(MachineKey([9; 64])),
            (1, 2),
            Remedy::UseItsMachine,
        ),
        boundary(
            Condition::Machine(MACHINE),
            |_| {},
            |facts| facts.machine = None,
            (1, 0),
            Remedy::UseItsMachine,
        ),
        boundary(
            Condition::Touch(Seconds(10)),
            |facts| facts.touched = Some(9),
            |facts| facts.touched = Some(10),
            (10, 10),
            Remedy::Touch,
        ),
        boundary(
            Condition::Touch(Seconds(10)),
            |facts| facts.touched = Some(0),
            |facts| facts.touched = None,
            (10, u64::MAX),
            Remedy::Touch,
        ),
        boundary(Condition::Paired(()), |_| {}, |facts| facts.paired = false, (1, 0), Remedy::Pair),
        boundary(
            Condition::FirmwareAtLeast(8),
            |facts| facts.firmware = 8,
            |facts| facts.firmware = 7,
            (8, 7),
            Remedy::UpdateFirmware,
        ),
        boundary(
            Condition::ClassAtLeast(Class::PROTECTED_MCU),
            |facts| facts.class = Class::PROTECTED_MCU,
            |facts| facts.class = Class::GLITCHABLE_MCU,
            (0x103, 0x102),
            Remedy::UseBetterDevice,
        ),
        boundary(
            Condition::ClassAtLeast(Class::VIRTUAL_TPM),
            |facts| facts.class = Class::VIRTUAL_TPM,
            |facts| facts.class = Class::SECURE_ELEMENT,
            (0x201, 0x104),
            Remedy::UseBetterDevice,
        ),
        boundary(
            Condition::Requires(63),
            |facts| facts.capabilities = 1 << 63,
            |facts| facts.capabilities = !(1 << 63),
            (63, !(1 << 63)),
            Remedy::UpdateFirmware,
        ),
        boundary(
            Condition::ReleasedBefore(end),
            |facts| facts.claims.released = Some(before(end)),
            |facts| facts.claims.released = Some(end),
            (end.0, end.0),
            Remedy::UseCoveredRelease,
        ),
        boundary(
            Condition::ReleasedBefore(end),
            |_| {},
            |facts| facts.claims.released = None,
            (end.0, u64::MAX),
            Remedy::UseCoveredRelease,
        ),
        boundary(
            Condition::VirtualMachine(false),
            |_| {},
            |facts| facts.claims.virtual_machine = Some(true),
            (0, 1),
            Remedy::RunElsewhere,
        ),
        boundary(
            Condition::VirtualMachine(true),
            |facts| facts.claims.virtual_machine = Some(true),
            |facts| facts.claims.virtual_machine = None,
            (1, 2),
            Remedy::RunElsewhere,
        ),
        boundary(
            Condition::RemoteSession(true),
            |facts| facts.claims.remote_session = Some(true),
            |facts| facts.claims.remote_session = Some(false),
            (1, 0),
            Remedy::RunElsewhere,
        ),
        boundary(
            Condition::RemoteSession(false),
            |_| {},
            |facts| facts.claims.remote_session = None,
            (0, 2),
            Remedy::RunElsewhere,
        ),
    ]
}

/// What a license of that condition alone says to the facts.
fn refusal(license: &License<'static>, facts: &Facts) -> Option<Refusal> {
    decide(license, facts).feature(name("cut")).err()
}

fn under(condition: &Condition<'static>) -> License<'static> {
    license(&[term("pro", core::slice::from_ref(condition), &[flag("cut")])])
}

#[test]
fn each_condition_holds_up_to_its_boundary_and_then_says_what_it_needed_and_saw() {
    for Boundary { condition, meets, fails, says: (needed, seen), remedy } in boundaries() {
        let license = under(&condition);
        if condition != Condition::DaysFromFirstUse(0) {
            assert_eq!(refusal(&license, &meets), None, "{condition:?}");
        }
        let refusal = refusal(&license, &fails);
        let expected = Refusal { term: 0, condition: 0, needed, seen };
        assert_eq!(refusal, Some(expected), "{condition:?}");
        let reason = Reason::of(&license, expected);
        assert_eq!((reason.condition, reason.remedy()), (Some(condition), remedy));
    }
}

#[test]
fn a_capability_beyond_the_sixty_fourth_is_had_by_no_device() {
    for capability in [64, 65, 128, u16::MAX] {
        let license = under(&Condition::Requires(capability));
        assert!(refusal(&license, &Facts { capabilities: u64::MAX, ..good_facts() }).is_some());
    }
}

#[test]
fn every_condition_is_met_by_good_facts_and_not_one_by_no_facts() {
    let all = license(&[term("pro", &every_condition(), &[flag("cut")])]);
    assert!(decide(&all, &good_facts()).is_granted());
    let nothing = Facts { age: u64::MAX, age_by_issuer: u64::MAX, usage_time: u64::MAX, ..Facts::default() };
    for condition in every_condition() {
        // Before any time and any first use, an end and a trial are still ahead.
        let open =
            matches!(condition, Condition::Until(_) | Condition::DaysFromFirstUse(_) | Condition::Units(_));
        assert_eq!(refusal(&under(&condition), &nothing).is_none(), open, "{condition:?}");
    }
}

#[test]
fn a_trial_does_not_begin_before_the_grant_that_begins_it() {
    let trial = Condition::DaysFromFirstUse(5);
    let begins = good_facts().floor.plus(10 * DAY);
    let terms = [
        term("trial", &[Condition::From(begins), trial], &[flag("cut")]),
        term("basic", &[], &[flag("cut")]),
    ];
    let facts = Facts { first_use: None, ..good_facts() };
    let valid_for = |license: &License<'static>| match decide(license, &facts) {
        Verdict::Granted(granted) => (granted.index, granted.valid_for, granted.counts_from_first_use),
        Verdict::Refused(_) => panic!("refused"),
    };
    // Basic is used until the trial begins, which is then whole.
    assert_eq!(valid_for(&license(&terms)), (1, Seconds(864_000), false));
    // Where Basic is itself counted from first use, the trial's days pass before it begins.
    let counted = term("basic", &[Condition::DaysFromFirstUse(30)], &[flag("cut")]);
    assert_eq!(valid_for(&license(&[terms[0], counted])), (1, Seconds(30 * 86_400), true));
    // The grant that begins a trial is its first second.
    let now = term("trial", &[trial], &[flag("cut")]);
    assert_eq!(valid_for(&license(&[now])), (0, Seconds(5 * 86_400), true));
}

#[test]
fn of_several_better_terms_the_one_that_opens_first_ends_the_verdict() {
    let floor = good_facts().floor;
    let opens =
        |seconds, closes| [Condition::From(floor.plus(seconds)), Condition::Until(floor.plus(closes))];
    let terms = [
        term("best", &opens(300, 400), &[]),
        term("never", &opens(100, 50), &[]),
        term("better", &opens(200, 500), &[]),
        term("paired", &[Condition::From(floor.plus(10)), Condition::FirmwareAtLeast(99)], &[]),
        term("basic", &[], &[flag("cut")]),
    ];
    let facts = Facts { lease: None, host_time: Time(0), ..good_facts() };
    let grant = decide(&license(&terms), &facts).feature(name("cut")).unwrap();
    assert_eq!((grant.term, grant.valid_for), (4, Seconds(200)));
    // A seat that ends before that ends it.
    let seats = Some(Seats { count: 1, by: SeatBy::Lease, lease: 300 });
    let seated = License { seats, ..license(&terms) };
    let grant = decide(&seated, &Facts { lease: Some(30), ..facts.clone() }).feature(name("cut")).unwrap();
    assert_eq!(grant.valid_for, Seconds(30));
    // Nothing ends it: forever.
    let basic = license(&terms[4..]);
    assert_eq!(decide(&basic, &facts).feature(name("cut")).unwrap().valid_for, Seconds::FOREVER);
}

#[test]
fn a_claim_counts_where_it_stands_in_the_term_in_force_only() {
    let claimed = Condition::VirtualMachine(false);
    let terms =
        [term("pro", &[claimed, Condition::Paired(())], &[flag("cut")]), term("basic", &[], &[flag("cut")])];
    let claims = |paired| {
        let facts = Facts { paired, ..good_facts() };
        decide(&license(&terms), &facts).feature(name("cut")).unwrap().claimed
    };
    assert!(claims(true));
    assert!(!claims(false));
}

#[test]
fn a_license_without_terms_grants_nothing() {
    let empty = License { terms: List::EMPTY, ..bare_license() };
    let facts = good_facts();
    let Verdict::Refused(refused) = decide(&empty, &facts) else { panic!("granted") };
    assert_eq!(refused.reasons().count(), 0);
}

#[test]
fn each_refusal_is_a_sentence_that_ends_with_what_to_do() {
    let mut sentences: Vec<_> = boundaries()
        .into_iter()
        .map(|Boundary { condition, fails, .. }| {
            let license = under(&condition);
            let refusal = refusal(&license, &fails).unwrap();
            json!({ "condition": condition, "refusal": refusal, "sentence": Reason::of(&license, refusal).to_string() })
        })
        .collect();
    let terms = [term("pro", &[], &[flag("view")]), term("basic", &[], &[flag("cut")])];
    let seats = Some(Seats { count: 40, by: SeatBy::Lease, lease: 300 });
    let unknown = holdfast_license::Term { conditions: list(&[CRITICAL]), ..terms[1] };
    let facts = Facts { lease: None, claims: Claims::default(), ..good_facts() };
    for (case, license, feature) in [
        ("shadowed", license(&terms), "cut"),
        ("no term", license(&terms), "fly"),
        ("no seat", License { seats, ..license(&terms) }, "cut"),
        ("unknown condition", license(&[unknown]), "cut"),
    ] {
        let refusal = decide(&license, &facts).feature(name(feature)).unwrap_err();
        let sentence = Reason::of(&license, refusal).to_string();
        sentences.push(json!({ "case": case, "refusal": refusal, "sentence": sentence }));
    }
    golden::hold("sentences.json", &json!(sentences));
}

#[test]
fn a_date_shows_its_time_of_day_where_it_is_not_midnight() {
    assert_eq!(Date(NOW.0).to_string(), "2026-03-01");
    assert_eq!(Date(NOW.0 + 3_660).to_string(), "2026-03-01 01:01");
    assert_eq!(Date(u64::MAX).to_string(), "the end of time");
}
