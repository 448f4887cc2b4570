//! The facts and the life that a license is held against before anyone has it.

use std::collections::BTreeSet;

use holdfast_document::{Class, Name, Seconds, Time, Units};
use holdfast_issuer::moment;
use holdfast_license::timeline::Spending;
use holdfast_license::{Claims, Condition, Facts, License, Life};

use crate::command;
use crate::failure::Failure;
use crate::together::Living;

/// Seconds in a day.
const DAY: u32 = 86_400;

/// What is to be presumed of device, host and customer. What is not said is the best that there is.
#[derive(clap::Args)]
pub(crate) struct Invented {
    /// What the device's time is, or from when on to look.
    #[arg(long, value_parser = command::date)]
    at: Option<Time>,
    /// Units used, such as cuts=900; may be given several times.
    #[arg(long, value_parser = command::amount)]
    used: Vec<(String, u64)>,
    /// Age of the device's proof of time, such as 40d.
    #[arg(long, value_parser = length, default_value = "0s", conflicts_with = "timeline")]
    age: Seconds,
    /// The device heard no time since the license was issued, and never will again.
    #[arg(long, conflicts_with = "age")]
    unplugged: bool,
    /// When the program was released, as it says itself.
    #[arg(long, value_parser = command::date)]
    released: Option<Time>,
    /// The program runs on the machine that the license belongs to.
    #[arg(long)]
    its_machine: bool,
    /// The device was touched just now.
    #[arg(long)]
    touched: bool,
    /// This machine is paired with the device.
    #[arg(long)]
    paired: bool,
    /// The device is a glitchable MCU, and no better.
    #[arg(long)]
    glitchable: bool,
    /// With --timeline: units used from then on, such as cuts=20/day, or /week, or /hour of power.
    #[arg(long, value_parser = rate, requires = "timeline")]
    uses: Vec<(String, Rate)>,
    /// With --timeline: hours of power in each day.
    #[arg(long, requires = "timeline", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24))]
    hours: u32,
    /// With --timeline and --unplugged: nor does the machine's clock tell the time.
    #[arg(long, requires = "timeline", requires = "unplugged")]
    frozen_clock: bool,
}

/// Units for each length of time.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    units: u64,
    per: Per,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    HourOfPower,
    Day,
    Week,
}

fn length(text: &str) -> Result<Seconds, String> {
    moment::length(text).ok_or_else(|| "not a length of time; write it as 40d or 12h".into())
}

fn rate(text: &str) -> Result<(String, Rate), String> {
    let wrong = || String::from("not a rate of use; write it as cuts=20/day, or /week, or /hour");
    let (amount, per) = text.split_once('/').ok_or_else(wrong)?;
    let (meter, units) = command::amount(amount).map_err(|_| wrong())?;
    let per = match per {
        "hour" => Per::HourOfPower,
        "day" => Per::Day,
        "week" => Per::Week,
        _ => return Err(wrong()),
    };
    Ok((meter, Rate { units, per }))
}

impl Invented {
    /// The moment that is asked about.
    pub(crate) fn at(&self) -> Time {
        command::now(self.at)
    }

    /// Fixes that moment, so that all licenses are asked about the same.
    pub(crate) fn fix_the_moment(&mut self) {
        self.at = Some(self.at());
    }

    /// Refuses a meter that none of the licenses has.
    pub(crate) fn meters_are_known(&self, licenses: &[License<'_>]) -> Result<(), Failure> {
        let names = || licenses.iter().flat_map(|license| license.meters.known()).map(|meter| meter.name);
        let mut asked = self.used.iter().map(|(name, _)| name).chain(self.uses.iter().map(|(name, _)| name));
        let Some(missing) = asked.find(|name| names().all(|meter| meter.as_str() != name.as_str())) else {
            return Ok(());
        };
        let meters: BTreeSet<_> = names().collect();
        let meters: Vec<_> = meters.iter().map(|meter| meter.as_str()).collect();
        let whose = if licenses.len() == 1 { "the license has" } else { "the licenses have" };
        let known = match (meters.is_empty(), licenses.len()) {
            (true, 1) => "it has none".into(),
            (true, _) => "they have none".into(),
            (false, _) => format!("name {}", meters.join(" or ")),
        };
        Err(Failure::Argument(format!("{whose} no meter {missing}; {known}")))
    }

    /// A charge is paid by one license, the one that ends first; a timeline spends on each by itself.
    pub(crate) fn charges_are_of_one_license(&self, group: &[Living<'_, '_>]) -> Result<(), Failure> {
        for (meter, _) in &self.uses {
            let have = |one: &&Living<'_, '_>| one.license.meters.known().any(|of| of.name.as_str() == meter);
            if group.iter().filter(have).count() > 1 {
                return Err(Failure::Argument(format!(
                    "several of these licenses have a meter {meter}, and a charge is paid by the one that ends \
                     first; ask for each of them alone, or without --uses"
                )));
            }
        }
        Ok(())
    }

    /// What the device would know.
    pub(crate) fn facts(&self, license: &License<'_>) -> Facts {
        let floor = self.at();
        let age = if self.unplugged { floor.since(license.issued) } else { u64::from(self.age.0) };
        let mut used = command::amounts(&self.used);
        let in_order =
            license.meters.known().map(|meter| Units(used.remove(meter.name.as_str()).unwrap_or(0)));
        let in_order = in_order.collect();
        let conditions = || license.terms.known().flat_map(|term| term.conditions.known());
        let machine = conditions().find_map(|condition| match condition {
            Condition::Machine(machine) if self.its_machine => Some(machine),
            _ => None,
        });
        Facts {
            floor,
            age,
            age_by_issuer: age,
            used: in_order,
            lease: license.seats.map(|seats| u32::from(seats.lease)),
            machine,
            touched: self.touched.then_some(0),
            paired: self.paired,
            class: if self.glitchable { Class::GLITCHABLE_MCU } else { Class::SECURE_ELEMENT },
            firmware: u32::MAX,
            capabilities: u64::MAX,
            claims: Claims { released: self.released, ..Claims::default() },
            ..Facts::default()
        }
    }

    /// How the device would be used from then on.
    pub(crate) fn life(&self, license: &License<'_>) -> Life {
        let powered = self.hours.saturating_mul(3_600).min(DAY);
        let spending = |meter: Name<'_>| {
            let named = self.uses.iter().find(|(name, _)| name == meter.as_str());
            named.map_or(Spending::default(), |(_, rate)| {
                let seconds = match rate.per {
                    Per::HourOfPower => 3_600,
                    Per::Day => u64::from(powered),
                    Per::Week => 7 * u64::from(powered),
                };
                Spending { units: rate.units, seconds }
            })
        };
        Life {
            facts: self.facts(license),
            powered: Seconds(powered),
            hears_time: !self.unplugged,
            host_clock: !self.frozen_clock,
            spending: license.meters.known().map(|meter| spending(meter.name)).collect(),
        }
    }

    /// The life in words.
    pub(crate) fn in_words(&self) -> String {
        let mut words = vec![match self.hours {
            24 => "always powered".into(),
            1 => "an hour of power a day".into(),
            hours => format!("{hours} hours of power a day"),
        }];
        words.push(match (self.unplugged, self.frozen_clock) {
            (false, _) => "hearing of the time".into(),
            (true, false) => "never hearing of the time again".into(),
            (true, true) => "never hearing of the time again, on a machine whose clock stands still".into(),
        });
        for (meter, Rate { units, per }) in &self.uses {
            let per = match per {
                Per::HourOfPower => "hour of power",
                Per::Day => "day",
                Per::Week => "week",
            };
            words.push(format!("{units} {meter} a {per}"));
        }
        words.join(", ")
    }
}
