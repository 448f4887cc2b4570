//! What a chain permits, said once more and plainly: the second reading that drawn documents are held to.
//!
//! Nothing here is shared with the crate that it judges: sets of names are sets, and each rule is a line.

use super::drawn::{ACTIONS, FEATURES, NAMES, Power, Said, Side, Signed};
use holdfast_document::Class;
use std::collections::BTreeSet;

/// The number of a right that is no kind: to answer, and to send departs and hops.
const ANSWER: u16 = 11;
/// The number of the right to sign approvals.
const APPROVAL: u16 = 12;

/// Whether this is to be believed: a chain of links below a root, and a body at its end.
pub(super) fn holds(root_key: u8, side: Side, chain: &[Signed], last: &Signed, floor: u64) -> bool {
    let (mut key, mut algorithm) = (root_key, 1);
    let mut above: Option<Power> = None;
    let mut device = false;
    for (position, link) in chain.iter().enumerate() {
        if device || !signed_well(link, key, algorithm) || !allowed(side, above.as_ref(), &link.said) {
            return false;
        }
        match link.said {
            Said::Delegation(power) => {
                if position >= 2 || !above.is_none_or(|above| in_force(&above, power.issued)) {
                    return false;
                }
                (key, algorithm, above) = (power.key, power.algorithm, Some(power));
            }
            Said::Device { issued, key: its, .. } => {
                if !matches!(last.said, Said::Statement { .. })
                    || !above.is_none_or(|above| in_force(&above, issued))
                {
                    return false;
                }
                (key, algorithm, above, device) = (its, 1, None, true);
            }
            _ => return false,
        }
    }
    if matches!(last.said, Said::Statement { .. }) != device {
        return false;
    }
    if matches!(last.said, Said::Delegation(_)) && chain.len() >= 2 {
        return false;
    }
    signed_well(last, key, algorithm)
        && allowed(side, above.as_ref(), &last.said)
        && above.is_none_or(|above| in_force(&above, floor.max(issued(&last.said))))
}

fn signed_well(signed: &Signed, key: u8, algorithm: u8) -> bool {
    signed.by == key && signed.names_signer && algorithm == 1 && signed.algorithm == 1
}

fn issued(said: &Said) -> u64 {
    match *said {
        Said::Delegation(Power { issued, .. })
        | Said::License { issued, .. }
        | Said::Token { time: issued, .. }
        | Said::Update { issued, .. }
        | Said::Device { issued, .. }
        | Said::Statement { floor: issued }
        | Said::Manifest { issued } => issued,
    }
}

fn in_force(power: &Power, now: u64) -> bool {
    (power.from..power.until).contains(&now)
}

/// Whether a body is sound, of this side, and within the limits above it.
fn allowed(side: Side, above: Option<&Power>, said: &Said) -> bool {
    let of_maker = matches!(said, Said::Device { .. } | Said::Statement { .. } | Said::Manifest { .. });
    if of_maker && matches!(side, Side::Vendor(_)) {
        return false;
    }
    let named = match *said {
        Said::Delegation(power) => Some(power.side),
        Said::License { vendor, .. } | Said::Token { vendor, .. } | Said::Update { vendor, .. } => {
            Some(Side::Vendor(vendor))
        }
        Said::Device { maker, .. } => Some(Side::Maker(maker)),
        Said::Statement { .. } | Said::Manifest { .. } => None,
    };
    named.is_none_or(|named| named == side)
        && sound(said)
        && above.is_none_or(|above| has(above, said.kind() as u16, said) && within(above, said))
}

/// What a body must satisfy whoever signs it.
fn sound(said: &Said) -> bool {
    match *said {
        Said::Delegation(power) => {
            let approves = power.kinds >> APPROVAL & 1 == 1;
            power.from < power.until
                && power.first <= power.last
                && !(approves && (power.kinds != 1 << APPROVAL || power.may_delegate))
        }
        Said::Update { actions, .. } => match ACTIONS[actions].matches('A').count() {
            0 => !ACTIONS[actions].contains('D'),
            answers => answers == 1,
        },
        _ => true,
    }
}

/// Whether a kind may be signed at all. The right to delegate is asked elsewhere.
fn has(above: &Power, kind: u16, said: &Said) -> bool {
    matches!(said, Said::Delegation(_)) || above.kinds >> kind & 1 == 1
}

fn within(above: &Power, said: &Said) -> bool {
    let names = |which: usize| NAMES[which].iter().copied().collect::<BTreeSet<_>>();
    let one = |limit: usize, name: usize| NAMES[limit].is_empty() || names(limit).contains(["a", "b"][name]);
    // Of an empty list everything is allowed; so an empty one is the widest.
    let narrower = |inner: usize, outer: usize| match (NAMES[inner], NAMES[outer]) {
        (_, []) => true,
        ([], _) => false,
        _ => names(inner).is_subset(&names(outer)),
    };
    let answers = above.kinds >> ANSWER & 1 == 1;
    let of_vendor = matches!(above.side, Side::Vendor(_));
    match *said {
        Said::Delegation(inner) => {
            let same_sort = matches!(inner.side, Side::Vendor(_)) == of_vendor;
            let lists = match of_vendor {
                true => {
                    narrower(inner.products, above.products)
                        && narrower(inner.regions, above.regions)
                        && narrower(inner.features, above.features)
                }
                false => {
                    narrower(inner.models, above.models)
                        && reaches(above.best_class, inner.best_class)
                        && above.production == inner.production
                }
            };
            above.may_delegate
                && inner.kinds & !above.kinds == 0
                && above.from <= inner.from
                && inner.until <= above.until
                && above.first <= inner.first
                && inner.first <= above.last
                && above.first <= inner.last
                && inner.last <= above.last
                && same_sort
                && lists
        }
        Said::License { number, hop, product, region, terms, secret, .. } => {
            let limited = !NAMES[above.features].is_empty();
            let granted = FEATURES[terms]
                .iter()
                .all(|feature| feature.is_some_and(|feature| names(above.features).contains(feature)));
            let opened = secret.is_none_or(|secret| one(above.features, secret));
            of_vendor
                && (above.first..=above.last).contains(&number)
                && one(above.products, product)
                && (NAMES[above.regions].is_empty()
                    || region.is_some_and(|region| one(above.regions, region)))
                && (hop == 0 || answers)
                && (!limited || (granted && opened))
        }
        Said::Update { actions, .. } => {
            let (answering, floor) = (ACTIONS[actions].contains(['A', 'D']), ACTIONS[actions].contains('F'));
            !floor && (!answering || answers)
        }
        Said::Device { class, model, production, .. } => {
            !of_vendor
                && one(above.models, model)
                && reaches(above.best_class, class)
                && above.production == production
        }
        Said::Statement { .. } => false,
        Said::Token { .. } | Said::Manifest { .. } => true,
    }
}

fn reaches(best: Class, class: Class) -> bool {
    class.scale == 0 || (best.scale == class.scale && best.level >= class.level)
}
