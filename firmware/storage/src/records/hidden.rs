//! What a page still says of records and transactions that are gone: which deletion hides what, and whether something else
//! does so too. Compaction asks it of all that it would leave behind.

use embedded_storage::nor_flash::NorFlash;

use super::Records;
use super::abandoned::has_a_body_of;
use super::entry::{Entry, Prefix};
use super::index::Place;
use crate::log::{Page, State, Step};

impl<const N: usize> Records<N> {
    /// Whether pages other than this one hold granules of a transaction that have a body.
    pub(super) fn has_granules_elsewhere<F: NorFlash>(
        &self,
        flash: &mut F,
        transaction: u32,
        page: usize,
    ) -> bool {
        let mut others = (0..self.log.pages.len()).filter(|at| *at != page);
        others.any(|at| self.any_on(flash, at, &mut |_, step| has_a_body_of(step) == Some(transaction)))
    }

    /// Whether a deletion on this page hides an older version elsewhere that nothing else hides.
    pub(super) fn is_needed<F: NorFlash>(&self, flash: &mut F, deletion: &Prefix, page: usize) -> bool {
        self.has_older_elsewhere(flash, deletion, page) && !self.is_superseded(flash, deletion, page)
    }

    /// Whether what a deletion on this page hides is hidden by something else too: by what lives or cannot be read, by a
    /// newer deletion, or by a copy of the same on a later page. An earlier one may be of before the value that it
    /// hides: one transaction can delete, put and delete.
    fn is_superseded<F: NorFlash>(&self, flash: &mut F, by: &Prefix, page: usize) -> bool {
        let mut hides_as_much = |flash: &mut F, entry: Entry, place: &Place| {
            let Entry::Tombstone { transaction, name, .. } = entry else { return false };
            let is_later = self.log.is_later(usize::from(place.page), page);
            let hides = |version| version > by.version || (is_later && version == by.version);
            name == by.key.name()
                && self.is_true(transaction)
                && self
                    .read_named(flash, place, name)
                    .is_some_and(|other| other.key == by.key && hides(other.version))
        };
        self.index.find(&by.key).is_some()
            || self.is_lost(&by.key)
            || self.is_moved(by)
            || (0..self.log.pages.len())
                .filter(|at| self.log.is_counted(*at))
                .any(|at| self.any_body_on(flash, at, &mut hides_as_much))
    }

    /// Whether a copy of this deletion waits for its commit.
    fn is_moved(&self, deletion: &Prefix) -> bool {
        let mut waiting = self.index.pending().iter();
        waiting.any(|it| it.deleted && it.key == deletion.key && it.version == deletion.version)
    }

    /// Whether a page later than this one says, too, that a transaction never happened.
    pub(super) fn is_abandoned_later<F: NorFlash>(
        &self,
        flash: &mut F,
        transaction: u32,
        page: usize,
    ) -> bool {
        (0..self.log.pages.len()).filter(|at| self.log.is_later(*at, page)).any(|at| {
            self.any_on(flash, at, &mut |_, step| {
                let entry = step.payload.as_ref().filter(|_| !step.foreign).and_then(Entry::decode);
                matches!(entry, Some(Entry::Abandon { transaction: of }) if of == transaction)
            })
        })
    }

    /// Whether pages other than this one hold an older version of a record.
    fn has_older_elsewhere<F: NorFlash>(&self, flash: &mut F, prefix: &Prefix, page: usize) -> bool {
        self.any_body_elsewhere(flash, page, &mut |flash, entry, place| {
            self.is_hidden_by(flash, entry, place, prefix)
        })
    }

    /// Whether a body is, or may be, a value that a deletion hides: of an older version, or of the same, where one
    /// transaction put the record and deleted it. Another deletion needs none to hide it.
    pub(super) fn is_hidden_by<F: NorFlash>(
        &self,
        flash: &mut F,
        entry: Entry,
        place: &Place,
        by: &Prefix,
    ) -> bool {
        let Entry::Piece { transaction, name, .. } = entry else { return false };
        name == by.key.name()
            && self.is_true(transaction)
            && self
                .read_named(flash, place, name)
                .is_none_or(|other| other.key == by.key && other.version <= by.version)
    }

    fn any_body_elsewhere<F: NorFlash>(
        &self,
        flash: &mut F,
        except: usize,
        is_it: &mut dyn FnMut(&mut F, Entry, &Place) -> bool,
    ) -> bool {
        (0..self.log.pages.len()).any(|at| at != except && self.any_body_on(flash, at, is_it))
    }

    /// Whether one of the bodies of a page is it.
    pub(super) fn any_body_on<F: NorFlash>(
        &self,
        flash: &mut F,
        at: usize,
        is_it: &mut dyn FnMut(&mut F, Entry, &Place) -> bool,
    ) -> bool {
        self.any_on(flash, at, &mut |flash, step| {
            let entry = step.payload.as_ref().filter(|_| !step.foreign).and_then(Entry::decode);
            let body = entry.and_then(|entry| Some((entry, entry.body(at)?)));
            body.is_some_and(|(entry, place)| is_it(flash, entry, &place))
        })
    }

    /// Whether one of the granules of a page is it. What stands on a retired page does so at the next mount, where its
    /// header could not be burned.
    pub(super) fn any_on<F: NorFlash>(
        &self,
        flash: &mut F,
        at: usize,
        is_it: &mut dyn FnMut(&mut F, &Step) -> bool,
    ) -> bool {
        let may_count = |page: &Page| matches!(page.state, State::Counted | State::Retired);
        if !self.log.pages.get(at).is_some_and(may_count) {
            return false;
        }
        let Some(mut walk) = self.log.walk(flash, at) else { return false };
        while let Some(step) = walk.step(flash) {
            if is_it(flash, &step) {
                return true;
            }
        }
        false
    }
}
