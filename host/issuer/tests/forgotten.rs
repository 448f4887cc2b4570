//! What a ledger forgot with a backup and may not lose, give twice, or believe of just anybody.

mod cast;

use cast::*;
use holdfast_catalogue::paper::Word;
use holdfast_crypto::{Hash, RustCrypto, SecretKey};
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation};
use holdfast_document::{
    Authority, Delegation, DeviceId, Kind, Kinds, List, ListWriter, Received, Revocations, Scope, V1,
    VendorId,
};
use holdfast_issuer::desk::{Desk, Order};
use holdfast_issuer::ledger::{Learned, Named};
use holdfast_issuer::{IssueError, Ledger, Office, Standing, Template, revoke};
use holdfast_license::LicenseId;
use std::path::PathBuf;

/// A desk of this cast over a ledger in a folder of its own, with a backup of it.
struct Backed {
    cast: Cast,
    folder: tempfile::TempDir,
}

impl Backed {
    fn new() -> Self {
        let (cast, folder) = (cast(false), tempfile::tempdir().unwrap());
        drop(ledger(folder.path(), cast.vendor));
        Self { cast, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger(&self) -> Ledger {
        ledger(self.folder.path(), self.cast.vendor)
    }

    fn back_up(&self) {
        std::fs::copy(self.path("ledger.json"), self.path("backup")).unwrap();
    }

    fn restore(&self) {
        std::fs::copy(self.path("backup"), self.path("ledger.json")).unwrap();
        self.ledger().restored(40, true).unwrap();
    }

    fn desk(&self) -> Desk {
        let office = cast(false).desk_office;
        Desk::new(self.cast.record.clone(), office, self.ledger()).unwrap()
    }

    fn learn(&self, document: &[u8]) -> Result<Learned, IssueError> {
        self.ledger().learn_from(&self.cast.record, document)
    }

    fn states(&self, word: &Word) -> (Vec<u8>, Hash) {
        let vendor = if word.number == 0 { VendorId::ZERO } else { self.cast.vendor };
        self.cast.dongle.states(vendor, word).unwrap()
    }

    /// A license, new or with so many more cuts: its id, the update, and its revision and allowance.
    fn sell(
        &mut self,
        license: Option<LicenseId>,
        cuts: u64,
        word: &Word,
    ) -> (LicenseId, Vec<u8>, (u32, u64)) {
        let (statement, _) = self.states(word);
        let refills = if cuts == 0 { [].into() } else { [("cuts".into(), cuts)].into() };
        let order = Order { customer: "c-0001", license, refills };
        let template = Template::read(TEMPLATE).unwrap();
        let mut desk = self.desk();
        let issued = desk.issue(&template, &order, Some(&statement), NOW, &mut self.cast.rng).unwrap();
        let (_, licenses, _) = read(&issued.document, &self.cast.root);
        (issued.lines[0].id, issued.document, licenses[0])
    }

    fn answer(&mut self, word: &Word) -> Result<(Vec<u8>, Option<Hash>), IssueError> {
        let (request, _) = self.states(word);
        let at = NOW.plus(word.number.into());
        let update = self.desk().answer(&request, at, &mut self.cast.rng)?;
        let answered = read(&update, &self.cast.root).2;
        Ok((update, answered))
    }
}

fn enrolled() -> Word {
    Word::enrolled(NOW)
}

#[test]
fn a_refill_that_was_forgotten_and_one_since_the_restore_both_count() {
    let mut desk = Backed::new();
    let (id, _, _) = desk.sell(None, 0, &enrolled());
    desk.back_up();
    let (_, forgotten, held) = desk.sell(Some(id), 50, &enrolled());
    assert_eq!(held, (2, 150));
    desk.restore();
    let (_, since, of_its_own) = desk.sell(Some(id), 10, &enrolled());
    assert!(of_its_own.0 > held.0, "no two revisions of one number, and the device takes it");
    desk.learn(&forgotten).unwrap();
    desk.learn(&since).unwrap();
    assert_eq!(desk.sell(Some(id), 0, &enrolled()).2, (of_its_own.0 + 1, 160));
    // A ledger that comes back once more, before anything was learned, forgets nothing more by it.
    desk.restore();
    desk.ledger().restored(40, true).unwrap();
    desk.learn(&forgotten).unwrap();
    assert_eq!(desk.sell(Some(id), 5, &enrolled()).2.1, 155);
}

#[test]
fn what_was_learned_of_a_refill_is_not_granted_again_by_the_next_one() {
    let mut desk = Backed::new();
    let (id, _, _) = desk.sell(None, 0, &enrolled());
    desk.sell(Some(id), 20, &enrolled());
    desk.back_up();
    let updates = [30, 40].map(|cuts| desk.sell(Some(id), cuts, &enrolled()).1);
    desk.restore();
    // Neither the earlier one after the later, nor either of them twice.
    for update in [&updates[1], &updates[1], &updates[0]] {
        desk.learn(update).unwrap();
    }
    let (_, own, (_, total)) = desk.sell(Some(id), 1, &enrolled());
    assert_eq!(total, 191);
    desk.learn(&own).unwrap();
    assert_eq!(desk.sell(Some(id), 1, &enrolled()).2.1, 192);
}

#[test]
fn an_update_without_an_answer_says_nothing_of_the_last_one() {
    let mut desk = Backed::new();
    let first = Word::request(1, 0, Hash::ZERO, NOW);
    let one = desk.answer(&first).unwrap().1.unwrap();
    desk.back_up();
    let (last, two) = desk.answer(&Word::request(2, 1, one, NOW)).unwrap();
    let two = two.unwrap();
    let report = Word { purpose: holdfast_license::Purpose::Report, ..Word::request(3, 2, two, NOW) };
    let (_, sold, _) = desk.sell(None, 0, &report);
    desk.restore();
    assert!(matches!(desk.learn(&sold), Ok(Learned::Update { known: false, .. })));
    let fourth = Word::request(4, 3, two, NOW);
    assert!(matches!(desk.answer(&fourth), Err(IssueError::NotLearned { .. })));
    assert!(
        matches!(desk.learn(&last), Ok(Learned::Update { known: true, answered, .. }) if answered == two)
    );
    let (_, four) = desk.states(&fourth);
    assert_eq!(desk.answer(&fourth).unwrap().1, Some(four));
}

#[test]
fn an_answer_given_once_more_is_no_newer_than_what_was_signed_since() {
    let mut desk = Backed::new();
    let (old, one) = desk.answer(&Word::request(1, 0, Hash::ZERO, NOW)).unwrap();
    let one = one.unwrap();
    desk.back_up();
    let (last, two) = desk.answer(&Word::request(2, 1, one, NOW)).unwrap();
    let two = two.unwrap();
    desk.restore();
    // By mistake it is shown the last but one, and answers as if that were the last.
    desk.learn(&old).unwrap();
    let third = Word::request(3, 2, two, NOW);
    let (_, repeated) = desk.answer(&third).unwrap();
    assert_eq!(repeated, Some(one), "of no use to the device");
    desk.learn(&last).unwrap();
    let (_, three) = desk.states(&third);
    assert_eq!(desk.answer(&third).unwrap().1, Some(three), "and on it goes");
}

#[test]
fn a_device_is_not_taken_at_an_old_word() {
    let mut desk = Backed::new();
    desk.sell(None, 0, &Word::request(5, 4, Hash([5; 32]), NOW));
    desk.restore_nothing();
    let (old, _) = desk.states(&Word::request(4, 3, Hash([4; 32]), NOW));
    let mut standing = Standing::read(&desk.cast.record, &old).unwrap();
    let trusted = desk.ledger().trust(&mut standing, NOW);
    assert!(matches!(trusted, Err(IssueError::OldStatement { .. })), "{trusted:?}");
}

#[test]
fn an_answer_whose_time_was_forgotten_is_not_given_once_more() {
    let mut desk = Backed::new();
    desk.restore_nothing();
    let word = Word::request(6, 4, Hash([6; 32]), NOW);
    let mut standing = Standing::read(&desk.cast.record, &desk.states(&word).0).unwrap();
    desk.ledger().trust(&mut standing, NOW).unwrap();
    let older = desk.answer(&Word::request(5, 4, Hash([5; 32]), NOW));
    assert!(matches!(older, Err(IssueError::OldStatement { .. })), "{older:?}");
    let (_, six) = desk.states(&word);
    assert_eq!(desk.answer(&word).unwrap().1, Some(six));
    // A word that says no more than the ledger knows takes nothing from it.
    let mut standing =
        Standing::read(&desk.cast.record, &desk.states(&Word::request(8, 5, six, NOW)).0).unwrap();
    desk.ledger().trust(&mut standing, NOW).unwrap();
    assert_eq!(desk.answer(&Word::request(7, 4, Hash([6; 32]), NOW)).unwrap().1, Some(six));
}

impl Backed {
    /// It came back, with all that it had.
    fn restore_nothing(&self) {
        self.back_up();
        self.restore();
    }
}

#[test]
fn nothing_is_learned_from_what_a_revoked_key_signed() {
    let mut desk = Backed::new();
    let (forged, _) = desk.answer(&Word::request(1, 0, Hash::ZERO, NOW)).unwrap();
    let office = cast(false).desk_office;
    let delegation =
        Kind::Delegation.digest(Received::parse(&office.delegation().unwrap()).unwrap().document().body);
    let mut named = Named::default();
    named.delegation(delegation, desk.cast.root.body, 0);
    let mut rng = desk.cast.rng.clone();
    revoke::revoke(&desk.cast.root_office, &mut desk.ledger(), &named, NOW, &mut rng).unwrap();
    desk.restore_nothing();
    assert_eq!(desk.learn(&forged), Err(IssueError::UnderRevokedKey));
}

/// A delegate that may revoke, which no desk may.
fn delegate_that_revokes(root: &Office, rng: &mut rand_chacha::ChaCha20Rng) -> Office {
    let secret = SecretKey::generate(rng);
    let key = <RustCrypto as holdfast_crypto::Curve>::public(&secret);
    let Authority::Vendor(vendor) = root.authority() else { panic!() };
    let (products, regions, features) = (List::EMPTY, List::EMPTY, List::EMPTY);
    let body = Delegation {
        version: V1,
        signer: root.signer(),
        issued: NOW,
        key,
        algorithm: holdfast_document::envelope::ES256,
        kinds: Kinds::of(Kind::Revocations),
        from: YEAR.0,
        until: YEAR.1,
        first: 1,
        last: 1,
        may_delegate: false,
        scope: Scope::Vendor { vendor, products, regions, features },
    };
    let document = root.sign(&body, rng).unwrap();
    Office::of_delegate(secret, *root.root(), &document).unwrap()
}

#[test]
fn revocations_that_a_delegate_signed_teach_nothing() {
    let mut desk = Backed::new();
    let by = delegate_that_revokes(&desk.cast.root_office, &mut desk.cast.rng);
    let body = Revocations {
        version: V1,
        signer: by.signer(),
        issued: NOW,
        root: Authority::Vendor(desk.cast.vendor),
        number: u32::MAX,
        part: Part::Zero,
        entries: List::EMPTY,
    };
    let issue = by.sign(&body, &mut desk.cast.rng).unwrap();
    assert_eq!(desk.learn(&issue), Err(IssueError::NotByARoot));
}

#[test]
fn an_older_issue_of_revocations_is_not_taken_for_the_last() {
    let mut desk = Backed::new();
    let mut rng = desk.cast.rng.clone();
    let mut issue = |desk: &Backed, byte: u8| {
        let mut named = Named::default();
        named.device(DeviceId::Dongle(holdfast_document::DongleId([byte; 16])));
        revoke::revoke(&desk.cast.root_office, &mut desk.ledger(), &named, NOW, &mut rng)
    };
    let first = issue(&desk, 1).unwrap();
    let second = issue(&desk, 2).unwrap();
    desk.back_up();
    let third = issue(&desk, 3).unwrap();
    desk.restore();
    desk.cast.rng = rand_chacha::rand_core::SeedableRng::from_seed([8; 32]);
    // The restore said that nothing was revoked, and a part shows that something was.
    let part = desk.learn(&third.parts[1]).unwrap();
    assert_eq!(part, Learned::Revocations { number: 3, whole: false });
    for part in first.parts.iter().chain(&second.parts) {
        assert_eq!(desk.learn(part).unwrap(), Learned::Revocations { number: 3, whole: false });
    }
    assert_eq!(issue(&desk, 4).err(), Some(IssueError::RevocationsNotLearned));
    for part in &third.parts {
        desk.learn(part).unwrap();
    }
    assert_eq!(issue(&desk, 4).unwrap().named.devices.len(), 4);
}

#[test]
fn a_delegation_says_under_which_root_it_was_revoked() {
    let mut desk = Backed::new();
    let lost = cast(false).desk_office.delegation().unwrap();
    let digest = Kind::Delegation.digest(Received::parse(&lost).unwrap().document().body);
    let mut bytes = [0; 256];
    let mut entries = ListWriter::new(&mut bytes);
    entries.push(&Revoked::Delegation(RevokedDelegation { body: digest, from_number: 7 })).unwrap();
    let Backed { cast: Cast { vendor, root_office, rng, .. }, .. } = &mut desk;
    let body = Revocations {
        version: V1,
        signer: root_office.signer(),
        issued: NOW,
        root: Authority::Vendor(*vendor),
        number: 1,
        part: Part::Zero,
        entries: entries.finish(),
    };
    let issue = root_office.sign(&body, rng).unwrap();
    assert_eq!(desk.learn(&lost), Ok(Learned::Delegation { revoked: false }));
    desk.learn(&issue).unwrap();
    assert_eq!(desk.learn(&lost), Ok(Learned::Delegation { revoked: true }));
    // Named itself, the root takes the place of what stands under it.
    let mut root = Named::default();
    root.root(desk.cast.root.body);
    let mut ledger = desk.ledger();
    ledger.restored(1, true).unwrap();
    assert_eq!(ledger.revoke(&root).unwrap().1.delegations.len(), 1);
}

#[test]
fn what_can_be_numbered_no_more_is_said_so() {
    let mut desk = Backed::new();
    let (id, _, _) = desk.sell(None, 0, &enrolled());
    let text = std::fs::read_to_string(desk.path("ledger.json")).unwrap();
    let text = text.replace("\"revision\": 1", &format!("\"revision\": {}", u32::MAX));
    std::fs::write(desk.path("ledger.json"), text).unwrap();
    let (statement, _) = desk.states(&enrolled());
    let order = Order { license: Some(id), ..Order::default() };
    let template = Template::read(TEMPLATE).unwrap();
    let mut open = desk.desk();
    let refused = open
        .issue(&template, &order, Some(&statement), NOW, &mut desk.cast.rng)
        .map(|issued| issued.lines[0].id);
    assert_eq!(refused, Err(IssueError::LastRevision { id: id.to_string() }));
    // The last number of all cannot be sold, since the next one could not be told; so none is left.
    assert_eq!(open.ledger().numbers_left((u32::MAX, u32::MAX)), 0);
    assert_eq!(open.ledger().numbers_left((u32::MAX - 1, u32::MAX)), 1);
}
