//! Lists that are read where they lie. The first byte of an input says what the list holds; the rest is the
//! list.
//!
//! Held to a list split plainly, and to the [grammar](crate::grammar) of the items: the same items in the
//! same places, the same ones passed over, the same verdict of every check. What is understood is written
//! again byte for byte.

use crate::grammar::documents as table;
use crate::grammar::{Items, Sort, split};
use crate::seeds;
use holdfast_document::{DocumentError, Item, Link, List, ListWriter, MakerId, Name, revocations::Revoked};
use holdfast_license::license::{SealedSecret, Value};
use holdfast_license::statement::State;
use holdfast_license::{Action, Condition, Feature, Meter, Right, Term};

const SORTS: [fn(&[u8]); 13] = [
    hold_names,
    |list| hold::<Condition<'_>>(list, &table::CONDITIONS),
    |list| hold::<Feature<'_>>(list, &table::FEATURES),
    |list| hold::<Term<'_>>(list, &table::TERMS),
    |list| hold::<Meter<'_>>(list, &table::METERS),
    |list| hold::<SealedSecret<'_>>(list, &table::SECRETS),
    |list| hold::<Value<'_>>(list, &table::VALUES),
    |list| hold::<Right<'_>>(list, &table::RIGHTS),
    |list| hold::<Action<'_>>(list, &table::ACTIONS),
    |list| hold::<State>(list, &table::STATE),
    |list| hold::<Revoked<'_>>(list, &table::REVOKED),
    |list| hold::<Link<'_>>(list, &table::CHAIN),
    |list| hold::<MakerId>(list, &table::MAKERS),
];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let Some((which, list)) = bytes.split_first() else { return };
    SORTS[usize::from(*which) % SORTS.len()](list);
}

/// The lists of the golden vectors, each as a list of everything.
pub fn inputs() -> Vec<Vec<u8>> {
    let mut lists: Vec<&[u8]> = Vec::new();
    for kind in holdfast_document::Kind::ALL {
        let of_kind = seeds::documents().iter().filter(|vector| vector.kind == kind as u8);
        lists.extend(of_kind.flat_map(|vector| all_lists(table::body(kind), &vector.body)));
    }
    lists.sort();
    lists.dedup();
    let known = |at: usize, list: &[u8]| {
        let items = ITEMS[at];
        split(list).0.iter().any(|item| items.sort(item) == Sort::Known)
    };
    let each = |at: usize| {
        lists.iter().filter(move |list| known(at, list)).map(move |list| [&[at as u8][..], list].concat())
    };
    (0..SORTS.len()).flat_map(each).collect()
}

const ITEMS: [&Items; 13] = [
    &table::LIMITS,
    &table::CONDITIONS,
    &table::FEATURES,
    &table::TERMS,
    &table::METERS,
    &table::SECRETS,
    &table::VALUES,
    &table::RIGHTS,
    &table::ACTIONS,
    &table::STATE,
    &table::REVOKED,
    &table::CHAIN,
    &table::MAKERS,
];

/// The lists of a body, and those in the terms of a license.
fn all_lists<'b>(shape: &crate::grammar::Shape, body: &'b [u8]) -> Vec<&'b [u8]> {
    let mut found = Vec::new();
    for (_, list) in shape.lists(body).unwrap_or_default() {
        found.push(list);
        for term in split(list).0.into_iter().filter(|item| table::TERMS.sort(item) == Sort::Known) {
            let conditions = &table::TERMS.sorts;
            if let crate::grammar::Sorts::Tagged([(_, term_shape)]) = conditions {
                found.extend(
                    term_shape.lists(&term[1..]).unwrap_or_default().into_iter().map(|(_, list)| list),
                );
            }
        }
    }
    found
}

fn hold_names(bytes: &[u8]) {
    hold::<Name<'_>>(bytes, &table::LIMITS);
}

fn hold<'a, T: Item<'a> + PartialEq + core::fmt::Debug>(bytes: &'a [u8], items: &Items) {
    let list = List::<T>::from_bytes(bytes);
    let (pieces, whole) = split(bytes);
    assert_eq!(list.is_empty(), bytes.is_empty());
    let read = |piece: &&'a [u8]| match items.sort(piece) {
        Sort::Known => Ok(T::from_item(piece).expect("the table takes this item")),
        Sort::Unknown(tag) => {
            assert_eq!(T::from_item(piece), Err(DocumentError::UnknownItem { tag }));
            Err(DocumentError::UnknownItem { tag })
        }
        Sort::Malformed => {
            assert_eq!(
                T::from_item(piece),
                Err(DocumentError::Malformed),
                "the table does not take this item"
            );
            Err(DocumentError::Malformed)
        }
    };
    let mut all: Vec<Result<T, DocumentError>> = pieces.iter().map(read).collect();
    let understood = whole && all.iter().all(Result::is_ok);
    if !whole {
        all.push(Err(DocumentError::Malformed));
    }
    assert_eq!(list.is_understood(), understood);

    let skipped =
        |item: &Result<T, DocumentError>| matches!(item, Err(DocumentError::UnknownItem { tag: 128.. }));
    let mut expected = all.iter().enumerate().filter(|(_, item)| !skipped(item));
    let mut found = list.indexed();
    let mut plain = list.iter();
    loop {
        let (expected, found) = (expected.next(), found.next());
        assert_eq!(expected.map(|(_, item)| item), plain.next().as_ref());
        let expected = expected.map(|(place, item)| (place.min(255) as u8, item));
        assert_eq!(expected, found.as_ref().map(|(place, item)| (*place, item)));
        if found.is_none() {
            break;
        }
    }
    assert!(list.known().eq(pieces.iter().filter_map(|piece| T::from_item(piece).ok())));
    for most in [0, 1, pieces.len().saturating_sub(1), pieces.len(), pieces.len() + 1, items.most] {
        hold_check(&list, &all, whole, most);
    }
    if understood {
        write_again(bytes, &all);
    }
}

/// What a check of at most so many items says, and which items it hands on.
fn hold_check<'a, T: Item<'a> + PartialEq + core::fmt::Debug>(
    list: &List<'a, T>,
    all: &[Result<T, DocumentError>],
    whole: bool,
    most: usize,
) {
    let bad = |item: &&Result<T, DocumentError>| matches!(item, Err(DocumentError::Malformed));
    let expected = match all.iter().take(most).find(bad) {
        Some(_) => Err(DocumentError::Malformed),
        None if all.len() > most => Err(DocumentError::TooMany),
        None => Ok(()),
    };
    let mut handed = 0;
    let checked = list.check(most, |_| {
        handed += 1;
        Ok(())
    });
    assert_eq!(checked, expected, "at most {most}, framing sound: {whole}");
    if expected.is_ok() {
        assert_eq!(handed, all.iter().flatten().count());
    }
    assert_eq!(list.check(most, |_| Err(DocumentError::Mixed)).is_ok(), expected.is_ok() && handed == 0);
    let critical = all.iter().find_map(|item| match item {
        Err(DocumentError::UnknownItem { tag }) if *tag < 128 => Some(*tag),
        _ => None,
    });
    let all_known = match (expected, critical) {
        (Ok(()), Some(tag)) => Err(DocumentError::UnknownItem { tag }),
        _ => expected,
    };
    assert_eq!(list.check_all_known(most, |_| Ok(())), all_known);
}

/// A list that is understood is what a writer makes of its items; one byte less of room loses the last.
fn write_again<'a, T: Item<'a>>(bytes: &[u8], all: &[Result<T, DocumentError>]) {
    let mut buffer = vec![0; bytes.len()];
    let mut writer = ListWriter::new(&mut buffer);
    for item in all.iter().flatten() {
        writer.push(item).expect("there is room for what was read");
    }
    assert_eq!(writer.finish::<T>().as_bytes(), bytes);
    let Some(less) = bytes.len().checked_sub(1) else { return };
    let mut writer = ListWriter::new(&mut buffer[..less]);
    let pushed = all.iter().flatten().map(|item| writer.push(item)).filter(Result::is_ok).count();
    assert_eq!(pushed, all.len() - 1, "the last has no room");
    assert!(bytes.starts_with(writer.finish::<T>().as_bytes()));
}
