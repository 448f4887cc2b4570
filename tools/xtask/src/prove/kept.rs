//! What a proof has done so far, kept line by line: a run that is stopped loses no more than the step it was at,
//! and several runs may write at once.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{checkout, program::Failed};

/// A file of steps, each a line of JSON.
pub(super) struct Kept {
    path: PathBuf,
}

impl Kept {
    /// The steps of this proof.
    pub(super) fn of(proof: &str) -> Self {
        Self { path: checkout::target().join("prove").join(format!("{proof}.jsonl")) }
    }

    /// All steps there are. A line that is cut short, or of an older form, is a step to do again.
    pub(super) fn steps<T: DeserializeOwned>(&self) -> Vec<T> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
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

    #[test]
    fn steps_outlive_a_line_that_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept { path: folder.path().join("in/steps.jsonl") };
        assert_eq!(kept.steps::<u8>(), [0_u8; 0]);
        kept.add(&1).unwrap();
        fs::write(&kept.path, "1\n\"cut sho\n").unwrap();
        kept.add(&2).unwrap();
        assert_eq!(kept.steps::<u8>(), [1, 2]);
    }
}
