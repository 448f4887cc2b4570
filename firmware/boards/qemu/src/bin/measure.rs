//! Counts the instructions of what a dongle does most: verify, decide, boot, look up, charge.
//!
//! Started with `-icount shift=0` the machine's timer counts instructions, the same in every run; a block of
//! instructions whose number is known says how many there are to a tick. `cargo xtask measure` starts it, and
//! holds the lines that it prints (a name, instructions, bytes of flash read) against their limits.

#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use holdfast_board_qemu::{flash::PAGE, panic::stop, ram_flash::RamFlash};
use holdfast_crypto::{Curve, Hash, Key as PublicKey, RustCrypto, Secret, SecretKey};
use holdfast_document::{
    Authority, Body, DocumentError, Name, Received, Root, Time, TimeToken, Vendor, VendorId, strict,
};
use holdfast_license::{Facts, Lent, License, Update, decide};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

/// The golden vectors, from which the documents come.
const LICENSES: &str = include_str!("../../../../../shared/license/vectors/license.json");
const VENDORS: &str = include_str!("../../../../../shared/document/vectors/vendor.json");
const LOANS: &str = include_str!("../../../../../shared/license/vectors/loan.json");
const UPDATES: &str = include_str!("../../../../../shared/license/vectors/update.json");
const TOKENS: &str = include_str!("../../../../../shared/document/vectors/time_token.json");
const FACTS: &str = include_str!("../../../../../shared/license/vectors/facts.json");

/// As the reference dongle: 64 KiB of counters, 512 KiB of records.
const LAYOUT: Layout = Layout::consecutive(0, PAGE as u32, 16, 4, 128);
/// Reference licenses that are on it when it is measured, and their length.
const RECORDS: u16 = 400;
const LENGTH: usize = 900;
/// Times that something short is repeated, so that a tick is no large part of it.
const SHORT: u32 = 200;

#[entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else { stop(format_args!("started twice")) };
    let mut counter = Counter::start(peripherals.SYST);
    curve(&mut counter);
    if let Err(why) = documents(&mut counter) {
        stop(format_args!("a golden vector does not hold: {why}"));
    }
    // SAFETY: `main` runs once.
    let mut flash = unsafe { RamFlash::take() };
    if let Err(why) = storage(&mut counter, &mut flash) {
        stop(format_args!("storage: {why}"));
    }
    debug::exit(debug::EXIT_SUCCESS);
    stop(format_args!("the host did not end it"))
}

/// Counts instructions with the timer.
struct Counter {
    per_tick: u32,
}

impl Counter {
    /// Instructions of the block that is measured to learn how many there are to a tick.
    const KNOWN: u32 = 8_000;

    fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(0x00FF_FFFF);
        timer.clear_current();
        timer.enable_counter();
        let mut counter = Self { per_tick: 1 };
        let ticks = counter.count(|| {
            // SAFETY: it does nothing.
            unsafe { core::arch::asm!(".rept 8000", "nop", ".endr", options(nomem, nostack)) };
        });
        counter.per_tick = Self::KNOWN.checked_div(ticks.1).unwrap_or(1);
        counter
    }

    /// What the work gives, and its instructions; right up to 16 million ticks.
    fn count<T>(&mut self, work: impl FnOnce() -> T) -> (T, u32) {
        let before = SYST::get_current();
        let done = work();
        let ticks = before.wrapping_sub(SYST::get_current()) & 0x00FF_FFFF;
        (done, ticks.saturating_mul(self.per_tick))
    }

    /// Measures and prints something that takes long.
    fn once<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let (done, instructions) = self.count(work);
        hprintln!("{}\t{}", name, instructions);
        done
    }

    /// The same for something short.
    fn often<T>(&mut self, name: &str, mut work: impl FnMut() -> T) {
        let ((), instructions) = self.count(|| {
            for _ in 0..SHORT {
                black_box(work());
            }
        });
        hprintln!("{}\t{}", name, instructions.checked_div(SHORT).unwrap_or_default());
    }
}

/// What everything else is made of.
fn curve(counter: &mut Counter) {
    let Ok(secret) = SecretKey::from_bytes([7; 32]) else { stop(format_args!("no key")) };
    let digest = Hash([5; 32]);
    let key = counter.once("make a public key", || RustCrypto::public(&secret));
    let signature = counter.once("sign", || RustCrypto::sign(&secret, &digest, &[0; 32]));
    if counter.once("verify a signature", || RustCrypto::verify(&key, &digest, &signature)).is_err() {
        stop(format_args!("its own signature does not hold"));
    }
}

/// A document of a golden vector, and the root that it starts at.
struct Vector {
    bytes: [u8; 7_424],
    length: usize,
    root: Root,
}

impl Vector {
    /// The vector of that place in the file.
    fn read(file: &str, place: usize) -> Option<Self> {
        let (document, _) = file.match_indices("\"document\": \"").nth(place)?;
        let after = file.get(document..)?;
        let mut bytes = [0; 7_424];
        let length = hexadecimal(string(after, "document")?, &mut bytes)?;
        let root = after.get(after.find("\"root\": {")?..)?;
        let (mut key, mut body) = ([0; 65], [0; 32]);
        hexadecimal(string(root, "key")?, &mut key)?;
        hexadecimal(string(root, "body")?, &mut body)?;
        let authority = Authority::Vendor(VendorId(*body.first_chunk()?));
        let root = Root { authority, number: 0, key: PublicKey(key), algorithm: 1, body: Hash(body) };
        Some(Self { bytes, length, root })
    }

    fn document(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The first string with that name.
fn string<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let found = text
        .match_indices(name)
        .find_map(|(at, _)| text.get(at..)?.strip_prefix(name)?.strip_prefix("\": \""));
    found?.split('"').next()
}

fn hexadecimal(text: &str, to: &mut [u8]) -> Option<usize> {
    for (byte, pair) in to.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(text.len() / 2)
}

fn vector(file: &str, place: usize) -> Vector {
    match Vector::read(file, place) {
        Some(vector) => vector,
        None => stop(format_args!("no golden vector {place}")),
    }
}

fn documents(counter: &mut Counter) -> Result<(), DocumentError> {
    let full = vector(LICENSES, 0);
    verified::<License<'_>>(counter, "verify a full license by a desk (2 signatures)", &full)?;
    verified::<License<'_>>(counter, "verify a license by a reseller (3 signatures)", &vector(LICENSES, 1))?;
    verified::<Update<'_>>(counter, "verify an update of every action by the root", &vector(UPDATES, 0))?;
    verified::<TimeToken>(counter, "verify a time token", &vector(TOKENS, 0))?;

    let loan = vector(LOANS, 0);
    let record = vector(VENDORS, 0);
    let record = Received::parse(record.document())?;
    let vendor = Vendor::found::<RustCrypto>(&record)?;
    let received = Received::parse(loan.document())?;
    counter
        .once("verify a loan with its parent (5 signatures)", || {
            Lent::verify::<RustCrypto>(&received, &loan.root, &vendor).map(|_| ())
        })
        .map_err(|_| DocumentError::BadChain)?;

    let received = Received::parse(full.document())?;
    let body = received.document().body;
    hprintln!("body of the full license, bytes\t{}", body.len());
    counter.often("decode a full license, strictly", || strict::decode::<License<'_>>(black_box(body)));
    let license: License<'_> = strict::decode(body)?;
    counter.often("check its parts", || black_box(&license).check());
    let mut bytes = [0; 256];
    let length = string(FACTS, "bytes").and_then(|text| hexadecimal(text, &mut bytes));
    let facts: Facts = strict::decode(bytes.get(..length.unwrap_or(0)).unwrap_or_default())?;
    let cut = Name::new("cut").ok_or(DocumentError::Malformed)?;
    counter.often("decide on it, granted", || decide(black_box(&license), black_box(&facts)).is_granted());
    counter
        .often("decide and ask for a feature", || decide(black_box(&license), &facts).feature(cut).is_ok());
    let late = Facts { floor: Time(u64::MAX), lease: None, ..facts };
    counter.often("decide on it, refused", || decide(black_box(&license), black_box(&late)).is_granted());
    hprintln!("stack of a decoded license, bytes\t{}", core::mem::size_of::<License<'_>>());
    hprintln!("stack of facts, bytes\t{}", core::mem::size_of::<Facts>());
    hprintln!("stack of a verdict, bytes\t{}", core::mem::size_of::<holdfast_license::Verdict<'_, '_>>());
    Ok(())
}

fn verified<'a, B: Body<'a>>(
    counter: &mut Counter,
    name: &str,
    vector: &'a Vector,
) -> Result<(), DocumentError> {
    let bytes = vector.document();
    counter.once(name, || Received::parse(bytes)?.verify::<RustCrypto, B>(&vector.root, Time(0)).map(|_| ()))
}

type Records = Storage<1024>;

fn storage(counter: &mut Counter, flash: &mut RamFlash) -> Result<(), StorageError> {
    let key = Secret::new([7; 32]);
    Records::format(flash, LAYOUT, &key)?;
    let mut storage = Records::mount(flash, LAYOUT, &key)?;
    let value = [0x5A; LENGTH];
    for number in 0..RECORDS {
        let mut transaction = storage.begin(flash, Needed::nothing().put(LENGTH as u32))?;
        transaction.put(name(number), &value)?;
        transaction.commit()?;
        while storage.idle(flash)? == MoreWork::Yes {}
    }
    for number in 1..=16u64 {
        storage.raise(flash, (number % 16) as u8, number, [1; 7])?;
        while storage.idle(flash)? == MoreWork::Yes {}
    }
    drop(storage);
    let mut storage =
        read(counter, flash, "boot with 400 licenses", |flash| Records::mount(flash, LAYOUT, &key))?;
    let mut room = [0; LENGTH];
    let found = read(counter, flash, "look up a license", |flash| {
        storage.read(flash, name(RECORDS / 2), &mut room).map(|value| value.map(<[u8]>::len))
    })?;
    let absent = read(counter, flash, "look up what is absent", |flash| {
        storage.read(flash, name(60_000), &mut room).map(|value| value.map(<[u8]>::len))
    })?;
    if (found, absent) != (Some(LENGTH), None) {
        stop(format_args!("storage found {found:?} and {absent:?}"));
    }
    read(counter, flash, "charge", |flash| storage.raise(flash, 3, 1_000, [2; 7]).map(|_| ()))?;
    read(counter, flash, "find a charge", |flash| storage.find(flash, [2; 7]).map(|_| ()))?;
    read(counter, flash, "find that there was none", |flash| storage.find(flash, [9; 7]).map(|_| ()))
}

/// Measures something that reads flash, and prints how much of it.
fn read<T>(
    counter: &mut Counter,
    flash: &mut RamFlash,
    name: &str,
    work: impl FnOnce(&mut RamFlash) -> T,
) -> T {
    let before = flash.bytes_read;
    let (done, instructions) = counter.count(|| work(flash));
    hprintln!("{}\t{}\t{}", name, instructions, flash.bytes_read.saturating_sub(before));
    done
}

fn name(number: u16) -> Key {
    let mut id = [0; 16];
    id.iter_mut().zip(number.to_le_bytes()).for_each(|(to, from)| *to = from);
    Key { kind: 1, id }
}
