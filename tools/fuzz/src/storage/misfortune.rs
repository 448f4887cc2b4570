//! Records on a chip of which pages die, values decay and power fails, all at once: the stories of the storage's own
//! tests, with every choice drawn from the input.

use crate::draw::Draw;
use holdfast_storage::model::Rules;
use holdfast_storage::model::misfortune::{Choice, Misfortune, tell};

/// Things that happen in one story at most.
const STEPS: usize = 120;

/// Choices, until the input is used up.
struct Drawn<'a>(Draw<'a>);

impl Choice for Drawn<'_> {
    fn draw(&mut self) -> u64 {
        u64::from(self.0.short())
    }

    fn below(&mut self, bound: u64) -> u64 {
        usize::try_from(bound).map_or(0, |bound| self.0.below(bound) as u64)
    }

    fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let (chip, flags, pages) = (draw.byte() % 3, draw.byte(), 13 + u16::from(draw.byte() % 6));
    let death = usize::from(draw.byte() % 64);
    let decay = (usize::from(draw.byte() % 64), usize::from(draw.byte()));
    let mut misfortune = Misfortune {
        rules: Rules::NRF52,
        pages,
        deaths: if flags & 1 == 0 { vec![death] } else { Vec::new() },
        decays: if flags & 2 == 0 { vec![decay] } else { Vec::new() },
        power_fails: flags & 4 == 0,
    };
    let mut drawn = Drawn(draw);
    match chip {
        0 => tell::<4>(&misfortune, &mut drawn, STEPS),
        1 => {
            misfortune.rules = Rules::ECC;
            tell::<8>(&misfortune, &mut drawn, STEPS)
        }
        _ => {
            misfortune.rules = Rules::LPC55;
            tell::<16>(&misfortune, &mut drawn, STEPS)
        }
    };
}

/// Stories on each sort of chip, with and without each misfortune.
pub fn inputs() -> Vec<Vec<u8>> {
    let drawn = |chip: u8, flags: u8| {
        let choices = (0..240u8).map(move |at| at.wrapping_mul(flags * 2 + 37) ^ (chip << 5));
        [chip, flags, 3, 9, 14, 40].into_iter().chain(choices).collect()
    };
    (0..3).flat_map(|chip| (0..8).map(move |flags| drawn(chip, flags))).collect()
}
