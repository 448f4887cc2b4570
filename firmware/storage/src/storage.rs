//! The storage as the dongle sees it: three logs, one set of rules.

use core::ops::ControlFlow;

use embedded_storage::nor_flash::NorFlash;
use holdfast_crypto::Secret;

use crate::counters::{Counters, Found};
use crate::error::StorageError;
use crate::layout::Layout;
use crate::limits::TAG;
use crate::log::{Log, Opening};
use crate::page::Kind;
use crate::records::Records;
use crate::records::entry::Key;
use crate::records::room::Needed;
use crate::records::transaction::Transaction;
use crate::time::Time;
use crate::wear::{Health, Wear};

/// Whether [`Storage::idle`] has more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum MoreWork {
    /// Call again when there is time.
    Yes,
    /// Nothing until something is written.
    No,
}

/// All that survives power loss. `RECORDS` is how many records may live at once (about 44 bytes of RAM each);
/// deleted ones whose remnants are still on flash count too. An eighth of them, at most 16, is kept free: half of it
/// for [reserved](Needed::reserved) transactions, half so that what is full can be emptied.
pub struct Storage<const RECORDS: usize> {
    counters: Counters,
    time: Time,
    pub(crate) records: Records<RECORDS>,
    /// Nothing is mounted, or a write failed: what is known in RAM may no longer be true.
    down: bool,
}

impl<const RECORDS: usize> Default for Storage<RECORDS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RECORDS: usize> Storage<RECORDS> {
    /// Erases everything and begins anew. Counts of erases are kept.
    ///
    /// Cut short, the next mount says `Blank` or `Damaged`, or finds all totals and records as they were; format again.
    ///
    /// # Errors
    /// `Layout`, `Flash`, `WornOut`.
    pub fn format<F: NorFlash>(flash: &mut F, layout: Layout, _key: &Secret) -> Result<(), StorageError> {
        let shape = layout.shape(flash)?;
        // Counters first: their newest page tells all totals, and without it nothing mounts. Were records the first,
        // a format cut short would leave some of them, and some that were deleted long ago.
        let mut counters = Log::erase_all(flash, Kind::Counters, shape, layout.counters)?;
        let mut time = Log::erase_all(flash, Kind::Time, shape, layout.time)?;
        let mut records = Log::erase_all(flash, Kind::Records, shape, layout.records)?;
        counters.open_first(flash, Opening { base: 0, totals: &[] })?;
        time.open_first(flash, Opening { base: 0, totals: &[0] })?;
        // The last: where a page of records counts, the format was complete.
        records.open_first(flash, Opening { base: 1, totals: &[] })
    }

    /// A storage that is not mounted: it holds nothing, and every write answers `Remount`.
    pub const fn new() -> Self {
        Self { counters: Counters::new(), time: Time::new(), records: Records::new(), down: true }
    }

    /// A storage that is [mounted](Self::mount_here). It is large: where the stack is short, mount it where it is
    /// to stay.
    ///
    /// # Errors
    /// As [`mount_here`](Self::mount_here).
    pub fn mount<F: NorFlash>(flash: &mut F, layout: Layout, key: &Secret) -> Result<Self, StorageError> {
        let mut storage = Self::new();
        storage.mount_here(flash, layout, key)?;
        Ok(storage)
    }

    /// Finds out what is true, and makes it so for ever before it returns. May erase. What was known before is
    /// forgotten; after an error nothing is mounted, and what reads may answer anything.
    ///
    /// Cut short, it can be done again, any number of times.
    ///
    /// # Errors
    /// `Blank`, `Damaged`, `OtherFormat`, `Layout`: nothing was changed; but where `Damaged` is said of records, what
    /// counters and time tell was made so for ever. `IndexFull`: the same, and more records live than `RECORDS`, which
    /// must have been higher before. `Flash`: power failed, or the chip.
    pub fn mount_here<F: NorFlash>(
        &mut self,
        flash: &mut F,
        layout: Layout,
        key: &Secret,
    ) -> Result<(), StorageError> {
        self.down = true;
        let shape = layout.shape(flash)?;
        let counters = self.counters.log.survey(flash, shape, layout.counters)?;
        let time = self.time.log.survey(flash, shape, layout.time)?;
        let records = self.records.log.survey(flash, shape, layout.records)?;
        if !(counters && time && records) {
            let is_untouched = (!counters || self.counters.log.is_untouched())
                && (!time || self.time.log.is_untouched())
                && !records;
            return Err(if is_untouched { StorageError::Blank } else { StorageError::Damaged });
        }
        self.counters.read(flash)?;
        self.time.read(flash)?;
        self.counters.recover(flash)?;
        self.time.recover(flash)?;
        self.records.mount(flash, layout.reserve, key)?;
        self.down = false;
        Ok(())
    }

    /// How many counters there are: indexes 0 to one less. 200, or fewer on small pages.
    pub fn counters(&self) -> u8 {
        u8::try_from(self.counters.capacity()).unwrap_or(u8::MAX)
    }

    /// The total of a counter; 0 for one that was never raised.
    pub fn total(&self, index: u8) -> u64 {
        self.counters.total(index)
    }

    /// Makes a counter's new total durable, and its tag known to [`find`](Self::find). Returns the charge's
    /// device-wide number. Nothing is erased; it takes one granule, and when a page is full three more and five bytes for
    /// each counter in use. A total of 0 with a tag of ones stands for a start anew, and is refused as a `Total`.
    ///
    /// # Errors
    /// `NoSuchCounter`, `Total`, `Busy`, `WornOut`, `Remount`: nothing that counts was written. `Flash`: see there.
    pub fn raise<F: NorFlash>(
        &mut self,
        flash: &mut F,
        index: u8,
        total: u64,
        tag: [u8; TAG],
    ) -> Result<u64, StorageError> {
        self.guarded(|storage| storage.counters.raise(flash, index, total, tag))
    }

    /// Starts a counter anew from 0, for another owner. Only once nothing of it [is in
    /// memory](Self::index_in_memory). Takes a number, as a charge does; nothing where the total is 0.
    ///
    /// # Errors
    /// `InMemory`, and those of [`raise`](Self::raise).
    pub fn start_anew<F: NorFlash>(&mut self, flash: &mut F, index: u8) -> Result<(), StorageError> {
        self.guarded(|storage| storage.counters.start_anew(flash, index))
    }

    /// Finds the newest charge with this tag among all in memory. Reads all of the memory; keeps no RAM for it.
    ///
    /// # Errors
    /// `Unreadable`: a page of the memory cannot be read, so nothing can be said.
    pub fn find<F: NorFlash>(&self, flash: &mut F, tag: [u8; TAG]) -> Result<Option<Found>, StorageError> {
        let mut found = None;
        self.history(flash, |charge| {
            if charge.tag == tag {
                found = Some(charge);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Shows every charge in memory, newest first, until told to stop.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn history<F: NorFlash>(
        &self,
        flash: &mut F,
        mut each: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        self.counters.visit(flash, &mut each)
    }

    /// The device-wide number that the next charge gets, counted from 1.
    pub fn mark(&self) -> u64 {
        self.counters.mark()
    }

    /// The oldest number in memory: a charge with a lower one is forgotten, all from it on are remembered,
    /// but for one that decayed in flash.
    pub fn oldest(&self) -> u64 {
        self.counters.oldest()
    }

    /// How many charges the memory holds at least, once it has filled; two fewer for each power-up among them. A cut in a
    /// granule costs what is left of its page where a chip refuses to burn that; hundreds of power-ups in a row without a
    /// charge cost up to two pages, and each thousand more (fewer on small pages) another.
    pub fn memory(&self) -> u32 {
        let pages = u32::from(self.counters.log.header.memory).saturating_sub(1);
        self.counters.log.granules_per_page().saturating_mul(pages)
    }

    /// Whether a charge of this counter is in memory: then its index must not be given to another owner.
    pub fn index_in_memory<F: NorFlash>(&self, flash: &mut F, index: u8) -> bool {
        self.counters.is_in_memory(flash, index)
    }

    /// The powered seconds booked last.
    pub fn powered(&self) -> u64 {
        self.time.powered()
    }

    /// Makes powered seconds durable; they only rise. Nothing is erased.
    ///
    /// # Errors
    /// `Total`, `Busy`, `WornOut`, `Remount`: nothing that counts was written. `Flash`: see there.
    pub fn book<F: NorFlash>(&mut self, flash: &mut F, powered: u64) -> Result<(), StorageError> {
        let mark = self.mark();
        self.guarded(|storage| storage.time.book(flash, powered, mark))
    }

    /// The powered seconds booked last before the charge with this number; `None` if the memory of time does
    /// not reach so far back.
    pub fn booked_before<F: NorFlash>(&self, flash: &mut F, number: u64) -> Option<u64> {
        self.time.before(flash, number)
    }

    /// Reads a record into the front of `buffer`. Absent (`None`) is known without reading flash.
    ///
    /// # Errors
    /// `Unreadable` and `Forged`: the record is there, see there. `TooLong`: the buffer is too short.
    pub fn read<'b, F: NorFlash>(
        &self,
        flash: &mut F,
        key: Key,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, StorageError> {
        self.records.read(flash, &key, buffer)
    }

    /// Bytes of a record's value, without reading flash; `None` where there is none, or what stands before it cannot be
    /// read: [`read`](Self::read) tells the two apart.
    pub fn length(&self, key: Key) -> Option<usize> {
        self.records.length(&key)
    }

    /// The keys of one kind, in order; without those of records of which what stands before the value cannot be read, as
    /// long as [`health`](Self::health) counts their pages.
    pub fn keys(&self, kind: u8) -> impl Iterator<Item = Key> + '_ {
        self.records.index.live().iter().map(|record| record.key).filter(move |key| key.kind == kind)
    }

    /// Begins a transaction of what is [`Needed`]. Makes room first, which may erase.
    ///
    /// # Errors
    /// `Full`, `IndexFull`, `WornOut`, `Remount`: nothing of the transaction was written. `Flash`: see there. `Full` with
    /// nothing free also where pages with records that cannot be read keep too much of what was dropped: delete those
    /// records, and mount again.
    pub fn begin<'a, F: NorFlash>(
        &'a mut self,
        flash: &'a mut F,
        needed: Needed,
    ) -> Result<Transaction<'a, F, RECORDS>, StorageError> {
        self.guarded(|storage| storage.records.prepare(flash, &needed))?;
        Ok(Transaction::new(self, flash, needed))
    }

    /// Bytes of flash free for transactions; a value takes 64 bytes more than it is long, and a little where it
    /// is cut. What only [reserved](Needed::reserved) transactions may use is not counted, nor what compaction was found
    /// not to gain since anything was written.
    pub fn free(&self) -> u32 {
        self.records.free(&Needed::nothing()).min(self.records.in_reach())
    }

    /// Does one step of what need not be done while a host waits: erases ahead, compacts, evens out wear. At
    /// most one page is erased in a call, but for pages that turn out to be no good.
    ///
    /// # Errors
    /// `Remount`, `Flash`: see there.
    pub fn idle<F: NorFlash>(&mut self, flash: &mut F) -> Result<MoreWork, StorageError> {
        let more = self.guarded(|storage| {
            Ok(storage.counters.idle(flash)? || storage.time.idle(flash)? || storage.records.idle(flash)?)
        })?;
        Ok(if more { MoreWork::Yes } else { MoreWork::No })
    }

    /// How worn the flash is.
    pub fn health(&self) -> Health {
        let stuck = self.records.stuck.iter().fold(0u32, |sum, word| sum.saturating_add(word.count_ones()));
        Health {
            counters: Wear::of(&self.counters.log),
            time: Wear::of(&self.time.log),
            records: Wear::of(&self.records.log),
            unreadable_pages: u16::try_from(stuck).unwrap_or(u16::MAX),
        }
    }

    /// Runs a write; once one fails on flash, none is tried before the next mount.
    pub(crate) fn guarded<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        if self.down {
            return Err(StorageError::Remount);
        }
        let result = write(self);
        self.down = matches!(result, Err(StorageError::Flash | StorageError::Damaged));
        result
    }
}
