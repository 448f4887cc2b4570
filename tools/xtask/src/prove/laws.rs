//! `cargo xtask prove laws [PATCH…]`: each law is broken by one line, and its test must see it.
//!
//! A test that has never failed may be one that cannot. A break counts as seen if its patch applies as it stands,
//! the tests build, and the one test that is named fails; and that test must pass where nothing is broken. All
//! breaks are tried whatever comes of the first. What was seen of the same sources is not tried again.

mod index;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use serde::{Deserialize, Serialize};

use self::index::{Break, breaks};
use super::{
    copy::Copy,
    kept::Kept,
    result, sources,
    suite::{Program, Suite, Went},
};
use crate::{
    cargo::{self, cargo},
    checkout,
    program::{self, Failed},
};

/// What one test may take; a break that makes it go on for ever is not seen.
const LIMIT: Duration = Duration::from_secs(600);

/// How many breaks `cargo xtask test` tries.
const SAMPLE: usize = 4;

/// A break that was seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Seen {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sources: Option<String>,
    patch: String,
    law: String,
    seconds: f64,
}

/// What stands in `docs/proofs`.
#[derive(Serialize)]
struct Proof {
    #[serde(flatten)]
    heading: result::Heading,
    laws: usize,
    breaks: usize,
    seconds: f64,
    seen: Vec<Seen>,
}

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    let mut all = breaks(checkout::root())?;
    if !words.is_empty() {
        let is_meant = |it: &Break, word: &String| Path::new(&it.patch).ends_with(word);
        if let Some(word) = words.iter().find(|word| !all.iter().any(|it| is_meant(it, word))) {
            return Err(Failed::Found(format!(
                "there is no patch {word} in {}",
                index::FOLDERS.join(" or ")
            )));
        }
        all.retain(|it| words.iter().any(|word| is_meant(it, word)));
    }
    let seen = try_all(&all)?;
    let seconds: f64 = seen.iter().map(|it| it.seconds).sum();
    let laws = all.iter().map(|it| &it.law).collect::<BTreeSet<_>>().len();
    println!("all {} breaks of {laws} laws were seen, in {seconds:.0} s", all.len());
    if !words.is_empty() {
        return Ok(());
    }
    let folders = folders(&all)?;
    result::write(
        "laws",
        &Proof {
            heading: result::Heading::new(
                "each law is broken by one line, and its test sees it",
                sources::digest(checkout::root(), &folders)?,
                &folders,
            ),
            laws,
            breaks: all.len(),
            seconds: seconds.round(),
            seen: seen.into_iter().map(|it| Seen { sources: None, ..it }).collect(),
        },
    )
}

/// The cheap part, of every break: its patch applies, changes one line, and names a test that there is.
pub(crate) fn check() -> Result<(), Failed> {
    let all = breaks(checkout::root())?;
    let mut wrong = Vec::new();
    for it in &all {
        if let Err(failed) = it.file(checkout::root()) {
            wrong.push(failed.to_string());
        } else if program::run(it.apply(checkout::root()).arg("--check")).is_err() {
            wrong.push(format!("{} does not apply; make the same break in the code as it is now", it.patch));
        }
    }
    let there = tests_there(&all)?;
    for it in all.iter().filter(|it| !there.contains(&(it.suite(), it.law.clone()))) {
        wrong.push(format!("{}: {} has no test {}", it.patch, it.suite().name(), it.law));
    }
    println!("{} breaks apply, and name tests that there are", all.len() - wrong.len().min(all.len()));
    if wrong.is_empty() { Ok(()) } else { Err(Failed::Found(wrong.join("\n    "))) }
}

/// Tries a few breaks, others in each run. Those that were not seen are named, and can be tried again by name.
pub(crate) fn sample() -> Result<(), Failed> {
    let mut all = breaks(checkout::root())?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = now.as_nanos() as usize % all.len().max(1);
    all.rotate_left(first);
    all.truncate(SAMPLE);
    try_all(&all).map(|_| ())
}

/// Every test of the suites that breaks name.
fn tests_there(all: &[Break]) -> Result<BTreeSet<(Suite, String)>, Failed> {
    let suites: BTreeSet<_> = all.iter().map(Break::suite).collect();
    let mut there = BTreeSet::new();
    for suite in suites {
        // With the whole workspace in view cargo finds them built, if its tests have run.
        let mut list = cargo(["test", "--locked", "--quiet", "--package", &suite.package]);
        list.args(suite.target.words()).args(["--", "--list", "--format", "terse"]);
        let names = program::ask(&mut list)
            .ok_or_else(|| Failed::Program(format!("the list of {}", suite.name())))?;
        let names = names.lines().filter_map(|line| line.strip_suffix(": test"));
        there.extend(names.map(|name| (suite.clone(), name.to_owned())));
    }
    Ok(there)
}

/// Tries each break that was not seen before. An error names those that were not seen.
fn try_all(all: &[Break]) -> Result<Vec<Seen>, Failed> {
    let kept = Kept::of("laws");
    let copy = Copy::for_a_while()?;
    let now = Some(sources::digest(copy.root(), &folders(&breaks(copy.root())?)?)?);
    let before: Vec<Seen> = kept.steps::<Seen>().into_iter().filter(|it| it.sources == now).collect();
    let mut seen = Vec::new();
    let mut unseen = Vec::new();
    let mut ahead = BTreeMap::<Suite, Vec<&Break>>::new();
    for it in all {
        match before.iter().find(|seen| seen.patch == it.patch && seen.law == it.law) {
            Some(done) => seen.push(done.clone()),
            None => ahead.entry(it.suite()).or_default().push(it),
        }
    }
    if !seen.is_empty() {
        println!("{} of {} were seen before, of the same sources", seen.len(), all.len());
    }
    for (suite, breaks) in ahead {
        let whole = match suite.build(&copy)? {
            Ok(program) => program,
            Err(why) => {
                return Err(Failed::Found(format!(
                    "{} does not build, with nothing broken\n{why}",
                    suite.name()
                )));
            }
        };
        for law in breaks.iter().map(|it| it.law.as_str()).collect::<BTreeSet<_>>() {
            let went = whole.run(Some(law), LIMIT)?;
            if went != Went::Green(1) {
                return Err(Failed::Found(format!("{law} does not pass, with nothing broken: {went:?}")));
            }
        }
        for it in breaks {
            let start = Instant::now();
            match try_one(it, &suite, &copy)? {
                Ok(()) => {
                    let seconds = (start.elapsed().as_secs_f64() * 10.0).round() / 10.0;
                    println!("seen   {seconds:>6.1} s  {}: {}", it.patch, it.how);
                    let (patch, law) = (it.patch.clone(), it.law.clone());
                    let step = Seen { sources: now.clone(), patch, law, seconds };
                    kept.add(&step)?;
                    seen.push(step);
                }
                Err(why) => {
                    println!("UNSEEN           {}: {}: {why}", it.patch, it.how);
                    unseen.push(format!("{}, which breaks {}: {why}", it.patch, it.law));
                }
            }
        }
    }
    if unseen.is_empty() { Ok(seen) } else { Err(Failed::Found(unseen.join("\n    "))) }
}

/// Tries one break. The inner error says why it was not seen.
fn try_one(it: &Break, suite: &Suite, copy: &Copy) -> Result<Result<(), String>, Failed> {
    let file = it.file(copy.root())?;
    let _changed = copy.change(&file, |before| Ok(before.to_owned()))?;
    if program::run(&mut it.apply(copy.root())).is_err() {
        return Ok(Err("its patch does not apply".into()));
    }
    let program: Program = match suite.build(copy)? {
        Ok(program) => program,
        Err(why) => return Ok(Err(format!("with it the tests do not build, which proves nothing\n{why}"))),
    };
    Ok(match program.run(Some(&it.law), LIMIT)? {
        Went::Red(law) if law == it.law => Ok(()),
        Went::Green(0) => Err("the test did not run".into()),
        Went::Green(_) => Err("the test passes all the same".into()),
        Went::Red(other) => Err(format!("{other} failed instead")),
        Went::Died => Err("the tests ended without a word from this one".into()),
        Went::Hung => Err(format!("the test had not ended after {} s", LIMIT.as_secs())),
    })
}

/// The folders of every crate whose laws these are.
fn folders(all: &[Break]) -> Result<Vec<String>, Failed> {
    let crates = cargo::crates(checkout::root())?;
    let mut folders = BTreeSet::new();
    for package in all.iter().map(|it| it.suite().package).collect::<BTreeSet<_>>() {
        folders.extend(sources::folders_of(&package, &crates)?);
    }
    let name = |folder: &std::path::PathBuf| Path::new(folder).to_string_lossy().into_owned();
    Ok(folders.iter().map(name).collect())
}
