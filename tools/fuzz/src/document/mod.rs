//! Documents: the envelope, the walk from a root, the ten bodies, lists, text.

pub mod armor;
pub mod body;
mod drawn;
pub mod envelope;
pub mod hexadecimal;
pub mod lent;
pub mod list;
pub mod name;
mod permits;
pub mod sequence;
pub mod signature;
pub mod signed;
pub mod strict;

pub(crate) use drawn::bytes;
