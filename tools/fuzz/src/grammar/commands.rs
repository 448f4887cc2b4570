//! The 22 commands and their answers, field by field, and the facts that one of them carries.

use super::Shape::{Byte, Bytes, Fields, Fixed, Flag, List, Maybe, Name, Number, OneOf, Unit, UpTo};
use super::Sorts::Alike;
use super::{Items, Shape, Unknown};

const TIME: Shape = Number(64);
const UNITS: Shape = Number(64);
const SECONDS: Shape = Number(32);
const MARK: Shape = Number(64);
const HASH: Shape = Fixed(32);
const KEY: Shape = Fixed(65);
const ID: Shape = Fixed(16);
const CLAIMS: Shape = Fields(&[Maybe(&TIME), Maybe(&Flag), Maybe(&Flag)]);
const PAYMENT: Shape = Fields(&[Name, UNITS, Fixed(8), MARK]);
const DERIVATION: Shape = Fields(&[Name, Number(32), Name, Bytes]);
/// Bytes of a document, or whatever else the command carries whole.
const WHOLE: Shape = Bytes;

/// What a device knows about one license and one channel.
pub static FACTS: Shape = Fields(&[
    TIME,
    TIME,
    Number(64),
    Number(64),
    Maybe(&Number(64)),
    Number(64),
    UpTo(16, &UNITS),
    Maybe(&Number(32)),
    Maybe(&Number(32)),
    Flag,
    Maybe(&Fixed(64)),
    Number(32),
    Fields(&[Byte, Byte]),
    Number(64),
    CLAIMS,
]);

static HOLDINGS: Items = Items {
    most: usize::MAX,
    sorts: Alike(&Fields(&[ID, Number(16), Number(32), Name])),
    unknown: Unknown::Refuses,
};

static CHARGES: Items = Items {
    most: usize::MAX,
    sorts: Alike(&Fields(&[Number(64), UNITS, UNITS, Fixed(7), TIME])),
    unknown: Unknown::Refuses,
};

/// Why something is refused.
pub static REFUSAL: Shape = Fields(&[Byte, Byte, Number(64), Number(64)]);

/// Why something could not be done.
pub static FAILURE: Shape = Fields(&[Number(16), Number(64), Number(64)]);

/// The request behind its number, and the answer behind its status.
pub struct Command {
    /// The command's number.
    pub number: u8,
    /// The request.
    pub request: Shape,
    /// The answer.
    pub answer: Shape,
}

const fn command(number: u8, request: Shape, answer: Shape) -> Command {
    Command { number, request, answer }
}

/// All of them, by number.
pub static COMMANDS: [Command; 22] = [
    command(
        1,
        Unit,
        Fields(&[Bytes, Name, Number(32), OneOf(&[Unit, Unit, Unit]), UpTo(16, &Number(32)), KEY, KEY, KEY]),
    ),
    command(2, OneOf(&[Unit, Byte]), WHOLE),
    command(3, Fields(&[ID, Maybe(&Name), Maybe(&ID)]), Fields(&[List(&HOLDINGS), Flag, Number(16)])),
    command(4, Fields(&[ID, Byte]), Fields(&[Byte, WHOLE])),
    command(5, Fields(&[ID, ID, CLAIMS]), Fields(&[Byte, WHOLE])),
    command(6, Fields(&[Byte, Name, TIME]), Fields(&[Byte, Number(64), SECONDS, Number(32), Flag])),
    command(7, Fields(&[Byte, TIME]), Fields(&[Shape::Same(&FACTS), Number(32)])),
    command(8, Fields(&[Byte, PAYMENT]), Fields(&[UNITS, MARK])),
    command(9, Fields(&[ID, Name, PAYMENT, Maybe(&DERIVATION)]), Fields(&[Flag, UNITS, MARK])),
    command(10, Fields(&[Byte, DERIVATION, Maybe(&PAYMENT), TIME]), Fields(&[HASH, UNITS, MARK])),
    command(11, Fields(&[Byte, OneOf(&[Unit, ID, ID])]), Fields(&[ID, Number(16)])),
    command(12, Fields(&[Byte, WHOLE, TIME]), WHOLE),
    command(13, Fields(&[Byte, OneOf(&[Fields(&[Name, Number(32)]), Unit]), TIME]), Bytes),
    command(14, Fields(&[Byte, Bytes]), Unit),
    command(15, Fields(&[Byte, Name, MARK]), Fields(&[List(&CHARGES), Flag])),
    command(
        16,
        Fields(&[ID, OneOf(&[Unit, Unit, Unit, Unit, Unit]), HASH, Maybe(&Name), Maybe(&ID)]),
        Fields(&[WHOLE, Flag]),
    ),
    command(17, WHOLE, Fields(&[Flag, WHOLE])),
    command(18, Unit, Fields(&[Fixed(8), Bytes])),
    command(19, OneOf(&[Fields(&[ID, Fixed(64), Fixed(64)]), Fields(&[Fixed(8), HASH])]), Unit),
    command(20, OneOf(&[WHOLE, Fields(&[Number(32), Bytes]), Unit]), Number(32)),
    command(21, Fields(&[KEY, Flag]), Fields(&[KEY, KEY, KEY, ID])),
    command(22, Unit, WHOLE),
];
