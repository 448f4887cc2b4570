//! SHA-256 over parts, with or without a label before them.

use crate::{Hash, Label};
use sha2::{Digest, Sha256};

/// SHA-256 over the parts as if they were one.
pub fn plain(parts: &[&[u8]]) -> Hash {
    finish(Sha256::new(), parts)
}

/// SHA-256(label ‖ 00 ‖ parts).
pub fn labeled(label: Label, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(label.as_bytes());
    hasher.update([0]);
    finish(hasher, parts)
}

fn finish(mut hasher: Sha256, parts: &[&[u8]]) -> Hash {
    parts.iter().for_each(|part| hasher.update(part));
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_and_a_zero_byte_come_first() {
        assert_eq!(labeled(crate::label::MAKER, &[b"a", b"b"]), plain(&[b"holdfast/v1/maker\0ab"]));
    }
}
