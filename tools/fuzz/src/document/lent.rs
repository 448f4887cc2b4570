//! Loans, drawn: two chains one behind the other, a right to lend, and a loan that mostly keeps to it.
//!
//! Held to the plain reading of what a chain permits, for each chain apart, and to the rules of a loan, each a
//! line. A loan that holds is then changed in drawn places, and refused.

use super::drawn::{Said, Side, Signed, authority, bytes, device, encode, power, public};
use super::permits::holds;
use super::signed::{change, signed};
use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use holdfast_crypto::{Curve, Hash};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Authority, Class, Delegation, Device, DeviceId, Document, DongleId, Item, Kind, Link, List, ListWriter,
    MakerId, Name, Received, Root, Scope, Seconds, Time, V1, Vendor, VendorId, strict,
};
use holdfast_license::license::{Lend, Right, Sealed, SealedSecret, SeatBy, SecretUse};
use holdfast_license::{Breach, Lent, License, Loan, LoanError, Seats};

/// The seed of the vendor's key.
const ROOT: u8 = 1;
/// The seed of the maker's.
const MAKER: u8 = 2;

/// What a loan says, and the right it comes out of.
#[derive(Clone, Copy, Debug)]
struct Terms {
    /// Seats that may be lent and the longest loan; none: no right.
    lend: Option<(u16, u32)>,
    class: Class,
    /// Whether the right names a maker, and whether it is the borrower's.
    maker: Option<bool>,
    /// Whether the license is on the device that lends.
    on_lender: bool,
    /// Whether the loan names this license.
    of_parent: bool,
    slot: u16,
    issued: u64,
    until: u64,
    fresh_within: u32,
    /// Feature and epoch of a secret that the loan brings. The license has epoch 1 of its own feature.
    secret: Option<(usize, u32)>,
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let production = !draw.rarely(8);
    let (upper, upper_key) = chain(&mut draw, Side::Vendor(0), ROOT);
    let parent = license(&mut draw);
    let (parent, terms) = (signed(&mut draw, parent, upper_key), terms(&mut draw));
    let (mut lower, lower_key) = chain(&mut draw, Side::Maker(0), MAKER);
    if !draw.rarely(16) {
        let said = device(&mut draw, Side::Maker(0));
        lower.push(signed(&mut draw, said, lower_key));
    }
    let said = Said::Statement { floor: terms.issued };
    let loan = signed(&mut draw, said, lower.last().map_or(MAKER, |link| link.said.key()));

    let root = Root {
        authority: authority(Side::Vendor(0)),
        number: 0,
        key: public(ROOT),
        algorithm: ES256,
        body: Hash([7; 32]),
    };
    let document = assemble(&root, (&upper, &parent), (&lower, &loan), &terms);
    let makers = list(&[public(9), public(MAKER)]);
    let vendor = vendor(List::from_bytes(&makers), production);
    let taken = take(&document, &root, &vendor);

    let chains = holds(ROOT, Side::Vendor(0), &upper, &parent, 0)
        && holds(MAKER, Side::Maker(0), &lower, &loan, 0)
        && of_sort(&lower, production)
        && terms.lend.is_none_or(|(seats, longest)| seats <= SEATS && longest > 0)
        && terms.until > terms.issued
        && terms.fresh_within > 0;
    match (&taken, chains, breach(&terms, &parent)) {
        (Ok(()), true, None) => {}
        (Err(LoanError::NotAllowed(found)), true, Some(expected)) if *found == expected => {}
        (Err(LoanError::Document(_)), false, _) => {}
        (_, _, breach) => {
            panic!("{taken:?} of {chains} and {breach:?}: {upper:?} {parent:?} {lower:?} {loan:?} {terms:?}")
        }
    }
    let changed = change(&document, &mut draw);
    assert!(changed == document || take(&changed, &root, &vendor).is_err(), "nobody signed this");
    if taken.is_ok() {
        may_go(&document, &root, &vendor, &terms, &mut draw);
    }
}

/// Chains of every length on both sides, and bytes of every value.
pub fn inputs() -> Vec<Vec<u8>> {
    let plain = |upper: u8, lower: u8| {
        let links = |number: u8| [vec![number], vec![0; 25 * usize::from(number)]].concat();
        let license = vec![0; 12];
        [vec![0], links(upper), license, vec![1, 3, 50, 0, 0, 0, 0, 0, 1, 1, 9, 9], links(lower), vec![0; 40]]
            .concat()
    };
    let mut inputs: Vec<_> = (0..9).map(|both| plain(both % 3, both / 3)).collect();
    inputs.extend((0..16).map(|fill| vec![fill * 17; 160]));
    inputs
}

/// Delegations below a root, and the seed of the key at their end.
fn chain(draw: &mut Draw<'_>, side: Side, mut key: u8) -> (Vec<Signed>, u8) {
    let mut chain = Vec::new();
    for _ in 0..draw.below(3) {
        // Mostly wide open: the limits of a chain are searched elsewhere.
        let wide = power(&mut Draw::new(&[]), side);
        let said = Said::Delegation(if draw.rarely(4) { power(draw, side) } else { wide });
        chain.push(signed(draw, said, key));
        key = said.key();
    }
    (chain, key)
}

fn license(draw: &mut Draw<'_>) -> Said {
    Said::License {
        vendor: u8::from(draw.rarely(32)),
        issued: u64::from(draw.byte() % 16),
        number: u32::from(draw.byte() % 8),
        hop: u16::from(draw.rarely(8)),
        product: draw.below(2),
        region: draw.maybe(|draw| draw.below(2)),
        terms: draw.below(3),
        secret: draw.maybe(|draw| draw.below(2)),
    }
}

/// Seats of the license.
const SEATS: u16 = 3;

fn terms(draw: &mut Draw<'_>) -> Terms {
    let issued = u64::from(draw.byte() % 16);
    Terms {
        lend: (!draw.rarely(16)).then(|| (1 + u16::from(draw.byte() % 4), u32::from(15 - draw.byte() % 16))),
        class: Class { scale: draw.byte() % 3, level: draw.byte() % 3 },
        maker: draw.maybe(Draw::flag),
        on_lender: !draw.rarely(6),
        of_parent: !draw.rarely(6),
        slot: if draw.rarely(4) { u16::from(draw.byte() % 4) } else { 0 },
        issued,
        until: issued + u64::from(draw.byte() % 12),
        fresh_within: u32::from(draw.byte()),
        secret: draw.maybe(|draw| (draw.below(2), 1 + u32::from(draw.flag()))),
    }
}

/// What the loan does that its parent does not allow, the first of it.
fn breach(terms: &Terms, parent: &Signed) -> Option<Breach> {
    let Said::License { secret, .. } = parent.said else { return None };
    let lasts = terms.until.saturating_sub(terms.issued);
    let Some((seats, longest)) = terms.lend else {
        let first =
            [(!terms.of_parent, Breach::Parent), (!terms.on_lender, Breach::Lender), (true, Breach::Right)];
        return first.into_iter().find(|(is, _)| *is).map(|(_, breach)| breach);
    };
    let rules = [
        (!terms.of_parent, Breach::Parent),
        (!terms.on_lender, Breach::Lender),
        (terms.slot >= seats, Breach::Slot { slot: terms.slot, seats }),
        (lasts > u64::from(longest), Breach::Longest { seconds: lasts, longest }),
        (terms.secret.is_some_and(|brought| secret != Some(brought.0) || brought.1 != 1), Breach::Secret),
    ];
    rules.into_iter().find(|(is, _)| *is).map(|(_, breach)| breach)
}

fn of_sort(lower: &[Signed], production: bool) -> bool {
    lower.iter().all(|link| !matches!(link.said, Said::Device { production: its, .. } if its != production))
}

/// The borrower's class and maker against the right, and the address of the loan.
fn may_go(document: &[u8], root: &Root, vendor: &Vendor<'_>, terms: &Terms, draw: &mut Draw<'_>) {
    let received = Received::parse(document).expect("it was taken");
    let lent = Lent::verify::<Paper>(&received, root, vendor).expect("it was taken");
    let (is_it, class) = (!draw.rarely(4), Class { scale: draw.byte() % 3, level: draw.byte() % 3 });
    let borrower = Device {
        version: V1,
        signer: Hash::ZERO,
        issued: Time(0),
        maker: MakerId::of(&public(MAKER)),
        identity: public(BORROWER.0),
        channel: public(BORROWER.1),
        sealing: public(if is_it { BORROWER.2 } else { 9 }),
        class,
        model: name("m"),
        production: true,
    };
    let reaches =
        terms.class.scale == 0 || (class.scale == terms.class.scale && class.level >= terms.class.level);
    let expected = match (is_it, reaches, terms.maker) {
        (false, ..) => Err(Breach::Borrower),
        (_, false, _) => Err(Breach::Class),
        (.., Some(false)) => Err(Breach::Maker),
        _ => Ok(()),
    };
    assert_eq!(lent.may_go_to(&borrower), expected, "{terms:?} {borrower:?}");
}

/// The seeds of the borrower's three keys.
const BORROWER: (u8, u8, u8) = (40, 41, 42);

fn name(text: &str) -> Name<'_> {
    Name::new(text).expect("a name")
}

fn list<'a, T: Item<'a>>(items: &[T]) -> Vec<u8> {
    let mut buffer = vec![0; 512];
    let mut writer = ListWriter::new(&mut buffer);
    for item in items {
        writer.push(item).expect("there is room");
    }
    writer.finish::<T>().as_bytes().to_vec()
}

fn vendor(makers: List<'_, holdfast_crypto::Key>, production: bool) -> Vendor<'_> {
    Vendor {
        version: V1,
        vendor: VendorId::ZERO,
        number: 0,
        previous: Hash::ZERO,
        name: name("v"),
        root: public(ROOT),
        recovery: Hash::ZERO,
        revealed: None,
        makers,
        secrets_class: Class::SIMULATOR,
        production,
        issued: Time(0),
    }
}

fn take(document: &[u8], root: &Root, vendor: &Vendor<'_>) -> Result<(), LoanError> {
    let received = Received::parse(document)?;
    Lent::verify::<Paper>(&received, root, vendor).map(drop)
}

/// One body, signed.
struct Piece {
    kind: Kind,
    algorithm: u8,
    body: Vec<u8>,
    digest: Hash,
    by: u8,
}

impl Piece {
    fn link(&self) -> Link<'_> {
        let signature = Paper::sign(&key_of(self.by), &self.digest, &[0; 32]);
        Link { kind: self.kind as u8, algorithm: self.algorithm, body: &self.body, signature }
    }
}

/// The pieces of a chain below a body with this digest, each naming the one above; `last` says what stands in
/// the body at its end.
fn pieces(
    above: Hash,
    chain: &[Signed],
    end: &Signed,
    last: impl FnOnce(Hash) -> (Kind, Vec<u8>),
) -> Vec<Piece> {
    let mut above = above;
    let mut pieces = Vec::new();
    let mut push = |signed: &Signed, said: &mut dyn FnMut(Hash) -> (Kind, Vec<u8>)| {
        let (kind, body) = said(if signed.names_signer { above } else { Hash([0xee; 32]) });
        above = kind.digest(&body);
        pieces.push(Piece { kind, algorithm: signed.algorithm, body, digest: above, by: signed.by });
    };
    for link in chain {
        push(link, &mut |signer| (link.said.kind(), adopted(&link.said, signer)));
    }
    let mut last = Some(last);
    push(end, &mut |signer| (last.take().expect("once"))(signer));
    pieces
}

/// The body, with the id that the maker has by its key.
fn adopted(said: &Said, signer: Hash) -> Vec<u8> {
    let body = encode(said, signer);
    let Authority::Maker(drawn) = authority(Side::Maker(0)) else { return body };
    let maker = MakerId::of(&public(MAKER));
    match said {
        Said::Delegation(_) => {
            let mut delegation: Delegation<'_> = strict::decode(&body).expect("encoded here");
            match &mut delegation.scope {
                Scope::Maker { maker: its, .. } if *its == drawn => *its = maker,
                _ => return body,
            }
            bytes(&delegation)
        }
        Said::Device { .. } => {
            let mut device: Device<'_> = strict::decode(&body).expect("encoded here");
            if device.maker == drawn {
                device.maker = maker;
            }
            bytes(&device)
        }
        _ => body,
    }
}

fn assemble(root: &Root, upper: (&[Signed], &Signed), lower: (&[Signed], &Signed), terms: &Terms) -> Vec<u8> {
    let lender = lower.0.iter().find_map(|link| match link.said {
        Said::Device { key, .. } => Some(DongleId::of(&public(key), &public(30), &public(31))),
        _ => None,
    });
    let upper = pieces(root.body, upper.0, upper.1, |signer| {
        (Kind::License, lending(&encode(&upper.1.said, signer), lender, terms))
    });
    let parent = upper.last().map_or(Hash::ZERO, |piece| piece.digest);
    let lower = pieces(Hash::ZERO, lower.0, lower.1, |signer| (Kind::Loan, loan(signer, parent, terms)));
    let (loan, lower) = lower.split_last().expect("the loan is there");
    let mut buffer = vec![0; 8_192];
    let mut writer = ListWriter::new(&mut buffer);
    for piece in upper.iter().chain(lower) {
        writer.push(&piece.link()).expect("there is room");
    }
    let chain = writer.finish();
    let Link { kind, algorithm, body, signature } = loan.link();
    bytes(&Document { kind, algorithm, root: root.number, body, signature, chain })
}

/// The license on the device that lends, with the right to.
fn lending(license: &[u8], lender: Option<DongleId>, terms: &Terms) -> Vec<u8> {
    let mut license: License<'_> = strict::decode(license).expect("encoded here");
    license.seats = Some(Seats { count: SEATS, by: SeatBy::Lease, lease: 60 });
    if let Some(lender) = lender.filter(|_| terms.on_lender) {
        license.device = DeviceId::Dongle(lender);
    }
    let makers = terms.maker.map(|its| list(&[MakerId::of(&public(if its { MAKER } else { 9 }))]));
    let makers = List::from_bytes(makers.as_deref().unwrap_or_default());
    let right = terms.lend.map(|(seats, longest)| {
        list(&[Right::Lend(Lend { seats, longest: Seconds(longest), class: terms.class, makers })])
    });
    license.rights = List::from_bytes(right.as_deref().unwrap_or_default());
    bytes(&license)
}

fn loan(signer: Hash, parent: Hash, terms: &Terms) -> Vec<u8> {
    let secret = terms.secret.map(|(feature, epoch)| {
        let feature = name(["a", "b"][feature]);
        list(&[SealedSecret { feature, epoch, sealed: Sealed::ZERO, usage: SecretUse::Derive }])
    });
    bytes(&Loan {
        version: V1,
        signer,
        issued: Time(terms.issued),
        parent: if terms.of_parent { parent } else { Hash([5; 32]) },
        slot: terms.slot,
        to: DeviceId::Dongle(DongleId::of(&public(BORROWER.0), &public(BORROWER.1), &public(BORROWER.2))),
        until: Time(terms.until),
        fresh_within: Seconds(terms.fresh_within),
        secrets: List::from_bytes(secret.as_deref().unwrap_or_default()),
    })
}
