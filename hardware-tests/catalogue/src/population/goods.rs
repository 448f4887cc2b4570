//! What is sold: the templates of the licensing cookbook, with other dates, names and regions.
//!
//! So there is one text of each recipe. Where a template no longer says what is to be replaced here,
//! that is an error and not another license than meant.

use std::collections::BTreeMap;
use std::rc::Rc;

use holdfast_issuer::Template;

use super::PopulationError;
use super::month::Month;
use super::plan::Region;

/// The twelve modules, each a license of its own.
pub const MODULES: [&str; 12] = [
    "nesting",
    "probing",
    "turning",
    "engraving",
    "bending",
    "welding",
    "five-axis",
    "simulation",
    "quoting",
    "tool-library",
    "post-processing",
    "shop-floor",
];

/// The edition of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Cuts.
    Basic,
    /// Exports, too.
    Pro,
}

/// What one license is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goods {
    /// A demo for anybody, until then.
    Evaluation(Month),
    /// Thirty days from first use.
    Trial,
    /// A year and two weeks of grace.
    Subscription(Edition, Month),
    /// For good, with maintenance until then; the second year's renewal brings epoch 4.
    Perpetual(Month, u8),
    /// The third edition: for good, on good hardware, by the issuer's word.
    Foundry,
    /// A thousand cuts and an overdraft.
    Metered,
    /// A card of a hundred exports.
    Prepaid,
    /// For a school, until then.
    Academic(Month),
    /// Ten seats that float, until then.
    Floating(Month),
    /// Forty machines on one site, until then.
    Site(Month),
    /// On the machine whose TPM has this key, drawn anew for each.
    MachineBound([u8; 64]),
    /// Without a dongle, for the machine whose TPM key has this Name after its first two bytes, until
    /// then.
    MachineIdentity(Month, [u8; 32]),
    /// What a reseller sells, until then.
    Resold(Month),
    /// A module, until then.
    Module(usize, Month),
}

/// The text of a template.
macro_rules! recipe {
    ($name:literal) => {
        ($name, include_str!(concat!("../../templates/", $name, ".toml")))
    };
}

impl Goods {
    /// What the index calls it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Evaluation(_) => "evaluation",
            Self::Trial => "trial",
            Self::Subscription(Edition::Basic, _) => "subscription-basic",
            Self::Subscription(Edition::Pro, _) => "subscription-pro",
            Self::Perpetual(..) => "perpetual",
            Self::Foundry => "foundry",
            Self::Metered => "pay-per-use",
            Self::Prepaid => "prepaid",
            Self::Academic(_) => "academic",
            Self::Floating(_) => "floating",
            Self::Site(_) => "site",
            Self::MachineBound(_) => "machine-bound",
            Self::MachineIdentity(..) => "machine-identity",
            Self::Resold(_) => "resold",
            Self::Module(..) => "module",
        }
    }

    /// The day on which all of it ends, or a perpetual license's maintenance does.
    pub fn ends(&self) -> Option<String> {
        match self {
            Self::Subscription(_, ends) => Some(ends.day(15)),
            Self::Evaluation(ends)
            | Self::Perpetual(ends, _)
            | Self::MachineIdentity(ends, _)
            | Self::Academic(ends)
            | Self::Floating(ends)
            | Self::Site(ends)
            | Self::Resold(ends)
            | Self::Module(_, ends) => Some(ends.day(1)),
            Self::Trial | Self::Foundry | Self::Metered | Self::Prepaid | Self::MachineBound(_) => None,
        }
    }

    /// The meter, what the template allows on it, and what a refill adds.
    pub const fn meter(&self) -> Option<(&'static str, u64)> {
        match self {
            Self::Metered => Some(("cuts", 1000)),
            Self::Prepaid => Some(("exports", 100)),
            _ => None,
        }
    }

    /// How many secrets are sealed in it.
    pub const fn secrets(&self) -> u64 {
        match self {
            Self::Perpetual(_, epochs) => *epochs as u64,
            Self::Foundry => 1,
            _ => 0,
        }
    }

    /// The template as a desk sells from it in that region.
    fn text(&self, region: Region) -> Result<String, PopulationError> {
        const END: &str = "\"2027-03-01\"";
        let date = |month: &Month, day| format!("\"{}\"", month.day(day));
        let (recipe, words): (_, Vec<(&'static str, String)>) = match self {
            Self::Evaluation(ends) => (recipe!("evaluation"), vec![("\"2026-04-01\"", date(ends, 1))]),
            Self::Trial => (recipe!("trial"), vec![]),
            Self::Subscription(edition, ends) => {
                let mut words = vec![
                    (END, date(ends, 1)),
                    ("\"2027-03-15\"", date(ends, 15)),
                    ("15 March", format!("15 {}", ends.name())),
                ];
                if *edition == Edition::Basic {
                    words.push(("\"pro\"", "\"basic\"".into()));
                    words.push(("[\"cut\", \"export-step\"]", "[\"cut\"]".into()));
                }
                (recipe!("subscription"), words)
            }
            Self::Perpetual(ends, _) => (recipe!("perpetual"), vec![(END, date(ends, 1))]),
            Self::Foundry => (recipe!("high-value"), vec![]),
            Self::Metered => (recipe!("pay-per-use"), vec![]),
            Self::Prepaid => (recipe!("prepaid"), vec![]),
            Self::Academic(ends) => (recipe!("academic"), vec![("\"2026-09-01\"", date(ends, 1))]),
            Self::Floating(ends) => (recipe!("floating"), vec![(END, date(ends, 1))]),
            Self::Site(ends) => (recipe!("site"), vec![(END, date(ends, 1))]),
            Self::MachineBound(key) => {
                let digits = holdfast_crypto::bytes::Hex(key).to_string();
                (recipe!("machine-bound"), vec![(ANY_MACHINE, digits)])
            }
            Self::MachineIdentity(ends, _) => {
                (recipe!("machine-identity"), vec![("\"2026-09-01\"", date(ends, 1))])
            }
            Self::Resold(ends) => {
                let words = vec![(END, date(ends, 1)), ("region = \"eu\"\n", String::new())];
                (recipe!("reseller"), words)
            }
            Self::Module(module, ends) => {
                let name = format!("\"{}\"", MODULES[module % MODULES.len()]);
                let words = vec![("\"nesting\"", name), ("\"2026-09-01\"", date(ends, 1))];
                (recipe!("module-nesting"), words)
            }
        };
        let (template, text) = recipe;
        let mut text = text.to_owned();
        let product = "product = \"cutter\"\n";
        let region = (product, format!("{product}region = \"{}\"\n", region.name()));
        for (words, by) in words.into_iter().chain([region]) {
            if !text.contains(words) {
                return Err(PopulationError::Template { template, words });
            }
            text = text.replace(words, &by);
        }
        if let Self::Perpetual(_, 2) = self {
            text.push_str("\n[[secret]]\nfeature = \"export-step\"\nepoch = 4\nuse = \"derive\"\n");
        }
        Ok(text)
    }
}

/// The machine that the cookbook's template names.
const ANY_MACHINE: &str = "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d\
                           4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d";

/// Templates that were read, each once.
#[derive(Debug, Default)]
pub struct PriceList {
    read: BTreeMap<String, Rc<Template>>,
}

impl PriceList {
    /// The template of these goods in that region.
    ///
    /// # Errors
    /// [`PopulationError::Template`], or why it does not read.
    pub fn template(&mut self, goods: &Goods, region: Region) -> Result<Rc<Template>, PopulationError> {
        let text = goods.text(region)?;
        if let Some(template) = self.read.get(&text) {
            return Ok(Rc::clone(template));
        }
        let template = Rc::new(Template::read(&text)?);
        self.read.insert(text, Rc::clone(&template));
        Ok(template)
    }
}
