//! A term: one clause of a license. Trial, grace, downgrade and maintenance are all just terms.

use crate::Condition;
use holdfast_document::{DocumentError, Item, List, Name, strict, tagged_items};
use serde::{Deserialize, Serialize, Serializer};

/// One clause of a license: conditions, and what they unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// The edition it grants, such as *pro*.
    pub edition: Name<'a>,
    /// One line to show to the user while it is in force.
    pub notice: Option<&'a str>,
    /// All must hold. None: it always holds.
    pub conditions: List<'a, Condition<'a>>,
    /// What it unlocks.
    pub features: List<'a, Feature<'a>>,
}

tagged_items! {
    /// A named entitlement inside a term.
    pub enum Feature<'a> {
        /// It is there.
        1 => Flag(Name<'a>),
        /// It is there, with a number. In a union of licenses the largest counts.
        2 => Number(NumberedFeature<'a>),
    }
}

/// A feature with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedFeature<'a> {
    /// The feature's name.
    #[serde(borrow)]
    pub name: Name<'a>,
    /// Its number, such as a limit on resolution; the vendor says what it means.
    pub number: u64,
}

impl<'a> Feature<'a> {
    /// Its name.
    pub const fn name(&self) -> Name<'a> {
        match self {
            Self::Flag(name) => *name,
            Self::Number(numbered) => numbered.name,
        }
    }

    /// Its value: 1 for a flag.
    pub const fn value(&self) -> u64 {
        match self {
            Self::Flag(_) => 1,
            Self::Number(numbered) => numbered.number,
        }
    }
}

impl<'a> Term<'a> {
    /// The value of a feature, if the term has it.
    pub fn feature(&self, name: Name<'_>) -> Option<u64> {
        self.features.known().find(|feature| feature.name() == name).map(|feature| feature.value())
    }
}

/// The tag of this, the only sort of term.
const CLAUSE: u8 = 1;

/// The fields of a [`Term`] behind its tag.
#[derive(Serialize, Deserialize)]
struct Clause<'a> {
    #[serde(borrow)]
    edition: Name<'a>,
    notice: Option<&'a str>,
    conditions: List<'a, Condition<'a>>,
    features: List<'a, Feature<'a>>,
}

impl<'a> Item<'a> for Term<'a> {
    fn from_item(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        match bytes.split_first() {
            Some((&CLAUSE, body)) => {
                let Clause { edition, notice, conditions, features } = strict::decode(body)?;
                Ok(Self { edition, notice, conditions, features })
            }
            Some((&tag, _)) => Err(DocumentError::UnknownItem { tag }),
            None => Err(DocumentError::Malformed),
        }
    }
}

impl Serialize for Term<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { edition, notice, conditions, features } = *self;
        let clause = Clause { edition, notice, conditions, features };
        if to.is_human_readable() { clause.serialize(to) } else { (CLAUSE, clause).serialize(to) }
    }
}
