//! Trying the mutants of one crate: which tests may see them, in which order, and what was seen before.
//!
//! Each program of tests is built only when those before it saw nothing: first the one that saw such a mutant in code of
//! before, then the one that saw the last mutant of the same file, then those that saw most, of that file above all,
//! for the time they take. Most mutants cost one build and a second of tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{
    Subject,
    equivalent::{self, Equivalent},
    list::{self, Mutant},
};
use crate::{
    cargo::Crate,
    program::Failed,
    prove::{
        copy::Copy,
        kept::Kept,
        sources,
        suite::{Suite, Target, Went},
    },
};

/// About what it takes to build a suite after a change.
const BUILD: Duration = Duration::from_secs(3);

/// Programs of tests that take longer are not asked where quick answers are wanted.
const QUICK: Duration = Duration::from_secs(20);

/// So many mutants of other files weigh as much as one of the same.
const OF_THE_FILE: f64 = 10.0;

/// What promises more than any number of mutants that were seen.
const SEEN_LAST: f64 = 1e9;
const SEEN_BEFORE: f64 = 1e15;

/// What came of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// A test failed.
    Caught,
    /// The tests did not end.
    Hung,
    /// Every test passed.
    Survived,
    /// It does not build.
    Unviable,
}

/// A mutant that was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tried {
    pub(super) mutant: String,
    pub(super) outcome: Outcome,
    pub(super) seconds: f64,
    /// The test that saw it, after its suite.
    by: Option<String>,
    /// Of the crate and what it is built with.
    code: String,
    /// Of the suite that saw it, or of all where none did.
    tests: String,
}

impl Tried {
    /// The suite that saw it.
    fn suite(&self) -> Option<&str> {
        self.by.as_ref()?.split(':').next()
    }
}

/// What came of a mutant, and the test that saw it with the digest of its suite.
type Seen = (Outcome, Option<(String, String)>);

/// The tests of one crate, in the order in which they are tried.
pub(super) struct Trial<'a> {
    copy: &'a Copy,
    kept: Kept,
    before: Vec<Tried>,
    /// Where a suite saw a mutant, by its lasting name, whatever the code was; the newest last.
    seen: BTreeMap<String, Vec<Tried>>,
    /// Of the crate and what it is built with.
    code: String,
    suites: Vec<Judge>,
    /// Of all suites.
    tests: String,
    /// What no test can see: whoever survived and stands here need not survive each new test again.
    listed: Vec<Equivalent>,
    /// Whether the suites have passed with nothing changed.
    is_green: bool,
    last_seen: BTreeMap<String, String>,
}

/// A suite, and how long it takes.
struct Judge {
    suite: Suite,
    digest: String,
    takes: Duration,
}

impl<'a> Trial<'a> {
    pub(super) fn of(subject: &Subject, crates: &[Crate], copy: &'a Copy) -> Result<Self, Failed> {
        let code = code(subject.package, crates, copy.root())?;
        let mut suites = Vec::new();
        for suite in suites_of(subject, crates)? {
            let digest = digest_of(&suite, crates, copy.root())?;
            suites.push(Judge { suite, digest, takes: Duration::ZERO });
        }
        let tests = suites.iter().map(|it| it.digest.as_str()).collect::<Vec<_>>().join("+");
        let kept = Kept::of(&format!("mutants-of-{}", subject.package));
        let mut before = kept.steps::<Tried>();
        let mut seen = BTreeMap::<_, Vec<_>>::new();
        for tried in before.iter().filter(|it| it.suite().is_some()) {
            seen.entry(list::lasting(&tried.mutant)).or_default().push(tried.clone());
        }
        before.retain(|it| it.code == code);
        let listed = equivalent::list(&copy.root().join(&find(subject.package, crates)?.folder))?;
        let (is_green, last_seen) = (false, BTreeMap::new());
        Ok(Self { copy, kept, before, seen, code, suites, tests, listed, is_green, last_seen })
    }

    /// What came of this mutant when it was tried with the same code and the same tests. Of one that is listed the
    /// reason speaks of the code alone.
    pub(super) fn before(&self, mutant: &Mutant) -> Option<&Tried> {
        let is_listed = self.is_listed(&mutant.lasting_name());
        let same_tests = |it: &&Tried| match it.outcome {
            Outcome::Unviable => true,
            Outcome::Survived => is_listed || it.tests == self.tests,
            Outcome::Caught | Outcome::Hung => self.suites.iter().any(|judge| judge.digest == it.tests),
        };
        self.before.iter().rev().find(|it| it.mutant == mutant.name && same_tests(it))
    }

    /// Whether a mutant stands in the crate's list.
    pub(super) fn is_listed(&self, lasting_name: &str) -> bool {
        self.listed.iter().any(|it| it.is(lasting_name))
    }

    /// What stands in the crate's list.
    pub(super) fn listed(&self) -> &[Equivalent] {
        &self.listed
    }

    /// Lets another machine go on where this one stopped: with what came of these mutants, and of those that are still to
    /// be tried what saw them in code of before.
    pub(super) fn carry(&self, mutants: &[Mutant]) -> Result<(), Failed> {
        let step = |it| self.before(it).or_else(|| self.seen.get(&it.lasting_name())?.last());
        self.kept.carry(&mutants.iter().filter_map(step).collect::<Vec<_>>())
    }

    /// Tries a mutant, and keeps what came of it. `None`: only quick answers are wanted, and no quick test sees it. Of one
    /// that is listed only quick tests are asked, whether its reason is wrong.
    pub(super) fn attempt(&mut self, mutant: &Mutant, quick: bool) -> Result<Option<Tried>, Failed> {
        if !self.is_green {
            self.pass_with_nothing_changed(quick)?;
            self.is_green = true;
        }
        let start = Instant::now();
        let changed = self.copy.change(&mutant.file, |text| mutant.applied_to(text))?;
        let is_listed = self.is_listed(&mutant.lasting_name());
        let seen = self.judge(mutant, quick || is_listed)?;
        drop(changed);
        let (outcome, seen) = match seen {
            Some(seen) => seen,
            None if quick && !is_listed => return Ok(None),
            None => (Outcome::Survived, None),
        };
        let (by, tests) = seen.map_or((None, self.tests.clone()), |(by, tests)| (Some(by), tests));
        let seconds = (start.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let code = self.code.clone();
        let tried = Tried { mutant: mutant.name.clone(), outcome, seconds, by, code, tests };
        self.kept.add(&tried)?;
        self.before.push(tried.clone());
        Ok(Some(tried))
    }

    /// What the suites, or the quick ones, say of the code as it lies in the copy, and which of them it was: its test
    /// and its digest. `None`: none saw it.
    fn judge(&mut self, mutant: &Mutant, quick: bool) -> Result<Option<Seen>, Failed> {
        for Judge { suite, digest, takes } in self.order(mutant) {
            if quick && *takes >= QUICK {
                continue;
            }
            let Ok(program) = suite.build(self.copy)? else {
                return Ok(Some((Outcome::Unviable, None)));
            };
            let (outcome, test) = match program.run(None, *takes * 5 + Duration::from_secs(20))? {
                Went::Green(_) => continue,
                Went::Red(test) => (Outcome::Caught, test),
                Went::Died => (Outcome::Caught, "the program ended".to_owned()),
                Went::Hung => (Outcome::Hung, "no end".to_owned()),
            };
            let name = suite.name();
            let seen = (format!("{name}: {test}"), digest.clone());
            self.last_seen.insert(mutant.file.clone(), name);
            return Ok(Some((outcome, Some(seen))));
        }
        Ok(None)
    }

    /// The suites, those first that are likely to see this change soon.
    fn order(&self, mutant: &Mutant) -> Vec<&Judge> {
        let seen = self.seen.get(&mutant.lasting_name()).map_or(&[][..], Vec::as_slice);
        let promise = |judge: &Judge| {
            let name = judge.suite.name();
            let takes = (judge.takes + BUILD).as_secs_f64();
            if seen.iter().any(|it| it.suite() == Some(&name)) {
                return SEEN_BEFORE / takes;
            }
            if self.last_seen.get(&mutant.file) == Some(&name) {
                return SEEN_LAST;
            }
            let saw = self.before.iter().filter(|it| it.suite() == Some(&name));
            let weights = saw.map(|it| match it.mutant.starts_with(&mutant.file) {
                true => OF_THE_FILE,
                false => 1.0,
            });
            (1.0 + weights.sum::<f64>()) / takes
        };
        let mut order: Vec<_> = self.suites.iter().map(|judge| (promise(judge), judge)).collect();
        order.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        order.into_iter().map(|(_, judge)| judge).collect()
    }

    /// Runs every suite on the code as it is: each must pass, and how long it takes weighs in its place.
    fn pass_with_nothing_changed(&mut self, quick: bool) -> Result<(), Failed> {
        let limit = if quick { QUICK } else { Duration::from_secs(1200) };
        for judge in &mut self.suites {
            let name = judge.suite.name();
            let program = judge.suite.build(self.copy)?.map_err(|why| {
                Failed::Found(format!("{name} does not build, with nothing changed\n{why}"))
            })?;
            let start = Instant::now();
            match program.run(None, limit)? {
                Went::Hung if quick => {
                    println!("{name}: takes more than {} s", QUICK.as_secs());
                    judge.takes = QUICK;
                    continue;
                }
                Went::Green(tests) => {
                    println!("{name}: {tests} tests, {:.1} s", start.elapsed().as_secs_f64())
                }
                went => return Err(Failed::Found(format!("{name} fails with nothing changed: {went:?}"))),
            }
            judge.takes = start.elapsed();
        }
        Ok(())
    }
}

/// The suites that a subject is tried with.
fn suites_of(subject: &Subject, crates: &[Crate]) -> Result<Vec<Suite>, Failed> {
    let it = find(subject.package, crates)?;
    let features: Vec<String> = subject.features.iter().map(|it| (*it).to_owned()).collect();
    let own = |target| Suite { package: it.name.clone(), features: features.clone(), target };
    let mut suites = vec![own(Target::Lib)];
    suites.extend(it.tests.iter().map(|test| own(Target::Test(test.clone()))));
    suites.extend(subject.also.iter().map(|(package, test)| {
        let target = Target::Test((*test).to_owned());
        Suite { package: (*package).to_owned(), features: Vec::new(), target }
    }));
    Ok(suites)
}

fn find<'a>(package: &str, crates: &'a [Crate]) -> Result<&'a Crate, Failed> {
    let found = crates.iter().find(|it| it.name == package);
    found.ok_or_else(|| Failed::Found(format!("there is no crate {package}")))
}

/// The digest of a crate's code and of all code of ours that it is built with.
fn code(package: &str, crates: &[Crate], root: &Path) -> Result<String, Failed> {
    let folders = sources::folders_of(package, crates)?;
    sources::digest(root, &sources::parts(root, &folders, &["Cargo.toml", "src"]))
}

/// The digest of a suite: of its own files, what they share with others, and the code of its crate.
fn digest_of(suite: &Suite, crates: &[Crate], root: &Path) -> Result<String, Failed> {
    let folder = &find(&suite.package, crates)?.folder;
    let mut names = Vec::new();
    if let Target::Test(name) = &suite.target {
        let tests = folder.join("tests");
        names = sources::parts(root, std::slice::from_ref(folder), &["vectors"]);
        names.extend(sources::parts(root, std::slice::from_ref(&tests), &[&format!("{name}.rs"), name]));
        names.extend(shared_by_tests(root, &tests)?);
    }
    let code = code(&suite.package, crates, root)?;
    Ok(format!("{}-{}", &sources::digest(root, &names)?[..32], &code[..32]))
}

/// The folders of `tests` that are no suite: what suites share.
fn shared_by_tests(root: &Path, tests: &Path) -> Result<Vec<PathBuf>, Failed> {
    let path = root.join(tests);
    let entries = std::fs::read_dir(&path).map_err(|why| Failed::File { path, why })?;
    let folders = entries.flatten().map(|entry| entry.path()).filter(|it| it.is_dir());
    let shared = folders.filter(|it| !it.join("main.rs").exists());
    Ok(shared.filter_map(|it| Some(it.strip_prefix(root).ok()?.to_path_buf())).collect())
}
