//! `cargo xtask prove fuzz [--target T] [--minutes M] [--executions N]`: every parser, searched with arbitrary
//! bytes by libFuzzer, each held to an oracle of its own.
//!
//! Each target runs for so many minutes (one, unless told otherwise) and so many executions at most. What was
//! run of the same sources adds up over runs, and so do the inputs that reached something new. A finding is
//! kept under `target/fuzz/findings`, and fails the run once all targets had their turn.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use super::{kept::Kept, result, sources};
use crate::{
    cargo::{self, cargo},
    checkout,
    program::{self, Failed, ask, cannot_start, on_path},
};

const PACKAGE: &str = "holdfast-fuzz";

/// One target's turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    #[serde(skip_serializing_if = "String::is_empty", default)]
    sources: String,
    target: String,
    executions: u64,
    seconds: u64,
    /// Edges of the program that inputs reached.
    edges: u64,
    /// What libFuzzer counts as different: edges, and how often they were passed.
    features: u64,
    /// The file of an input that broke a law, if there was one.
    finding: Option<String>,
}

/// What stands in `docs/proofs`.
#[derive(Serialize)]
struct Proof {
    #[serde(flatten)]
    heading: result::Heading,
    executions: u64,
    seconds: u64,
    findings: usize,
    targets: Vec<Turn>,
}

/// What was asked for.
struct Wish {
    target: Option<String>,
    seconds: u64,
    executions: Option<u64>,
}

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    let wish = Wish::read(words)?;
    let root = checkout::root();
    let folders = sources::folders_of(PACKAGE, &cargo::crates(root)?)?;
    // What is searched, and from where; a test that a crate gets is neither.
    let parts = sources::parts(root, &folders, &["Cargo.toml", "src", "vectors", "findings"]);
    let sources = sources::digest(root, &parts)?;
    let binaries = build()?;
    let home = checkout::target().join("fuzz");
    let seeds = home.join("seeds");
    program::run(ours().arg("--seeds").arg(&seeds))?;
    let listing = ask(&mut ours()).ok_or_else(|| Failed::Program(PACKAGE.into()))?;
    let targets: Vec<(&str, &str)> = listing.lines().filter_map(|line| line.split_once(' ')).collect();
    if let Some(name) = &wish.target
        && !targets.iter().any(|(target, _)| target == name)
    {
        return Err(Failed::Found(format!("there is no target {name}; `cargo run -p {PACKAGE}` lists them")));
    }

    let kept = Kept::of("fuzz");
    let mut findings = Vec::new();
    for (target, longest) in targets {
        if wish.target.as_ref().is_some_and(|wanted| wanted != target) {
            continue;
        }
        let mut turn = search(&binaries, &home, (target, longest), &wish)?;
        println!("{}", turn.line());
        findings.extend(turn.finding.clone());
        turn.sources.clone_from(&sources);
        kept.add(&turn)?;
    }
    let totals = totals(kept.steps(), &sources);
    let proof = Proof {
        heading: result::Heading::new(
            "every parser holds for any bytes, each against an oracle of its own",
            sources,
            &parts,
        ),
        executions: totals.iter().map(|turn| turn.executions).sum(),
        seconds: totals.iter().map(|turn| turn.seconds).sum(),
        findings: totals.iter().filter(|turn| turn.finding.is_some()).count(),
        targets: totals,
    };
    println!("{} executions of these sources in {} s", proof.executions, proof.seconds);
    result::write("fuzz", &proof)?;
    match findings[..] {
        [] => Ok(()),
        _ => Err(Failed::Found(format!(
            "findings; run each again with `cargo run -p {PACKAGE} -- TARGET FILE`:\n    {}",
            findings.join("\n    ")
        ))),
    }
}

impl Wish {
    fn read(words: &[String]) -> Result<Self, Failed> {
        let mut wish = Self { target: None, seconds: 60, executions: None };
        for pair in words.chunks(2) {
            let [word, value] = pair else {
                return Err(Failed::Found(format!("{} wants a value after it", pair[0])));
            };
            let number = || {
                let number = value.parse::<u64>().ok().filter(|number| *number > 0);
                number.ok_or_else(|| Failed::Found(format!("{word} takes a number above 0, not {value}")))
            };
            match word.as_str() {
                "--target" => wish.target = Some(value.clone()),
                "--minutes" => wish.seconds = number()?.saturating_mul(60),
                "--executions" => wish.executions = Some(number()?),
                _ => return Err(Failed::Found(format!("prove fuzz does not know the word {word}"))),
            }
        }
        Ok(wish)
    }
}

/// Our own program, which writes seeds and lists targets.
fn ours() -> Command {
    cargo(["run", "--quiet", "--locked", "--package", PACKAGE, "--"])
}

/// Builds all targets; gives the folder of the binaries.
fn build() -> Result<PathBuf, Failed> {
    if !on_path("cargo-fuzz") {
        return Err(Failed::Found(
            "it needs cargo-fuzz (`cargo install cargo-fuzz --locked`) and a nightly compiler (`rustup toolchain \
             install nightly`; where there is none, the stable one is told to take its flags)"
                .into(),
        ));
    }
    let workspace = checkout::root().join("tools/fuzz/libfuzzer");
    // The same versions of everything that we ship with; what is added is libFuzzer's own.
    let lock = workspace.join("Cargo.lock");
    let copied = std::fs::copy(checkout::root().join("Cargo.lock"), &lock);
    copied.map_err(|why| Failed::File { path: lock.clone(), why })?;
    let nightly = ask(Command::new("rustup").args(["toolchain", "list"]))
        .is_some_and(|list| list.lines().any(|line| line.starts_with("nightly")));
    let mut command = Command::new("cargo");
    match nightly {
        true => command.arg("+nightly"),
        false => command.env("RUSTC_BOOTSTRAP", "1"),
    };
    // No sanitizer: our crates have no unsafe code, and what is left to find are panics.
    command.args(["fuzz", "build", "--sanitizer", "none", "--fuzz-dir"]).arg(&workspace);
    command.arg("--target-dir").arg(checkout::target()).current_dir(checkout::root().join("tools/fuzz"));
    let built = program::run(&mut command);
    let _ = std::fs::remove_file(lock);
    built?;
    let version = ask(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failed::Found("rustc names no host".into()))?;
    Ok(checkout::target().join(host).join("release"))
}

/// One target's turn under libFuzzer.
fn search(
    binaries: &Path,
    home: &Path,
    (target, longest): (&str, &str),
    wish: &Wish,
) -> Result<Turn, Failed> {
    eprintln!("searching {target}");
    let (corpus, findings) = (home.join("corpus").join(target), home.join("findings"));
    for folder in [&corpus, &findings] {
        std::fs::create_dir_all(folder).map_err(|why| Failed::File { path: folder.clone(), why })?;
    }
    let mut command = Command::new(binaries.join(target));
    command.arg(&corpus).arg(home.join("seeds").join(target)).stdout(Stdio::null()).stdin(Stdio::null());
    let prefix = findings.join(format!("{target}-"));
    command.args([
        format!("-max_len={longest}"),
        format!("-max_total_time={}", wish.seconds),
        format!("-artifact_prefix={}", prefix.display()),
        "-print_final_stats=1".into(),
        "-rss_limit_mb=2048".into(),
        "-timeout=30".into(),
    ]);
    if let Some(executions) = wish.executions {
        command.arg(format!("-runs={executions}"));
    }
    // Files that a target writes need not reach a disk.
    if Path::new("/dev/shm").is_dir() {
        command.env("TMPDIR", "/dev/shm");
    }
    let start = Instant::now();
    let output = command.output().map_err(|why| cannot_start(&command, why))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let mut turn = read(target, &text);
    turn.seconds = start.elapsed().as_secs();
    if !output.status.success() {
        let written =
            text.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, file)| file));
        let file = written.and_then(|file| Path::new(file).file_name()).map(|name| name.to_string_lossy());
        let kept = file.map(|name| format!("target/fuzz/findings/{name}"));
        turn.finding = Some(kept.unwrap_or_else(|| format!("{target}: {}", output.status)));
        // What it said of the finding; most of the rest is of the search.
        text.lines().filter(|line| !line.starts_with('#')).for_each(|line| eprintln!("{line}"));
    }
    Ok(turn)
}

/// What libFuzzer says of a run.
fn read(target: &str, text: &str) -> Turn {
    let number = |line: &str, name: &str| {
        let rest = line.split_once(name)?.1.trim_start();
        rest.split(' ').next().and_then(|word| word.parse::<u64>().ok())
    };
    let mut turn = Turn { target: target.to_owned(), ..Turn::default() };
    for line in text.lines() {
        turn.executions = number(line, "stat::number_of_executed_units:").unwrap_or(turn.executions);
        turn.edges = number(line, " cov:").unwrap_or(turn.edges);
        turn.features = number(line, " ft:").unwrap_or(turn.features);
    }
    turn
}

/// Adds the turns of the same sources up, by target.
fn totals(turns: Vec<Turn>, sources: &str) -> Vec<Turn> {
    let mut totals = BTreeMap::<String, Turn>::new();
    for turn in turns.into_iter().filter(|turn| turn.sources == sources) {
        let target = turn.target.clone();
        let total = totals.entry(target.clone()).or_insert(Turn { target, ..Turn::default() });
        total.executions = total.executions.saturating_add(turn.executions);
        total.seconds = total.seconds.saturating_add(turn.seconds);
        total.edges = total.edges.max(turn.edges);
        total.features = total.features.max(turn.features);
        total.finding = total.finding.take().or(turn.finding);
    }
    totals.into_values().collect()
}

impl Turn {
    fn line(&self) -> String {
        let Self { target, executions, seconds, edges, features, finding, .. } = self;
        let word = finding.as_ref().map_or("held", |_| "FINDING");
        format!(
            "{word:<7} {executions:>11} executions {seconds:>5} s {edges:>5} edges {features:>6} features  {target}"
        )
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    const SAID: &str = "#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 27Mb\n\
        #524288\tpulse  cov: 120 ft: 286 corp: 9/190b lim: 160 exec/s: 262144 rss: 27Mb\n\
        stat::number_of_executed_units: 1048576\nstat::average_exec_per_sec:     574280\n";

    #[test]
    fn what_libfuzzer_says_is_read() {
        let turn = read("name", SAID);
        assert_eq!((turn.executions, turn.edges, turn.features), (1_048_576, 120, 286));
        assert_eq!(read("name", ""), Turn { target: "name".into(), ..Turn::default() });
    }

    #[test]
    fn turns_of_the_same_sources_add_up_and_others_do_not_count() {
        let turn = |sources: &str, target: &str, edges, finding: Option<&str>| Turn {
            sources: sources.into(),
            target: target.into(),
            executions: 10,
            seconds: 1,
            edges,
            features: edges,
            finding: finding.map(str::to_owned),
        };
        let turns = vec![
            turn("new", "name", 5, Some("file")),
            turn("old", "name", 9, None),
            turn("new", "list", 1, None),
            turn("new", "name", 7, None),
        ];
        let [list, name] = totals(turns, "new").try_into().unwrap();
        assert_eq!((list.executions, list.target), (10, "list".to_owned()));
        assert_eq!((name.executions, name.seconds, name.edges), (20, 2, 7));
        assert_eq!(name.finding.as_deref(), Some("file"), "a finding stays until its sources change");
    }

    #[test]
    fn words_are_read_in_pairs_and_no_other() {
        let read =
            |words: &[&str]| Wish::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let wish = read(&["--minutes", "3", "--target", "name"]).unwrap();
        assert_eq!((wish.seconds, wish.target.as_deref(), wish.executions), (180, Some("name"), None));
        for bad in [&["--minutes"][..], &["--minutes", "0"], &["--executions", "x"], &["--seconds", "1"]] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
