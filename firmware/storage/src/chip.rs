//! Reading and writing whole units of flash, and reading back what was written.
//!
//! A unit is a granule rounded up to what the chip writes at once. A read that the chip faults (ECC, or an
//! unprogrammed page on chips that refuse those) counts as *blank*: it holds nothing, and what is about to be
//! written there is tried and read back.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use crate::error::Failed;
use crate::granule::{Cell, Granule};
use crate::limits::{GRANULE, UNIT_MAX};

/// What a unit holds, as far as this chip can tell.
pub(crate) enum Reading {
    /// All ones, or a fault.
    Blank,
    /// Anything else: its first 16 bytes.
    Bytes([u8; GRANULE]),
}

/// Reads the unit at `address`.
pub(crate) fn read_unit<F: NorFlash>(flash: &mut F, address: u32, unit: u32) -> Reading {
    let mut buffer = [0; UNIT_MAX];
    let Some(bytes) = buffer.get_mut(..unit as usize) else { return Reading::Blank };
    if flash.read(address, bytes).is_err() || bytes.iter().all(|byte| *byte == 0xff) {
        return Reading::Blank;
    }
    match bytes.first_chunk::<GRANULE>() {
        Some(first) => Reading::Bytes(*first),
        None => Reading::Blank,
    }
}

/// Reads the unit at `address` as a granule. `was_whole`: it was once, and one bit that decayed since is set right.
pub(crate) fn read_cell<F: NorFlash>(flash: &mut F, address: u32, unit: u32, was_whole: bool) -> Cell {
    let Reading::Bytes(bytes) = read_unit(flash, address, unit) else { return Cell::Blank };
    let granule = if was_whole { Granule::decode_decayed(&bytes) } else { Granule::decode(&bytes) };
    granule.map_or(Cell::Garbage, Cell::Granule)
}

/// Writes `content` and ones behind it into the unit at `address`, and reads it back.
pub(crate) fn write_unit<F: NorFlash>(
    flash: &mut F,
    address: u32,
    unit: u32,
    content: &[u8; GRANULE],
) -> Result<(), Failed> {
    let mut buffer = [0xff; UNIT_MAX];
    let bytes = buffer.get_mut(..unit as usize).ok_or(Failed)?;
    bytes.get_mut(..GRANULE).ok_or(Failed)?.copy_from_slice(content);
    flash.write(address, bytes).map_err(|_| Failed)?;
    match read_unit(flash, address, unit) {
        Reading::Bytes(read) if read == *content => Ok(()),
        _ => Err(Failed),
    }
}

/// Programs the unit at `address` to zeros, so that it can never hold anything.
fn burn_unit<F: NorFlash>(flash: &mut F, address: u32, unit: u32) -> Result<(), Failed> {
    let zeros = [0; UNIT_MAX];
    flash.write(address, zeros.get(..unit as usize).ok_or(Failed)?).map_err(|_| Failed)?;
    match read_unit(flash, address, unit) {
        Reading::Bytes(read) if read == [0; GRANULE] => Ok(()),
        _ => Err(Failed),
    }
}

/// Burns units of the page at `start`, each whatever became of those before; whether all are burned.
pub(crate) fn burn_units<F: NorFlash>(flash: &mut F, start: u32, unit: u32, units: Range<u32>) -> bool {
    let mut all = true;
    for at in units {
        all &= burn_unit(flash, start.saturating_add(unit.saturating_mul(at)), unit).is_ok();
    }
    all
}

/// Whether the bytes from `address` on look erased. A fault counts as erased.
pub(crate) fn looks_blank<F: NorFlash>(flash: &mut F, address: u32, length: u32) -> bool {
    let mut buffer = [0; 64];
    let mut done = 0u32;
    while done < length {
        let take = (length.saturating_sub(done)).min(64);
        let Some(part) = buffer.get_mut(..take as usize) else { return false };
        let readable = flash.read(address.saturating_add(done), part).is_ok();
        if readable && part.iter().any(|byte| *byte != 0xff) {
            return false;
        }
        done = done.saturating_add(take);
    }
    true
}
