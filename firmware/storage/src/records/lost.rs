//! Records that are there, but cannot be told: what stands before a piece of them has decayed.
//!
//! The piece's granule still says which record it was, by the CRC-32 of its name. So reading it answers
//! *unreadable*, not that it is absent, and not what an older version says; and its page is left alone. A newer version or a
//! deletion ends that.

use super::entry::Key;
use super::{Records, insert};

/// A record that cannot be told, and where that was seen.
#[derive(Clone, Copy)]
pub(crate) struct Lost {
    name: u32,
    page: u8,
}

impl<const N: usize> Records<N> {
    /// A mount found a piece of this record that cannot be told. More than can be remembered are absent.
    pub(super) fn lose(&mut self, name: u32, page: u8) {
        self.index.remove_named(name);
        let _ = self.lost.push(Lost { name, page });
    }

    /// The record was written anew, or deleted.
    pub(super) fn find_again(&mut self, key: &Key) {
        let name = key.name();
        self.lost.retain(|lost| lost.name != name);
    }

    /// Whether a piece of this record cannot be told.
    pub(crate) fn is_lost(&self, key: &Key) -> bool {
        !self.lost.is_empty() && self.lost.iter().any(|lost| lost.name == key.name())
    }

    /// Once all is read: leaves the pages of what is still lost alone.
    pub(super) fn keep_what_is_lost(&mut self) {
        for lost in &self.lost {
            insert(&mut self.stuck, usize::from(lost.page));
        }
    }
}
