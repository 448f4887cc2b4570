//! One value, one byte string: the decoder under all others, on every sort of field there is.
//!
//! Held to the [grammar](crate::grammar): the same bytes are taken, and no others; what is taken is written
//! back byte for byte.

use crate::grammar::Shape;
use holdfast_document::{Authority, Class, DeviceId, DocumentError, StorageId, Time, TpmName, V1, strict};
use serde::{Deserialize, Serialize};

const SORTS: [fn(&[u8]); 16] = [
    |bytes| hold::<u8>(bytes, &Shape::Byte),
    |bytes| hold::<bool>(bytes, &Shape::Flag),
    |bytes| hold::<u16>(bytes, &Shape::Number(16)),
    |bytes| hold::<u32>(bytes, &Shape::Number(32)),
    |bytes| hold::<Time>(bytes, &Shape::Number(64)),
    hold_text,
    hold_bytes,
    |bytes| hold::<Option<u32>>(bytes, &Shape::Maybe(&Shape::Number(32))),
    |bytes| hold::<()>(bytes, &Shape::Unit),
    |bytes| hold::<V1>(bytes, &Shape::One),
    |bytes| hold::<StorageId>(bytes, &Shape::Fixed(16)),
    |bytes| hold::<TpmName>(bytes, &Shape::Fixed(34)),
    |bytes| hold::<Class>(bytes, &Shape::Fields(&[Shape::Byte, Shape::Byte])),
    |bytes| hold::<Authority>(bytes, &Shape::OneOf(&[Shape::Fixed(16), Shape::Fixed(16)])),
    |bytes| hold::<DeviceId>(bytes, &Shape::OneOf(&[Shape::Unit, Shape::Fixed(16), Shape::Fixed(34)])),
    |bytes| {
        const TWO: Shape = Shape::Fields(&[Shape::Number(64), Shape::Number(16)]);
        hold::<(Time, Option<(Time, u16)>)>(bytes, &Shape::Fields(&[Shape::Number(64), Shape::Maybe(&TWO)]));
    },
];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    SORTS[usize::from(*which) % SORTS.len()](rest);
}

/// The edges of every sort.
pub fn inputs() -> Vec<Vec<u8>> {
    let rests: [&[u8]; 10] = [
        &[],
        &[0],
        &[1],
        &[0x85, 0],
        &[0xff, 0xff, 3],
        &[0xff, 0xff, 0xff, 0xff, 15],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        &[2, b'h', b'i'],
        &[1; 17],
        &[2; 35],
    ];
    (0..16).flat_map(|sort| rests.iter().map(move |rest| [&[sort], *rest].concat())).collect()
}

fn hold_text(bytes: &[u8]) {
    hold::<&str>(bytes, &Shape::Text);
}

fn hold_bytes(bytes: &[u8]) {
    hold::<&[u8]>(bytes, &Shape::Bytes);
}

fn hold<'a, T: Deserialize<'a> + Serialize + PartialEq + core::fmt::Debug>(bytes: &'a [u8], shape: &Shape) {
    let decoded = strict::decode::<T>(bytes);
    assert_eq!(decoded.is_ok(), shape.takes(bytes), "{decoded:?}");
    match decoded {
        Err(error) => assert_eq!(error, DocumentError::Malformed),
        Ok(value) => {
            let mut again = vec![0; bytes.len()];
            assert_eq!(strict::encode(&value, &mut again).as_deref(), Ok(bytes));
            assert_eq!(strict::length(&value), Ok(bytes.len()));
        }
    }
}
