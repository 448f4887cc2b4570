//! One program of tests, built and run in a copy of the checkout, and how it went.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use super::copy::Copy;
use crate::{
    cargo::cargo,
    program::{Failed, cannot_start},
};

/// A program of tests: the unit tests of a crate, or one file of `tests`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Suite {
    pub(super) package: String,
    /// Features of the package it is built with.
    pub(super) features: Vec<String>,
    pub(super) target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// Unit tests.
    Lib,
    /// `tests/NAME.rs`, or `tests/NAME/main.rs`.
    Test(String),
}

/// A suite as cargo built it.
pub(super) struct Program {
    path: PathBuf,
    folder: PathBuf,
}

/// How a run of tests went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// So many tests ran, and all passed.
    Green(usize),
    /// This test failed; those after it were not waited for.
    Red(String),
    /// The program ended with an error, but none of its tests said that it failed.
    Died,
    /// The time was up. It was ended.
    Hung,
}

impl Target {
    /// What tells cargo to build no other.
    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::Lib => vec!["--lib"],
            Self::Test(name) => vec!["--test", name],
        }
    }
}

impl Suite {
    /// As `package/test`.
    pub(super) fn name(&self) -> String {
        match &self.target {
            Target::Lib => format!("{}/lib", self.package),
            Target::Test(name) => format!("{}/{name}", self.package),
        }
    }

    /// Builds it. `Ok(Err(_))` is what the compiler said if it does not build.
    ///
    /// A program that compiles but cannot be linked says nothing of its code: a build that was killed may leave objects
    /// that belong to no other. It is built once more without them.
    pub(super) fn build(&self, copy: &Copy) -> Result<Result<Program, String>, Failed> {
        let built = self.try_build(copy)?;
        if !built.as_ref().is_err_and(|why| cannot_link(why)) {
            return Ok(built);
        }
        copy.forget_objects()?;
        match self.try_build(copy)? {
            Err(why) if cannot_link(&why) => {
                Err(Failed::Found(format!("{} cannot be linked\n{why}", self.name())))
            }
            built => Ok(built),
        }
    }

    fn try_build(&self, copy: &Copy) -> Result<Result<Program, String>, Failed> {
        let mut build = cargo(["test", "--locked", "--no-run", "--message-format=json", "--package"]);
        build.arg(&self.package).current_dir(copy.root()).env("CARGO_TARGET_DIR", copy.target());
        // Nobody debugs a broken copy; without it linking is faster.
        build.env("CARGO_PROFILE_DEV_DEBUG", "0");
        if !self.features.is_empty() {
            build.arg("--features").arg(self.features.join(","));
        }
        build.args(self.target.words());
        let output = build.output().map_err(|why| cannot_start(&build, why))?;
        if !output.status.success() {
            return Ok(Err(complaints(&String::from_utf8_lossy(&output.stdout))
                + &String::from_utf8_lossy(&output.stderr)));
        }
        let program = built(&String::from_utf8_lossy(&output.stdout));
        Ok(Ok(program.ok_or_else(|| Failed::Found(format!("cargo built no tests for {}", self.name())))?))
    }
}

/// Whether a build failed only where its objects are put together.
fn cannot_link(why: &str) -> bool {
    why.starts_with("error: linking with ")
}

/// The errors among cargo's messages, as the compiler renders them.
fn complaints(messages: &str) -> String {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["message"]["level"] == "error")
        .filter_map(|message| Some(message["message"]["rendered"].as_str()?.to_owned()))
        .collect()
}

/// The one program of tests among cargo's messages.
fn built(messages: &str) -> Option<Program> {
    messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|it| {
        let path = PathBuf::from(it["executable"].as_str()?);
        let folder = PathBuf::from(it["manifest_path"].as_str()?).parent()?.to_path_buf();
        (it["profile"]["test"] == true).then_some(Program { path, folder })
    })
}

impl Program {
    /// Runs all its tests, or the one of this name. The limit is of processor time where the system tells it, so that
    /// a busy machine is not taken for a test without end.
    pub(super) fn run(&self, only: Option<&str>, limit: Duration) -> Result<Went, Failed> {
        let mut tests = Command::new(&self.path);
        tests.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        tests.args(only).args(only.map(|_| "--exact"));
        // A case that fails is enough; it need not be the smallest, nor be kept for the next run.
        tests.env("PROPTEST_MAX_SHRINK_ITERS", "0").env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        tests.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = tests.spawn().map_err(|why| cannot_start(&tests, why))?;
        let Some(output) = child.stdout.take() else {
            return Err(Failed::Found("a program of tests has no output".into()));
        };
        let (sender, lines) = mpsc::channel();
        // It ends with the output, which ends with the program.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut passed = 0;
        let went = loop {
            match lines.recv_timeout(limit.min(LOOK)) {
                Ok(line) => match read_line(&line) {
                    Some((test, false)) => break Went::Red(test.to_owned()),
                    Some((_, true)) => passed += 1,
                    None => {}
                },
                Err(RecvTimeoutError::Timeout) => {
                    let elapsed = start.elapsed();
                    let used = processor_time(child.id()).unwrap_or(elapsed);
                    if used >= limit || elapsed >= limit * PATIENCE {
                        break Went::Hung;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.wait().map_err(|why| cannot_start(&tests, why))?;
                    return Ok(if status.success() { Went::Green(passed) } else { Went::Died });
                }
            }
        };
        // It may have ended by itself in between.
        let _ = child.kill();
        child.wait().map_err(|why| cannot_start(&tests, why))?;
        Ok(went)
    }
}

/// How often is looked whether the time is up.
const LOOK: Duration = Duration::from_secs(1);

/// How many times its limit a program may take that waits and does not work.
const PATIENCE: u32 = 8;

/// Processor time that a process has used (Linux: proc(5), fields 14 and 15, in hundredths of a second).
fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // A name may hold anything, and stands in parentheses.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

/// What a line says of a test: its name, and whether it passed.
fn read_line(line: &str) -> Option<(&str, bool)> {
    let (test, word) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let test = test.split(' ').next()?;
    match word.trim() {
        "ok" => Some((test, true)),
        "FAILED" => Some((test, false)),
        _ => None,
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_test_passes_or_fails_by_its_own_line_alone() {
        assert_eq!(read_line("test inner::one ... ok"), Some(("inner::one", true)));
        assert_eq!(read_line("test one - should panic ... FAILED"), Some(("one", false)));
        for line in ["test slow ... ignored", "test result: FAILED. 0 passed", "error: test failed", ""] {
            assert_eq!(read_line(line), None, "{line}");
        }
    }

    #[test]
    fn the_program_of_tests_is_found_among_what_was_built_for_it() {
        let messages = r#"
            {"reason":"compiler-artifact","manifest_path":"/c/below/Cargo.toml","executable":null,"profile":{"test":false}}
            {"reason":"compiler-artifact","manifest_path":"/c/own/Cargo.toml","executable":"/t/tool","profile":{"test":false}}
            {"reason":"compiler-artifact","manifest_path":"/c/own/Cargo.toml","executable":"/t/laws-1","profile":{"test":true}}
            {"reason":"build-finished","success":true}"#;
        let program = built(messages).unwrap();
        assert_eq!((program.path, program.folder), ("/t/laws-1".into(), "/c/own".into()));
        assert!(built("").is_none());
    }

    #[test]
    fn what_only_cannot_be_linked_is_told_from_what_does_not_compile() {
        let error = |text: &str| {
            let message = serde_json::json!({"level": "error", "rendered": text});
            serde_json::json!({"reason": "compiler-message", "message": message}).to_string()
        };
        let linker = "error: linking with `cc` failed: exit status: 1\n  |\n";
        let compiler = "error[E0308]: mismatched types\n";
        assert!(cannot_link(&complaints(&error(linker))));
        assert!(!cannot_link(&complaints(&error(compiler))));
        assert!(!cannot_link(&complaints(&[error(compiler), error(linker)].join("\n"))));
        assert!(!cannot_link(""));
    }

    /// A program that says what a program of tests would.
    fn that_says(script: &str) -> (tempfile::TempDir, Program) {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tests");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = Program { path, folder: folder.path().into() };
        (folder, program)
    }

    #[test]
    fn a_run_is_green_only_if_the_program_says_so_too() {
        let plenty = Duration::from_secs(600);
        let run = |script: &str| {
            let (_folder, program) = that_says(script);
            program.run(None, plenty).unwrap()
        };
        assert_eq!(run("echo 'test a ... ok'; echo 'test b ... ok'"), Went::Green(2));
        assert_eq!(run("echo 'test a ... ok'; exit 101"), Went::Died);
        assert_eq!(run("echo 'test a ... ok'; kill -ABRT $$"), Went::Died);
        assert_eq!(run(""), Went::Green(0));
    }

    #[test]
    fn a_failure_ends_the_run_and_so_does_the_end_of_its_time() {
        let (_folder, program) = that_says("echo 'test a ... FAILED'; exec tail -f /dev/null");
        assert_eq!(program.run(None, Duration::from_secs(600)).unwrap(), Went::Red("a".into()));
        for endless in ["exec tail -f /dev/null", "while :; do :; done"] {
            let (_folder, program) = that_says(endless);
            assert_eq!(program.run(None, Duration::from_millis(200)).unwrap(), Went::Hung, "{endless}");
        }
    }
}
