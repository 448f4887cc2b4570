//! `ekv` on the chip model: a log-structured merge tree, each update a transaction of its own.

use ekv::flash::PageID;
use ekv::{Config, Database, ReadError};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use holdfast_storage::model::{ChipError, Outcome, Statistics};

use super::{Fate, Flash, fate, now};

/// The chip, as `ekv` sees it: pages, and places in them.
struct Pages(Flash);

impl Pages {
    fn address(page: PageID, offset: usize) -> u32 {
        (page.index() * Flash::ERASE_SIZE + offset) as u32
    }
}

impl ekv::flash::Flash for Pages {
    type Error = ChipError;
    fn page_count(&self) -> usize {
        self.0.capacity() / Flash::ERASE_SIZE
    }
    async fn erase(&mut self, page: PageID) -> Result<(), ChipError> {
        let from = Self::address(page, 0);
        self.0.erase(from, from + Flash::ERASE_SIZE as u32)
    }
    async fn read(&mut self, page: PageID, offset: usize, bytes: &mut [u8]) -> Result<(), ChipError> {
        self.0.read(Self::address(page, offset), bytes)
    }
    async fn write(&mut self, page: PageID, offset: usize, bytes: &[u8]) -> Result<(), ChipError> {
        self.0.write(Self::address(page, offset), bytes)
    }
}

pub(crate) struct Store(Database<Pages, NoopRawMutex>);

impl Store {
    pub(crate) fn formatted(pages: usize) -> Self {
        let store = Self::over(Flash::new(pages));
        now(store.0.format()).expect("a new chip can be formatted");
        store
    }

    fn over(flash: Flash) -> Self {
        Self(Database::new(Pages(flash), Config::default()))
    }

    /// A store over the same chip that knows nothing yet; `false`: it does not mount.
    fn mounted_anew(self) -> (Self, bool) {
        let anew = Self::over(self.chip(|chip| chip.clone()));
        let mounts = now(anew.0.mount()).is_ok();
        (anew, mounts)
    }

    pub(crate) fn chip<T>(&self, see: impl FnOnce(&mut Flash) -> T) -> T {
        see(&mut now(self.0.lock_flash()).0)
    }

    /// What the chip was asked for while something was done.
    pub(crate) fn asked(&self, does: impl FnOnce(&Self)) -> Statistics {
        self.chip(Flash::reset_statistics);
        does(self);
        self.chip(|chip| chip.statistics())
    }

    /// Whether it was written.
    pub(crate) fn put(&self, key: &[u8], value: &[u8]) -> bool {
        let mut transaction = now(self.0.write_transaction());
        now(transaction.write(key, value)).is_ok() && now(transaction.commit()).is_ok()
    }

    /// How long the value is; `None` if there is none.
    pub(crate) fn get(&self, key: &[u8], buffer: &mut [u8]) -> Result<Option<usize>, ()> {
        match now(now(self.0.read_transaction()).read(key, buffer)) {
            Ok(length) => Ok(Some(length)),
            Err(ReadError::KeyNotFound) => Ok(None),
            Err(_) => Err(()),
        }
    }

    /// Mounting from nothing.
    pub(crate) fn boot(self) -> (Self, Statistics) {
        self.chip(Flash::reset_statistics);
        let (anew, mounts) = self.mounted_anew();
        assert!(mounts, "what was not cut mounts");
        let asked = anew.chip(|chip| chip.statistics());
        (anew, asked)
    }
}

/// As the others' in `main.rs`.
pub(crate) fn fate_after(at: u64, outcome: Outcome) -> Option<Fate> {
    let mut store = Some(Store::formatted(32));
    let see = |store: &Store, of: &mut dyn FnMut(&mut Flash)| store.chip(|chip| of(chip));
    see(store.as_ref()?, &mut |chip| {
        chip.remount(0);
        chip.cut(at, outcome);
    });
    let tree = store.as_ref()?;
    assert!(now(tree.0.mount()).is_ok() || tree.chip(|chip| chip.is_dead()));
    let written = (1..=60u8).take_while(|number| tree.put(&[1; 17], &[*number; 200])).last().unwrap_or(0);
    let mut buffer = [0; 512];
    tree.chip(|chip| chip.is_dead()).then(|| {
        fate(written, |seed| {
            let tree = store.take()?;
            tree.chip(|chip| chip.remount(seed));
            let (tree, mounts) = tree.mounted_anew();
            let value = tree.get(&[1; 17], &mut buffer).map(|found| found.map_or(0, |_| buffer[0]));
            tree.chip(Flash::power_off);
            store = Some(tree);
            value.ok().filter(|_| mounts)
        })
    })
}
