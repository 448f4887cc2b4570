//! Whole documents, drawn: a root, up to three links, a body, each signed by the right key or another, with
//! limits drawn close to each other.
//!
//! Held to a plain reading of what a chain permits. Then the document is changed in drawn places: whatever is
//! not byte for byte what was signed is refused, and where only the body or its signature differs, as a bad
//! signature of just that link.

use super::drawn::{Said, Side, Signed, authority, body, bytes, device, encode, power, public};
use super::permits::holds;
use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use holdfast_crypto::{Curve, Hash};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Body, Delegation, Device, Document, DocumentError, Kind, Link, ListWriter, Manifest, Received, Root,
    Time, TimeToken, limits,
};
use holdfast_license::{License, Statement, Update};

/// The seed of the root's key.
const ROOT: u8 = 1;

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let side = if draw.flag() { Side::Vendor(0) } else { Side::Maker(0) };
    let root = Root {
        authority: authority(side),
        number: draw.byte() % 2,
        key: public(ROOT),
        algorithm: ES256,
        body: if draw.flag() { Hash([7; 32]) } else { Hash::ZERO },
    };
    let floor = u64::from(draw.byte() % 16);
    let (mut chain, mut key) = (Vec::new(), ROOT);
    for _ in 0..draw.below(4) {
        let said =
            if draw.rarely(4) { device(&mut draw, side) } else { Said::Delegation(power(&mut draw, side)) };
        chain.push(signed(&mut draw, said, key));
        key = said.key();
    }
    let said = body(&mut draw, side);
    let last = signed(&mut draw, said, key);
    let document = assemble(&root, &chain, &last);

    let expected = holds(ROOT, side, &chain, &last, floor);
    let verified = verify(&document, &root, floor);
    assert_eq!(verified.is_ok(), expected, "{verified:?}: {chain:?} {last:?} {floor}");
    let changed = change(&document, &mut draw);
    if changed != document {
        let taken = verify(&changed, &root, floor);
        assert!(taken.is_err(), "nobody signed this");
        if expected {
            only_one_part(&document, &changed, taken);
        }
    }
}

/// Every body under none to three delegations, and bytes of every value.
pub fn inputs() -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for links in 0..4u8 {
        for body in 0..8u8 {
            let side = u8::from(body < 5);
            inputs.push(
                [&[side, 0, 0, 8, links][..], &vec![0; 25 * usize::from(links)], &[0, 4, body], &[0; 40]]
                    .concat(),
            );
        }
    }
    inputs.extend((0..16).map(|fill| vec![fill * 17; 120]));
    inputs
}

/// Most often by the right key, naming it, under the right algorithm.
pub(super) fn signed(draw: &mut Draw<'_>, said: Said, key: u8) -> Signed {
    Signed {
        said,
        by: if draw.rarely(16) { 10 + draw.byte() % 4 } else { key },
        algorithm: if draw.rarely(32) { 2 } else { ES256 },
        names_signer: !draw.rarely(32),
    }
}

fn assemble(root: &Root, chain: &[Signed], last: &Signed) -> Vec<u8> {
    let mut above = root.body;
    let mut piece = |signed: &Signed| {
        let signer = if signed.names_signer { above } else { Hash([0xee; 32]) };
        let body = encode(&signed.said, signer);
        let digest = signed.said.kind().digest(&body);
        above = digest;
        (signed.said.kind() as u8, signed.algorithm, body, Paper::sign(&key_of(signed.by), &digest, &[0; 32]))
    };
    let links: Vec<_> = chain.iter().map(&mut piece).collect();
    let (kind, algorithm, body, signature) = piece(last);
    let mut buffer = vec![0; 4_096];
    let mut writer = ListWriter::new(&mut buffer);
    for (kind, algorithm, body, signature) in &links {
        let link = Link { kind: *kind, algorithm: *algorithm, body, signature: *signature };
        writer.push(&link).expect("there is room");
    }
    let chain = writer.finish();
    bytes(&Document { kind, algorithm, root: root.number, body: &body, signature, chain })
}

fn verify(document: &[u8], root: &Root, floor: u64) -> Result<(), DocumentError> {
    let received = Received::parse(document)?;
    match received.kind() {
        Kind::Delegation => take::<Delegation<'_>>(&received, root, floor),
        Kind::License => take::<License<'_>>(&received, root, floor),
        Kind::TimeToken => take::<TimeToken>(&received, root, floor),
        Kind::Update => take::<Update<'_>>(&received, root, floor),
        Kind::Device => take::<Device<'_>>(&received, root, floor),
        Kind::Statement => take::<Statement<'_>>(&received, root, floor),
        Kind::Manifest => take::<Manifest<'_>>(&received, root, floor),
        Kind::Vendor => take::<holdfast_document::Vendor<'_>>(&received, root, floor),
        Kind::Loan => take::<holdfast_license::Loan<'_>>(&received, root, floor),
        Kind::Revocations => take::<holdfast_document::Revocations<'_>>(&received, root, floor),
    }
}

fn take<'a, B: Body<'a>>(received: &Received<'a>, root: &Root, floor: u64) -> Result<(), DocumentError> {
    let verified = received.verify::<Paper, B>(root, Time(floor))?;
    assert_eq!(verified.document(), received.document());
    assert_eq!(
        bytes(verified.body()),
        received.document().body,
        "verified implies written back byte for byte"
    );
    assert_eq!(verified.digest(), received.digest());
    assert_eq!(verified.authority(), root.authority);
    Ok(())
}

/// The document, changed in a few places.
pub(super) fn change(document: &[u8], draw: &mut Draw<'_>) -> Vec<u8> {
    let mut changed = document.to_vec();
    for _ in 0..draw.below(4) {
        let at = draw.below(changed.len().max(1));
        match draw.below(5) {
            0 | 1 if !changed.is_empty() => changed[at] ^= draw.byte(),
            2 if !changed.is_empty() => drop(changed.remove(at)),
            3 => changed.insert(at, draw.byte()),
            _ => changed.truncate(at),
        }
    }
    changed
}

/// Where nothing but a body or a signature differs, the error is a bad signature of that link.
fn only_one_part(document: &[u8], changed: &[u8], taken: Result<(), DocumentError>) {
    let (Ok(was), Ok(is)) = (Received::parse(document), Received::parse(changed)) else { return };
    let (was, is) = (was.document(), is.document());
    let same = (was.kind, was.algorithm, was.root, was.chain) == (is.kind, is.algorithm, is.root, is.chain);
    let links = was.chain.iter().count() as u8;
    if same && is.body.len() <= limits::TIME_TOKEN {
        assert_eq!(taken, Err(DocumentError::BadSignature { link: links }));
    }
    let differing = |at: &usize| was.chain.iter().nth(*at) != is.chain.iter().nth(*at);
    if let Some(at) = (0..usize::from(links)).find(differing)
        && let (Some(Ok(old)), Some(Ok(new))) = (was.chain.iter().nth(at), is.chain.iter().nth(at))
        && (was.kind, was.root, old.kind, old.algorithm) == (is.kind, is.root, new.kind, new.algorithm)
        && new.body.len() <= limits::DEVICE
    {
        assert_eq!(taken, Err(DocumentError::BadSignature { link: at as u8 }));
    }
}
