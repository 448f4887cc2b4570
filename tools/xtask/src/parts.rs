//! A long run in parts: each says what it is and what time it may take, and the end says how all went.

use std::time::{Duration, Instant};

use crate::program::Failed;

/// The parts that ran so far.
#[derive(Default)]
pub(crate) struct Parts {
    done: Vec<Part>,
    /// If it is not empty: only parts whose title holds one of these words are run.
    wanted: Vec<String>,
}

struct Part {
    title: &'static str,
    budget: Duration,
    took: Duration,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    NotRun,
}

impl Parts {
    /// Only the parts whose title holds one of these words; all of them if there is no word.
    pub(crate) fn only(wanted: Vec<String>) -> Self {
        Self { done: Vec::new(), wanted }
    }

    fn is_wanted(&self, title: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|word| title.contains(word.as_str()))
    }

    /// Runs one part to its end and goes on whatever comes of it, so that one run shows all that is wrong.
    pub(crate) fn run<T>(
        &mut self,
        title: &'static str,
        budget_minutes: u64,
        part: impl FnOnce() -> Result<T, Failed>,
    ) -> Option<T> {
        if !self.is_wanted(title) {
            return None;
        }
        eprintln!("\n=== {title} (budget: {budget_minutes} min)");
        let start = Instant::now();
        let answer = part();
        if let Err(failed) = &answer {
            eprintln!("=== {title} FAILED: {failed}");
        }
        let outcome = if answer.is_ok() { Outcome::Passed } else { Outcome::Failed };
        let budget = Duration::from_secs(budget_minutes * 60);
        self.done.push(Part { title, budget, took: start.elapsed(), outcome });
        answer.ok()
    }

    /// Says loudly that a part cannot run here. That is a failure where `required`.
    pub(crate) fn cannot_run(&mut self, title: &'static str, why: &str, required: bool) {
        if !self.is_wanted(title) {
            return;
        }
        eprintln!("\n!!! NOT RUN HERE: {title}: {why}");
        let outcome = if required { Outcome::Failed } else { Outcome::NotRun };
        self.done.push(Part { title, budget: Duration::ZERO, took: Duration::ZERO, outcome });
    }

    /// Prints how each part went, and fails if one did.
    pub(crate) fn end(self) -> Result<(), Failed> {
        if self.done.is_empty() {
            return Err(Failed::Found(format!("no part has {} in its title", self.wanted.join(" or "))));
        }
        eprint!("\n{}", self.table());
        let failed: Vec<_> =
            self.done.iter().filter(|part| part.outcome == Outcome::Failed).map(|part| part.title).collect();
        if failed.is_empty() { Ok(()) } else { Err(Failed::Parts(failed.join("; "))) }
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for Part { title, budget, took, outcome } in &self.done {
            let word = match outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::NotRun => "NOT RUN",
            };
            let over = if took > budget && *outcome == Outcome::Passed { "  OVER ITS BUDGET" } else { "" };
            let seconds = took.as_secs();
            table += &format!(
                "{word:<7} {:>2} min {:>2} s of {:>2} min  {title}{over}\n",
                seconds / 60,
                seconds % 60,
                budget.as_secs() / 60
            );
        }
        table
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn a_part_that_fails_stops_no_other_and_fails_the_whole() {
        let mut parts = Parts::default();
        assert_eq!(parts.run("first", 1, || Err::<(), _>(Failed::Found("a thing".into()))), None);
        assert_eq!(parts.run("second", 1, || Ok(2)), Some(2));
        assert!(matches!(parts.end(), Err(Failed::Parts(titles)) if titles == "first"));
    }

    #[test]
    fn a_part_that_cannot_run_fails_only_where_it_is_required() {
        for required in [false, true] {
            let mut parts = Parts::default();
            parts.cannot_run("the moon", "too far", required);
            assert_eq!(parts.end().is_err(), required);
        }
    }

    #[test]
    fn a_part_that_nobody_asked_for_is_not_run_and_a_word_that_is_in_no_title_is_an_error() {
        let mut parts = Parts::only(vec!["lint".into()]);
        assert_eq!(parts.run("lints of the boards", 1, || Ok(1)), Some(1));
        assert_eq!(parts.run("format", 1, || Err::<(), _>(Failed::Found("a thing".into()))), None);
        parts.cannot_run("the moon", "too far", true);
        assert!(parts.end().is_ok());
        let mut parts = Parts::only(vec!["lnit".into()]);
        parts.run("lints of the boards", 1, || Ok(1));
        assert!(parts.end().is_err_and(|failed| failed.to_string().contains("lnit")));
    }

    #[test]
    fn a_part_above_its_budget_says_so() {
        let minute = Duration::from_secs(60);
        let part = |took| Part { title: "slow", budget: minute, took, outcome: Outcome::Passed };
        assert!(!Parts { done: vec![part(minute)], wanted: vec![] }.table().contains("OVER"));
        assert!(Parts { done: vec![part(minute * 2)], wanted: vec![] }.table().contains("OVER"));
    }
}
