//! `cargo xtask prove models`: every model of `docs/models`, searched to its end.
//!
//! A model says beforehand in which of its cases its law holds; it ends with an error if one came out otherwise.
//! They know nothing of each other, so as many run at once as there are cores.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::{
    checkout, packages,
    program::{Failed, cannot_start},
};

/// What the models are searched with: no model itself.
const SEARCH: &str = "search.py";

/// How one model went.
struct Searched {
    model: String,
    took: Duration,
    holds: bool,
    /// All that it printed.
    output: String,
}

pub(super) fn run(words: &[String]) -> Result<(), Failed> {
    if let Some(word) = words.first() {
        return Err(Failed::Found(format!("prove models takes no words; it was given {word}")));
    }
    packages::ensure(&packages::FOR_MODELS)?;
    let mut searched = search_all(models(&checkout::root().join("docs/models"))?)?;
    searched.sort_by(|one, other| one.model.cmp(&other.model));
    for Searched { model, output, .. } in searched.iter().filter(|model| !model.holds) {
        println!("--- {model}\n{output}");
    }
    print!("{}", table(&searched));
    let failed: Vec<_> = searched.iter().filter(|it| !it.holds).map(|it| it.model.as_str()).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failed::Parts(failed.join("; "))) }
}

/// The files of all models.
fn models(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = std::fs::read_dir(folder)
        .map_err(|why| Failed::Found(format!("{} cannot be read: {why}", folder.display())))?;
    let is_model = |path: &PathBuf| path.extension() == Some(OsStr::new("py")) && !path.ends_with(SEARCH);
    let models: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_model).collect();
    if models.is_empty() {
        return Err(Failed::Found(format!("{} holds no model", folder.display())));
    }
    Ok(models)
}

fn search_all(models: Vec<PathBuf>) -> Result<Vec<Searched>, Failed> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(models.len());
    let ahead = Mutex::new(models);
    let next = || ahead.lock().ok().and_then(|mut ahead| ahead.pop());
    let one_by_one = || -> Result<Vec<Searched>, Failed> {
        std::iter::from_fn(next).map(|model| search(&model)).collect()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(one_by_one)).collect();
        let mut searched = Vec::new();
        for worker in workers {
            let part = worker.join().map_err(|_| Failed::Found("a thread of ours panicked".into()))?;
            searched.extend(part?);
        }
        Ok(searched)
    })
}

fn search(model: &Path) -> Result<Searched, Failed> {
    let name = model.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    eprintln!("searching {name}");
    let mut python = Command::new("python3");
    // -B: it leaves no compiled files in the checkout.
    python.arg("-B").arg(model).stdin(Stdio::null());
    let start = Instant::now();
    let output = python.output().map_err(|why| cannot_start(&python, why))?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Ok(Searched {
        model: name,
        took: start.elapsed(),
        holds: output.status.success(),
        output: text.into_owned(),
    })
}

fn table(searched: &[Searched]) -> String {
    let mut table = String::new();
    for Searched { model, took, holds, .. } in searched {
        let word = if *holds { "as said" } else { "FAILED" };
        table += &format!("{word:<7} {:>7.1} s  {model}\n", took.as_secs_f64());
    }
    table
}

#[cfg(test)]
mod laws {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn every_python_file_but_the_search_is_a_model() {
        let folder = folder_with(&[("a.py", ""), ("search.py", ""), ("research.py", ""), ("README.md", "")]);
        let mut found = models(folder.path()).unwrap();
        found.sort();
        assert_eq!(found, [folder.path().join("a.py"), folder.path().join("research.py")]);
    }

    #[test]
    fn a_folder_without_models_is_an_error() {
        assert!(models(folder_with(&[("search.py", "")]).path()).is_err());
        assert!(models(Path::new("/nowhere/at/all")).is_err());
    }

    #[test]
    fn a_model_that_failed_shows_in_the_table() {
        let model = |model: &str, holds| Searched {
            model: model.into(),
            took: Duration::from_millis(1500),
            holds,
            output: String::new(),
        };
        let table = table(&[model("one", true), model("other", false)]);
        assert_eq!(table, "as said     1.5 s  one\nFAILED      1.5 s  other\n");
    }
}
