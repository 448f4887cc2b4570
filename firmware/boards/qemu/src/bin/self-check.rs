//! The board without a dongle on it: proves serial port, flash, clock and randomness, each by itself.
//!
//! One report in, one report out. The first byte chooses; all numbers are little-endian.
//!
//! | first byte | then | answer |
//! | --- | --- | --- |
//! | 0 echo | 63 bytes | the same report |
//! | 1 read | offset u32 | 1, then 32 bytes of flash |
//! | 2 write | offset u32, one word | 2, then 0 done or 1 refused |
//! | 3 erase | offset u32 of a page | 3, then 0 done or 1 refused |
//! | 4 clock | – | 4, then milliseconds u64 |
//! | 5 random | – | 5, then 32 bytes |
//! | 6 stack | – | 6, then the deepest the stack has been, u32 |
//! | 7 panic | – | none: the machine stops with a failure |

#![no_std]
#![no_main]

use cortex_m_rt::{entry, exception};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use holdfast_board_qemu::{
    arguments::Arguments,
    clock::{self, Clock},
    flash::{FileFlash, PAGE, WORD},
    panic::stop,
    randomness,
    serial::{self, REPORT, Serial},
    stack,
};
use rand_core::Rng;

/// Small, so that a test can look at all of it.
const CAPACITY: usize = 4 * PAGE;

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = cortex_m::Peripherals::take() else { stop(format_args!("started twice")) };
    let arguments = Arguments::from_host();
    let Some(path) = arguments.value("flash") else { stop(format_args!("no flash=FILE was given")) };
    let Ok(mut flash) = FileFlash::open(path, CAPACITY) else { stop(format_args!("cannot open {path:?}")) };
    let Ok(mut random) = randomness::from_host() else { stop(format_args!("the host has no randomness")) };
    let mut clock = Clock::start(peripherals.SYST);
    let mut serial = Serial::new(&mut peripherals.NVIC);
    loop {
        match serial.receive() {
            Some(report) => serial.send(&answer(report, &mut flash, &mut clock, &mut random)),
            None => serial.sleep(),
        }
    }
}

fn answer(
    report: [u8; REPORT],
    flash: &mut FileFlash,
    clock: &mut Clock,
    random: &mut impl Rng,
) -> [u8; REPORT] {
    let [order, a, b, c, d, w, x, y, z, ..] = report;
    let offset = u32::from_le_bytes([a, b, c, d]);
    let mut answer = [0; REPORT];
    let [first, rest @ ..] = &mut answer;
    *first = order;
    match order {
        0 => return report,
        1 => {
            if let Some(bytes) = rest.first_chunk_mut::<32>()
                && flash.read(offset, bytes).is_err()
            {
                stop(format_args!("cannot read flash at {offset}"));
            }
        }
        2 => put(rest, &[u8::from(flash.write(offset, &[w, x, y, z] as &[u8; WORD]).is_err())]),
        3 => put(rest, &[u8::from(flash.erase(offset, offset.saturating_add(PAGE as u32)).is_err())]),
        4 => put(rest, &clock.now().to_le_bytes()),
        5 => random.fill_bytes(rest.first_chunk_mut::<32>().map_or(&mut [], |bytes| bytes)),
        6 => put(rest, &stack::deepest().to_le_bytes()),
        7 => panic!("as ordered"),
        other => stop(format_args!("no order {other}")),
    }
    answer
}

fn put(answer: &mut [u8], bytes: &[u8]) {
    for (place, byte) in answer.iter_mut().zip(bytes) {
        *place = *byte;
    }
}

#[exception]
fn SysTick() {
    clock::on_tick();
}

#[exception]
unsafe fn DefaultHandler(_number: i16) {
    serial::on_interrupt();
}
