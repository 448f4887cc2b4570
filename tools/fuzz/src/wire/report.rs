//! Reports that get far: drawn with channel ids that exist, commands that are known, lengths near limits.

use crate::draw::Draw;
use holdfast_wire::frame::{BROADCAST, Report};

/// One report.
pub(super) fn report(draw: &mut Draw<'_>) -> Report {
    let mut report = [0; 64];
    if draw.rarely(8) {
        report.iter_mut().zip(draw.bytes(64)).for_each(|(to, from)| *to = *from);
        return report;
    }
    let cid = match draw.byte() {
        small @ 0..=199 => u32::from(small % 4),
        200..=239 => BROADCAST,
        _ => u32::from_le_bytes([draw.byte(), draw.byte(), draw.byte(), draw.byte()]),
    };
    let mark = match draw.byte() {
        known @ 0..=99 => [0x81, 0x86, 0x88, 0x91, 0xbb, 0xbf, 0xc0, 0xc1, 0xc2][usize::from(known) % 9],
        sequence @ 100..=219 => sequence % 6,
        _ => draw.byte(),
    };
    let length = match draw.byte() {
        near @ 0..=199 => [0, 1, 8, 17, 56, 57, 58, 116, 117, 200][usize::from(near) % 10],
        200..=229 => 7_600 + u16::from(draw.byte() % 20),
        _ => draw.short(),
    };
    report[..4].copy_from_slice(&cid.to_be_bytes());
    report[4] = mark;
    report[5..7].copy_from_slice(&length.to_be_bytes());
    let fill = draw.byte();
    report[7..].iter_mut().enumerate().for_each(|(at, byte)| *byte = fill.wrapping_add(at as u8));
    report
}
