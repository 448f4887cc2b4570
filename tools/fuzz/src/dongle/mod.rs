//! A whole dongle, under any commands over either road, with cuts of power.
//!
//! On a board on paper, so that a command costs microseconds. Held to what the dongle promises: every answer is
//! one that its command may have; a unit is charged once for each job, never given back, never beyond what was
//! granted; updates apply at their number and no other; what is unplugged or cut holds what it held before the
//! command in flight, or after it; and bytes that nobody signed or sealed change nothing.

mod board;
#[cfg(test)]
mod kept;
mod road;
mod sold;
mod talk;

use crate::draw::Draw;
use board::{Flash, PAGES, PaperBoard};
use holdfast_document::{DeviceId, DongleId, StorageId};
use holdfast_dongle::{Dongle, Platform};
use holdfast_storage::model::{Chip, Outcome};
use std::sync::OnceLock;
use talk::Talk;

/// A dongle that has left its factory and was sold a license.
pub(crate) struct Sold {
    cells: board::Cells,
    device: DeviceId,
    #[cfg(test)]
    storage: StorageId,
    /// Updates by their number; the first is on the dongle.
    updates: Vec<Vec<u8>>,
    /// One that no dongle comes to.
    far_ahead: Vec<u8>,
}

/// Runs one input.
pub fn run(input: &[u8]) {
    let mut draw = Draw::new(input);
    let sold = sold();
    let mut talk = Talk::begin(sold, draw.byte());
    let mut steps = 0;
    while !draw.is_empty() && steps < 60 {
        steps += 1;
        match draw.below(16) {
            0..=4 => talk.charge(&mut draw),
            5 => talk.check(),
            6 | 7 => talk.update(&mut draw),
            8 => talk.sealed_bytes(&mut draw),
            9 => talk.clear_bytes(&mut draw),
            10 => talk.raw_message(&mut draw),
            11 => talk.statement(&mut draw),
            12 => talk.rests(&mut draw),
            13 => talk.probe(&mut draw),
            14 => talk.replug(draw.byte()),
            _ => {
                let at = u64::from(draw.byte() % 16);
                let outcome = match draw.below(5) {
                    0 => Outcome::Nothing,
                    1 => Outcome::All,
                    2 => Outcome::Marginal,
                    _ => Outcome::Subset(u64::from(draw.byte())),
                };
                talk.will_be_cut(at, outcome);
            }
        }
    }
    talk.replug(1);
    talk.check();
}

/// Stories of charges, updates and cuts, and bytes of every sort.
pub fn inputs() -> Vec<Vec<u8>> {
    let story = [
        7, 0, 1, 5, 0, 0, 1, 5, 0, 5, 6, 1, 0, 2, 60, 0, 13, 1, 5, 0, 14, 3, 11, 1, 12, 0, 9, 15, 3, 3, 1, 0,
        3, 9, 0, 5,
    ];
    let unsigned = [7, 9, 17, 40, 1, 2, 3, 8, 8, 12, 0, 1, 99, 10, 2, 30, 5, 5, 5];
    let stories = [&story[..], &[&story[..], &story].concat(), &unsigned].map(<[u8]>::to_vec);
    stories
        .into_iter()
        .chain((0..12u8).map(|fill| (0..90).map(|at: u8| at.wrapping_mul(fill * 2 + 7) ^ fill).collect()))
        .collect()
}

fn sold() -> &'static Sold {
    static SOLD: OnceLock<Sold> = OnceLock::new();
    SOLD.get_or_init(|| {
        let flash = Flash::new(Chip::new(PAGES));
        let keys = PaperBoard::new(flash.clone(), true, 7).public_keys().expect("it has keys");
        let device = DeviceId::Dongle(DongleId::of(&keys.identity, &keys.channel, &keys.sealing));
        let mut dongle = Dongle::start(PaperBoard::new(flash.clone(), false, 7));
        let storage = road::leave_the_factory(&mut dongle, &keys);
        let storage = StorageId::from_slice(&storage).expect("an id of storage");
        let updates: Vec<_> = (0..4).map(|number| sold::update(number, device, storage)).collect();
        road::apply_in_clear(&mut dongle, &sold::vendor().0);
        road::apply_in_clear(&mut dongle, &updates[0]);
        flash.0.borrow_mut().power_off();
        let cells = flash.0.borrow().clone();
        Sold {
            cells,
            device,
            #[cfg(test)]
            storage,
            updates,
            far_ahead: sold::update(99, device, storage),
        }
    })
}
