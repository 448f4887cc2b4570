//! What a program keeps beside a job so that the job is charged exactly once, for ever.
//!
//! A token names the dongles on which the job may have been charged, each with the mark that it
//! had before. It is stored *before* a dongle is first asked to charge: that is why a token is made
//! with the way to store it, and not merely filled in.
//!
//! ```
//! use holdfast::Token;
//!
//! let mut stored = Vec::new();
//! let token = Token::new(|bytes: &[u8]| {
//!     stored = bytes.to_vec(); // in a database, in the same row as the job
//!     Ok(())
//! });
//! assert!(token.dongles().next().is_none());
//! ```

use crate::Error;
use holdfast_document::DongleId;
use std::io;

/// The first byte of a token's bytes.
const VERSION: u8 = 1;
/// Bytes of one entry: id and mark.
const ENTRY: usize = DongleId::LENGTH + 8;
/// The most dongles that a token names: their number is one byte.
const MOST: usize = 255;

/// Dongles on which a job may have been charged, each with a mark from before. In this order they
/// were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(Vec<(DongleId, u64)>);

impl Marks {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (DongleId, u64)> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn of(&self, dongle: DongleId) -> Option<u64> {
        self.iter().find(|(named, _)| *named == dongle).map(|(_, mark)| mark)
    }

    /// Names a dongle, or gives the one that is named another mark.
    pub(crate) fn set(&mut self, dongle: DongleId, mark: u64) -> Result<(), Error> {
        if let Some(entry) = self.0.iter_mut().find(|(named, _)| *named == dongle) {
            entry.1 = mark;
        } else if self.0.len() < MOST {
            self.0.push((dongle, mark));
        } else {
            return Err(Error::TokenFull);
        }
        Ok(())
    }

    /// `01 ‖ count (1) ‖ (id (16) ‖ mark (8, little-endian)) …`
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, self.0.len() as u8];
        for (dongle, mark) in self.iter() {
            bytes.extend_from_slice(&dongle.0);
            bytes.extend_from_slice(&mark.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let [VERSION, count, entries @ ..] = bytes else { return Err(Error::NotAToken) };
        if entries.len() != usize::from(*count) * ENTRY {
            return Err(Error::NotAToken);
        }
        let mut marks = Self::default();
        for entry in entries.chunks_exact(ENTRY) {
            let (id, mark) = entry.split_at(DongleId::LENGTH);
            let id = DongleId::from_slice(id).ok_or(Error::NotAToken)?;
            let mark = u64::from_le_bytes(mark.try_into().map_err(|_| Error::NotAToken)?);
            if marks.of(id).is_some() {
                return Err(Error::NotAToken);
            }
            marks.set(id, mark)?;
        }
        Ok(marks)
    }
}

/// Makes bytes durable.
type Store<'s> = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send + 's>;

/// A job's token. One job, one token, one program at a time.
pub struct Token<'s> {
    pub(crate) marks: Marks,
    store: Store<'s>,
}

impl<'s> Token<'s> {
    /// For a job that begins. `store` makes the bytes durable beside the job, in place of what it
    /// stored before, and returns only then.
    pub fn new(store: impl FnMut(&[u8]) -> io::Result<()> + Send + 's) -> Self {
        Self { marks: Marks::default(), store: Box::new(store) }
    }

    /// For a job that goes on after a restart, with the bytes that were stored last.
    ///
    /// # Errors
    /// [`Error::NotAToken`].
    pub fn resume(
        bytes: &[u8],
        store: impl FnMut(&[u8]) -> io::Result<()> + Send + 's,
    ) -> Result<Self, Error> {
        Ok(Self { marks: Marks::from_bytes(bytes)?, store: Box::new(store) })
    }

    /// The dongles on which the job may have been charged.
    pub fn dongles(&self) -> impl Iterator<Item = DongleId> + '_ {
        self.marks.iter().map(|(dongle, _)| dongle)
    }

    /// What was stored last, or would be.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.marks.to_bytes()
    }

    /// Makes `marks` durable, and only then takes them over.
    pub(crate) fn keep(&mut self, marks: Marks) -> Result<(), Error> {
        (self.store)(&marks.to_bytes()).map_err(Error::TokenNotStored)?;
        self.marks = marks;
        Ok(())
    }
}

impl core::fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.marks.fmt(f)
    }
}

#[cfg(test)]
mod laws {
    use super::*;
    use proptest::prelude::*;

    fn marks() -> impl Strategy<Value = Marks> {
        prop::collection::btree_map(any::<[u8; 16]>(), any::<u64>(), 0..40)
            .prop_map(|map| Marks(map.into_iter().map(|(id, mark)| (DongleId(id), mark)).collect()))
    }

    proptest! {
        #[test]
        fn a_token_that_was_stored_is_the_same_when_resumed(marks in marks()) {
            prop_assert_eq!(Marks::from_bytes(&marks.to_bytes()).unwrap(), marks);
        }

        #[test]
        fn what_was_cut_or_lengthened_is_no_token(marks in marks(), cut in any::<prop::sample::Index>(), more: u8) {
            let mut bytes = marks.to_bytes();
            prop_assert!(Marks::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
            bytes.push(more);
            prop_assert!(Marks::from_bytes(&bytes).is_err());
        }

        #[test]
        fn any_bytes_that_are_a_token_are_the_only_ones_of_it(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(marks) = Marks::from_bytes(&bytes) {
                prop_assert_eq!(marks.to_bytes(), bytes);
            }
        }

        #[test]
        fn a_dongle_is_named_once_and_no_other_is_lost(marks in marks(), id: [u8; 16], mark: u64) {
            let mut after = marks.clone();
            after.set(DongleId(id), mark).unwrap();
            prop_assert_eq!(after.of(DongleId(id)), Some(mark));
            prop_assert_eq!(after.iter().filter(|(named, _)| named.0 == id).count(), 1);
            for (other, mark) in marks.iter().filter(|(other, _)| other.0 != id) {
                prop_assert_eq!(after.of(other), Some(mark));
            }
        }
    }

    #[test]
    fn a_token_that_names_a_dongle_twice_is_none() {
        let mut bytes = vec![VERSION, 2];
        bytes.extend_from_slice(&[7; 2 * ENTRY]);
        assert!(matches!(Marks::from_bytes(&bytes), Err(Error::NotAToken)));
    }

    #[test]
    fn a_token_that_cannot_be_stored_stays_as_it_was() {
        let mut token = Token::new(|_| Err(io::Error::other("disk full")));
        let mut marks = Marks::default();
        marks.set(DongleId([1; 16]), 5).unwrap();
        assert!(matches!(token.keep(marks), Err(Error::TokenNotStored(_))));
        assert_eq!(token.dongles().count(), 0);
    }
}
