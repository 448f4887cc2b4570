//! Stories in which everything happens at once: pages that can no longer be erased, bytes that decay, and power that fails
//! at any operation. What a device holds is held to what it was given, step by step.
//!
//! What happens next is a [`Choice`]: of [`Chance`], or of the bytes of a fuzzer.

pub mod records;
pub mod rings;

use super::{Chance, Outcome};

/// What decides what happens next.
pub trait Choice {
    /// The next number.
    fn draw(&mut self) -> u64;

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// Whether the story ends here.
    fn is_over(&self) -> bool {
        false
    }
}

impl Choice for Chance {
    fn draw(&mut self) -> u64 {
        Chance::draw(self)
    }
}

/// How a story went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Things that were done or refused.
    pub steps: usize,
    /// How many of them were refused for want of room, or of pages.
    pub refused: usize,
}

/// What a cut leaves of an operation.
pub fn outcome(choice: &mut impl Choice) -> Outcome {
    match choice.below(5) {
        0 => Outcome::Nothing,
        1 => Outcome::All,
        2 => Outcome::Subset(choice.draw()),
        3 => Outcome::Marginal,
        _ => Outcome::MarginalWord(choice.below(3) as u32),
    }
}
