//! What is left of secrets on flash, so that idle time can erase it.
//!
//! A secret that was superseded or deleted, or put by a transaction that never happened, leaves its bytes behind, and
//! so does each move of it. They are looked for on flash, not remembered: what a mount cannot know, nobody would
//! erase. Copies that a move leaves of a secret that lives are no remnants: they say nothing that may not be known,
//! and to erase them would move others, which leaves copies again, for ever. They become remnants with the
//! secret itself.

use embedded_storage::nor_flash::NorFlash;

use super::entry::Entry;
use super::index::Place;
use super::{Records, contains, insert};

impl<const N: usize> Records<N> {
    /// The page that must be erased next for the sake of what is left on it.
    pub(super) fn page_to_purge<F: NorFlash>(&mut self, flash: &mut F) -> Option<usize> {
        if !self.swept {
            for page in 0..self.log.pages.len() {
                let mut is_remnant = |flash: &mut F, entry: Entry, place: &_| {
                    self.is_remnant(flash, entry, place, self.is_true(entry.transaction()))
                };
                if self.any_body_on(flash, page, &mut is_remnant) || self.any_void_remnant(flash, page) {
                    insert(&mut self.purge, page);
                }
            }
            self.swept = true;
        }
        let mut due = (0..self.log.pages.len()).filter(|page| contains(&self.purge, *page));
        due.find_map(|page| self.first_to_go(page))
    }

    /// Whether a body behind what counts of a page is, or may be, what is left of a secret: what a transaction wrote that was
    /// cut short.
    fn any_void_remnant<F: NorFlash>(&self, flash: &mut F, page: usize) -> bool {
        if !self.log.is_counted(page) {
            return false;
        }
        self.log.any_void(flash, page, &mut |flash, payload| {
            let body = Entry::decode(payload).and_then(|entry| Some((entry, entry.body(page)?)));
            body.is_some_and(|(entry, place)| self.is_remnant(flash, entry, &place, false))
        })
    }

    /// Whether a body is, or may be, what is left of a secret. `was_true`: it counts, and so did its transaction.
    fn is_remnant<F: NorFlash>(&self, flash: &mut F, entry: Entry, place: &Place, was_true: bool) -> bool {
        let Entry::Piece { name, .. } = entry else { return false };
        match self.read_named(flash, place, name) {
            Some(prefix) => {
                let lives = |version| version == prefix.version;
                prefix.key.holds_a_secret()
                    && !self.index.find(&prefix.key).is_some_and(|record| lives(record.version))
            }
            // Torn; of what once was true, the page is left alone.
            None => !was_true,
        }
    }
}
