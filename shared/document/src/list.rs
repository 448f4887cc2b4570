//! Lists that are read where they lie.
//!
//! A list is a byte string of items, each with its length before it. It is decoded as it is
//! walked: nothing is copied, an item that is not understood fails alone, and its neighbors still
//! read. Where the items are of several sorts, the first byte of each is a tag; an unknown tag
//! below 128 must be understood by whoever decides on it, one from 128 on is skipped.
//!
//! ```
//! use holdfast_document::{List, ListWriter, Name};
//!
//! let mut buffer = [0; 32];
//! let mut writer = ListWriter::new(&mut buffer);
//! writer.push(&Name::new("cutter").unwrap()).unwrap();
//! writer.push(&Name::new("viewer").unwrap()).unwrap();
//! let list: List<'_, Name<'_>> = writer.finish();
//! assert!(list.iter().any(|item| item.is_ok_and(|name| name.as_str() == "viewer")));
//! ```

use crate::{DocumentError, strict};
use core::marker::PhantomData;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first tag whose items may be skipped by who does not know them.
pub const SKIPPABLE: u8 = 128;

/// What a list can hold.
pub trait Item<'a>: Serialize + Sized {
    /// Reads one item, all of `bytes`.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`], or [`DocumentError::UnknownItem`] for a tag that is not known.
    fn from_item(bytes: &'a [u8]) -> Result<Self, DocumentError>;
}

/// A list of length-prefixed items, borrowed from the bytes it was read from.
pub struct List<'a, T> {
    bytes: &'a [u8],
    items: PhantomData<fn() -> T>,
}

impl<'a, T> List<'a, T> {
    /// A list without items.
    pub const EMPTY: Self = Self::from_bytes(&[]);

    /// A list over bytes that were written by a [`ListWriter`], or received.
    pub const fn from_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, items: PhantomData }
    }

    /// The items as they lie.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The items before `tail`, which is the end of this list.
    ///
    /// Together with [`Items::rest`] it cuts a list in two. A `tail` of another list cuts somewhere,
    /// and what is read of it then is as good as any bytes that came in.
    #[must_use]
    pub fn before(&self, tail: &Self) -> Self {
        let length = self.bytes.len().saturating_sub(tail.bytes.len());
        Self::from_bytes(self.bytes.get(..length).unwrap_or_default())
    }

    /// Whether there is no item, known or not.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// Walks the items. One that may be skipped and is not known is left out; one that must be
    /// understood, or is malformed, is an error in its place. After bad framing the walk ends.
    pub const fn iter(&self) -> Items<'a, T> {
        Items { rest: self.bytes, items: PhantomData }
    }

    /// Walks the items with their places in the list. Items that are passed over count, so that two
    /// readers of different age mean the same item by the same number; past 255 they all have 255.
    pub fn indexed(&self) -> impl Iterator<Item = (u8, Result<T, DocumentError>)> + use<'a, T> {
        let mut items = self.iter();
        let places = (0..=u8::MAX).chain(core::iter::repeat(u8::MAX));
        let all = core::iter::from_fn(move || items.step()).zip(places);
        all.filter(|(item, _)| !may_be_skipped(item)).map(|(item, place)| (place, item))
    }

    /// Whether every item is understood, those that may be skipped included: for limits, which
    /// cannot be held against what is not known.
    pub fn is_understood(&self) -> bool {
        let mut items = self.iter();
        core::iter::from_fn(|| items.step()).all(|item| item.is_ok())
    }

    /// Walks the items that are understood, and passes over the others.
    pub fn known(&self) -> impl Iterator<Item = T> + use<'a, T> {
        self.iter().flatten()
    }

    /// Demands that the list is well formed and has at most `most` items, and hands each known
    /// one to `check`. Unknown items pass: what they mean is for the reader of each to say.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`], [`DocumentError::TooMany`], and those of `check`.
    pub fn check(
        &self,
        most: usize,
        mut check: impl FnMut(T) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        let mut rest = self.bytes;
        for _ in 0..most {
            if rest.is_empty() {
                return Ok(());
            }
            let (item, after) = split(rest).ok_or(DocumentError::Malformed)?;
            match T::from_item(item) {
                Ok(item) => check(item)?,
                Err(DocumentError::UnknownItem { .. }) => {}
                Err(error) => return Err(error),
            }
            rest = after;
        }
        if rest.is_empty() { Ok(()) } else { Err(DocumentError::TooMany) }
    }

    /// Like [`check`](Self::check), and refuses an unknown item that must be understood: for lists
    /// whose every item is acted on.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), and [`DocumentError::UnknownItem`].
    pub fn check_all_known(
        &self,
        most: usize,
        check: impl FnMut(T) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        self.check(most, check)?;
        self.iter().find_map(Result::err).map_or(Ok(()), Err)
    }
}

/// Splits the first item off. Its length stands in as few bytes as it can, at most two.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match *bytes {
        [low @ 0..128, ref rest @ ..] => (usize::from(low), rest),
        [low, high @ 1..128, ref rest @ ..] => (usize::from(low & 127) | usize::from(high) << 7, rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The walk over a [`List`].
pub struct Items<'a, T> {
    rest: &'a [u8],
    items: PhantomData<fn() -> T>,
}

/// Whether it is an item that who does not know it passes over.
fn may_be_skipped<T>(item: &Result<T, DocumentError>) -> bool {
    matches!(item, Err(DocumentError::UnknownItem { tag: SKIPPABLE.. }))
}

impl<'a, T> Items<'a, T> {
    /// The items that are still to come.
    pub const fn rest(&self) -> List<'a, T> {
        List::from_bytes(self.rest)
    }
}

impl<'a, T: Item<'a>> Items<'a, T> {
    /// The next item, known or not.
    fn step(&mut self) -> Option<Result<T, DocumentError>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((item, after)) = split(self.rest) else {
            self.rest = &[];
            return Some(Err(DocumentError::Malformed));
        };
        self.rest = after;
        Some(T::from_item(item))
    }
}

impl<'a, T: Item<'a>> Iterator for Items<'a, T> {
    type Item = Result<T, DocumentError>;

    fn next(&mut self) -> Option<Self::Item> {
        core::iter::from_fn(|| self.step()).find(|item| !may_be_skipped(item))
    }
}

/// Writes a list into a buffer, item by item.
pub struct ListWriter<'b> {
    buffer: &'b mut [u8],
    used: usize,
}

impl<'b> ListWriter<'b> {
    /// Begins an empty list in `buffer`.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, used: 0 }
    }

    /// Appends one item.
    ///
    /// # Errors
    /// [`DocumentError::TooMany`] when there is no room for it; the list is then as before.
    pub fn push(&mut self, item: &impl Serialize) -> Result<(), DocumentError> {
        let length = strict::length(item)?;
        let room = self.buffer.get_mut(self.used..).ok_or(DocumentError::TooMany)?;
        let prefix: &[u8] = match length {
            0..128 => &[length as u8],
            128..16_384 => &[(length & 127) as u8 | 128, (length >> 7) as u8],
            _ => return Err(DocumentError::TooMany),
        };
        let (head, body) = room.split_at_mut_checked(prefix.len()).ok_or(DocumentError::TooMany)?;
        strict::encode(item, body)?;
        head.copy_from_slice(prefix);
        self.used = self.used.saturating_add(prefix.len()).saturating_add(length);
        Ok(())
    }

    /// The list as it stands.
    pub fn finish<T>(self) -> List<'b, T> {
        let Self { buffer, used } = self;
        List::from_bytes(buffer.get(..used).unwrap_or_default())
    }
}

impl<'a, T: Item<'a>> Serialize for List<'a, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_seq(self.known()) } else { to.serialize_bytes(self.bytes) }
    }
}

impl<'de: 'a, 'a, T> Deserialize<'de> for List<'a, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <&'a [u8]>::deserialize(from).map(Self::from_bytes)
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> PartialEq for List<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for List<'_, T> {}

impl<'a, T: Item<'a> + core::fmt::Debug> core::fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Declares an enum whose variants are the tagged items of a list, each holding one value.
#[macro_export]
macro_rules! tagged_items {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident<$life:lifetime> {
            $($(#[$variant_meta:meta])* $tag:literal => $variant:ident($payload:ty),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name<$life> {
            $($(#[$variant_meta])* $variant($payload),)*
        }
        $crate::tagged_items! { @read_and_write $life $name [$name<$life>] $($tag $variant [$payload])* }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $tag:literal => $variant:ident($payload:ty),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $($(#[$variant_meta])* $variant($payload),)*
        }
        $crate::tagged_items! { @read_and_write 'a $name [$name] $($tag $variant [$payload])* }
    };
    (@read_and_write $life:lifetime $name:ident [$type:ty] $($tag:literal $variant:ident [$payload:ty])*) => {
        impl<$life> $crate::Item<$life> for $type {
            fn from_item(bytes: &$life [u8]) -> Result<Self, $crate::DocumentError> {
                let (tag, body) = bytes.split_first().ok_or($crate::DocumentError::Malformed)?;
                match *tag {
                    $($tag => $crate::strict::decode::<$payload>(body).map(Self::$variant),)*
                    tag => Err($crate::DocumentError::UnknownItem { tag }),
                }
            }
        }

        impl<$life> $crate::serde::Serialize for $type {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(payload) => {
                        if to.is_human_readable() {
                            to.serialize_newtype_variant(stringify!($name), $tag, stringify!($variant), payload)
                        } else {
                            $crate::serde::Serialize::serialize(&($tag as u8, payload), to)
                        }
                    })*
                }
            }
        }
    };
}

/// Declares that a list holds values of this type alone, without tags.
#[macro_export]
macro_rules! untagged_item {
    ($life:lifetime, $name:ty) => {
        impl<$life> $crate::Item<$life> for $name {
            fn from_item(bytes: &$life [u8]) -> Result<Self, $crate::DocumentError> {
                $crate::strict::decode(bytes)
            }
        }
    };
}

untagged_item!('a, holdfast_crypto::Key);
untagged_item!('a, crate::MakerId);

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    tagged_items! {
        /// A list with two sorts of item.
        enum Sample<'a> {
            /// A number.
            1 => Number(u32),
            /// A text.
            2 => Text(&'a str),
        }
    }

    fn list(bytes: &[u8]) -> Vec<Result<Sample<'_>, DocumentError>> {
        List::<Sample>::from_bytes(bytes).iter().collect()
    }

    #[test]
    fn an_unknown_item_fails_alone_and_a_skippable_one_is_passed_over() {
        let bytes = [2, 1, 7, 3, 99, 1, 2, 2, 200, 5, 3, 2, 1, b'x'];
        assert_eq!(
            list(&bytes),
            [Ok(Sample::Number(7)), Err(DocumentError::UnknownItem { tag: 99 }), Ok(Sample::Text("x"))]
        );
    }

    #[test]
    fn an_item_that_is_passed_over_still_counts_in_the_numbering() {
        let bytes = [2, 200, 5, 2, 1, 7, 2, 201, 5, 3, 99, 1, 2, 3, 2, 1, b'x'];
        let list = List::<Sample>::from_bytes(&bytes);
        let found: Vec<_> = list.indexed().collect();
        let unknown = Err(DocumentError::UnknownItem { tag: 99 });
        assert_eq!(found, [(1, Ok(Sample::Number(7))), (3, unknown), (4, Ok(Sample::Text("x")))]);
        assert!(!list.is_understood());
        assert!(List::<Sample>::from_bytes(&[2, 1, 7]).is_understood());
        assert!(!List::<Sample>::from_bytes(&[2, 200, 5]).is_understood());
        let many = [2, 1, 7].repeat(300);
        assert_eq!(List::<Sample>::from_bytes(&many).indexed().last(), Some((255, Ok(Sample::Number(7)))));
    }

    #[test]
    fn a_malformed_item_or_length_is_malformed() {
        for bad in [&[3, 1, 7, 0][..], &[2, 1], &[0x82, 0x00, 1, 7], &[0], &[0x80], &[2, 1, 7, 0xff, 0xff, 1]]
        {
            let list = List::<Sample>::from_bytes(bad);
            assert_eq!(list.check(8, |_| Ok(())), Err(DocumentError::Malformed), "{bad:?}");
            assert!(list.iter().any(|item| item == Err(DocumentError::Malformed)), "{bad:?}");
        }
    }

    #[test]
    fn what_a_writer_writes_reads_back_and_a_full_buffer_loses_nothing() {
        let mut buffer = [0; 140];
        let mut writer = ListWriter::new(&mut buffer);
        let long = "y".repeat(130);
        writer.push(&Sample::Text(&long)).unwrap();
        writer.push(&Sample::Number(300)).unwrap();
        assert_eq!(writer.push(&Sample::Number(300)), Err(DocumentError::TooMany));
        let list: List<'_, Sample> = writer.finish();
        assert_eq!(list.iter().collect::<Vec<_>>(), [Ok(Sample::Text(&long)), Ok(Sample::Number(300))]);
        assert_eq!(list.check(1, |_| Ok(())), Err(DocumentError::TooMany));
        assert_eq!(list.check_all_known(2, |_| Ok(())), Ok(()));
    }
}
