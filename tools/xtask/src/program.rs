//! Running other programs, and what it means when one fails.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

/// Why a command of this program ends with a failure. Everything done until then stays done, and running it
/// again starts from the beginning.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// A program ran and reported failure; its own output says why. A retry helps once that is mended.
    #[error("`{0}` failed; its output above says why")]
    Program(String),
    /// A program could not be started, mostly because it is not installed.
    #[error("`{program}` cannot be started: {why}")]
    Start {
        /// What was to be run.
        program: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// A file or folder cannot be read or written, for the system's reason. A retry helps once that is mended.
    #[error("{}: {why}", path.display())]
    File {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// A check found something. Each finding is a line.
    #[error("{0}")]
    Found(String),
    /// Parts of a run failed; each has said why.
    #[error("failed: {0}")]
    Parts(String),
}

/// Runs a program that speaks for itself on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    let status = command.status().map_err(|why| cannot_start(command, why))?;
    if status.success() { Ok(()) } else { Err(Failed::Program(shown(command))) }
}

/// Runs a program whose standard output is shown as it comes, and returned.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<String, Failed> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|why| cannot_start(command, why))?;
    let mut kept = String::new();
    if let Some(output) = child.stdout.take() {
        let mut shown_to = std::io::stdout().lock();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // A closed terminal is no reason to lose the run.
            let _ = writeln!(shown_to, "{line}");
            kept += &line;
            kept.push('\n');
        }
    }
    let status = child.wait().map_err(|why| cannot_start(command, why))?;
    if status.success() { Ok(kept) } else { Err(Failed::Program(shown(command))) }
}

/// Runs a program silently, for its answer. `None` if it is not there or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of this name can be found.
pub(crate) fn on_path(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// The error for a program that the system would not start.
pub(crate) fn cannot_start(command: &Command, why: std::io::Error) -> Failed {
    Failed::Start { program: shown(command), why }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
