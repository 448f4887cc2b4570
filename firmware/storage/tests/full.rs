//! Devices that are nearly full: of bytes, or of places in the index. What does not fit is refused; all else goes on, and
//! idle time leaves what a mount can go on with.

use std::collections::BTreeMap;

use holdfast_storage::model::misfortune::outcome;
use holdfast_storage::model::{Chance, Chip, Device, Outcome, Rules};
use holdfast_storage::{Key, Layout, MoreWork, Needed, StorageError};

fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

/// Records as long as two pages, each beside a secret.
struct Renewal {
    pages: u16,
    longs: u8,
    long: usize,
    secret: usize,
    /// How often another record is put between.
    between: usize,
}

/// All secrets are renewed at once, and idle time purges pages that long records reach over. `false`: it did not fit.
fn renews(renewal: &Renewal) -> Result<bool, StorageError> {
    let layout = Layout { reserve: 0, ..Layout::consecutive(0, 4096, 3, 3, renewal.pages) };
    let mut device = Device::<4, 4096>::new(Chip::new(6 + usize::from(renewal.pages)), layout);
    let fits = |put: Result<(), StorageError>| match put {
        Err(StorageError::Full { .. }) => Ok(false),
        other => other.map(|()| true),
    };
    for number in 0..renewal.longs {
        if !fits(device.put(named(1, number), &vec![number; renewal.long]))?
            || !fits(device.put(named(200, number), &vec![number; renewal.secret]))?
        {
            return Ok(false);
        }
    }
    for round in 0..renewal.between {
        if !fits(device.put(named(2, 0), &vec![round as u8; 1000]))? {
            return Ok(false);
        }
    }
    let needed = (0..renewal.longs).fold(Needed::nothing(), |needed, _| needed.put(10));
    let begun = device.begin(needed);
    if let Err(StorageError::Full { .. }) = begun {
        return Ok(false);
    }
    let mut transaction = begun?;
    for number in 0..renewal.longs {
        transaction.put(named(200, number), &[9; 10])?;
    }
    transaction.commit()?;

    let steps = device.rest();
    assert!(steps < 3 * usize::from(renewal.pages), "{steps} steps");
    let former = Some(renewal.secret as u16 + 16);
    for number in 0..renewal.longs {
        let bodies = device.bodies(named(200, number));
        assert!(bodies.iter().all(|body| device.total_of(*body) != former), "a former value is left");
    }
    device.mount();
    device.delete(named(1, 0))?;
    device.put(named(1, 0), &[1; 10])?;
    Ok(true)
}

#[test]
fn secrets_beside_long_records_are_purged_and_the_device_goes_on() {
    let (mut whole, mut full) = (0, 0);
    for pages in [15, 18, 21, 25] {
        for longs in 2..8 {
            for long in [7936, 7000, 4500] {
                for (secret, between) in [(20, 0), (20, 41), (100, 10), (400, 20), (400, 44)] {
                    let renewal = Renewal { pages, longs, long, secret, between };
                    let renewed = renews(&renewal).unwrap_or_else(|error| {
                        panic!("{pages} pages, {longs} of {long}, {secret}, {between}: {error}")
                    });
                    (whole, full) = (whole + usize::from(renewed), full + usize::from(!renewed));
                }
            }
        }
    }
    assert!(whole > 3 * full && full > 10, "{whole} fitted, {full} did not");
}

/// How large a device is, and what it is asked for.
struct Story {
    rules: Rules,
    pages: u16,
    reserve: u32,
    keys: u8,
    longest: u64,
    power_fails: bool,
}

type Map = BTreeMap<Key, Vec<u8>>;
type Changes = Vec<(Key, Option<Vec<u8>>)>;

impl Story {
    fn keys(&self) -> impl Iterator<Item = Key> + use<> {
        (0..self.keys).map(|number| named(if number % 2 == 0 { 200 } else { 1 }, number))
    }

    /// One to three changes, some of them deletions.
    fn changes(&self, chance: &mut Chance) -> Changes {
        let only_deletes = chance.below(6) == 0;
        let number = 1 + chance.below(3);
        (0..number)
            .map(|_| {
                let key = self.keys().nth(chance.below(u64::from(self.keys)) as usize).unwrap();
                let longest = [40, self.longest / 2, self.longest][chance.below(3) as usize];
                let puts = !only_deletes && chance.below(6) > 0;
                let length = if chance.below(8) == 0 { longest } else { chance.below(longest + 1) };
                (key, puts.then(|| vec![chance.draw() as u8; length as usize]))
            })
            .collect()
    }

    /// Tells it: how often what was asked for was done, and refused.
    fn tell<const WORD: usize, const PAGE: usize, const RECORDS: usize>(&self, seed: u64) -> (u32, u32) {
        let layout =
            Layout { reserve: self.reserve, ..Layout::consecutive(0, PAGE as u32, 3, 3, self.pages) };
        let chip = Chip::with_rules(6 + usize::from(self.pages), self.rules);
        let mut device = Device::<WORD, PAGE, RECORDS>::new(chip, layout);
        let mut chance = Chance::new(seed);
        let mut map = Map::new();
        let (mut done, mut refused) = (0, 0);
        for step in 0..200 {
            if self.power_fails && chance.below(5) == 0 {
                let outcome = outcome(&mut chance);
                device.flash.cut(device.flash.operations() + chance.below(60), outcome);
            }
            let (after, went) = match chance.below(12) {
                0..8 => self.changes_records(&mut device, &mut chance, &map),
                8..11 => (map.clone(), idles(&mut device, 1 + chance.below(50))),
                _ => (map.clone(), Ok(())),
            };
            let is_dead = device.flash.is_dead();
            match went {
                Ok(()) => done += 1,
                Err(StorageError::Full { needed, free }) if free < needed => refused += 1,
                Err(StorageError::IndexFull) => refused += 1,
                Err(error) => assert!(is_dead, "seed {seed}, step {step}: with power, {error}"),
            }
            if is_dead || chance.below(10) == 0 {
                self.mounts(&mut device, &mut chance, seed);
            }
            let now = self.reads(&mut device);
            assert!(
                (went.is_ok() || is_dead) && now == after || went.is_err() && now == map,
                "seed {seed}, step {step}: records differ after {went:?}"
            );
            map = now;
            // What is full can be emptied.
            if let Some(key) = map.keys().next().copied().filter(|_| chance.below(12) == 0) {
                device.flash.cut(u64::MAX, Outcome::Nothing);
                device
                    .delete(key)
                    .unwrap_or_else(|error| panic!("seed {seed}, step {step}, deletes: {error}"));
                map.remove(&key);
            }
        }
        (done, refused)
    }

    /// A transaction of some changes, committed or dropped: what is there after it, and how it went.
    fn changes_records<const WORD: usize, const PAGE: usize, const RECORDS: usize>(
        &self,
        device: &mut Device<WORD, PAGE, RECORDS>,
        chance: &mut Chance,
        map: &Map,
    ) -> (Map, Result<(), StorageError>) {
        let changes = self.changes(chance);
        let mut needed = changes.iter().fold(Needed::nothing(), |needed, (_, value)| match value {
            Some(value) => needed.put(value.len() as u32),
            None => needed.delete(),
        });
        if chance.below(5) == 0 {
            needed = needed.reserved();
        }
        let commits = chance.below(8) > 0;
        let went = device.begin(needed).and_then(|mut transaction| {
            for (key, value) in &changes {
                match value {
                    Some(value) => transaction.put(*key, value)?,
                    None => transaction.delete(*key)?,
                }
            }
            if commits { transaction.commit() } else { Ok(()) }
        });
        let mut after = map.clone();
        for (key, value) in changes.into_iter().filter(|_| commits) {
            match value {
                Some(value) => after.insert(key, value),
                None => after.remove(&key),
            };
        }
        (after, went)
    }

    /// Power comes back, and may fail again on the way.
    fn mounts<const WORD: usize, const PAGE: usize, const RECORDS: usize>(
        &self,
        device: &mut Device<WORD, PAGE, RECORDS>,
        chance: &mut Chance,
        seed: u64,
    ) {
        for attempt in 0.. {
            device.flash.remount(chance.draw());
            if self.power_fails && attempt < 3 && chance.below(4) == 0 {
                let outcome = outcome(chance);
                device.flash.cut(chance.below(40), outcome);
            }
            let mounted = device.mount_now();
            if !device.flash.is_dead() {
                mounted.unwrap_or_else(|error| panic!("seed {seed}: it does not mount: {error}"));
                device.flash.cut(u64::MAX, Outcome::Nothing);
                return;
            }
        }
    }

    fn reads<const WORD: usize, const PAGE: usize, const RECORDS: usize>(
        &self,
        device: &mut Device<WORD, PAGE, RECORDS>,
    ) -> Map {
        let mut map = Map::new();
        for key in self.keys() {
            let value = device.read(key).unwrap_or_else(|error| panic!("{key:?}: {error}"));
            assert_eq!(device.storage.length(key), value.as_ref().map(Vec::len));
            map.extend(value.map(|value| (key, value)));
        }
        map
    }

    /// Tells it with each of these seeds.
    fn stories<const WORD: usize, const PAGE: usize, const RECORDS: usize>(
        &self,
        seeds: impl IntoIterator<Item = u64>,
    ) {
        let (mut done, mut refused) = (0, 0);
        for seed in seeds {
            println!("seed {seed}");
            let told = self.tell::<WORD, PAGE, RECORDS>(seed);
            (done, refused) = (done + told.0, refused + told.1);
        }
        assert!(refused > 0 && done > refused / 2, "{done} done, {refused} refused");
    }
}

/// So many steps of idle work, or as many as there are.
fn idles<const WORD: usize, const PAGE: usize, const RECORDS: usize>(
    device: &mut Device<WORD, PAGE, RECORDS>,
    most: u64,
) -> Result<(), StorageError> {
    for _ in 0..most {
        if device.storage.idle(&mut device.flash)? == MoreWork::No {
            break;
        }
    }
    Ok(())
}

const LARGE: Story =
    Story { rules: Rules::NRF52, pages: 17, reserve: 0, keys: 14, longest: 7936, power_fails: false };
/// Its longest value is what two pages hold.
const SMALL: Story = Story { pages: 27, keys: 12, longest: 784, ..LARGE };

#[test]
fn records_of_three_pieces_fill_a_device_or_its_index() {
    LARGE.stories::<4, 4096, 24>(0..12);
    // In the last three a page was moved for a place in the index where there was less than the spare.
    LARGE.stories::<4, 4096, 12>((0..12).chain([31, 33, 62]));
    SMALL.stories::<4, 512, 24>(0..12);
    Story { pages: 22, reserve: 2000, keys: 8, longest: 1808, ..LARGE }.stories::<4, 1024, 6>(0..12);
}

#[test]
fn power_fails_where_little_is_free() {
    let cut = Story { power_fails: true, ..SMALL };
    cut.stories::<4, 512, 24>(0..12);
    Story { reserve: 1500, keys: 20, ..cut }.stories::<4, 512, 24>(0..12);
    Story { rules: Rules::ECC, pages: 19, keys: 16, ..cut }.stories::<8, 512, 24>(0..12);
    Story { rules: Rules::LPC55, pages: 29, reserve: 1000, keys: 9, ..cut }.stories::<16, 512, 5>(0..12);
    Story { pages: 17, reserve: 300, keys: 6, longest: 200, ..cut }.stories::<4, 512, 4>(0..12);
}
