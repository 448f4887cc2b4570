//! `cargo xtask prove mutants [--package P] [--shard K/N] [--minutes M] [--quick]`: no change of the code goes unseen.
//!
//! cargo-mutants invents small changes (an operator, a condition, a body that answers the same always); here each
//! is made in a copy, and the crate's tests must fail or not end. What survives is a test that is missing, or a
//! change that nobody can see; those stand in the crate's `mutants.toml`, each with its reason. A run can be
//! stopped; what was tried with the same code and tests is not tried again, nor on another machine, if `docs/proofs/kept`
//! comes with the sources.

mod equivalent;
mod list;
mod trial;

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde::Serialize;

use self::{
    equivalent::Equivalent,
    list::Mutant,
    trial::{Outcome, Trial, Tried},
};
use super::{copy::Copy, result, sources};
use crate::{
    cargo::{self, Crate},
    checkout,
    parts::Parts,
    program::{Failed, ask},
};

/// A crate whose code is changed.
struct Subject {
    package: &'static str,
    /// Features without which some of its code is not there.
    features: &'static [&'static str],
    /// Tests of other crates that state laws of this one: the crate and the test.
    also: &'static [(&'static str, &'static str)],
    /// Files, by how they begin, that are no code of the product.
    except: &'static [&'static str],
}

const SUBJECTS: [Subject; 4] = [
    Subject {
        package: "holdfast-document",
        features: &["armor"],
        // What a delegation permits, what is revoked and what stands on another document is told with licenses.
        also: &[
            ("holdfast-license", "chains"),
            ("holdfast-license", "revocations"),
            ("holdfast-license", "loans"),
            ("holdfast-license", "vectors"),
        ],
        except: &[],
    },
    Subject { package: "holdfast-license", features: &[], also: &[], except: &[] },
    Subject { package: "holdfast-wire", features: &[], also: &[], except: &[] },
    Subject {
        package: "holdfast-storage",
        features: &["model"],
        also: &[],
        // The model of a chip is itself a test.
        except: &["firmware/storage/src/model/"],
    },
];

/// Minutes that `cargo xtask check` gives to the mutants of what changed.
const MINUTES_OF_A_CHECK: u64 = 5;

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    package: Option<String>,
    /// Every N-th mutant, from the K-th, counted from 0.
    shard: Option<(usize, usize)>,
    minutes: Option<u64>,
    /// Ask no test that takes long: what the others do not see wants a test, or is to be tried again without this.
    quick: bool,
}

/// What stands in `docs/proofs`.
#[derive(Serialize)]
struct Proof {
    #[serde(flatten)]
    heading: result::Heading,
    /// Who invented them.
    inventor: String,
    mutants: usize,
    caught: usize,
    hung: usize,
    unviable: usize,
    /// Survivors, each listed with its reason.
    equivalent: usize,
    seconds: f64,
}

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    let asked = read(words)?;
    let subjects: Vec<_> =
        SUBJECTS.iter().filter(|it| asked.package.as_ref().is_none_or(|name| name == it.package)).collect();
    if subjects.is_empty() {
        let names = SUBJECTS.map(|it| it.package).join(", ");
        return Err(Failed::Found(format!("no mutants are made of this package; there are {names}")));
    }
    list::install()?;
    let until = asked.minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let copy = Copy::in_step(&match asked.shard {
        Some((shard, of)) => format!("mutants-{shard}-of-{of}"),
        None => {
            format!("mutants{}", asked.package.as_ref().map(|name| format!("-{name}")).unwrap_or_default())
        }
    })?;
    let crates = cargo::crates(checkout::root())?;
    let mut wrong = Vec::new();
    for subject in subjects {
        println!("=== {}", subject.package);
        let mutants = mutants_of(subject, copy.root(), None)?;
        let mut trial = Trial::of(subject, &crates, &copy)?;
        try_each(&mut trial, &mutants, &asked, until)?;
        drop(trial);
        // Others may have tried the rest meanwhile.
        let trial = Trial::of(subject, &crates, &copy)?;
        let tried: Vec<_> = mutants.iter().filter_map(|it| Some((it, trial.before(it)?.clone()))).collect();
        let is_whole = tried.len() == mutants.len();
        if !is_whole {
            let left = mutants.len() - tried.len();
            println!("{left} of {} mutants are still to be tried; so there is no result yet", mutants.len());
        }
        let found = judge(subject, trial.listed(), &mutants, &tried);
        if found.is_empty() && is_whole {
            write(subject, &crates, copy.root(), &tried)?;
            trial.carry(&[])?;
        } else {
            trial.carry(&mutants)?;
        }
        wrong.extend(found);
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::Found(wrong.join("\n    "))) }
}

/// The mutants of what changed since the branch left `origin/main`, as a part of `cargo xtask check`.
pub(crate) fn check(parts: &mut Parts) {
    const TITLE: &str = "mutants of what changed";
    if list::version().is_none() {
        parts.cannot_run(
            TITLE,
            "cargo-mutants is not installed; `cargo xtask prove mutants` installs it",
            false,
        );
        return;
    }
    let Some(base) = ask(git().args(["merge-base", "HEAD", "origin/main"])) else {
        parts.cannot_run(TITLE, "there is no origin/main to compare with", false);
        return;
    };
    let left = parts.run(TITLE, MINUTES_OF_A_CHECK + 2, || try_what_changed(base.trim()));
    if left.is_some_and(|left| left > 0) {
        let title = "the rest of the mutants of what changed";
        parts.cannot_run(title, "too many for a check; `cargo xtask prove mutants` tries all", false);
    }
}

/// Tries the mutants of the lines that differ from a commit. Answers how many there was no time for.
fn try_what_changed(base: &str) -> Result<usize, Failed> {
    let crates = cargo::crates(checkout::root())?;
    let until = Instant::now() + Duration::from_secs(60 * MINUTES_OF_A_CHECK);
    let mut wrong = Vec::new();
    let mut left = 0;
    let mut number = 0;
    for subject in &SUBJECTS {
        let folder = sources::folders_of(subject.package, &crates)?.swap_remove(0);
        let diff =
            ask(git().args(["diff", "--no-color", "--no-ext-diff", base, "--"]).arg(folder.join("src")))
                .ok_or_else(|| Failed::Program("git diff".into()))?;
        if diff.trim().is_empty() {
            continue;
        }
        let copy = Copy::for_a_while()?;
        let path = copy.root().with_extension("diff");
        std::fs::write(&path, diff).map_err(|why| Failed::File { path: path.clone(), why })?;
        let mutants = mutants_of(subject, copy.root(), Some(&path))?;
        number += mutants.len();
        println!("{}: {} mutants of what changed", subject.package, mutants.len());
        let mut trial = Trial::of(subject, &crates, &copy)?;
        try_each(&mut trial, &mutants, &Asked::default(), Some(until))?;
        let tried: Vec<_> = mutants.iter().filter_map(|it| Some((it, trial.before(it)?.clone()))).collect();
        left += mutants.len() - tried.len();
        // Of a part of the mutants one cannot say that something listed does not survive.
        let survived = survivors(&tried);
        wrong.extend(
            survived.into_iter().filter(|name| !trial.listed().iter().any(|it| it.is(name))).map(|name| {
                format!("survived: {name}; a test is missing, or a reason in {}", equivalent::FILE)
            }),
        );
    }
    if number == 0 {
        println!("nothing changed since {} in the code of {}", &base[..base.len().min(10)], names());
    }
    if wrong.is_empty() { Ok(left) } else { Err(Failed::Found(wrong.join("\n    "))) }
}

fn names() -> String {
    SUBJECTS.map(|it| it.package).join(", ")
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(checkout::root());
    git
}

fn mutants_of(subject: &Subject, root: &Path, changed: Option<&Path>) -> Result<Vec<Mutant>, Failed> {
    let mut mutants = list::mutants(root, subject.package, changed)?;
    mutants.retain(|it| !subject.except.iter().any(|start| it.file.starts_with(start)));
    Ok(mutants)
}

/// Tries those of the shard that were not tried before, until the time is up.
fn try_each(
    trial: &mut Trial,
    mutants: &[Mutant],
    asked: &Asked,
    until: Option<Instant>,
) -> Result<(), Failed> {
    let (shard, of) = asked.shard.unwrap_or((0, 1));
    let mine = mutants.iter().enumerate().filter(|(place, _)| place % of == shard).map(|(_, it)| it);
    let mut ahead: Vec<_> = mine.filter(|it| trial.before(it).is_none()).collect();
    // All quick tests are asked of those: what a run is stopped at should be the others.
    ahead.sort_by_key(|it| trial.is_listed(&it.lasting_name()));
    println!("{} of {} mutants are to be tried", ahead.len(), mutants.len());
    for mutant in ahead {
        if until.is_some_and(|until| Instant::now() > until) {
            println!("time is up");
            break;
        }
        match trial.attempt(mutant, asked.quick)? {
            Some(Tried { outcome, seconds, mutant, .. }) => {
                println!("{:<9} {seconds:>5.1} s  {mutant}", format!("{outcome:?}"))
            }
            None => println!("no quick test sees {}", mutant.name),
        }
    }
    Ok(())
}

fn survivors(tried: &[(&Mutant, Tried)]) -> Vec<String> {
    let survived = tried.iter().filter(|(_, tried)| tried.outcome == Outcome::Survived);
    survived.map(|(mutant, _)| mutant.lasting_name()).collect()
}

/// What is wrong: survivors that are not listed, and what is listed but caught or gone.
fn judge(
    subject: &Subject,
    listed: &[Equivalent],
    mutants: &[Mutant],
    tried: &[(&Mutant, Tried)],
) -> Vec<String> {
    let there: Vec<_> = mutants.iter().map(Mutant::lasting_name).collect();
    let survived = survivors(tried);
    let found = equivalent::findings(listed, &survived, &there);
    let mut numbers = BTreeMap::<String, usize>::new();
    for (_, tried) in tried {
        *numbers.entry(format!("{:?}", tried.outcome).to_lowercase()).or_default() += 1;
    }
    println!("{}: {} mutants, {} tried: {numbers:?}", subject.package, mutants.len(), tried.len());
    for (mutant, _) in tried.iter().filter(|(_, tried)| tried.outcome == Outcome::Survived) {
        println!("survived: {}", mutant.name);
    }
    // Until all were tried one cannot say that something listed does not survive.
    let all = tried.len() == mutants.len();
    found.into_iter().filter(|it| all || !it.contains(" survive, not the ")).collect()
}

fn write(subject: &Subject, crates: &[Crate], root: &Path, tried: &[(&Mutant, Tried)]) -> Result<(), Failed> {
    let mut folders = sources::folders_of(subject.package, crates)?;
    for (package, _) in subject.also {
        folders.extend(sources::folders_of(package, crates)?);
    }
    let mut parts =
        sources::parts(root, &folders, &["Cargo.toml", "src", "tests", "vectors", equivalent::FILE]);
    parts.sort();
    parts.dedup();
    let count = |outcome| tried.iter().filter(|(_, tried)| tried.outcome == outcome).count();
    let short = subject.package.trim_start_matches("holdfast-");
    result::write(
        &format!("mutants-{short}"),
        &Proof {
            heading: result::Heading::new(
                format!("no change of {} goes unseen by its tests", subject.package),
                sources::digest(root, &parts)?,
                &parts,
            ),
            inventor: list::version().unwrap_or_default(),
            mutants: tried.len(),
            caught: count(Outcome::Caught),
            hung: count(Outcome::Hung),
            unviable: count(Outcome::Unviable),
            equivalent: count(Outcome::Survived),
            seconds: tried.iter().map(|(_, tried)| tried.seconds).sum::<f64>().round(),
        },
    )
}

fn read(words: &[String]) -> Result<Asked, Failed> {
    let mut asked = Asked::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--quick" {
            asked.quick = true;
            continue;
        }
        let value = words.next().map_or("", String::as_str);
        let wrong = |what: &str| Failed::Found(format!("{word} takes {what}, not {value:?}"));
        match word.as_str() {
            "--package" => asked.package = Some(value.to_owned()),
            "--minutes" => asked.minutes = Some(value.parse().map_err(|_| wrong("a number"))?),
            "--shard" => {
                let parts = value.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
                let shard = parts.filter(|(k, n)| k < n).ok_or_else(|| wrong("K/N, from 0/N to N-1/N"))?;
                asked.shard = Some(shard);
            }
            _ => return Err(Failed::Found(format!("prove mutants takes no {word}"))),
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod laws {
    use super::*;

    fn asked(words: &str) -> Result<Asked, Failed> {
        read(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn shards_are_counted_from_0() {
        assert_eq!(asked("--shard 0/2").unwrap().shard, Some((0, 2)));
        assert_eq!(asked("--minutes 3 --package p").unwrap().minutes, Some(3));
        let both = asked("--quick --minutes 3").unwrap();
        assert!(both.quick && both.minutes == Some(3) && !asked("--minutes 3").unwrap().quick);
        for wrong in ["--shard 2/2", "--shard 1", "--shard 0/0", "--minutes", "--fast"] {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_subject_is_a_crate_and_names_tests_that_there_are() {
        let crates = cargo::crates(checkout::root()).unwrap();
        let find = |name: &str| crates.iter().find(|it| it.name == name).unwrap();
        for subject in &SUBJECTS {
            assert!(
                subject
                    .features
                    .iter()
                    .all(|name| find(subject.package).features.iter().any(|it| it == name))
            );
            for (package, test) in subject.also {
                assert!(find(package).tests.iter().any(|it| it == test), "{package} has no test {test}");
            }
            for start in subject.except {
                assert!(checkout::root().join(start).exists(), "{start}");
            }
        }
    }
}
