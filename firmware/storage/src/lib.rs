//! What survives power loss: counters that never give a unit back, records that are whole or not there.
//!
//! Power may fail at any instant, also while storage recovers from the last time, and a word torn by it may
//! read right at one mount and wrong at the next. Whatever was told to be done stays done; what was not told is
//! done or not, and then stays so. `FORMAT.md` beside this crate writes the format down.
//!
//! Three logs lie in three [regions](Layout) of a NOR flash:
//! - **counters**: a [total](Storage::total) for each of up to 200 indexes, and the memory of every
//!   [charge](Storage::raise) that raised one, recognized by its [tag](Storage::find);
//! - **time**: [powered seconds](Storage::powered), [booked](Storage::book) in pages of their own;
//! - **records**: named values of up to [7,936 bytes](VALUE), changed by
//!   [transactions](Storage::begin), sealed under the storage key.
//!
//! The crate knows nothing of licenses. It keeps RAM state only; the flash is passed to each call. It allocates
//! nothing and never panics. A write that fails with [`StorageError::Flash`] leaves the device to be mounted
//! again: until then every write answers [`StorageError::Remount`].
//!
//! A charge or a booking never erases; format, mount, [`begin`](Storage::begin), idle and what is done in a transaction
//! may. So call [`idle`](Storage::idle) whenever nothing else is to do, until it has no more work: it erases the page
//! ahead, without which [`raise`](Storage::raise) and [`book`](Storage::book) answer [`StorageError::Busy`] once the page
//! is full, and it erases what is left of deleted secrets.
//!
//! ```
//! use holdfast_crypto::Secret;
//! use holdfast_storage::model::Chip;
//! use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};
//!
//! const LAYOUT: Layout = Layout::consecutive(0, 4096, 16, 4, 32);
//!
//! fn main() -> Result<(), StorageError> {
//!     let mut flash = Chip::<4, 4096>::new(52);
//!     let key = Secret::new([7; 32]);
//!     // The number is how many records may live at once.
//!     assert!(matches!(Storage::<64>::mount(&mut flash, LAYOUT, &key), Err(StorageError::Blank)));
//!     Storage::<64>::format(&mut flash, LAYOUT, &key)?;
//!     let mut storage = Storage::<64>::mount(&mut flash, LAYOUT, &key)?;
//!
//!     // A charge: durable and read back when the call returns.
//!     let since = storage.mark();
//!     let number = storage.raise(&mut flash, 3, 10, *b"job-one")?;
//!     assert_eq!((number, storage.total(3)), (since, 10));
//!     // A retry finds it.
//!     let found = storage.find(&mut flash, *b"job-one")?.expect("in memory");
//!     assert_eq!((found.index, found.total, found.number), (3, 10, number));
//!     assert!(since >= storage.oldest(), "else it would be too old to tell");
//!
//!     storage.book(&mut flash, 300)?;
//!     assert_eq!(storage.powered(), 300);
//!
//!     // Two records that become true together.
//!     let (license, secret) = (Key { kind: 1, id: [1; 16] }, Key { kind: 128, id: [1; 16] });
//!     let needed = Needed::nothing().put(900).put(32);
//!     let mut transaction = storage.begin(&mut flash, needed)?;
//!     transaction.put(license, &[b'L'; 900])?;
//!     transaction.put(secret, &[b'S'; 32])?;
//!     transaction.commit()?;
//!
//!     let mut buffer = [0; 1000];
//!     assert_eq!(storage.read(&mut flash, license, &mut buffer)?, Some(&[b'L'; 900][..]));
//!     assert_eq!(storage.read(&mut flash, Key { kind: 2, id: [1; 16] }, &mut buffer)?, None);
//!     assert_eq!(storage.keys(128).collect::<Vec<_>>(), [secret]);
//!
//!     while storage.idle(&mut flash)? == MoreWork::Yes {}
//!     Ok(())
//! }
//! ```

#![cfg_attr(not(any(test, feature = "model")), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod budget;
mod check;
mod chip;
mod counters;
mod error;
mod granule;
mod layout;
mod limits;
mod log;
#[cfg(feature = "model")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
pub mod model;
mod page;
mod records;
mod storage;
mod time;
mod wear;

pub use budget::Budget;
pub use counters::Found;
pub use error::StorageError;
pub use layout::{Layout, Region};
pub use limits::{COUNTERS, TAG, TOTAL_LIMIT, VALUE};
pub use records::entry::Key;
pub use records::room::Needed;
pub use records::transaction::Transaction;
pub use storage::{MoreWork, Storage};
pub use wear::{Health, Wear};
