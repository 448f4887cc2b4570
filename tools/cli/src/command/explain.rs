//! `holdfast explain`: the decision function, run on invented facts: now, or on and on.

use std::path::{Path, PathBuf};

use holdfast_document::{DocumentError, Kind, Name, Received, Seconds, strict};
use holdfast_license::explain::Date;
use holdfast_license::{Action, Facts, License, LicenseId, Reason, Update, Verdict, decide};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::invented::Invented;
use crate::together::Living;
use crate::{documents, timeline, together};

/// Say what a license unlocks under invented facts, and why not. Nothing is verified.
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// Licenses, updates that install some, or templates that end in .toml; - is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    invented: Invented,
    /// What the customer will see from then on, a line for each change; of several licenses of one
    /// product also what they grant together, and which of them each feature comes from.
    #[arg(long)]
    timeline: bool,
    /// Ask for this feature alone.
    #[arg(long, conflicts_with = "timeline")]
    feature: Option<String>,
    /// Print JSON: an array with an object for each license.
    #[arg(long)]
    json: bool,
}

/// A license to explain: its body, and what people call it.
struct Subject {
    file: PathBuf,
    body: Vec<u8>,
    name: String,
}

impl Subject {
    fn license(&self) -> Result<License<'_>, Failure> {
        strict::decode(&self.body).map_err(|why| Failure::refused(&self.file, why))
    }
}

/// The value of the feature that was asked for, or why it is refused.
type Asked = Result<u64, String>;

impl Explain {
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        self.invented.fix_the_moment();
        let mut subjects = Vec::new();
        for file in &self.files {
            subjects.extend(self.subjects(file)?);
        }
        let licenses = subjects.iter().map(Subject::license).collect::<Result<Vec<_>, _>>()?;
        self.invented.meters_are_known(&licenses)?;
        let (said, outcome) = if self.timeline {
            self.day_by_day(&licenses, &subjects)?
        } else {
            self.at_once(&licenses, &subjects)?
        };
        if self.json {
            println!("{:#}", Value::Array(said));
        }
        outcome
    }

    fn at_once(
        &self,
        licenses: &[License<'_>],
        subjects: &[Subject],
    ) -> Result<(Vec<Value>, Result<(), Failure>), Failure> {
        let (mut said, mut outcome) = (Vec::new(), Ok(()));
        for (license, subject) in licenses.iter().zip(subjects) {
            let (value, explained) = self.explain(license, subject)?;
            said.push(value);
            outcome = outcome.and(explained);
        }
        Ok((said, outcome))
    }

    fn subjects(&self, file: &Path) -> Result<Vec<Subject>, Failure> {
        if file.extension().is_some_and(|ending| ending == "toml") {
            return self.draft(file).map(|subject| vec![subject]);
        }
        let refused = |why| Failure::refused(file, why);
        let subject = |body: &[u8]| {
            let license: License<'_> = strict::decode(body)?;
            Ok(Subject {
                file: file.to_owned(),
                body: body.to_vec(),
                name: format!("{} of {}", license.product, license.customer),
            })
        };
        let mut subjects = Vec::new();
        for document in documents::read(file)? {
            let received = Received::parse(&document).map_err(refused)?;
            match received.kind() {
                Kind::License => subjects.push(subject(received.document().body).map_err(refused)?),
                Kind::Update => {
                    let update: Update<'_> = strict::decode(received.document().body).map_err(refused)?;
                    for action in update.actions.iter() {
                        if let Action::Install(install) = action.map_err(refused)? {
                            let license = Received::parse(install.license).map_err(refused)?;
                            subjects.push(subject(license.document().body).map_err(refused)?);
                        }
                    }
                }
                found => return Err(refused(DocumentError::WrongKind { expected: Kind::License, found })),
            }
        }
        Ok(subjects)
    }

    /// The license that a template would become if it were sold at that moment.
    fn draft(&self, file: &Path) -> Result<Subject, Failure> {
        let template = super::template(file)?;
        let offer = template.offer((LicenseId::ZERO, 1, 1), "draft", &Default::default())?;
        let template = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Subject {
            file: file.to_owned(),
            body: offer.draft(self.invented.at())?,
            name: format!("{} as {template} sells it", offer.product),
        })
    }

    /// Each license by itself, then those of one product together.
    fn day_by_day(
        &self,
        licenses: &[License<'_>],
        subjects: &[Subject],
    ) -> Result<(Vec<Value>, Result<(), Failure>), Failure> {
        let (mut said, mut living) = (Vec::new(), Vec::new());
        for (place, (license, subject)) in (1..).zip(licenses.iter().zip(subjects)) {
            let spans = timeline::spans(license, &self.invented.life(license));
            if !self.json {
                println!("{}, {}:", subject.name, self.invented.in_words());
                timeline::lines(license, &spans).iter().for_each(|line| println!("  {line}"));
            }
            said.push(json!({ "license": subject.name, "timeline": timeline::json(license, &spans) }));
            living.push(Living { place, name: &subject.name, license, spans });
        }
        let products = together::products(living);
        for group in products.iter().filter(|group| group.len() > 1) {
            self.invented.charges_are_of_one_license(group)?;
            let product = group.first().map(|one| one.license.product.to_string()).unwrap_or_default();
            if !self.json {
                println!("{product}, all of it together:");
                together::lines(group).iter().for_each(|line| println!("  {line}"));
            }
            said.push(json!({ "product": product, "together": together::json(group) }));
        }
        let grants = products.iter().all(|group| together::grants(group));
        Ok((said, if grants { Ok(()) } else { Err(Failure::NothingInForce) }))
    }

    fn explain(
        &self,
        license: &License<'_>,
        subject: &Subject,
    ) -> Result<(Value, Result<(), Failure>), Failure> {
        let facts = self.invented.facts(license);
        let verdict = decide(license, &facts);
        let (in_force, valid_for) = match &verdict {
            Verdict::Granted(granted) => (Some(granted.index), Some(granted.valid_for)),
            Verdict::Refused(_) => (None, None),
        };
        let valid_for = valid_for.filter(|seconds| *seconds != Seconds::FOREVER);
        let mut terms = Vec::new();
        let mut text = format!("{}, at {}:\n", subject.name, Date::from(facts.floor));
        for (index, term) in (0u8..).zip(license.terms.iter()) {
            let Ok(term) = term else {
                text += &format!("  {}. a sort of term that is not known here\n", index + 1);
                continue;
            };
            let standing = standing(license, &facts, index, in_force);
            text +=
                &format!("  {}. {}: {} -- {standing}\n", index + 1, term.edition, timeline::features(&term));
            if let Some(notice) = term.notice.filter(|_| in_force == Some(index)) {
                text += &format!("     it shows: {notice}\n");
            }
            terms.push(json!({
                "term": index,
                "edition": term.edition,
                "features": timeline::features_as_json(&term),
                "notice": term.notice,
                "in_force": in_force == Some(index),
                "standing": standing,
            }));
        }
        if let Some(Seconds(seconds)) = valid_for {
            text += &format!("  this holds for {} hours of power at most\n", seconds / 3600);
        }
        let answer = self.answer(license, &verdict)?;
        if let Some((feature, Ok(value))) = &answer {
            text += &format!("  {feature} is granted: {value}\n");
        }
        if !self.json {
            print!("{text}");
        }
        let mut value = json!({
            "license": subject.name,
            "at": facts.floor,
            "granted": verdict.is_granted(),
            "term": in_force,
            "valid_for": valid_for,
            "terms": terms,
        });
        let outcome = match answer {
            None if verdict.is_granted() => Ok(()),
            None => Err(Failure::NothingInForce),
            Some((feature, Ok(number))) => {
                value["feature"] = json!({ "name": feature, "granted": true, "value": number });
                Ok(())
            }
            Some((feature, Err(why))) => {
                value["feature"] = json!({ "name": feature, "granted": false, "why": why });
                Err(Failure::NoFeature { feature, why })
            }
        };
        Ok((value, outcome))
    }

    /// The feature that was asked for, and what is said of it.
    fn answer(
        &self,
        license: &License<'_>,
        verdict: &Verdict<'_, '_>,
    ) -> Result<Option<(String, Asked)>, Failure> {
        let Some(feature) = &self.feature else { return Ok(None) };
        let name = Name::new(feature)
            .ok_or_else(|| Failure::Argument(format!("{feature} is not a name; use a-z 0-9 . - _ only")))?;
        let said = verdict.feature(name).map(|grant| grant.value);
        Ok(Some((feature.clone(), said.map_err(|refusal| Reason::of(license, refusal).to_string()))))
    }
}

/// What stands behind a term: that it is in force, why it is not, or that a higher one is.
fn standing(license: &License<'_>, facts: &Facts, index: u8, in_force: Option<u8>) -> String {
    if in_force == Some(index) {
        return "in force".into();
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
        Some(refusal) => format!("not: {}", Reason::of(license, refusal)),
        None if in_force.is_some() => "a higher term is in force".into(),
        None => "not: no seat is held".into(),
    }
}
