//! Whose licenses may take the place of whose.
//!
//! A license is superseded only by its issuer or that issuer's superiors: what one desk sold, no other desk takes
//! back or makes worse. The device that holds a license and the audit that reads a heap of them ask this one rule.

use crate::License;
use holdfast_crypto::Hash;
use holdfast_document::Verified;

/// Who issued a license: the root of its vendor and, if not the root itself, the desk under it. A reseller sells in
/// the desk's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The number of the root.
    pub root: u8,
    /// The digest of the first delegation under the root; none where the root signed.
    pub desk: Option<Hash>,
}

impl Issuer {
    /// Who issued this license.
    pub const fn of(license: &Verified<'_, License<'_>>) -> Self {
        Self { root: license.document().root, desk: license.first_link() }
    }

    /// Whether its licenses may take the place of those of the other, which are of the same vendor: if it is the
    /// same, the other's root, or anyone under a later root.
    pub fn may_supersede(&self, other: &Self) -> bool {
        self.root > other.root
            || (self.root == other.root && (self.desk.is_none() || self.desk == other.desk))
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    const DESK: Option<Hash> = Some(Hash([1; 32]));
    const OTHER_DESK: Option<Hash> = Some(Hash([2; 32]));

    fn issuer(root: u8, desk: Option<Hash>) -> Issuer {
        Issuer { root, desk }
    }

    #[test]
    fn a_license_is_superseded_by_its_desk_and_the_root_above_it_but_by_no_other_desk() {
        let desk = issuer(1, DESK);
        assert!(desk.may_supersede(&desk));
        assert!(issuer(1, None).may_supersede(&desk));
        assert!(issuer(1, None).may_supersede(&issuer(1, None)));
        assert!(!issuer(1, OTHER_DESK).may_supersede(&desk));
        // What the root itself sold is nobody else's under it.
        assert!(!desk.may_supersede(&issuer(1, None)));
    }

    #[test]
    fn whoever_stands_under_a_later_root_supersedes_and_nobody_under_an_earlier_one_does() {
        for (desk, other) in [(DESK, DESK), (DESK, OTHER_DESK), (DESK, None), (None, DESK), (None, None)] {
            assert!(issuer(2, desk).may_supersede(&issuer(1, other)));
            assert!(!issuer(1, desk).may_supersede(&issuer(2, other)));
        }
    }
}
