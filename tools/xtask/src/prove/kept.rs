//! What a proof has done so far, kept line by line: a run that is stopped loses no more than the step it was at,
//! and several runs may write at once.
//!
//! It lies where cargo builds. What takes hours can be carried to another machine: then it also stands in
//! `docs/proofs/kept`, until the proof is whole.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::PathBuf,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{checkout, program::Failed};

/// A file of steps, each a line of JSON.
pub(super) struct Kept {
    path: PathBuf,
    /// The steps that another machine did.
    carried: PathBuf,
}

impl Kept {
    /// The steps of this proof.
    pub(super) fn of(proof: &str) -> Self {
        let name = format!("{proof}.jsonl");
        Self {
            path: checkout::target().join("prove").join(&name),
            carried: checkout::root().join("docs/proofs/kept").join(name),
        }
    }

    /// All steps there are. A line that is cut short, or of an older form, is a step to do again.
    pub(super) fn steps<T: DeserializeOwned>(&self) -> Vec<T> {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let text = read(&self.carried) + &read(&self.path);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Writes these steps, of all that there are, to where they can be carried to another machine; none: nothing is
    /// left to do there.
    pub(super) fn carry<T: Serialize>(&self, steps: &[T]) -> Result<(), Failed> {
        let failed = |why| Failed::File { path: self.carried.clone(), why };
        if steps.is_empty() {
            return match fs::remove_file(&self.carried) {
                Err(why) if why.kind() != ErrorKind::NotFound => Err(failed(why)),
                _ => Ok(()),
            };
        }
        let mut text = String::new();
        for step in steps {
            text += &serde_json::to_string(step).map_err(|why| failed(why.into()))?;
            text.push('\n');
        }
        if let Some(folder) = self.carried.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&self.carried, text).map_err(failed)
    }

    pub(super) fn add(&self, step: &impl Serialize) -> Result<(), Failed> {
        let failed = |why| Failed::File { path: self.path.clone(), why };
        let mut line = serde_json::to_vec(step).map_err(|why| failed(why.into()))?;
        line.push(b'\n');
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).map_err(failed)?;
        file.write_all(&line).map_err(failed)
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    fn kept_in(folder: &std::path::Path) -> Kept {
        Kept { path: folder.join("in/steps.jsonl"), carried: folder.join("carried/steps.jsonl") }
    }

    #[test]
    fn steps_of_another_machine_come_first_until_none_are_left_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept_in(folder.path());
        kept.carry::<u8>(&[]).unwrap();
        kept.carry(&[1, 2]).unwrap();
        kept.add(&3).unwrap();
        assert_eq!(kept.steps::<u8>(), [1, 2, 3]);
        kept.carry::<u8>(&[]).unwrap();
        assert_eq!(kept.steps::<u8>(), [3]);
    }

    #[test]
    fn steps_outlive_a_line_that_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept_in(folder.path());
        assert_eq!(kept.steps::<u8>(), [0_u8; 0]);
        kept.add(&1).unwrap();
        fs::write(&kept.path, "1\n\"cut sho\n").unwrap();
        kept.add(&2).unwrap();
        assert_eq!(kept.steps::<u8>(), [1, 2]);
    }
}
