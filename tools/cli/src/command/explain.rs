//! `holdfast explain`: the decision function, run on invented facts.

use std::path::PathBuf;

use holdfast_document::{Class, DocumentError, Kind, Name, Received, Seconds, Time, Units, strict};
use holdfast_issuer::moment;
use holdfast_license::explain::Date;
use holdfast_license::{Action, Claims, Facts, License, Reason, Update, Verdict, decide};

use crate::documents;
use crate::failure::Failure;

/// Say what a license unlocks under invented facts, and why not. Nothing is verified.
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A license, or an update that installs some.
    file: PathBuf,
    /// What the device's time is.
    #[arg(long, value_parser = super::date)]
    at: Option<Time>,
    /// Units used, such as cuts=900; may be given several times.
    #[arg(long, value_parser = super::amount)]
    used: Vec<(String, u64)>,
    /// Age of the device's proof of time, such as 40d.
    #[arg(long, value_parser = length, default_value = "0s")]
    age: Seconds,
    /// The device heard no time since the license was issued; the same as that much --age.
    #[arg(long, conflicts_with = "age")]
    unplugged: bool,
    /// When the program was released, as it says itself.
    #[arg(long, value_parser = super::date)]
    released: Option<Time>,
    /// Ask for this feature alone.
    #[arg(long)]
    feature: Option<String>,
}

fn length(text: &str) -> Result<Seconds, String> {
    moment::length(text).ok_or_else(|| "not a length of time; write it as 40d or 12h".into())
}

impl Explain {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let refused = |why| Failure::refused(&self.file, why);
        for document in documents::read(&self.file)? {
            let received = Received::parse(&document).map_err(refused)?;
            match received.kind() {
                Kind::License => self.explain(&strict::decode(received.document().body).map_err(refused)?)?,
                Kind::Update => {
                    let update: Update<'_> = strict::decode(received.document().body).map_err(refused)?;
                    for action in update.actions.iter() {
                        if let Action::Install(install) = action.map_err(refused)? {
                            let license = Received::parse(install.license).map_err(refused)?;
                            self.explain(&strict::decode(license.document().body).map_err(refused)?)?;
                        }
                    }
                }
                found => return Err(refused(DocumentError::WrongKind { expected: Kind::License, found })),
            }
        }
        Ok(())
    }

    fn explain(&self, license: &License<'_>) -> Result<(), Failure> {
        let facts = self.facts(license)?;
        let verdict = decide(license, &facts);
        println!("{} of {}, at {}:", license.product, license.customer, Date::from(facts.floor));
        let in_force = match &verdict {
            Verdict::Granted(granted) => Some(granted.index),
            Verdict::Refused(_) => None,
        };
        for (index, term) in (0u8..).zip(license.terms.iter()) {
            let Ok(term) = term else {
                println!("  {}. a sort of term that is not known here", index + 1);
                continue;
            };
            let features: Vec<_> = term.features.known().map(|feature| feature.name().as_str()).collect();
            print!("  {}. {}: {}", index + 1, term.edition, features.join(", "));
            println!("{}", self.standing(license, &facts, index, in_force));
            if let Some(notice) = term.notice.filter(|_| in_force == Some(index)) {
                println!("     it shows: {notice}");
            }
        }
        match &verdict {
            Verdict::Granted(granted) if granted.valid_for != Seconds::FOREVER => {
                println!("  this holds for {} hours of power at most", granted.valid_for.0 / 3600);
            }
            _ => {}
        }
        self.answer(license, &verdict)
    }

    /// What stands behind a term: that it is in force, why it is not, or that a higher one is.
    fn standing(&self, license: &License<'_>, facts: &Facts, index: u8, in_force: Option<u8>) -> String {
        if in_force == Some(index) {
            return " -- in force".into();
        }
        // A term by itself: what would decide if it stood alone.
        let alone = license.terms.iter().nth(usize::from(index)).and_then(Result::ok);
        let Some(term) = alone else { return String::new() };
        let failed = (0u8..).zip(term.conditions.iter()).find_map(|(place, condition)| {
            let found = condition.ok().map(|condition| condition.find(license, facts));
            match found {
                Some(found) if found.window.is_open() => None,
                found => {
                    let (needed, seen) = found.map_or((0, 0), |found| (found.needed, found.seen));
                    Some(holdfast_license::Refusal { term: index, condition: place, needed, seen })
                }
            }
        });
        match failed {
            Some(refusal) => format!(" -- not: {}", Reason::of(license, refusal)),
            None if in_force.is_some() => " -- a higher term is in force".into(),
            None => " -- not: no seat is held".into(),
        }
    }

    fn answer(&self, license: &License<'_>, verdict: &Verdict<'_, '_>) -> Result<(), Failure> {
        let Some(feature) = &self.feature else {
            return if verdict.is_granted() { Ok(()) } else { Err(Failure::NothingInForce) };
        };
        let name = Name::new(feature)
            .ok_or_else(|| Failure::Argument(format!("{feature} is not a name; use a-z 0-9 . - _ only")))?;
        match verdict.feature(name) {
            Ok(grant) => {
                println!("  {feature} is granted: {}", grant.value);
                Ok(())
            }
            Err(refusal) => {
                let why = Reason::of(license, refusal).to_string();
                Err(Failure::NoFeature { feature: feature.clone(), why })
            }
        }
    }

    fn facts(&self, license: &License<'_>) -> Result<Facts, Failure> {
        let floor = super::now(self.at);
        let age = if self.unplugged { floor.since(license.issued) } else { u64::from(self.age.0) };
        let mut used = super::amounts(&self.used);
        let in_order =
            license.meters.known().map(|meter| Units(used.remove(meter.name.as_str()).unwrap_or(0)));
        let in_order = in_order.collect();
        if let Some(meter) = used.keys().next() {
            let meters: Vec<_> = license.meters.known().map(|meter| meter.name.as_str()).collect();
            let known = if meters.is_empty() {
                "it has none".into()
            } else {
                format!("name {}", meters.join(" or "))
            };
            return Err(Failure::Argument(format!("the license has no meter {meter}; {known}")));
        }
        Ok(Facts {
            floor,
            age,
            age_by_issuer: age,
            used: in_order,
            lease: license.seats.map(|seats| u32::from(seats.lease)),
            class: Class::SECURE_ELEMENT,
            firmware: u32::MAX,
            capabilities: u64::MAX,
            claims: Claims { released: self.released, ..Claims::default() },
            ..Facts::default()
        })
    }
}
