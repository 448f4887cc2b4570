//! What one issue of revocations names, when there is much of it.

mod cast;

use cast::*;
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{Received, Revocations};
use holdfast_issuer::ledger::Named;
use holdfast_issuer::revoke::revoke;

#[test]
fn a_root_that_is_revoked_takes_the_place_of_all_that_stood_under_it() {
    let Cast { vendor, root, root_office, mut rng, .. } = cast(false);
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = ledger(folder.path(), vendor);
    let [lost, other] = [0xa0, 0xb0].map(|byte| Hash([byte; 32]));
    let mut many = Named::default();
    (0..99).for_each(|key| many.delegation(Hash([key; 32]), lost, u32::from(key)));
    many.delegation(Hash([99; 32]), other, 7);
    let full = revoke(&root_office, &mut ledger, &many, NOW, &mut rng).unwrap();
    assert_eq!(full.named.delegations.len(), 100, "as many as part 0 holds");

    let mut root_of_many = Named::default();
    root_of_many.root(lost);
    let issue = revoke(&root_office, &mut ledger, &root_of_many, NOW, &mut rng).unwrap();
    let left = [(lost.to_string(), 0), (Hash([99; 32]).to_string(), 7)];
    assert_eq!(issue.named.delegations.clone().into_iter().collect::<Vec<_>>(), {
        let mut left = left.to_vec();
        left.sort();
        left
    });
    let zero = Received::parse(&issue.parts[0]).unwrap();
    let zero = zero.verify::<RustCrypto, Revocations<'_>>(&root, NOW).unwrap();
    assert_eq!((zero.number, zero.entries.known().count()), (2, 2));

    // One more under it needs no entry of its own, and the ledger remembers which those are.
    let mut late = Named::default();
    late.delegation(Hash([1; 32]), lost, 0);
    let issue = revoke(&root_office, &mut ledger, &late, NOW, &mut rng).unwrap();
    assert_eq!(issue.named.delegations.len(), 2);
}
