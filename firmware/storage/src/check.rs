//! The check of a granule, an erase mark or a header: it tells one that was written whole from one that power loss tore.
//!
//! A write turns ones into zeros, so a torn granule has some ones too many. Seven bits count the zeros:
//! every one-way tear makes the count found smaller and the count stored larger, so none passes. Nine bits of
//! CRC guard against the errors that go both ways. A CRC alone would let some torn granules pass, and with a
//! *higher* total.
//!
//! The CRC begins with another value for each of the three, so that none passes for another.

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// An erase mark.
    Mark,
    /// A header.
    Header,
    /// A granule.
    Granule,
}

impl Frame {
    /// What its CRC begins with.
    const fn initial(self) -> u16 {
        match self {
            Self::Mark => 0x0aa,
            Self::Header => 0x155,
            Self::Granule => 0x1ff,
        }
    }
}

/// Bits of which the zeros are counted: of 14 bytes and the CRC. They come first.
pub(crate) const COUNTED_BITS: u32 = 14 * 8 + 9;

/// CRC-9 with the polynomial x⁹+x⁷+x⁴+x²+x+1, whose period is 255 and which has the factor x+1: any one, two or
/// three wrong bits of those counted are found. Four bits at a time: a mount checks every granule it reads.
fn crc9(initial: u16, bytes: &[u8]) -> u16 {
    let mut crc = initial;
    for byte in bytes {
        for bits in [byte >> 4, byte & 0xf] {
            let at = usize::from((crc >> 5) ^ u16::from(bits));
            crc = ((crc << 4) & 0x1ff) ^ CRC9_OF_FOUR_BITS.get(at).copied().unwrap_or(0);
        }
    }
    crc
}

const CRC9_OF_FOUR_BITS: [u16; 16] = [
    crc9_of(0),
    crc9_of(1),
    crc9_of(2),
    crc9_of(3),
    crc9_of(4),
    crc9_of(5),
    crc9_of(6),
    crc9_of(7),
    crc9_of(8),
    crc9_of(9),
    crc9_of(10),
    crc9_of(11),
    crc9_of(12),
    crc9_of(13),
    crc9_of(14),
    crc9_of(15),
];

/// What four bits, shifted out at the top of a CRC, do to the rest of it.
const fn crc9_of(bits: u16) -> u16 {
    shifted(shifted(shifted(shifted(bits << 5))))
}

/// One step of the CRC.
const fn shifted(crc: u16) -> u16 {
    let shifted = (crc << 1) & 0x1ff;
    if crc & 0x100 == 0 { shifted } else { shifted ^ 0x097 }
}

/// The 16 bits that guard `bytes` (14 of them): the count of zero bits, then the CRC.
///
/// The count is over the bytes and the CRC. It is at most their number, 121, so an erased or a burned unit never passes.
pub(crate) fn check(frame: Frame, bytes: &[u8; 14]) -> u16 {
    let crc = crc9(frame.initial(), bytes);
    let mut zeros = 9u32.saturating_sub(crc.count_ones());
    for byte in bytes {
        zeros = zeros.saturating_add(byte.count_zeros());
    }
    ((zeros as u16) << 9) | crc
}

/// CRC-16/IBM-3740, over the totals of a checkpoint.
pub(crate) fn crc16(seed: u16, bytes: &[u8]) -> u16 {
    let mut crc = seed;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { (crc << 1) ^ 0x1021 } else { crc << 1 };
        }
    }
    crc
}

/// CRC-32 (ISO 3309), over a piece of a record: tells a damaged one from a forged one. Feed it `0` first.
pub(crate) fn crc32(seed: u32, bytes: &[u8]) -> u32 {
    let mut crc = !seed;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 != 0 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod laws {
    use super::*;
    use proptest::array::uniform3;
    use proptest::prelude::*;

    const FRAMES: [Frame; 3] = [Frame::Mark, Frame::Header, Frame::Granule];

    fn whole(bytes: [u8; 14]) -> u128 {
        whole_of(Frame::Granule, bytes)
    }

    fn whole_of(frame: Frame, bytes: [u8; 14]) -> u128 {
        let mut all = [0; 16];
        all[..14].copy_from_slice(&bytes);
        all[14..].copy_from_slice(&check(frame, &bytes).to_le_bytes());
        u128::from_le_bytes(all)
    }

    fn passes(all: u128) -> bool {
        passes_as(Frame::Granule, all)
    }

    fn passes_as(frame: Frame, all: u128) -> bool {
        let all = all.to_le_bytes();
        let mut bytes = [0; 14];
        bytes.copy_from_slice(&all[..14]);
        check(frame, &bytes) == u16::from_le_bytes([all[14], all[15]])
    }

    #[test]
    fn an_erased_and_a_burned_unit_never_pass() {
        for frame in FRAMES {
            assert!(!passes_as(frame, u128::MAX));
            assert!(!passes_as(frame, 0));
        }
    }

    proptest! {
        #[test]
        fn what_is_whole_passes_as_what_it_is_and_as_nothing_else(bytes: [u8; 14]) {
            for frame in FRAMES {
                for other in FRAMES {
                    prop_assert_eq!(passes_as(other, whole_of(frame, bytes)), other == frame);
                }
            }
        }

        #[test]
        fn nothing_torn_passes(bytes: [u8; 14], ones: u128) {
            for frame in FRAMES {
                let written = whole_of(frame, bytes);
                let torn = written | ones;
                prop_assume!(torn != written);
                prop_assert!(!passes_as(frame, torn));
            }
        }

        #[test]
        fn no_single_and_no_double_bit_error_passes(bytes: [u8; 14], a in 0..128u32, b in 0..128u32) {
            let wrong = whole(bytes) ^ (1 << a) ^ if a == b { 0 } else { 1 << b };
            prop_assert!(!passes(wrong));
        }
    }

    /// The definition, bit by bit.
    fn crc9_by_bits(initial: u16, bytes: &[u8]) -> u16 {
        let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
        bits.fold(initial, |crc, bit| shifted(crc ^ (bit << 8)))
    }

    proptest! {
        #[test]
        fn four_bits_at_a_time_are_as_good_as_one(bytes: [u8; 14]) {
            for frame in FRAMES {
                let initial = frame.initial();
                prop_assert_eq!(crc9(initial, &bytes), crc9_by_bits(initial, &bytes));
            }
        }

        #[test]
        fn no_three_wrong_bits_pass(bytes: [u8; 14], bits in uniform3(0..COUNTED_BITS)) {
            let [a, b, c] = bits;
            prop_assume!(a != b && b != c && a != c);
            prop_assert!(!passes(whole(bytes) ^ (1 << a) ^ (1 << b) ^ (1 << c)));
        }
    }

    #[test]
    fn the_crcs_are_the_published_ones() {
        assert_eq!(crc16(0xffff, b"123456789"), 0x29b1);
        assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xcbf4_3926);
    }
}
