//! The power-loss proof: every script, cut at every operation with every outcome, again in recovery, and a third
//! time in the recovery from that: everywhere in the short scripts, in a sample of the long ones.
//!
//! ```text
//! cargo run -p holdfast-storage --release --features model --bin prove-power -- [--seeded N] [--minutes M] [--out DIR] [--only TEXT]
//! ```
//! With more than the one seeded script it takes longer, and shows more. `--only` proves the parts with that text in their names, for whoever is at work on one of them.
//!
//! It can be stopped at any time: what is done is kept in `target/prove-power.txt`, bound to the sources it was
//! done with, and is not done again. When all is done the result is written to `docs/proofs/` as
//! `power-DATE.json`. It exits with 1 if anything failed, with 2 if parts are left.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant, SystemTime};

use holdfast_storage::Layout;
use holdfast_storage::model::{
    Chip, Depth, Rules, Script, Sweep, fingerprint, scripts, short_scripts, sweep,
};

/// Of so many second cuts in long scripts one is followed by third cuts.
const ONE_THIRD_IN: u64 = 60;

struct Options {
    seeded: u64,
    until: Option<Instant>,
    out: PathBuf,
    only: Option<String>,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let options = options(&root);
    let sources =
        fingerprint(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("sources can be read");
    let kept = root.join("target/prove-power.txt");
    let mut done = read_kept(&kept, &sources);
    let mut work: Vec<(Script, u64)> = short_scripts().into_iter().map(|script| (script, 1)).collect();
    work.extend(scripts(options.seeded).into_iter().map(|script| (script, ONE_THIRD_IN)));
    let chips = ["nrf52: 4-byte words, 2 writes", "ecc: 8-byte words", "lpc55: 16-byte words, blank faults"];
    for (script, one_third_in) in &work {
        for (chip, name) in chips.iter().enumerate() {
            let task = format!("{name}; {}", script.name);
            if done.contains_key(&task) || options.only.as_ref().is_some_and(|only| !task.contains(only)) {
                continue;
            }
            if options.until.is_some_and(|until| Instant::now() > until) {
                println!("time is up; {} of {} parts are done", done.len(), work.len() * chips.len());
                return ExitCode::from(2);
            }
            let found = prove(chip, script, *one_third_in);
            println!("{task}: {found:?}");
            if !found.failures.is_empty() {
                return ExitCode::FAILURE;
            }
            done.insert(task, found);
            keep(&kept, &sources, &done);
        }
    }
    if done.len() < work.len() * chips.len() {
        println!("{} of {} parts are done", done.len(), work.len() * chips.len());
        return ExitCode::from(2);
    }
    let path = options.out.join(format!("power-{}.json", today()));
    std::fs::create_dir_all(&options.out).expect("the directory for proofs can be made");
    std::fs::write(&path, report(&sources, &done, &root)).expect("the proof can be written");
    println!("written to {}", path.display());
    ExitCode::SUCCESS
}

fn options(root: &Path) -> Options {
    let mut options = Options { seeded: 1, until: None, out: root.join("docs/proofs"), only: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--seeded" => options.seeded = value.parse().expect("--seeded takes a number"),
            "--minutes" => {
                let minutes: u64 = value.parse().expect("--minutes takes a number");
                options.until = Some(Instant::now() + Duration::from_secs(60 * minutes));
            }
            "--out" => options.out = value.into(),
            "--only" => options.only = Some(value),
            _ => panic!("unknown argument {argument}"),
        }
    }
    options
}

fn prove(chip: usize, script: &Script, one_third_in: u64) -> Sweep {
    let depth = Depth::Exhaustive { one_third_in };
    match chip {
        0 => sweep(script, &Chip::<4, 512>::with_rules(24, Rules::NRF52), layout(3), depth),
        1 => sweep(script, &Chip::<8, 512>::with_rules(26, Rules::ECC), layout(4), depth),
        _ => sweep(script, &Chip::<16, 512>::with_rules(26, Rules::LPC55), layout(4), depth),
    }
}

/// Small pages, so that every script turns many. Where a chip does not let a page be marked that was begun in vain,
/// rings of three pages stand two cuts in a row, of four pages three.
fn layout(ring: u16) -> Layout {
    Layout { reserve: 0, ..Layout::consecutive(0, 512, ring, ring, 18) }
}

fn read_kept(path: &Path, sources: &str) -> BTreeMap<String, Sweep> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    if lines.next() != Some(sources) {
        return BTreeMap::new();
    }
    lines.filter_map(read_line).collect()
}

fn read_line(line: &str) -> Option<(String, Sweep)> {
    let (numbers, task) = line.split_once('\t')?;
    let mut numbers = numbers.split(' ').map_while(|number| number.parse().ok());
    let mut next = || numbers.next();
    let sweep = Sweep {
        cuts: next()?,
        second_cuts: next()?,
        third_cuts: next()?,
        mounts: next()?,
        before: next()?,
        after: next()?,
        failures: Vec::new(),
    };
    Some((task.into(), sweep))
}

fn keep(path: &Path, sources: &str, done: &BTreeMap<String, Sweep>) {
    let mut text = format!("{sources}\n");
    for (task, s) in done {
        let _ = writeln!(
            text,
            "{} {} {} {} {} {}\t{task}",
            s.cuts, s.second_cuts, s.third_cuts, s.mounts, s.before, s.after
        );
    }
    let _ = std::fs::create_dir_all(path.parent().expect("a file has a folder"));
    std::fs::write(path, text).expect("what is done can be kept");
}

fn report(sources: &str, done: &BTreeMap<String, Sweep>, root: &Path) -> String {
    let mut total = Sweep::default();
    done.values().for_each(|sweep| total.add(sweep.clone()));
    let git = Command::new("git").arg("-C").arg(root).args(["rev-parse", "HEAD"]).output();
    let commit = git.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default();
    let parts: Vec<String> =
        done.iter().map(|(task, s)| format!("    {{ \"part\": \"{task}\", {} }}", numbers(s))).collect();
    format!(
        "{{\n  \"proof\": \"power loss, firmware/storage\",\n  \"date\": \"{}\",\n  \"commit\": \"{commit}\",\n  \
         \"sources\": \"{sources}\",\n  \"total\": {{ {} }},\n  \"failures\": {},\n  \"parts\": [\n{}\n  ]\n}}\n",
        today(),
        numbers(&total),
        total.failures.len(),
        parts.join(",\n")
    )
}

fn numbers(s: &Sweep) -> String {
    format!(
        "\"cuts\": {}, \"second_cuts\": {}, \"third_cuts\": {}, \"mounts\": {}, \"before\": {}, \"after\": {}",
        s.cuts, s.second_cuts, s.third_cuts, s.mounts, s.before, s.after
    )
}

/// The date in UTC, by the algorithm of Howard Hinnant's `civil_from_days`.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
