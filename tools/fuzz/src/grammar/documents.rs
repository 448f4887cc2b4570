//! The envelope and the ten bodies, field by field.

use super::Shape::{
    Byte, Bytes, Fields, Fixed, Flag, List, Maybe, Name, Number, One, OneOf, Text, Unit, UpTo,
};
use super::Sorts::{Alike, Tagged};
use super::{Items, Shape, Unknown};
use holdfast_document::{Kind, limits};

const TIME: Shape = Number(64);
const UNITS: Shape = Number(64);
const SECONDS: Shape = Number(32);
const HASH: Shape = Fixed(32);
const KEY: Shape = Fixed(65);
const ID: Shape = Fixed(16);
const SIGNATURE: Shape = Fixed(64);
const CLASS: Shape = Fields(&[Byte, Byte]);
const AUTHORITY: Shape = OneOf(&[ID, ID]);
/// A device: none, a dongle, a TPM.
const DEVICE_ID: Shape = OneOf(&[Unit, ID, Fixed(34)]);
const USED: Shape = UpTo(16, &UNITS);

const fn names(most: usize) -> Items {
    Items { most, sorts: Alike(&Name), unknown: Unknown::Refuses }
}

/// Names that limit a delegation; its body bounds how many.
pub static LIMITS: Items = names(limits::DELEGATION);

/// A document's links.
pub static CHAIN: Items = Items {
    most: limits::CHAIN,
    sorts: Alike(&Fields(&[Byte, Byte, Bytes, SIGNATURE])),
    unknown: Unknown::Refuses,
};

/// A document.
pub static DOCUMENT: Shape = Fields(&[Byte, Byte, Byte, Bytes, SIGNATURE, List(&CHAIN)]);

/// Keys of makers.
pub static KEYS: Items = Items { most: limits::MAKERS, sorts: Alike(&KEY), unknown: Unknown::Refuses };

/// Ids of makers.
pub static MAKERS: Items = Items { most: limits::MAKERS, sorts: Alike(&ID), unknown: Unknown::Refuses };

/// What no longer counts.
pub static REVOKED: Items = Items {
    most: limits::REVOCATIONS,
    sorts: Tagged(&[(1, Fields(&[HASH, Number(32)])), (2, Fields(&[Name, Number(32)])), (3, DEVICE_ID)]),
    unknown: Unknown::Passes,
};

/// Conditions of a term.
pub static CONDITIONS: Items = Items {
    most: limits::CONDITIONS,
    sorts: Tagged(&[
        (1, TIME),
        (2, TIME),
        (3, Number(16)),
        (4, SECONDS),
        (5, Fields(&[Name, UNITS])),
        (6, Fields(&[SECONDS, OneOf(&[Unit, Unit])])),
        (7, Fixed(64)),
        (8, SECONDS),
        (9, Unit),
        (10, Number(32)),
        (11, CLASS),
        (12, Number(16)),
        (32, TIME),
        (33, Flag),
        (34, Flag),
    ]),
    unknown: Unknown::Passes,
};

/// Features of a term.
pub static FEATURES: Items = Items {
    most: limits::FEATURES,
    sorts: Tagged(&[(1, Name), (2, Fields(&[Name, Number(64)]))]),
    unknown: Unknown::Passes,
};

/// Terms of a license.
pub static TERMS: Items = Items {
    most: limits::TERMS,
    sorts: Tagged(&[(1, Fields(&[Name, Maybe(&Text), List(&CONDITIONS), List(&FEATURES)]))]),
    unknown: Unknown::Passes,
};

/// Meters of a license.
pub static METERS: Items =
    Items { most: limits::METERS, sorts: Alike(&Fields(&[Name, UNITS, Flag])), unknown: Unknown::Refuses };

const SECRET: Shape = Fields(&[Name, Number(32), Fixed(113), OneOf(&[Unit, Unit])]);

/// Secrets of a license.
pub static SECRETS: Items = Items { most: limits::SECRETS, sorts: Alike(&SECRET), unknown: Unknown::Refuses };

/// Secrets of a loan.
pub static LOAN_SECRETS: Items =
    Items { most: limits::LOAN_SECRETS, sorts: Alike(&SECRET), unknown: Unknown::Refuses };

/// Values of a license.
pub static VALUES: Items =
    Items { most: limits::VALUES, sorts: Alike(&Fields(&[Name, Bytes])), unknown: Unknown::Refuses };

/// Rights of a license.
pub static RIGHTS: Items = Items {
    most: limits::RIGHTS,
    sorts: Tagged(&[(1, Unit), (2, Fields(&[Number(16), SECONDS, CLASS, List(&MAKERS)]))]),
    unknown: Unknown::Passes,
};

/// Actions of an update.
pub static ACTIONS: Items = Items {
    most: limits::ACTIONS,
    sorts: Tagged(&[
        (1, Fields(&[Bytes, Maybe(&Fields(&[Maybe(&TIME), SECONDS]))])),
        (2, Fields(&[ID, Number(16), Maybe(&DEVICE_ID)])),
        (3, Fields(&[HASH, TIME])),
        (4, TIME),
        (5, Fields(&[ID, Name, Number(32), Number(64), Number(64), Number(32), Flag, SIGNATURE])),
        (6, Fields(&[ID, Number(32), Number(32), SIGNATURE])),
    ]),
    unknown: Unknown::Refuses,
};

/// What a device holds, or held.
pub static STATE: Items = Items {
    most: limits::STATEMENT,
    sorts: Tagged(&[
        (1, Fields(&[ID, Number(16), Number(32), USED, SECONDS, Maybe(&TIME)])),
        (2, Fields(&[ID, Number(16), Maybe(&DEVICE_ID), USED, SECONDS, Maybe(&TIME)])),
        (3, HASH),
    ]),
    unknown: Unknown::Passes,
};

static VENDOR: Shape =
    Fields(&[One, ID, Byte, HASH, Name, KEY, HASH, Maybe(&KEY), List(&KEYS), CLASS, Flag, TIME]);
static DEVICE: Shape = Fields(&[One, HASH, TIME, ID, KEY, KEY, KEY, CLASS, Name, Flag]);
static DELEGATION: Shape = Fields(&[
    One,
    HASH,
    TIME,
    KEY,
    Byte,
    Number(16),
    TIME,
    TIME,
    Number(32),
    Number(32),
    Flag,
    OneOf(&[
        Fields(&[ID, List(&LIMITS), List(&LIMITS), List(&LIMITS)]),
        Fields(&[ID, List(&LIMITS), CLASS, Flag]),
    ]),
]);
static LICENSE: Shape = Fields(&[
    One,
    HASH,
    TIME,
    Number(32),
    ID,
    Number(32),
    Number(16),
    ID,
    Name,
    Maybe(&Name),
    DEVICE_ID,
    Name,
    List(&TERMS),
    List(&METERS),
    Maybe(&Fields(&[Number(16), OneOf(&[Unit, Unit]), Number(16)])),
    List(&SECRETS),
    List(&VALUES),
    List(&RIGHTS),
]);
static LOAN: Shape =
    Fields(&[One, HASH, TIME, HASH, Number(16), DEVICE_ID, TIME, SECONDS, List(&LOAN_SECRETS)]);
static UPDATE: Shape = Fields(&[One, HASH, TIME, DEVICE_ID, ID, ID, Number(32), List(&ACTIONS)]);
static TIME_TOKEN: Shape = Fields(&[One, HASH, ID, HASH, TIME]);
static REVOCATIONS: Shape = Fields(&[
    One,
    HASH,
    TIME,
    AUTHORITY,
    Number(32),
    OneOf(&[Unit, Fields(&[DEVICE_ID, DEVICE_ID])]),
    List(&REVOKED),
]);
static STATEMENT: Shape = Fields(&[
    One,
    HASH,
    ID,
    DEVICE_ID,
    ID,
    OneOf(&[Unit, Unit, Unit, Unit, Unit]),
    HASH,
    Number(32),
    HASH,
    HASH,
    Number(32),
    CLASS,
    Number(32),
    HASH,
    TIME,
    Number(16),
    HASH,
    List(&STATE),
]);
static MANIFEST: Shape = Fields(&[One, HASH, TIME, Name, Number(32), Number(32), Number(32), HASH]);

/// The body of this kind.
pub const fn body(kind: Kind) -> &'static Shape {
    match kind {
        Kind::Vendor => &VENDOR,
        Kind::Device => &DEVICE,
        Kind::Delegation => &DELEGATION,
        Kind::License => &LICENSE,
        Kind::Loan => &LOAN,
        Kind::Update => &UPDATE,
        Kind::TimeToken => &TIME_TOKEN,
        Kind::Revocations => &REVOCATIONS,
        Kind::Statement => &STATEMENT,
        Kind::Manifest => &MANIFEST,
    }
}
