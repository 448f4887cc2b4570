//! The simulator as a process: its cable, its ends, and where it can be killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const CAPACITY: usize = holdfast_simulator::flash::PAGES * holdfast_simulator::flash::PAGE;

fn start(flash: &Path, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_holdfast-simulator"))
        .arg("--flash")
        .arg(flash)
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A first packet.
fn report(cid: u32, command: u8, length: u16, data: &[u8]) -> [u8; 64] {
    let mut report = [0; 64];
    report[..4].copy_from_slice(&cid.to_be_bytes());
    report[4] = command | 0x80;
    report[5..7].copy_from_slice(&length.to_be_bytes());
    report[7..7 + data.len()].copy_from_slice(data);
    report
}

const INIT: u8 = 0x06;
const CLEAR: u8 = 0x40;

#[test]
fn a_process_answers_reports_and_ends_with_its_cable() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = start(&folder.path().join("flash"), &[]);
    let mut cable = process.stdin.take().unwrap();
    cable.write_all(&report(u32::MAX, INIT, 8, b"a nonce.")).unwrap();
    let mut answer = [0; 64];
    process.stdout.as_mut().unwrap().read_exact(&mut answer).unwrap();
    assert_eq!(answer[4], INIT | 0x80);
    assert_eq!(answer[7..15], *b"a nonce.");
    drop(cable);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, [0; 0], "nothing more is said");
    assert!(String::from_utf8(output.stderr).unwrap().contains("development device"));
}

/// The second flash operation of Provision writes the secret of the keys and its check, 64 bytes.
#[test]
fn a_process_that_stalls_has_done_half_of_a_write_and_can_be_killed_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash");
    let mut process = start(&path, &["--stall-at", "2"]);
    let mut cable = process.stdin.take().unwrap();
    cable.write_all(&report(u32::MAX, INIT, 8, b"a nonce.")).unwrap();
    let mut answer = [0; 64];
    process.stdout.as_mut().unwrap().read_exact(&mut answer).unwrap();
    let cid = u32::from_be_bytes(answer[15..19].try_into().unwrap());
    // Provision: number 21, a key, a flag; 67 bytes in two packets.
    let mut body = [0x04; 57];
    body[0] = 21;
    cable.write_all(&report(cid, CLEAR, 67, &body)).unwrap();
    let mut later = [0; 64];
    later[..4].copy_from_slice(&cid.to_be_bytes());
    later[5..14].fill(0x04);
    cable.write_all(&later).unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "stalled"));
    process.kill().unwrap();
    process.wait().unwrap();

    let flash = std::fs::read(&path).unwrap();
    assert_eq!(flash.len(), CAPACITY);
    assert_ne!(flash[..32], [0xFF; 32], "the first half is written");
    assert_eq!(flash[32..64], [0xFF; 32], "the second is not");
}

#[test]
fn what_is_not_understood_ends_at_once_and_says_how() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash");
    for wrong in [&["--seed", "many"][..], &["--stall-at"], &["--touch", "maybe"], &["--what", "1"]] {
        let output = start(&path, wrong).wait_with_output().unwrap();
        assert!(!output.status.success(), "{wrong:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("usage:"), "{wrong:?}");
    }
    assert!(!path.exists(), "nothing was made");
}
