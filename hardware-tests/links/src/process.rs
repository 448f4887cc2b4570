//! A dongle in another process, which can be killed at any moment.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use holdfast::Reports;

/// A running `holdfast-simulator` and its cable.
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
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("a pipe of the simulator is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let mut stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let pid = child.id();
        let (cable, reports) = mpsc::channel();
        std::thread::spawn(move || {
            let mut report = [0; 64];
            while stdout.read_exact(&mut report).is_ok() && cable.send(report).is_ok() {}
        });
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if line == "stalled" {
                    // The process cannot end by itself any more; kill(1) sends the signal.
                    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
                }
            }
        });
        Ok(Self { child, stdin, reports })
    }
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
