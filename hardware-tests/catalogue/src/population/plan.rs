//! What happens to one customer: drawn from the seed and the customer's number, and from nothing else.

use holdfast_document::{Class, Time};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use serde::Serialize;

use super::goods::{Edition, Goods, MODULES};
use super::month::Month;
use super::{Draw, random};

/// A region that the vendor sells in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// North America.
    Na,
    /// Europe.
    Eu,
    /// Asia and the Pacific.
    Apac,
}

/// Who sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seller {
    /// The vendor's own desk, which keeps the ledger and answers requests.
    Acme,
    /// The reseller for Europe.
    Hansa,
    /// The reseller for Asia and the Pacific.
    Pacifica,
}

/// A customer and all that it will do.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The pseudonym, such as `c-00042`.
    pub pseudonym: String,
    /// Where.
    pub region: Region,
    /// Its devices; none where it does without.
    pub devices: Vec<DevicePlan>,
    /// What it gets without a dongle, a demo or a license for a machine, and when it asks for it.
    pub alone: Option<(Time, Goods)>,
}

/// What happens to one device.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// How hard it is to break.
    pub class: Class,
    /// What is bought for it, round by round.
    pub rounds: Vec<Round>,
    /// Whether it says what it holds, at the end.
    pub reports: bool,
    /// Whether it is lost at the end, and revoked.
    pub lost: bool,
    /// Whether its first license moves to a new device at the end, and when.
    pub moves: Option<Time>,
}

/// What is bought at one moment.
#[derive(Clone, Debug)]
pub struct Round {
    /// When.
    pub at: Time,
    /// From whom.
    pub seller: Seller,
    /// What.
    pub lines: Vec<Wanted>,
}

/// One license of a round.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is sold.
    pub goods: Goods,
    /// The place, among the device's licenses, of the one that this renews; none: a new one.
    pub renews: Option<usize>,
    /// How many units it adds to the only meter.
    pub refill: u64,
}

impl Region {
    /// Its name in licenses and delegations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Na => "na",
            Self::Eu => "eu",
            Self::Apac => "apac",
        }
    }

    const fn reseller(self) -> Option<Seller> {
        match self {
            Self::Na => None,
            Self::Eu => Some(Seller::Hansa),
            Self::Apac => Some(Seller::Pacifica),
        }
    }
}

impl Seller {
    /// All, resellers first: whom they cannot serve goes to the vendor.
    pub const ALL: [Self; 3] = [Self::Hansa, Self::Pacifica, Self::Acme];

    /// The name, which its files begin with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acme => "acme",
            Self::Hansa => "hansa",
            Self::Pacifica => "pacifica",
        }
    }

    /// The only region that it may sell in; none: any.
    pub const fn only_region(self) -> Option<Region> {
        match self {
            Self::Acme => None,
            Self::Hansa => Some(Region::Eu),
            Self::Pacifica => Some(Region::Apac),
        }
    }
}

fn below(rng: &mut ChaCha20Rng, end: u64) -> u64 {
    rng.next_u64() % end
}

fn chance(rng: &mut ChaCha20Rng, percent: u64) -> bool {
    below(rng, 100) < percent
}

const fn new(goods: Goods) -> Wanted {
    Wanted { goods, renews: None, refill: 0 }
}

const fn again(goods: Goods) -> Wanted {
    Wanted { goods, renews: Some(0), refill: 0 }
}

impl Customer {
    /// The customer of that number.
    pub fn plan(seed: u64, number: u32) -> Self {
        let mut rng = random(seed, Draw::Plan, number.into());
        let rng = &mut rng;
        let region = match below(rng, 100) {
            0..40 => Region::Na,
            40..75 => Region::Eu,
            _ => Region::Apac,
        };
        let joined = Month(u32::try_from(below(rng, 12)).unwrap_or_default());
        let kind = below(rng, 100);
        let pseudonym = format!("c-{number:05}");
        if kind < 5 {
            let alone = Some((joined.moment(rng), Goods::Evaluation(joined.plus(2))));
            return Self { pseudonym, region, devices: Vec::new(), alone };
        }
        if kind == 71 {
            let mut name = [0; 32];
            rng.fill_bytes(&mut name);
            let goods = Goods::MachineIdentity(joined.plus(12), name);
            return Self { pseudonym, region, devices: Vec::new(), alone: Some((joined.moment(rng), goods)) };
        }
        let count = match below(rng, 100) {
            0..80 => 1,
            80..95 => 2,
            _ => 3,
        };
        // Companies buy several of what one person works with.
        let count = if (15..54).contains(&kind) { count } else { 1 };
        let mut devices = Vec::new();
        for _ in 0..count {
            let device = DevicePlan::draw(rng, kind, joined, region);
            let replacement = device.replacement(rng);
            devices.push(device);
            devices.extend(replacement);
        }
        Self { pseudonym, region, devices, alone: None }
    }
}

impl DevicePlan {
    fn draw(rng: &mut ChaCha20Rng, kind: u64, joined: Month, region: Region) -> Self {
        let class = match below(rng, 10) {
            0..2 if !(78..82).contains(&kind) => Class::GLITCHABLE_MCU,
            9 => Class::SECURE_ELEMENT,
            _ => Class::PROTECTED_MCU,
        };
        let rounds = match kind {
            5..15 => trial(rng, joined),
            15..40 => {
                let edition = if chance(rng, 40) { Edition::Basic } else { Edition::Pro };
                subscription(rng, joined, edition)
            }
            40..54 => perpetual(rng, joined),
            54..62 => refilled(rng, joined, Goods::Metered),
            62..67 => refilled(rng, joined, Goods::Prepaid),
            67..71 => yearly(rng, joined, 70, joined.next_september(), Goods::Academic),
            71..74 => {
                let mut key = [0; 64];
                rng.fill_bytes(&mut key);
                once(rng, joined, Goods::MachineBound(key))
            }
            74..77 => yearly(rng, joined, 85, joined.plus(12), Goods::Floating),
            77..78 => site(rng, joined),
            78..82 => once(rng, joined, Goods::Foundry),
            _ => match region.reseller() {
                Some(seller) => resold(rng, joined, seller),
                None => subscription(rng, joined, Edition::Basic),
            },
        };
        let (reports, lost) = (chance(rng, 60), chance(rng, 2));
        let may_move = !lost && matches!(rounds[0].lines[0].goods, Goods::Perpetual(..));
        let moves = rounds.last().filter(|_| may_move && chance(rng, 5));
        let moves = moves.map(|last| last.at.plus(45 * 86_400));
        Self { class, rounds, reports, lost, moves }
    }

    /// What the customer gets for a lost device: the same again, but for what units and resellers count.
    fn replacement(&self, rng: &mut ChaCha20Rng) -> Option<Self> {
        let last = self.rounds.last().filter(|_| self.lost)?;
        let lines = last.lines.iter().filter(|line| line.goods.meter().is_none());
        let lines: Vec<_> = lines.map(|line| new(line.goods)).collect();
        let is_whole = last.seller == Seller::Acme && !lines.is_empty();
        let at = last.at.plus(30 * 86_400 + below(rng, 86_400));
        let rounds = vec![Round { at, seller: Seller::Acme, lines }];
        is_whole.then_some(Self { class: self.class, rounds, reports: true, lost: false, moves: None })
    }
}

/// A round at the vendor's own desk.
fn at(rng: &mut ChaCha20Rng, month: Month, lines: Vec<Wanted>) -> Round {
    Round { at: month.moment(rng), seller: Seller::Acme, lines }
}

fn once(rng: &mut ChaCha20Rng, joined: Month, goods: Goods) -> Vec<Round> {
    vec![at(rng, joined, vec![new(goods)])]
}

fn trial(rng: &mut ChaCha20Rng, joined: Month) -> Vec<Round> {
    let mut rounds = once(rng, joined, Goods::Trial);
    if chance(rng, 50) {
        let lines = vec![new(Goods::Subscription(Edition::Pro, joined.plus(13)))];
        rounds.push(at(rng, joined.plus(1), lines));
    }
    rounds
}

/// Some of the twelve, each with an end of its own.
fn modules(rng: &mut ChaCha20Rng, joined: Month) -> Vec<Wanted> {
    let first = below(rng, MODULES.len() as u64) as usize;
    let count = below(rng, 5) as usize;
    let module = |place| {
        let months = [6, 12, 24][below(rng, 3) as usize];
        new(Goods::Module((first + 5 * place) % MODULES.len(), joined.plus(months)))
    };
    (0..count).map(module).collect()
}

/// Renews, a year on, the modules that end before then.
fn renewed_modules(rng: &mut ChaCha20Rng, bought: &[Wanted], joined: Month) -> Vec<Wanted> {
    let renew = |(place, wanted): (usize, &Wanted)| match wanted.goods {
        Goods::Module(module, ends) if ends <= joined.plus(12) && chance(rng, 60) => {
            let goods = Goods::Module(module, joined.plus(24));
            Some(Wanted { goods, renews: Some(place), refill: 0 })
        }
        _ => None,
    };
    bought.iter().enumerate().filter_map(renew).collect()
}

fn subscription(rng: &mut ChaCha20Rng, joined: Month, edition: Edition) -> Vec<Round> {
    let mut bought = vec![new(Goods::Subscription(edition, joined.plus(12)))];
    if edition == Edition::Pro {
        bought.extend(modules(rng, joined));
    }
    let mut rounds = vec![at(rng, joined, bought.clone())];
    if chance(rng, 75) {
        // Some find that they want to export, too.
        let edition = if chance(rng, 20) { Edition::Pro } else { edition };
        let mut lines = vec![again(Goods::Subscription(edition, joined.plus(24)))];
        lines.extend(renewed_modules(rng, &bought, joined));
        rounds.push(at(rng, joined.plus(11), lines));
        if chance(rng, 50) {
            let lines = vec![again(Goods::Subscription(edition, joined.plus(36)))];
            rounds.push(at(rng, joined.plus(23), lines));
        }
    }
    rounds
}

fn perpetual(rng: &mut ChaCha20Rng, joined: Month) -> Vec<Round> {
    let mut bought = vec![new(Goods::Perpetual(joined.plus(12), 1))];
    bought.extend(modules(rng, joined));
    let mut rounds = vec![at(rng, joined, bought.clone())];
    if chance(rng, 60) {
        let mut lines = vec![again(Goods::Perpetual(joined.plus(24), 2))];
        lines.extend(renewed_modules(rng, &bought, joined));
        rounds.push(at(rng, joined.plus(12), lines));
    }
    rounds
}

fn refilled(rng: &mut ChaCha20Rng, joined: Month, goods: Goods) -> Vec<Round> {
    let mut rounds = once(rng, joined, goods);
    let refill = goods.meter().map_or(0, |(_, allowance)| allowance / 2 * (1 + below(rng, 4)));
    for months in [3, 7] {
        if !chance(rng, 70) {
            break;
        }
        rounds.push(at(rng, joined.plus(months), vec![Wanted { refill, ..again(goods) }]));
    }
    rounds
}

fn yearly(
    rng: &mut ChaCha20Rng,
    joined: Month,
    renews: u64,
    ends: Month,
    goods: impl Fn(Month) -> Goods,
) -> Vec<Round> {
    let mut rounds = once(rng, joined, goods(ends));
    if chance(rng, renews) {
        rounds.push(at(rng, joined.plus(11), vec![again(goods(ends.plus(12)))]));
    }
    rounds
}

fn site(rng: &mut ChaCha20Rng, joined: Month) -> Vec<Round> {
    let mut rounds = yearly(rng, joined, 90, joined.plus(12), Goods::Site);
    rounds[0].lines.extend(modules(rng, joined));
    rounds
}

fn resold(rng: &mut ChaCha20Rng, joined: Month, seller: Seller) -> Vec<Round> {
    let mut rounds = yearly(rng, joined, 70, joined.plus(12), Goods::Resold);
    rounds.iter_mut().for_each(|round| round.seller = seller);
    if chance(rng, 25) {
        // The vendor sells a module beside it: two desks serve one device.
        let module = Goods::Module(below(rng, MODULES.len() as u64) as usize, joined.plus(24));
        rounds.push(at(rng, joined.plus(14), vec![new(module)]));
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_to_a_device_happens_in_order_and_renews_what_is_there() {
        for customer in (1..=2000).map(|number| Customer::plan(3, number)) {
            assert!(customer.devices.is_empty() == customer.alone.is_some(), "{customer:?}");
            for device in customer.devices {
                assert!(device.rounds.iter().is_sorted_by(|one, next| one.at < next.at), "{device:?}");
                let mut licenses = 0;
                for line in device.rounds.iter().flat_map(|round| &round.lines) {
                    match line.renews {
                        Some(place) => assert!(place < licenses, "{device:?}"),
                        None => licenses += 1,
                    }
                }
                assert!(licenses > 0);
            }
        }
    }
}
