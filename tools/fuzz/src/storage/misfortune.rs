//! Chips of which pages die, values decay and power fails, all at once: the stories of the storage's own tests, with
//! every choice drawn from the input.

use crate::draw::Draw;
use holdfast_storage::model::Rules;
use holdfast_storage::model::misfortune::{Choice, records, rings};

/// Things that happen in one story at most.
const STEPS: usize = 120;

/// Bytes of the shortest body. Behind one may lie the header of the next page: what decays there is no record.
const BODY: u8 = 32;

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
    let chip = draw.byte();
    match (chip % 3, chip / 3 % 2) {
        (0, 0) => tell_of_records::<4>(Rules::NRF52, draw),
        (1, 0) => tell_of_records::<8>(Rules::ECC, draw),
        (_, 0) => tell_of_records::<16>(Rules::LPC55, draw),
        (0, _) => tell_of_rings::<4>(Rules::NRF52, draw),
        (1, _) => tell_of_rings::<8>(Rules::ECC, draw),
        (_, _) => tell_of_rings::<16>(Rules::LPC55, draw),
    }
}

fn tell_of_records<const WORD: usize>(rules: Rules, mut draw: Draw<'_>) {
    let (flags, pages) = (draw.byte(), 16 + u16::from(draw.byte() % 6));
    let death = usize::from(draw.byte() % 64);
    let decay = (usize::from(draw.byte() % 64), usize::from(draw.byte() % BODY));
    let misfortune = records::Misfortune {
        rules,
        pages,
        deaths: if flags & 1 == 0 { vec![death] } else { Vec::new() },
        decays: if flags & 2 == 0 { vec![decay] } else { Vec::new() },
        power_fails: flags & 4 == 0,
    };
    records::tell::<WORD>(&misfortune, &mut Drawn(draw), STEPS);
}

fn tell_of_rings<const WORD: usize>(rules: Rules, mut draw: Draw<'_>) {
    let (flags, pages) = (draw.byte(), 4 + u16::from(draw.byte() % 4));
    let death = usize::from(draw.byte() % 64);
    let misfortune = rings::Misfortune {
        rules,
        pages,
        deaths: if flags & 1 == 0 { vec![death] } else { Vec::new() },
        power_fails: flags & 4 == 0,
    };
    rings::tell::<WORD>(&misfortune, &mut Drawn(draw), STEPS);
}

/// Stories on each sort of chip, with and without each misfortune.
pub fn inputs() -> Vec<Vec<u8>> {
    let drawn = |chip: u8, flags: u8| {
        let choices = (0..240u8).map(move |at| at.wrapping_mul(flags * 2 + 37) ^ (chip << 5));
        [chip, flags, 3, 9, 14, 40].into_iter().chain(choices).collect()
    };
    (0..6).flat_map(|chip| (0..8).map(move |flags| drawn(chip, flags))).collect()
}
