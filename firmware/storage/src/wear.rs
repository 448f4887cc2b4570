//! How worn the flash is, and how long it will last.

use crate::log::{Log, State};

/// The wear of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wear {
    /// Erases of its least worn page.
    pub least: u32,
    /// Erases of its most worn page.
    pub most: u32,
    /// Pages that failed twice and are used no more; counted since power came on.
    pub retired: u16,
    /// It can only be read: fewer pages are left than the log needs, or the last mount found none to go on with.
    pub worn_out: bool,
    /// Erases of all pages that still work.
    total: u64,
    pages: u16,
    per_page: u32,
}

impl Wear {
    pub(crate) fn of(log: &Log) -> Self {
        let (mut least, mut most, mut total, mut pages) = (u32::MAX, 0u32, 0u64, 0u16);
        for page in log.pages.iter().filter(|page| page.state != State::Retired) {
            least = least.min(page.erases);
            most = most.max(page.erases);
            total = total.saturating_add(u64::from(page.erases));
            pages = pages.saturating_add(1);
        }
        Self {
            least: least.min(most),
            most,
            retired: u16::try_from(log.pages.len()).unwrap_or(u16::MAX).saturating_sub(pages),
            worn_out: log.is_worn_out(),
            total,
            pages,
            per_page: log.granules_per_page(),
        }
    }

    /// About how many more granules (charges, bookings) the log can take on pages that endure so many erases.
    pub const fn granules_left(&self, endurance: u32) -> u64 {
        let all = (self.pages as u64).saturating_mul(endurance as u64);
        all.saturating_sub(self.total).saturating_mul(self.per_page as u64)
    }

    /// About how much of the log's life is left, in hundredths.
    pub const fn percent_left(&self, endurance: u32) -> u8 {
        let all = (self.pages as u64).saturating_mul(endurance as u64);
        let left = all.saturating_sub(self.total).saturating_mul(100);
        match left.checked_div(all) {
            Some(percent) if percent <= 100 => percent as u8,
            _ => 0,
        }
    }
}

/// What all three logs have been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// The pages of counters.
    pub counters: Wear,
    /// The pages of time.
    pub time: Wear,
    /// The pages of records.
    pub records: Wear,
    /// Pages of records that are left alone because something that lives there cannot be read.
    pub unreadable_pages: u16,
}
