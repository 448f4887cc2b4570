//! The sales of a batch of customers, round by round: all first purchases, then all that comes next.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

use holdfast_document::{DocumentError, DongleId, Time, TpmName};
use holdfast_issuer::{Delivery, Desk, Line, Order, Sale, Template};
use holdfast_license::explain::Date;
use holdfast_license::{LicenseId, Purpose};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

use super::goods::{Edition, Goods, PriceList};
use super::house::House;
use super::keeper::Keeper;
use super::limit::{Cost, processor_time};
use super::plan::{Customer, DevicePlan, Region, Round, Seller, Wanted};
use super::{Draw, PopulationError, Summary, random};
use crate::SOLD;

mod farewell;

/// The second byte of a Name over SHA-256 (TPM 2.0 part 2, TPM_ALG_SHA256).
const SHA256: u8 = 0x0b;

/// The desks, each with its ledger.
pub type Desks = BTreeMap<Seller, Desk>;

/// A line of the index: one revision of one license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The customer's pseudonym, which its file is named by.
    pub customer: String,
    /// Where.
    pub region: String,
    /// Who sold it.
    pub seller: String,
    /// The recipe.
    pub kind: String,
    /// Whether it is new, a renewal, a refill, an upgrade or a transfer.
    pub change: String,
    /// The product.
    pub product: String,
    /// The license's id.
    pub license: String,
    /// Its number in the seller's quota.
    pub number: u32,
    /// The revision; of one license, the highest counts.
    pub revision: u32,
    /// The device.
    pub device: String,
    /// When it was issued.
    pub issued: String,
    /// When it ends, or its maintenance does.
    pub ends: Option<String>,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The documents of each customer, in the order in which they were made.
    pub files: Vec<(String, Vec<Vec<u8>>)>,
    /// Lines of the index.
    pub entries: Vec<Entry>,
    /// Counts.
    pub summary: Summary,
    /// Devices that are to be revoked.
    pub lost: Vec<DongleId>,
    /// What desks did.
    pub cost: Cost,
}

/// A device and what it got so far.
struct Served {
    /// The place of its customer in the batch.
    customer: usize,
    /// What its keys are drawn from.
    index: (u64, u64),
    region: Region,
    plan: DevicePlan,
    keeper: Keeper,
    /// In the order of purchase.
    licenses: Vec<(LicenseId, Goods, u64)>,
    /// Its reseller had no numbers left, and sent it to the vendor.
    referred: bool,
}

/// Lets these customers live their whole story.
///
/// # Errors
/// Whatever a desk refuses. The ledgers then hold a part of the batch.
pub fn serve(
    house: &House,
    desks: &mut Desks,
    (seed, batch): (u64, u64),
    customers: RangeInclusive<u32>,
) -> Result<Outcome, PopulationError> {
    let customers = customers.map(|number| (number, Customer::plan(seed, number)));
    let (numbers, mut customers): (Vec<_>, Vec<_>) = customers.unzip();
    let mut outcome = Outcome::default();
    outcome.summary.add("customers", customers.len() as u64);
    let mut served = Vec::new();
    for (place, customer) in customers.iter_mut().enumerate() {
        outcome.files.push((customer.pseudonym.clone(), Vec::new()));
        for (nth, plan) in std::mem::take(&mut customer.devices).into_iter().enumerate() {
            let index = u64::from(numbers[place]) << 8 | nth as u64;
            let index = (seed, index);
            let keeper = Keeper::new(plan.class, &house.batch, SOLD, index)?;
            outcome.keep(place, keeper.certificate().to_vec(), "devices");
            let (region, licenses) = (customer.region, Vec::new());
            served.push(Served { customer: place, index, region, plan, keeper, licenses, referred: false });
        }
    }
    let mut shop = Shop { house, desks, customers: &customers, prices: PriceList::default(), outcome };
    let rounds = served.iter().map(|device| device.plan.rounds.len()).max().unwrap_or_default().max(1);
    for round in 0..rounds {
        for seller in Seller::ALL {
            let draw = batch << 16 | (round as u64) << 4 | seller as u64;
            shop.round(&mut served, round, seller, (seed, draw))?;
        }
    }
    shop.farewell(&mut served, &mut random(seed, Draw::Desk, batch << 16 | 0xffff))?;
    Ok(shop.outcome)
}

impl Outcome {
    fn keep(&mut self, customer: usize, document: Vec<u8>, named: &str) {
        self.summary.add(format!("documents: {named}"), 1);
        self.summary.add("bytes of documents", document.len() as u64);
        self.files[customer].1.push(document);
    }
}

/// One sale before it is made: of a device, or of a demo.
struct Asked {
    /// The place among those served; none for a demo.
    device: Option<usize>,
    customer: usize,
    statement: Option<Vec<u8>>,
    lines: Vec<(Rc<Template>, Wanted, Option<LicenseId>)>,
    at: Time,
}

struct Shop<'s> {
    house: &'s House,
    desks: &'s mut Desks,
    customers: &'s [Customer],
    prices: PriceList,
    outcome: Outcome,
}

impl Shop<'_> {
    /// All that one seller sells in one round.
    fn round(
        &mut self,
        served: &mut [Served],
        round: usize,
        seller: Seller,
        (seed, draw): (u64, u64),
    ) -> Result<(), PopulationError> {
        let mut asked = self.ask(served, round, seller, (seed, draw))?;
        if round == 0 && seller == Seller::Acme {
            self.demos(&mut asked)?;
            self.machines(&mut random(seed, Draw::Desk, draw | 0x8))?;
        }
        if asked.is_empty() {
            return Ok(());
        }
        let customers = self.customers;
        let sales: Vec<Sale<'_>> = asked.iter().map(|asked| asked.sale(customers)).collect();
        let desk = self.desks.get_mut(&seller).ok_or(DocumentError::WrongAuthority)?;
        let mut rng = random(seed, Draw::Desk, draw);
        let begun = processor_time();
        let deliveries = desk.issue_all(&sales, &mut rng)?;
        self.outcome.cost.issuing += processor_time().saturating_sub(begun);
        drop(sales);
        for (asked, delivery) in asked.into_iter().zip(deliveries) {
            self.deliver(served, asked, delivery, seller)?;
        }
        Ok(())
    }

    /// What devices ask for, with the statements that go with it.
    fn ask(
        &mut self,
        served: &mut [Served],
        round: usize,
        seller: Seller,
        (seed, draw): (u64, u64),
    ) -> Result<Vec<Asked>, PopulationError> {
        let mut left = self.desks.get(&seller).map_or(0, Desk::numbers_left);
        let mut asked = Vec::new();
        let mut rng = random(seed, Draw::Use, draw);
        for (place, device) in served.iter_mut().enumerate() {
            let Some(Round { at, lines, .. }) =
                device.plan.rounds.get(round).filter(|round| device.seller(round) == seller).cloned()
            else {
                continue;
            };
            let needed = lines.iter().filter(|line| line.renews.is_none()).count() as u32;
            if needed > left {
                device.referred = true;
                self.outcome.summary.add("customers referred by resellers", 1);
                continue;
            }
            left -= needed;
            let statement = if round == 0 {
                device.keeper.enrolled()?
            } else {
                let granted: Vec<_> = device.licenses.iter().map(|(id, _, units)| (*id, *units)).collect();
                device.keeper.uses(&granted, &mut rng);
                // Only the desk that keeps the ledger answers.
                let purpose = if seller == Seller::Acme { Purpose::Request } else { Purpose::Report };
                device.keeper.states(self.house.vendor, purpose)?
            };
            self.outcome.keep(device.customer, statement.clone(), "statements");
            let mut priced = Vec::new();
            for line in lines {
                let line = device.referred_line(line);
                let template = self.prices.template(&line.goods, device.region)?;
                let license = line.renews.and_then(|place| device.licenses.get(place)).map(|known| known.0);
                priced.push((template, line, license));
            }
            let (device, customer, statement) = (Some(place), device.customer, Some(statement));
            asked.push(Asked { device, customer, statement, lines: priced, at });
        }
        Ok(asked)
    }

    fn demos(&mut self, asked: &mut Vec<Asked>) -> Result<(), PopulationError> {
        for (place, customer) in self.customers.iter().enumerate() {
            let Some((at, goods @ Goods::Evaluation(_))) = customer.alone else { continue };
            let template = self.prices.template(&goods, customer.region)?;
            let lines = vec![(template, Wanted { goods, renews: None, refill: 0 }, None)];
            asked.push(Asked { device: None, customer: place, statement: None, lines, at });
        }
        Ok(())
    }

    /// Licenses for machines, by the Names of their TPMs alone; the desk sells them one by one.
    fn machines(&mut self, rng: &mut ChaCha20Rng) -> Result<(), PopulationError> {
        let customers = self.customers;
        for (place, customer) in customers.iter().enumerate() {
            let Some((at, goods @ Goods::MachineIdentity(_, digest))) = customer.alone else { continue };
            let template = self.prices.template(&goods, customer.region)?;
            let mut machine = TpmName([0; 34]);
            machine.0[1] = SHA256;
            machine.0[2..].copy_from_slice(&digest);
            let order = Order { customer: &customer.pseudonym, ..Order::default() };
            let desk = self.desks.get_mut(&Seller::Acme).ok_or(DocumentError::WrongAuthority)?;
            let issued = desk.issue_to_tpm(&template, &order, machine, at, rng)?;
            for line in &issued.lines {
                self.enter(place, Seller::Acme, &goods, ("new", machine.to_string(), at), line);
            }
            self.outcome.keep(place, issued.document, "licenses for a machine");
        }
        Ok(())
    }

    fn deliver(
        &mut self,
        served: &mut [Served],
        asked: Asked,
        delivery: Delivery,
        seller: Seller,
    ) -> Result<(), PopulationError> {
        let Asked { device, customer, lines, at, .. } = asked;
        let mut device = device.and_then(|place| served.get_mut(place));
        let named = if device.is_some() { "updates" } else { "licenses for no device" };
        for ((_, wanted, renewed), line) in lines.iter().zip(&delivery.lines) {
            let goods = wanted.goods;
            let known = device.as_ref().and_then(|device| device.licenses.get(wanted.renews?));
            let change = match known {
                _ if renewed.is_none() => "new",
                _ if wanted.refill > 0 => "refill",
                Some((_, before, _)) if before.kind() != goods.kind() => "upgrade",
                _ => "renewal",
            };
            let holder = device.as_ref().map_or("unbound".into(), |device| device.keeper.id().to_string());
            self.enter(customer, seller, &goods, (change, holder, at), line);
            self.outcome.cost.licenses += 1;
            self.outcome.cost.seals += goods.secrets();
            if let Some(device) = device.as_mut() {
                device.has(wanted, line.id);
            }
        }
        if let Some(device) = device {
            self.outcome.cost.updates += 1;
            let taken = device.keeper.takes(&delivery.document)?;
            taken.map_err(|_| DocumentError::WrongAuthority)?;
        }
        self.outcome.keep(customer, delivery.document, named);
        Ok(())
    }

    /// A line of the index, and its count.
    fn enter(
        &mut self,
        customer: usize,
        seller: Seller,
        goods: &Goods,
        (change, device, at): (&str, String, Time),
        line: &Line,
    ) {
        let who = &self.customers[customer];
        self.outcome.entries.push(Entry {
            customer: who.pseudonym.clone(),
            region: who.region.name().into(),
            seller: seller.name().into(),
            kind: goods.kind().into(),
            change: change.into(),
            product: crate::PRODUCT.into(),
            license: line.id.to_string(),
            number: line.number,
            revision: line.revision,
            device,
            issued: Date(at.0 / 86_400 * 86_400).to_string(),
            ends: goods.ends(),
        });
        self.outcome.summary.add(format!("licenses: {change}, {}", goods.kind()), 1);
        if change == "new" {
            self.outcome.summary.add(format!("numbers given by {}", seller.name()), 1);
        }
    }
}

impl Asked {
    fn sale<'a>(&'a self, customers: &'a [Customer]) -> Sale<'a> {
        let line = |(template, wanted, license): &'a (Rc<Template>, Wanted, Option<LicenseId>)| {
            let refill = wanted.goods.meter().filter(|_| wanted.refill > 0);
            let refills = refill.map(|(meter, _)| (meter.to_owned(), wanted.refill));
            let customer = customers[self.customer].pseudonym.as_str();
            (&**template, Order { customer, license: *license, refills: refills.into_iter().collect() })
        };
        Sale {
            lines: self.lines.iter().map(line).collect(),
            statement: self.statement.as_deref(),
            now: self.at,
        }
    }
}

impl Served {
    fn seller(&self, round: &Round) -> Seller {
        if self.referred { Seller::Acme } else { round.seller }
    }

    /// The vendor has no reseller's goods: whom it gets from one, it sells the same as a subscription.
    fn referred_line(&self, line: Wanted) -> Wanted {
        match line.goods {
            Goods::Resold(ends) if self.referred => {
                Wanted { goods: Goods::Subscription(Edition::Basic, ends), ..line }
            }
            _ => line,
        }
    }

    fn has(&mut self, wanted: &Wanted, id: LicenseId) {
        match wanted.renews.and_then(|place| self.licenses.get_mut(place)) {
            Some(known) => {
                known.1 = wanted.goods;
                known.2 += wanted.refill;
            }
            None => {
                let granted = wanted.goods.meter().map_or(0, |(_, allowance)| allowance);
                self.licenses.push((id, wanted.goods, granted));
            }
        }
    }
}
