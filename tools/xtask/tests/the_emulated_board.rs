//! The board without a dongle on it: each part answers for itself, and what a dongle stands on, keys and
//! storage, outlives real power cuts on real ARM code.
//!
//! Needs QEMU and the program `self-check`, whose path `cargo xtask test` gives in
//! `HOLDFAST_QEMU_SELF_CHECK_ELF`. Without it each test says that it was skipped.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

const REPORT: usize = 64;
const PAGE: u32 = 4096;
/// Where nothing of the dongle's lies (`firmware/boards/qemu/src/map.rs`).
const FREE: u32 = 149 * PAGE;

/// A running board. Dropping it cuts its power.
struct Board {
    qemu: Child,
}

impl Board {
    fn start(elf: &OsString, flash: &Path) -> Self {
        let semihosting = format!(
            "enable=on,target=native,arg=board,arg=flash={}",
            flash.display().to_string().replace(',', ",,")
        );
        let qemu = Command::new("qemu-system-arm")
            .args(["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "stdio"])
            .args(["-semihosting-config", &semihosting, "-kernel"])
            .arg(elf)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("QEMU starts");
        Self { qemu }
    }

    fn ask(&mut self, order: u8, rest: &[u8]) -> [u8; REPORT] {
        self.send(order, rest);
        let answer = self.answer();
        assert_eq!(answer[0], order);
        answer
    }

    /// The answer to a report that was sent before.
    fn answer(&mut self) -> [u8; REPORT] {
        let mut answer = [0; REPORT];
        self.qemu.stdout.as_mut().unwrap().read_exact(&mut answer).expect("the board answers");
        answer
    }

    fn send(&mut self, order: u8, rest: &[u8]) {
        let mut report = [0; REPORT];
        report[0] = order;
        report[1..=rest.len()].copy_from_slice(rest);
        self.qemu.stdin.as_mut().unwrap().write_all(&report).expect("the board takes reports");
    }

    fn flash(&mut self, offset: u32) -> [u8; 4] {
        self.ask(1, &offset.to_le_bytes())[1..5].try_into().unwrap()
    }

    fn write(&mut self, offset: u32, word: [u8; 4]) -> bool {
        self.ask(2, &[offset.to_le_bytes(), word].concat())[1] == 0
    }

    fn erase(&mut self, offset: u32) -> bool {
        self.ask(3, &offset.to_le_bytes())[1] == 0
    }

    fn milliseconds(&mut self) -> u64 {
        number(&self.ask(4, &[]))
    }

    fn total(&mut self) -> u64 {
        number(&self.ask(12, &[]))
    }

    fn deepest_stack(&mut self) -> u32 {
        u32::from_le_bytes(self.ask(6, &[])[1..5].try_into().unwrap())
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

fn number(answer: &[u8; REPORT]) -> u64 {
    u64::from_le_bytes(answer[1..9].try_into().unwrap())
}

/// The program for the board. Where there is none, a line that no test runner holds back says so: a test that
/// did nothing must not look like one that passed.
fn self_check(test: &str) -> Option<OsString> {
    let elf = std::env::var_os("HOLDFAST_QEMU_SELF_CHECK_ELF");
    if elf.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "!!! SKIPPED: {test} needs an ARM build; `cargo xtask test` makes it"
        );
    }
    elf
}

#[test]
fn a_cortex_m4_answers_for_each_of_its_parts() {
    let Some(elf) = self_check("a_cortex_m4_answers_for_each_of_its_parts") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("board.flash");
    let mut board = Board::start(&elf, &flash);

    // The serial port: what went in comes out, whatever the bytes.
    let every_byte: Vec<u8> = (0..63).map(|byte: u8| byte.wrapping_mul(41)).collect();
    for _ in 0..3 {
        assert_eq!(board.ask(0, &every_byte)[1..], every_byte);
    }

    // Flash: erased at first; writing clears bits and sets none; only whole words and pages.
    assert_eq!(board.flash(FREE), [0xFF; 4]);
    assert!(board.write(FREE, [0xF0, 1, 2, 3]));
    assert!(board.write(FREE, [0x3F, 0xFF, 0xFF, 0xFF]));
    assert_eq!(board.flash(FREE), [0x30, 1, 2, 3]);
    assert!(board.write(FREE + PAGE, [9; 4]));
    assert!(!board.write(FREE + 2, [0; 4]), "half a word");
    assert!(!board.write(FREE + 4 * PAGE, [0; 4]), "past the end");
    assert!(!board.erase(FREE + 4), "half a page");

    // Time passes, though slowly or fast as the emulator pleases; randomness never comes twice.
    let start = board.milliseconds();
    while board.milliseconds() == start {}
    assert_ne!(board.ask(5, &[])[1..33], board.ask(5, &[])[1..33]);

    // Power is cut. What was written is there; what is erased now takes nothing else with it.
    drop(board);
    let mut board = Board::start(&elf, &flash);
    assert_eq!(board.flash(FREE), [0x30, 1, 2, 3]);
    assert!(board.erase(FREE));
    assert_eq!(board.flash(FREE), [0xFF; 4]);
    assert_eq!(board.flash(FREE + PAGE), [9; 4]);

    // The impossible stops the machine, with a reason.
    board.send(7, &[]);
    let mut reason = String::new();
    board.qemu.stderr.take().unwrap().read_to_string(&mut reason).unwrap();
    assert!(reason.contains("board stopped: panicked"), "{reason}");
    assert_eq!(board.qemu.wait().unwrap().code(), Some(1));
}

#[test]
fn a_cortex_m4_keeps_its_keys_through_a_power_cut() {
    let Some(elf) = self_check("a_cortex_m4_keeps_its_keys_through_a_power_cut") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("board.flash");
    let mut board = Board::start(&elf, &flash);
    assert_eq!(board.ask(9, &[])[1..33], [0; 32], "a blank board has no keys");
    let made = board.ask(8, &[]);
    let signature = board.ask(10, &[]);
    assert_ne!(signature, board.ask(10, &[]), "hedged: no two signatures are alike");

    drop(board);
    let mut board = Board::start(&elf, &flash);
    assert_eq!(board.ask(9, &[])[1..33], made[1..33]);
    let second = board.ask(8, &[]);
    assert_ne!(second[1..33], made[1..33]);
}

#[test]
fn a_cortex_m4_never_gives_a_unit_back() {
    /// Charges that are under way when the power goes.
    const AHEAD: u64 = 40;
    const UNITS: u32 = 3;

    let Some(elf) = self_check("a_cortex_m4_never_gives_a_unit_back") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("board.flash");
    let (mut sure, mut deepest, mut cut_short) = (0, 0, 0);
    for answers in 0..12 {
        let mut board = Board::start(&elf, &flash);
        let start = board.total();
        assert!(start >= sure, "an answered charge was lost: {start} < {sure}");
        assert_eq!(start % u64::from(UNITS), 0, "a charge is made whole or not at all");
        for _ in 0..AHEAD {
            board.send(11, &UNITS.to_le_bytes());
        }
        // So many answers are read; then, whatever the board is doing by now, the power goes.
        sure = start;
        for _ in 0..answers {
            sure = number(&board.answer());
        }
        assert_eq!(sure, start + answers * u64::from(UNITS));
        drop(board);
        let mut board = Board::start(&elf, &flash);
        let now = board.total();
        let most = start + AHEAD * u64::from(UNITS);
        assert!((sure..=most).contains(&now), "{sure} was answered, {most} asked for, {now} is there");
        cut_short += u64::from(now < most);
        sure = now;
        deepest = deepest.max(board.deepest_stack());
    }
    assert!(cut_short > 0, "every charge was made before the power went: nothing was cut");
    let budget: u32 = std::env::var("HOLDFAST_QEMU_STACK_BUDGET").unwrap().parse().unwrap();
    assert!(deepest <= budget, "the stack was {deepest} bytes deep, of {budget}");
    println!("charges cut short in {cut_short} of 12 power cuts; deepest stack {deepest} bytes, of {budget}");
}
