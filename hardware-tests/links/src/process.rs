//! A dongle in another process, which can be killed at any moment.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use holdfast::Reports;

/// A running dongle and its cable.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    reports: Receiver<[u8; 64]>,
}

impl Process {
    /// Starts `simulator` on a flash file. With `stall_at`, the n-th write or erase is carried out
    /// by half, and there the process is killed with -9, as by a cable that was pulled.
    ///
    /// # Errors
    /// Those of starting a process.
    pub fn start(simulator: &Path, flash: &Path, stall_at: Option<u64>) -> io::Result<Self> {
        let mut command = Command::new(simulator);
        command.arg("--flash").arg(flash);
        if let Some(n) = stall_at {
            command.arg("--stall-at").arg(n.to_string());
        }
        let mut process = Self::plugged(command.stderr(Stdio::piped()))?;
        let stderr = process.child.stderr.take().ok_or_else(missing)?;
        let pid = process.child.id();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if line == "stalled" {
                    // The process cannot end by itself any more; kill(1) sends the signal.
                    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
                }
            }
        });
        Ok(process)
    }

    /// Starts any program whose cable is its standard input and output, 64 bytes a report.
    ///
    /// # Errors
    /// Those of starting a process.
    pub fn plugged(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let mut stdout = child.stdout.take().ok_or_else(missing)?;
        let (cable, reports) = mpsc::channel();
        std::thread::spawn(move || {
            let mut report = [0; 64];
            while stdout.read_exact(&mut report).is_ok() && cable.send(report).is_ok() {}
        });
        Ok(Self { child, stdin, reports })
    }
}

fn missing() -> io::Error {
    io::Error::other("a pipe of the dongle is missing")
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reports for Process {
    fn send(&mut self, report: &[u8; 64]) -> io::Result<()> {
        self.stdin.write_all(report)?;
        self.stdin.flush()
    }

    fn receive(&mut self, timeout: Duration) -> io::Result<Option<[u8; 64]>> {
        match self.reports.recv_timeout(timeout) {
            Ok(report) => Ok(Some(report)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::new(io::ErrorKind::BrokenPipe, "the dongle was unplugged"))
            }
        }
    }
}
