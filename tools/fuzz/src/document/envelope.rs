//! The envelope, of any bytes at all.
//!
//! Held to the [grammar](crate::grammar): which bytes are an envelope, and the error of those that are not.
//! What reads is what stands in the bytes; its body reads again exactly if its kind's table and check say so;
//! and under no root that anyone trusts is it ever verified, since nobody signed it.

use crate::grammar::documents::{CHAIN, DOCUMENT, body as table};
use crate::grammar::{Sort, split};
use crate::paper_curve::{Paper, key_of};
use crate::seeds;
use holdfast_crypto::{Curve, Hash};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Authority, Body, Delegation, Device, DocumentError, Kind, Manifest, Received, Revocations, Root, Time,
    TimeToken, Vendor, VendorId, limits, strict,
};
use holdfast_license::{License, Loan, Statement, Update};

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let received = match (Received::parse(bytes), expected(bytes)) {
        (Ok(received), Ok(())) => received,
        (Err(found), Err(expected)) => return assert_eq!(found, expected),
        (found, expected) => panic!("{found:?}, where {expected:?} was expected"),
    };
    let document = received.document();
    let mut again = vec![0; bytes.len()];
    assert_eq!(strict::encode(document, &mut again).as_deref(), Ok(bytes), "written back");
    assert_eq!((received.kind() as u8, document.algorithm, received.root()), (bytes[0], bytes[1], bytes[2]));
    assert_eq!(received.is_without_chain(), document.chain.as_bytes().is_empty());
    assert_eq!(received.digest(), received.kind().digest(document.body));
    match received.kind() {
        Kind::Vendor => hold::<Vendor<'_>>(&received),
        Kind::Device => hold::<Device<'_>>(&received),
        Kind::Delegation => hold::<Delegation<'_>>(&received),
        Kind::License => hold::<License<'_>>(&received),
        Kind::Loan => hold::<Loan<'_>>(&received),
        Kind::Update => hold::<Update<'_>>(&received),
        Kind::TimeToken => hold::<TimeToken>(&received),
        Kind::Revocations => hold::<Revocations<'_>>(&received),
        Kind::Statement => hold::<Statement<'_>>(&received),
        Kind::Manifest => hold::<Manifest<'_>>(&received),
    }
    if received.kind() != Kind::Manifest {
        let wrong = DocumentError::WrongKind { expected: Kind::Manifest, found: received.kind() };
        assert_eq!(received.read_again::<Manifest<'_>>().err(), Some(wrong));
        let verified = received.verify::<Paper, Manifest<'_>>(&roots(0)[0], Time(0));
        assert_eq!(
            verified.err(),
            Some(if received.kind() == Kind::Loan { DocumentError::BadChain } else { wrong })
        );
    }
}

/// The documents of the golden vectors.
pub fn inputs() -> Vec<Vec<u8>> {
    seeds::documents().iter().filter_map(|vector| vector.document.clone()).collect()
}

/// What an envelope is refused for, if it is.
pub(super) fn expected(bytes: &[u8]) -> Result<(), DocumentError> {
    if bytes.len() > limits::DOCUMENT {
        return Err(DocumentError::TooLong { length: bytes.len(), limit: limits::DOCUMENT });
    }
    let lists = DOCUMENT.lists(bytes).ok_or(DocumentError::Malformed)?;
    if !(1..=10).contains(&bytes[0]) {
        return Err(DocumentError::UnknownKind { found: bytes[0] });
    }
    let (links, whole) = split(lists[0].1);
    let first = &links[..links.len().min(limits::CHAIN)];
    let sound = first.iter().all(|link| CHAIN.sort(link) == Sort::Known);
    match (sound, links.len() > limits::CHAIN, whole) {
        (false, ..) => Err(DocumentError::Malformed),
        (_, true, _) => Err(DocumentError::BadChain),
        // What follows the last link that may be there is not looked at.
        (_, _, false) if links.len() == limits::CHAIN => Err(DocumentError::BadChain),
        (_, _, false) => Err(DocumentError::Malformed),
        _ => Ok(()),
    }
}

fn hold<'a, B: Body<'a>>(received: &Received<'a>) {
    let document = received.document();
    let body = document.body;
    let read = received.read_again::<B>();
    let decodes = table(B::KIND).takes(body);
    match (document.algorithm == ES256, body.len() <= B::KIND.limit(), body.first()) {
        (false, ..) => {
            assert_eq!(read.err(), Some(DocumentError::WrongAlgorithm { found: document.algorithm }))
        }
        (_, false, _) => assert!(matches!(read, Err(DocumentError::TooLong { .. }))),
        (_, _, Some(found @ (0 | 2..))) => {
            assert_eq!(read.err(), Some(DocumentError::UnknownVersion { found: *found }));
        }
        _ if !decodes => assert_eq!(read.err(), Some(DocumentError::Malformed)),
        _ => {
            let checked = strict::decode::<B>(body).and_then(|body| body.check());
            assert_eq!(read.err(), checked.err());
        }
    }
    for root in roots(received.root()) {
        assert!(received.verify::<Paper, B>(&root, Time(0)).is_err(), "nobody signed this");
        let other = Root { number: root.number.wrapping_add(1), ..root };
        let unknown = DocumentError::UnknownRoot { number: received.root() };
        // A loan comes with the license that it comes out of, and is verified with it or not at all.
        let expected = if B::KIND == Kind::Loan { DocumentError::BadChain } else { unknown };
        assert_eq!(received.verify::<Paper, B>(&other, Time(0)).err(), Some(expected));
    }
}

/// A vendor's root and a maker's, of that number.
fn roots(number: u8) -> [Root; 2] {
    let key = Paper::public(&key_of(200));
    let vendor = Root {
        authority: Authority::Vendor(VendorId([7; 16])),
        number,
        key,
        algorithm: ES256,
        body: Hash::ZERO,
    };
    [vendor, Root { number, ..Root::of_maker(key) }]
}
