//! What the proof makes a device do: named scripts that reach every mechanism, and seeded ones.

use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::Chance;
use super::oracle::{Change, Step};
use crate::Key;

/// Sessions from power-on to power-off.
#[derive(Clone, Debug)]
pub struct Script {
    /// What it is for.
    pub name: String,
    /// One session after the other.
    pub sessions: Vec<Vec<Step>>,
    /// So many of them only lead to where it becomes interesting, and are not cut.
    pub uncut: usize,
}

impl Script {
    fn of(name: impl Into<String>, sessions: Vec<Vec<Step>>) -> Self {
        Self { name: name.into(), sessions, uncut: 0 }
    }
}

fn plain(number: u8) -> Key {
    Key { kind: 1, id: [number; 16] }
}

fn secret(number: u8) -> Key {
    Key { kind: 200, id: [number; 16] }
}

/// All named scripts, and so many seeded ones.
pub fn scripts(seeded: u64) -> Vec<Script> {
    let mut all = vec![
        Script::of("charges over several pages", charges()),
        Script::of("time over several pages", time()),
        Script::of("records put, superseded and deleted", records()),
        Script::of("records until pages are compacted", compaction()),
        Script::of("power-ups without work", vec![Vec::new(); 40]),
    ];
    all.extend((0..seeded).map(|seed| Script::of(format!("seed {seed}"), random(seed))));
    all
}

/// So many charges make a ring of four pages forget the one before them, and fill a page.
const CHARGES_UNTIL_FORGOTTEN: usize = 101;

/// Scripts short enough that every third cut of them can be tried. Each reaches one mechanism.
pub fn short_scripts() -> Vec<Script> {
    use Change::{Delete, Put};
    let put = |key, length, fill| Step::Commit(vec![Put(key, length, fill)]);
    let secrets = vec![
        vec![put(plain(1), 90, 1), put(secret(1), 32, 2)],
        vec![put(secret(1), 32, 3), Step::Idle],
        vec![Step::Commit(vec![Delete(secret(1))]), Step::Idle],
    ];
    // Each power-up takes two positions of each log, so these lead to the end of a page.
    let at_the_end = |work: Vec<Step>| {
        let mut sessions = vec![Vec::new(); 11];
        sessions.extend([work.clone(), work]);
        Script { uncut: 11, ..Script::of("", sessions) }
    };
    let charges = vec![Step::Raise(0, 5), Step::Raise(1, 6)];
    let mut leads = vec![Step::Raise(3, 7)];
    leads.extend(vec![Step::Raise(0, 1); CHARGES_UNTIL_FORGOTTEN]);
    let anew = vec![leads, vec![Step::StartAnew(3), Step::Raise(3, 4)]];
    let at_once = Step::Commit(vec![Put(plain(1), 20, 1), Put(secret(1), 32, 2)]);
    vec![
        Script::of("two charges", vec![charges.clone(); 2]),
        Script { name: "charges at the end of a page".into(), ..at_the_end(charges) },
        Script { uncut: 1, ..Script::of("a counter started anew at the end of a page", anew) },
        Script::of("two records at once", vec![vec![at_once.clone()]]),
        Script { name: "records at the end of a page".into(), ..at_the_end(vec![at_once]) },
        Script { uncut: 1, ..Script::of("a secret superseded, deleted and erased", secrets) },
        Script::of("a transaction dropped", vec![vec![Step::Drop(vec![Put(plain(2), 40, 4)])], Vec::new()]),
    ]
}

fn charges() -> Vec<Vec<Step>> {
    let mut number = 0u32;
    (0..14)
        .map(|session| {
            let mut steps = Vec::new();
            for _ in 0..5 + session % 4 {
                number += 1;
                steps.push(Step::Raise((number % 3) as u8, number));
            }
            if session % 3 == 1 {
                steps.push(Step::Idle);
            }
            steps
        })
        .collect()
}

fn time() -> Vec<Vec<Step>> {
    (0..10).map(|session| vec![Step::Book(10 + session); 7]).collect()
}

fn records() -> Vec<Vec<Step>> {
    use Change::{Delete, Put};
    vec![
        vec![
            Step::Commit(vec![Put(plain(1), 60, 1), Put(secret(1), 32, 2)]),
            Step::Commit(vec![Put(plain(1), 90, 3)]),
            Step::Drop(vec![Put(plain(2), 40, 4), Delete(plain(1))]),
            Step::Commit(vec![Put(plain(3), 0, 0)]),
        ],
        vec![
            Step::Commit(vec![Put(secret(1), 32, 5), Delete(plain(3)), Put(plain(4), 300, 6)]),
            Step::Idle,
            Step::Commit(vec![Delete(secret(1))]),
            Step::Idle,
        ],
        vec![
            Step::Drop(vec![Put(secret(2), 32, 7)]),
            Step::Commit(vec![Put(plain(5), 500, 8)]),
            Step::Idle,
            Step::Commit(vec![Put(plain(1), 10, 9), Delete(plain(1)), Put(plain(1), 20, 10)]),
        ],
        vec![Step::Commit(vec![Delete(plain(4)), Delete(plain(5)), Delete(plain(9))]), Step::Idle],
    ]
}

fn compaction() -> Vec<Vec<Step>> {
    let mut fill = 0u8;
    (0..12)
        .map(|session| {
            let mut steps = Vec::new();
            for step in 0..4u8 {
                fill = fill.wrapping_add(1);
                let key = plain((session * 3 + step) % 5);
                steps.push(Step::Commit(vec![Change::Put(key, 60 + u16::from(fill) % 90, fill)]));
            }
            if session % 4 == 3 {
                steps.push(Step::Commit(vec![Change::Delete(plain(session % 5))]));
                steps.push(Step::Idle);
            }
            steps
        })
        .collect()
}

fn random(seed: u64) -> Vec<Vec<Step>> {
    let mut chance = Chance::new(seed);
    (0..12).map(|_| (0..1 + chance.below(7)).map(|_| step(&mut chance)).collect()).collect()
}

fn step(chance: &mut Chance) -> Step {
    match chance.below(10) {
        0..=3 => Step::Raise(chance.below(4) as u8, chance.below(1000) as u32),
        4 => Step::Book(chance.below(300) as u32),
        5..=7 => Step::Commit(changes(chance)),
        8 => Step::Drop(changes(chance)),
        _ => Step::Idle,
    }
}

fn changes(chance: &mut Chance) -> Vec<Change> {
    (0..1 + chance.below(3))
        .map(|_| {
            let number = chance.below(4) as u8;
            let key = if chance.below(3) == 0 { secret(number) } else { plain(number) };
            let length = if key.kind == 200 { 32 } else { chance.below(130) as u16 };
            if chance.below(4) == 0 {
                Change::Delete(key)
            } else {
                Change::Put(key, length, chance.draw() as u8)
            }
        })
        .collect()
}
