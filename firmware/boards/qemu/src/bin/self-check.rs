//! The board without a dongle on it: proves each of its parts by itself, and what a dongle stands on (storage
//! and keys) as real ARM code whose power can be cut.
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
//! | 8 make keys | – | 8, then 32 bytes of the identity key |
//! | 9 keys | – | 9, then 32 bytes of the identity key, zeros on a blank board |
//! | 10 sign | – | 10, then the signature of zeros, 32 + 31 bytes |
//! | 11 charge | units u32 | 11, then the total u64, durable |
//! | 12 total | – | 12, then the total u64 |
//!
//! 11 and 12 mount storage first, and format it if it is blank.

#![no_std]
#![no_main]

use cortex_m_rt::{ExceptionFrame, entry, exception};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use holdfast_board_qemu::{
    arguments::Arguments,
    clock::{self, Clock},
    emulated::EmulatedBoard,
    flash::{FileFlash, PAGE, WORD},
    map,
    panic::stop,
    serial::{self, REPORT, Serial},
    stack,
};
use holdfast_crypto::{Hash, Secret};
use holdfast_dongle::Platform;
use holdfast_storage::{MoreWork, Storage, StorageError};
use rand_core::Rng;

/// The counter that is charged.
const COUNTER: u8 = 0;

type Records = Storage<64>;

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = cortex_m::Peripherals::take() else { stop(format_args!("started twice")) };
    let mut board = match EmulatedBoard::start(&Arguments::from_host()) {
        Ok(board) => board,
        Err(why) => stop(format_args!("{why}")),
    };
    let mut clock = Clock::start(peripherals.SYST);
    let mut serial = Serial::new(&mut peripherals.NVIC);
    let mut storage = None;
    loop {
        match serial.receive() {
            Some(report) => serial.send(&answer(report, &mut board, &mut clock, &mut storage)),
            None if serial.is_within_report() => {}
            None => serial.sleep(),
        }
    }
}

fn answer(
    report: [u8; REPORT],
    board: &mut EmulatedBoard,
    clock: &mut Clock,
    storage: &mut Option<Records>,
) -> [u8; REPORT] {
    let [order, a, b, c, d, w, x, y, z, ..] = report;
    let number = u32::from_le_bytes([a, b, c, d]);
    let mut answer = [0; REPORT];
    let [first, rest @ ..] = &mut answer;
    *first = order;
    match order {
        0 => return report,
        1 => {
            let mut bytes = [0; 32];
            if board.flash().read(number, &mut bytes).is_err() {
                stop(format_args!("cannot read flash at {number}"));
            }
            put(rest, &bytes);
        }
        2 => put(rest, &[u8::from(board.flash().write(number, &[w, x, y, z] as &[u8; WORD]).is_err())]),
        3 => put(rest, &[u8::from(board.flash().erase(number, number.saturating_add(PAGE as u32)).is_err())]),
        4 => put(rest, &clock.now().to_le_bytes()),
        5 => {
            let mut bytes = [0; 32];
            board.rng().fill_bytes(&mut bytes);
            put(rest, &bytes);
        }
        6 => put(rest, &stack::deepest().to_le_bytes()),
        7 => panic!("as ordered"),
        8 => {
            if let Err(why) = board.make_keys() {
                stop(format_args!("{why}"));
            }
            put(rest, &identity(board));
        }
        9 => put(rest, &identity(board)),
        10 => match board.sign(&Hash([0; 32])) {
            Ok(signature) => put(rest, &signature.0),
            Err(why) => stop(format_args!("{why}")),
        },
        11 => put(rest, &charged(board.flash(), storage, u64::from(number)).to_le_bytes()),
        12 => put(rest, &mounted(board.flash(), storage).total(COUNTER).to_le_bytes()),
        other => stop(format_args!("no order {other}")),
    }
    answer
}

/// The x coordinate of the identity key.
fn identity(board: &mut EmulatedBoard) -> [u8; 32] {
    let key = board.public_keys().map_or([0; 65], |keys| keys.identity.0);
    let [_, rest @ ..] = &key;
    rest.first_chunk().copied().unwrap_or([0; 32])
}

/// Raises the counter, and does the idle work behind it at once.
fn charged(flash: &mut FileFlash, storage: &mut Option<Records>, units: u64) -> u64 {
    let storage = mounted(flash, storage);
    let total = storage.total(COUNTER).saturating_add(units);
    if let Err(why) = storage.raise(flash, COUNTER, total, [1; 7]) {
        stop(format_args!("cannot charge: {why}"));
    }
    loop {
        match storage.idle(flash) {
            Ok(MoreWork::Yes) => {}
            Ok(MoreWork::No) => return storage.total(COUNTER),
            Err(why) => stop(format_args!("idle work failed: {why}")),
        }
    }
}

fn mounted<'a>(flash: &mut FileFlash, storage: &'a mut Option<Records>) -> &'a mut Records {
    storage.get_or_insert_with(|| match mount_or_format(flash) {
        Ok(storage) => storage,
        Err(why) => stop(format_args!("cannot mount: {why}")),
    })
}

fn mount_or_format(flash: &mut FileFlash) -> Result<Records, StorageError> {
    let key = Secret::new([7; 32]);
    match Records::mount(flash, map::STORAGE, &key) {
        Err(StorageError::Blank) => {
            Records::format(flash, map::STORAGE, &key)?;
            Records::mount(flash, map::STORAGE, &key)
        }
        storage => storage,
    }
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

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    stop(format_args!("hard fault at {:#x}", frame.pc()))
}
