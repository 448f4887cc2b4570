//! Documents that a dongle must not take, and those that it has taken.

use holdfast_crypto::Signature;
use holdfast_document::envelope::ES256;
use holdfast_document::{Document, Kind, List, strict};
use holdfast_wire::command::{Apply, Failure, Licenses, Vendors};

use crate::line::{Broken, Line, must};
use crate::peer::{Peer, answer, failure, request};
use crate::suite::checks;

checks! {
    garbage_is_no_document, Keys:
        "bytes that are no document fail with an error of the 200s, on both roads";
    a_kind_that_is_not_applied_is_refused, Keys:
        "a Delegation, License or Manifest by itself gets WrongKind, and a kind that does not exist UnknownKind";
    a_document_cut_short_is_refused, License:
        "a document that the dongle has taken is refused when it is cut short anywhere, and nothing changes";
    a_changed_document_is_refused, License:
        "a document that the dongle has taken is refused when a bit of it is changed, and nothing changes";
    a_document_taken_before_changes_nothing, License:
        "a document that the dongle has taken is recognized when it comes again, on both roads, and changes nothing";
}

/// Applies over a road; the failure, and no success.
fn refused(
    line: &mut Line<'_>,
    peer: &mut Peer,
    sealed: bool,
    document: &[u8],
    what: &str,
) -> Result<Failure, Broken> {
    let apply = request(&Apply { document })?;
    let heard = if sealed { peer.ask_text(line, &apply)? } else { line.ask_in_clear(peer.cid, &apply)? };
    failure(&heard, what)
}

fn is_of_documents(failure: &Failure) -> bool {
    (200..300).contains(&failure.code)
}

fn garbage_is_no_document(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let lengths = [0, 1, 2, 3, 4, 5, 10, 69, 100, 400, 3_800, 7_424, 7_425, 7_500];
    for length in lengths {
        for (what, filling) in [("zeros", 0), ("ones", 1), ("sixes", 6), ("all bits", 0xff)] {
            for sealed in [false, true] {
                let what = format!("{length} bytes of {what}");
                let failure = refused(line, &mut peer, sealed, &vec![filling; length], &what)?;
                must(is_of_documents(&failure), || format!("{what}: {}: {failure}", failure.code))?;
            }
        }
    }
    peer.is_alive(line)
}

fn a_kind_that_is_not_applied_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let envelope = |kind| {
        let document = Document {
            kind,
            algorithm: ES256,
            root: 0,
            body: &[1; 40],
            signature: Signature([1; 64]),
            chain: List::EMPTY,
        };
        let mut bytes = [0; 256];
        strict::encode(&document, &mut bytes).map(|bytes| bytes.to_vec())
    };
    let wrong = [Kind::Delegation, Kind::License, Kind::Manifest].map(|kind| (kind as u8, 206));
    let unknown = [0, 11, 0x7f, 0xff].map(|kind| (kind, 204));
    for (kind, code) in wrong.into_iter().chain(unknown) {
        let document = envelope(kind).map_err(|error| Broken::Otherwise(error.to_string()))?;
        let failure = refused(line, &mut peer, true, &document, &format!("a document of kind {kind}"))?;
        must(failure.code == code, || format!("kind {kind}: awaited {code}, heard {failure:?}"))?;
    }
    Ok(())
}

/// Everything that a host can see of what the dongle holds.
fn holdings(line: &mut Line<'_>, peer: &mut Peer) -> Result<Vec<Vec<u8>>, Broken> {
    let vendor = line.given()?.vendor;
    let licenses = peer.ask(line, &Licenses { vendor, product: None, after: None })?;
    answer::<Licenses<'_>>(&licenses)?;
    let record = peer.ask(line, &Vendors { vendor, number: 0 })?;
    answer::<Vendors>(&record)?;
    Ok(vec![line.hello(peer.cid)?, licenses, record])
}

fn a_document_cut_short_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let before = holdings(line, &mut peer)?;
    for document in line.given()?.documents.clone() {
        for length in 0..document.len() {
            let what = format!("{length} bytes of a document of {}", document.len());
            let failure = refused(line, &mut peer, false, &document[..length], &what)?;
            must(is_of_documents(&failure), || format!("{what}: {}: {failure}", failure.code))?;
        }
        let longer = [&document[..], &[0]].concat();
        let failure = refused(line, &mut peer, false, &longer, "a document with a byte too many")?;
        must(is_of_documents(&failure), || format!("a byte too many: {}: {failure}", failure.code))?;
    }
    must(holdings(line, &mut peer)? == before, || "what the dongle holds has changed".into())
}

fn a_changed_document_is_refused(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let before = holdings(line, &mut peer)?;
    for document in line.given()?.documents.clone() {
        for at in 0..document.len() {
            let mut changed = document.clone();
            changed[at] ^= 1 << (at % 8);
            // Which vendor or device it now names decides how far it gets; it never gets through.
            refused(line, &mut peer, false, &changed, &format!("a document changed in byte {at}"))?;
        }
    }
    must(holdings(line, &mut peer)? == before, || "what the dongle holds has changed".into())
}

fn a_document_taken_before_changes_nothing(line: &mut Line<'_>) -> Result<(), Broken> {
    let mut peer = line.connect()?;
    let before = holdings(line, &mut peer)?;
    for document in line.given()?.documents.clone() {
        for sealed in [false, true] {
            let apply = request(&Apply { document: &document })?;
            let heard =
                if sealed { peer.ask_text(line, &apply)? } else { line.ask_in_clear(peer.cid, &apply)? };
            let applied = answer::<Apply<'_>>(&heard)?;
            must(applied.before, || "a document taken before was taken as new".into())?;
        }
    }
    must(holdings(line, &mut peer)? == before, || "what the dongle holds has changed".into())
}
