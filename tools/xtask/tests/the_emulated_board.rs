//! The board alone, without a dongle on it: each part answers for itself.
//!
//! Needs QEMU and the program `self-check`, whose path `cargo xtask test` gives in
//! `HOLDFAST_QEMU_SELF_CHECK_ELF`. Without it the test says that it was skipped.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

const REPORT: usize = 64;
const PAGE: u32 = 4096;

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
        let mut answer = [0; REPORT];
        self.qemu.stdout.as_mut().unwrap().read_exact(&mut answer).expect("the board answers");
        assert_eq!(answer[0], order);
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
        u64::from_le_bytes(self.ask(4, &[])[1..9].try_into().unwrap())
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

#[test]
fn a_cortex_m4_answers_for_each_of_its_parts() {
    let Some(elf) = std::env::var_os("HOLDFAST_QEMU_SELF_CHECK_ELF") else {
        // Past the test runner's capture: a test that did nothing must not look like one that passed.
        let _ = writeln!(
            std::io::stderr(),
            "!!! SKIPPED: a_cortex_m4_answers_for_each_of_its_parts needs an ARM build; `cargo xtask test` makes it"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let flash = folder.path().join("board.flash");
    let mut board = Board::start(&elf, &flash);

    // The serial port: what went in comes out, whatever the bytes.
    let every_byte: Vec<u8> = (0..63).map(|byte: u8| byte.wrapping_mul(41)).collect();
    for _ in 0..3 {
        assert_eq!(board.ask(0, &every_byte)[1..], every_byte);
    }

    // Flash: erased at first; writing clears bits and sets none; only whole words and pages.
    assert_eq!(board.flash(PAGE), [0xFF; 4]);
    assert!(board.write(PAGE, [0xF0, 1, 2, 3]));
    assert!(board.write(PAGE, [0x3F, 0xFF, 0xFF, 0xFF]));
    assert_eq!(board.flash(PAGE), [0x30, 1, 2, 3]);
    assert!(board.write(2 * PAGE, [9; 4]));
    assert!(!board.write(PAGE + 2, [0; 4]), "half a word");
    assert!(!board.write(4 * PAGE, [0; 4]), "past the end");
    assert!(!board.erase(PAGE + 4), "half a page");

    // Time passes, though slowly or fast as the emulator pleases; randomness never comes twice.
    let start = board.milliseconds();
    while board.milliseconds() == start {}
    assert_ne!(board.ask(5, &[])[1..33], board.ask(5, &[])[1..33]);

    // Power is cut. What was written is there; what is erased now takes nothing else with it.
    drop(board);
    let mut board = Board::start(&elf, &flash);
    assert_eq!(board.flash(PAGE), [0x30, 1, 2, 3]);
    assert!(board.erase(PAGE));
    assert_eq!(board.flash(PAGE), [0xFF; 4]);
    assert_eq!(board.flash(2 * PAGE), [9; 4]);

    // The impossible stops the machine, with a reason.
    board.send(7, &[]);
    let mut reason = String::new();
    board.qemu.stderr.take().unwrap().read_to_string(&mut reason).unwrap();
    assert!(reason.contains("board stopped: panicked"), "{reason}");
    assert_eq!(board.qemu.wait().unwrap().code(), Some(1));
}
