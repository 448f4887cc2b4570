//! `holdfast-simulator --flash FILE [--seed N] [--stall-at N] [--touch yes|no]`: a dongle whose cable is
//! standard input and output, 64 bytes a report. It ends when the cable is pulled.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use holdfast_dongle::MoreWork;
use holdfast_simulator::{Flash, Randomness, Simulator, Wire, power_up_with};

const USAGE: &str = "usage: holdfast-simulator --flash FILE [--seed N] [--stall-at N] [--touch yes|no]";

fn main() -> ExitCode {
    match options().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("holdfast-simulator: {problem}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    flash: PathBuf,
    seed: Option<u64>,
    stall_at: Option<u64>,
    touch: bool,
}

fn options() -> Result<Options, String> {
    let (mut flash, mut seed, mut stall_at, mut touch) = (None, None, None, true);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match argument.as_str() {
            "--flash" => flash = Some(PathBuf::from(value)),
            "--seed" => seed = Some(value.parse().map_err(|_| USAGE)?),
            "--stall-at" => stall_at = Some(value.parse().map_err(|_| USAGE)?),
            "--touch" => {
                touch = match value.as_str() {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(USAGE.into()),
                }
            }
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Options { flash: flash.ok_or(USAGE)?, seed, stall_at, touch })
}

fn run(options: Options) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", options.flash.display());
    let flash = Flash::in_file(&options.flash).map_err(failed)?;
    if let Some(n) = options.stall_at {
        flash.stall_at(n);
    }
    let randomness = options.seed.map_or(Randomness::System, Randomness::Seeded);
    let touch = Wire::default();
    touch.set(options.touch);
    let dongle = power_up_with(flash, randomness, touch, Wire::default()).map_err(failed)?;
    eprintln!("a development device: nothing that asks for more than a simulator trusts it");
    serve(dongle).map_err(|error| format!("the cable broke: {error}"))
}

/// Serves until the cable is pulled.
fn serve(mut dongle: Simulator) -> io::Result<()> {
    let (cable, reports) = mpsc::channel();
    std::thread::spawn(move || {
        let mut report = [0; 64];
        while io::stdin().read_exact(&mut report).is_ok() && cable.send(report).is_ok() {}
    });
    let power_up = Instant::now();
    let now = || u64::try_from(power_up.elapsed().as_millis()).unwrap_or(u64::MAX);
    loop {
        let more = dongle.idle(now());
        let wait = if more == MoreWork::Yes { Duration::ZERO } else { Duration::from_millis(50) };
        match reports.recv_timeout(wait) {
            Ok(report) => dongle.report(now(), &report),
            Err(RecvTimeoutError::Timeout) => dongle.tick(now()),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let mut out = io::stdout().lock();
        while let Some(report) = dongle.next_report(now()) {
            out.write_all(&report)?;
        }
        out.flush()?;
    }
}
