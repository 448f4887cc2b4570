//! Changed inputs for the smoke test, where there is no libFuzzer: seeded, so that a failure comes again.

use holdfast_storage::model::Chance;

/// Makes inputs out of others.
pub struct Mutator {
    chance: Chance,
    inputs: Vec<Vec<u8>>,
    longest: usize,
}

impl Mutator {
    /// Begins with these; every input that it makes has at most `longest` bytes.
    pub fn new(seed: u64, inputs: Vec<Vec<u8>>, longest: usize) -> Self {
        Self { chance: Chance::new(seed), inputs, longest }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance.below(bound.max(1) as u64) as usize
    }

    /// The next input: one of those it began with, changed in a few places.
    pub fn next_input(&mut self) -> Vec<u8> {
        let which = self.below(self.inputs.len());
        let mut input = self.inputs.get(which).cloned().unwrap_or_default();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(self.longest);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len());
        let byte = self.chance.draw() as u8;
        match self.below(10) {
            0 | 1 if !input.is_empty() => input[at] ^= 1 << (byte % 8),
            2 if !input.is_empty() => input[at] = byte,
            3 if !input.is_empty() => input[at] = [0, 1, 127, 128, 255][usize::from(byte) % 5],
            4 if !input.is_empty() => drop(input.remove(at)),
            5 => input.insert(at, byte),
            6 => input.truncate(at),
            7 => {
                // A piece of another input, over this one or between.
                let which = self.below(self.inputs.len());
                let other = self.inputs.get(which).cloned().unwrap_or_default();
                let from = self.below(other.len());
                let piece: Vec<u8> = other.iter().skip(from).take(usize::from(byte % 40)).copied().collect();
                let until = if self.below(2) == 0 { at } else { (at + piece.len()).min(input.len()) };
                drop(input.splice(at..until, piece));
            }
            8 => input.extend((0..byte % 16).map(|_| self.chance.draw() as u8).collect::<Vec<_>>()),
            _ => {
                let length = self.below(16).min(input.len() - at.min(input.len()));
                let piece = input.get(at..at + length).unwrap_or_default().to_vec();
                drop(input.splice(at..at, piece));
            }
        }
    }
}
