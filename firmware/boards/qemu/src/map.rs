//! What lies where in flash, counted from the beginning of what the firmware itself does not take.
//!
//! | pages | what |
//! | --- | --- |
//! | 1 | the keys |
//! | 16, 4, 128 | counters (64 KiB), time, records (512 KiB), as the design sizes them |
//! | 4 | free; the self-check writes here |

use holdfast_storage::Layout;

use crate::flash::PAGE;

/// The page of the keys.
pub const KEYS: u32 = 0;

/// Storage, behind the keys.
pub const STORAGE: Layout = Layout::consecutive(PAGE as u32, PAGE as u32, 16, 4, 128);

/// Where nothing of the dongle's lies.
pub const FREE: u32 = STORAGE.end();

/// The size of the flash.
pub const CAPACITY: usize = FREE as usize + 4 * PAGE;
