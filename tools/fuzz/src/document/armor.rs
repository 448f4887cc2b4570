//! Documents as text: armor, and `.holdfast` files of any number of documents.
//!
//! Two sorts of input, by the first byte. *Text*: any at all; the blocks are pieces of it in order, and what
//! decodes reads as a document and comes out again when it is armored. *Documents*: drawn, armored and set
//! among drawn text; exactly they come out, in order.

use crate::draw::Draw;
use crate::seeds;
use holdfast_crypto::Signature;
use holdfast_document::envelope::ES256;
use holdfast_document::{Document, DocumentError, Kind, List, Received, armor, limits, strict};

const BEGIN: &str = "-----BEGIN HOLDFAST ";

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    if draw.flag() { documents(&mut draw) } else { text(&String::from_utf8_lossy(draw.rest())) }
}

/// A mail with two documents, a few broken ones, and drawn documents.
pub fn inputs() -> Vec<Vec<u8>> {
    let texts: Vec<String> =
        seeds::documents().iter().filter_map(|vector| armored(vector.document.as_ref()?)).collect();
    let mail = format!("Dear customer,\n{}\nand\n{}\nYours", texts[0], texts[1]);
    let lie = texts[0].replace("DELEGATION", "UPDATE");
    let cut = texts[2][..texts[2].len() / 2].to_owned();
    let windows = texts[3].replace('\n', "\r\n");
    let all = texts.iter().take(6).cloned().chain([mail, lie, cut, windows]);
    let drawn = [vec![1, 2, 5, 9, 200, 3, b'x', 1, 40, 7], vec![1, 3, 0, 0, 0, 1, 255, 255, 2]];
    all.map(|text| [&[0], text.as_bytes()].concat()).chain(drawn).collect()
}

fn armored(document: &[u8]) -> Option<String> {
    let kind = Received::parse(document).ok()?.kind();
    let length = armor::encoded_length(kind, document.len()).expect("no longer than a document");
    let mut buffer = vec![0; length];
    let text = armor::encode(document, &mut buffer).expect("there is as much room as was said").to_owned();
    assert_eq!(text.len(), length, "exactly as long as was said");
    let mut short = vec![0; length - 1];
    assert_eq!(armor::encode(document, &mut short), Err(DocumentError::TooMany));
    Some(text)
}

fn text(text: &str) {
    let mut rest = text;
    let mut room = [0; limits::DOCUMENT];
    let mut blocks = 0;
    for block in armor::blocks(text) {
        let at = rest.find(block).expect("a block is a piece of what is left of the text");
        assert!(!rest[..at].contains(BEGIN), "a block was passed over");
        assert!(block.starts_with(BEGIN));
        rest = &rest[at + block.len()..];
        blocks += 1;
        decode(block, &mut room);
    }
    assert!(!rest.contains(BEGIN), "a block at the end was passed over");
    assert!(blocks <= text.matches(BEGIN).count());
    // A reader may be handed anything, not only what the walk yields.
    decode(text, &mut room);
}

fn decode(block: &str, room: &mut [u8]) {
    let mut short = [0; 100];
    let in_short = armor::decode(block, &mut short).map(<[u8]>::to_vec);
    match armor::decode(block, room) {
        Ok(document) => {
            let kind = Received::parse(document).expect("what was decoded is a document").kind();
            assert!(block.contains(armor::label(kind)), "the heading is that of the kind");
            let document: &[u8] = document;
            let again = armored(document).expect("a document");
            let mut buffer = [0; limits::DOCUMENT];
            assert_eq!(armor::decode(&again, &mut buffer), Ok(document), "armored again");
            match in_short {
                Ok(found) => assert_eq!(found, document),
                Err(error) => assert!(matches!(error, DocumentError::TooLong { limit: 100, .. })),
            }
        }
        Err(_) => assert!(in_short.is_err(), "more room cannot make it worse"),
    }
}

fn documents(draw: &mut Draw<'_>) {
    let count = draw.below(5);
    let (mut file, mut expected) = (String::new(), Vec::new());
    for _ in 0..count {
        let length = draw.below(32);
        file.push_str(&between(draw.bytes(length)));
        let kind = draw.pick(&Kind::ALL);
        let length = draw.below(300);
        let body: Vec<u8> = if draw.flag() { draw.bytes(length).to_vec() } else { vec![draw.byte(); length] };
        let signature = Signature([draw.byte(); 64]);
        let (algorithm, root, chain) = (ES256, draw.byte(), List::EMPTY);
        let document = Document { kind: kind as u8, algorithm, root, body: &body, signature, chain };
        let mut bytes = vec![0; strict::length(&document).expect("it can be encoded")];
        strict::encode(&document, &mut bytes).expect("there is room");
        file.push_str(&armored(&bytes).expect("a document"));
        expected.push(bytes);
    }
    file.push_str(&between(draw.rest()));
    let mut room = [0; limits::DOCUMENT];
    let found: Vec<_> =
        armor::blocks(&file).map(|block| armor::decode(block, &mut room).map(<[u8]>::to_vec)).collect();
    assert_eq!(found, expected.into_iter().map(Ok).collect::<Vec<_>>(), "{file}");
}

/// Text between documents: anything that begins none. A line of its own, as people paste it.
fn between(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("-----BEGIN", "-----begin") + "\n"
}
