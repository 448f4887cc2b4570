//! The power-loss proof: every script, cut at every operation with every outcome, again in recovery, and a third
//! time in the recovery from that: in the short scripts after each second cut that follows the first reading of what the
//! first cut left, in the long ones after a sample of those.
//!
//! ```text
//! cargo xtask prove power [--seeded N] [--minutes M] [--only TEXT]
//! ```
//! With more than the one seeded script it takes longer, and shows more. `--only` proves the parts with that text in
//! their names, for whoever is at work on one of them.
//!
//! It can be stopped at any time: what is done is kept in the file `--kept`, bound to the sources that whoever starts
//! it names with `--sources`, and is not done again. When all is done, what was found is written to `--result`,
//! of which `cargo xtask` makes the dated result in `docs/proofs`. It exits with 1 if anything failed, with 2 if
//! parts are left.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use holdfast_storage::Layout;
use holdfast_storage::model::{Chip, Depth, Rules, Script, Sweep, scripts, short_scripts, sweep};

/// Of so many second cuts in long scripts one is followed by third cuts.
const ONE_THIRD_IN: u64 = 60;

/// What is cut.
const CHIPS: [&str; 5] = [
    "nrf52: 4-byte words, 2 writes",
    "ecc: 8-byte words",
    "lpc55: 16-byte words, blank faults",
    "nrf52: of each log one page dies",
    "ecc: a page of records dies",
];

struct Options {
    seeded: u64,
    until: Option<Instant>,
    sources: String,
    kept: PathBuf,
    result: PathBuf,
    only: Option<String>,
}

fn main() -> ExitCode {
    let options = options();
    let mut done = read_kept(&options.kept, &options.sources);
    let mut work: Vec<(Script, u64)> = short_scripts().into_iter().map(|script| (script, 1)).collect();
    work.extend(scripts(options.seeded).into_iter().map(|script| (script, ONE_THIRD_IN)));
    for (script, one_third_in) in &work {
        for (chip, name) in CHIPS.iter().enumerate() {
            let task = format!("{name}; {}", script.name);
            if done.contains_key(&task) || options.only.as_ref().is_some_and(|only| !task.contains(only)) {
                continue;
            }
            if options.until.is_some_and(|until| Instant::now() > until) {
                println!("time is up; {} of {} parts are done", done.len(), work.len() * CHIPS.len());
                return ExitCode::from(2);
            }
            let found = prove(chip, script, *one_third_in);
            println!("{task}: {found:?}");
            if !found.failures.is_empty() {
                return ExitCode::FAILURE;
            }
            done.insert(task, found);
            keep(&options.kept, &options.sources, &done);
        }
    }
    if done.len() < work.len() * CHIPS.len() {
        println!("{} of {} parts are done", done.len(), work.len() * CHIPS.len());
        return ExitCode::from(2);
    }
    let mut total = Sweep::default();
    done.values().for_each(|sweep| total.add(sweep.clone()));
    if total.before == 0 || total.after == 0 {
        println!("a step that power cut short had always happened, or never: {total:?}");
        return ExitCode::FAILURE;
    }
    std::fs::write(&options.result, report(&done, &total)).expect("what was found can be written");
    ExitCode::SUCCESS
}

fn options() -> Options {
    let mut options = Options {
        seeded: 1,
        until: None,
        sources: String::new(),
        kept: "power-kept.txt".into(),
        result: "power.json".into(),
        only: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--seeded" => options.seeded = value.parse().expect("--seeded takes a number"),
            "--minutes" => {
                let minutes: u64 = value.parse().expect("--minutes takes a number");
                options.until = Some(Instant::now() + Duration::from_secs(60 * minutes));
            }
            "--sources" => options.sources = value,
            "--kept" => options.kept = value.into(),
            "--result" => options.result = value.into(),
            "--only" => options.only = Some(value),
            _ => panic!("unknown argument {argument}"),
        }
    }
    options
}

fn prove(chip: usize, script: &Script, one_third_in: u64) -> Sweep {
    let depth = Depth::Exhaustive { one_third_in };
    match chip {
        0 => sweep(script, &Chip::<4, 512>::with_rules(28, Rules::NRF52), layout(3, 22), depth),
        1 => sweep(script, &Chip::<8, 512>::with_rules(30, Rules::ECC), layout(4, 22), depth),
        2 => sweep(script, &Chip::<16, 512>::with_rules(30, Rules::LPC55), layout(4, 22), depth),
        3 => sweep(script, &dying::<4>(Rules::NRF52, &[1, 5, 9]), layout(4, 23), depth),
        _ => sweep(script, &dying::<8>(Rules::ECC, &[9]), layout(4, 23), depth),
    }
}

/// A chip of which these pages are erased for the last time when it is formatted.
fn dying<const WORD: usize>(rules: Rules, pages: &[usize]) -> Chip<WORD, 512> {
    let mut chip = Chip::with_rules(31, rules);
    pages.iter().for_each(|page| chip.set_erases(*page, rules.endurance - 1));
    chip
}

/// Small pages, so that every script turns many. Where a chip does not let a page be marked that was begun in vain,
/// rings of three pages stand two cuts in a row, of four pages three. Where a page of records dies, there is one more.
fn layout(ring: u16, records: u16) -> Layout {
    Layout { reserve: 0, ..Layout::consecutive(0, 512, ring, ring, records) }
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
    std::fs::write(path, text).expect("what is done can be kept");
}

fn report(done: &BTreeMap<String, Sweep>, total: &Sweep) -> String {
    let parts: Vec<String> =
        done.iter().map(|(task, s)| format!("    {{ \"part\": \"{task}\", {} }}", numbers(s))).collect();
    format!(
        "{{\n  \"total\": {{ {} }},\n  \"failures\": {},\n  \"parts\": [\n{}\n  ]\n}}\n",
        numbers(total),
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
