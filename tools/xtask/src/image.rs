//! How large a board's image is: what an ELF file puts into flash, and what RAM it claims for good.
//!
//! Just enough of the format (System V ABI, chapters 4 and 5) for 32-bit little-endian files.

/// Where flash ends and RAM begins on every Cortex-M (ARMv7-M, section B3.1).
const RAM: u32 = 0x2000_0000;
/// A segment that is loaded (`PT_LOAD`).
const LOADED: u32 = 1;

/// What an image takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Code, constants and the first values of variables, all in flash.
    pub(crate) flash: u64,
    /// Variables, without the stack.
    pub(crate) ram: u64,
}

/// The size of the image in `elf`, or `None` if these are not the bytes of such a file.
pub(crate) fn size(elf: &[u8]) -> Option<Size> {
    if !elf.starts_with(b"\x7fELF\x01\x01") {
        return None;
    }
    let table = word(elf, 28)? as usize;
    let entry = half(elf, 42)? as usize;
    let mut size = Size::default();
    for number in 0..half(elf, 44)? as usize {
        let at = table.checked_add(entry.checked_mul(number)?)?;
        let field = |number: usize| word(elf, at.checked_add(number.checked_mul(4)?)?);
        let [kind, address, in_file, in_memory] = [field(0)?, field(2)?, field(4)?, field(5)?];
        if kind == LOADED {
            size.flash += u64::from(in_file);
            size.ram += if address >= RAM { u64::from(in_memory) } else { 0 };
        }
    }
    Some(size)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod laws {
    use super::*;

    /// A file with these segments: kind, address, bytes in the file, bytes in memory.
    fn elf(segments: &[[u32; 4]]) -> Vec<u8> {
        let mut elf = vec![0; 52];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        elf[28] = 52;
        elf[42] = 32;
        elf[44] = segments.len() as u8;
        for [kind, address, in_file, in_memory] in segments {
            for field in [*kind, 0, *address, 0, *in_file, *in_memory, 0, 0] {
                elf.extend(field.to_le_bytes());
            }
        }
        elf
    }

    #[test]
    fn first_values_of_variables_count_twice_and_blank_ones_take_no_flash() {
        let code = [LOADED, 0, 100, 100];
        let variables = [LOADED, RAM, 8, 8];
        let blank = [LOADED, RAM + 8, 0, 40];
        let notes = [4, 0, 1000, 1000];
        assert_eq!(size(&elf(&[code, variables, blank, notes])), Some(Size { flash: 108, ram: 48 }));
    }

    #[test]
    fn what_is_no_such_file_has_no_size() {
        assert_eq!(size(b""), None);
        assert_eq!(size(b"\x7fELF\x02\x01 a 64-bit file"), None);
        let whole = elf(&[[LOADED, 0, 1, 1]]);
        for end in 0..whole.len() {
            // Only the last three words of the table are never looked at.
            assert_eq!(size(&whole[..end]).is_some(), end >= whole.len() - 8, "cut at {end}");
        }
    }
}
