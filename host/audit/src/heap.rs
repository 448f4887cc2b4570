//! Documents, verified and sorted by kind.

use crate::believed::named_vendor;
use crate::finding::{Finding, What};
use crate::{Believed, NotBelieved};
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{
    Authority, Body, Delegation, DocumentError, Kind, Received, Revocations, Root, Scope, Time, TimeToken,
    Vendor, VendorId, Verified, strict,
};
use holdfast_license::{Action, Lent, License, LicenseId, LoanError, Statement, Update};
use std::collections::{BTreeMap, BTreeSet};

/// Which document: its place among those that were given.
pub type Place = usize;

/// A verified document and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a, B> {
    /// Where it lies; for a license inside an update or under a loan, where that lies.
    pub place: Place,
    /// The document.
    pub document: Verified<'a, B>,
}

/// A verified loan and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct FoundLoan<'a> {
    /// Where it lies.
    pub place: Place,
    /// The loan with its parent.
    pub lent: Lent<'a>,
}

/// All documents that hold, by kind. The same document twice is here once.
#[derive(Debug, Default)]
pub struct Heap<'a> {
    /// Founding records, and all that follow one.
    pub vendors: Vec<Found<'a, Vendor<'a>>>,
    /// Licenses, those inside updates and under loans too.
    pub licenses: Vec<Found<'a, License<'a>>>,
    /// Loans.
    pub loans: Vec<FoundLoan<'a>>,
    /// Updates.
    pub updates: Vec<Found<'a, Update<'a>>>,
    /// Time tokens.
    pub tokens: Vec<Found<'a, TimeToken>>,
    /// Statements.
    pub statements: Vec<Found<'a, Statement<'a>>>,
    /// Revocations, of vendors and of makers.
    pub revocations: Vec<Found<'a, Revocations<'a>>>,
    /// What came of each document, by its place.
    pub verdicts: Vec<Result<Believed<'a>, NotBelieved>>,
    /// Where each revision of each license stands in `licenses`.
    revisions: BTreeMap<(LicenseId, u16, u32), usize>,
    known: BTreeSet<Hash>,
    floor: Time,
}

impl<'a> Heap<'a> {
    /// Verifies and sorts.
    pub fn sort(documents: &'a [Vec<u8>], vendor: Option<VendorId>, floor: Time) -> Self {
        let mut heap = Self { floor, ..Self::default() };
        let received: Vec<_> = documents.iter().map(|bytes| Received::parse(bytes)).collect();
        heap.find_vendors(&received, vendor);
        heap.verdicts = (0..).zip(&received).map(|(place, document)| heap.take(place, document)).collect();
        heap
    }

    /// What does not hold, as findings.
    pub fn refused(&self) -> Vec<Finding> {
        let refused =
            (0..).zip(&self.verdicts).filter_map(|(place, verdict)| Some((place, verdict.as_ref().err()?)));
        let finding = |(place, why): (Place, &NotBelieved)| Finding {
            documents: vec![place],
            what: What::NotBelieved { why: why.to_string() },
        };
        refused.map(finding).collect()
    }

    fn take(
        &mut self,
        place: Place,
        received: &Result<Received<'a>, DocumentError>,
    ) -> Result<Believed<'a>, NotBelieved> {
        let received = received.as_ref().map_err(|why| NotBelieved::unread(*why))?;
        Ok(match received.kind() {
            Kind::Vendor => Believed::Vendor(self.known_record(received)?),
            Kind::License => {
                let document = self.by_vendor(received)?;
                self.add_license(place, document);
                Believed::License(document)
            }
            Kind::Update => self.take_update(place, received)?,
            Kind::TimeToken => {
                let document: Verified<'a, TimeToken> = self.by_vendor(received)?;
                if self.known.insert(document.digest()) {
                    self.tokens.push(Found { place, document });
                }
                Believed::TimeToken(document)
            }
            Kind::Loan => self.take_loan(place, received)?,
            Kind::Statement => {
                let document = self.by_device(received)?;
                if self.known.insert(document.digest()) {
                    self.statements.push(Found { place, document });
                }
                Believed::Statement(document)
            }
            Kind::Revocations => {
                let document: Verified<'a, Revocations<'a>> = self.by_either(received)?;
                if self.known.insert(document.digest()) {
                    self.revocations.push(Found { place, document });
                }
                Believed::Revocations(document)
            }
            Kind::Delegation => Believed::Delegation(self.by_either(received)?),
            Kind::Device => Believed::Device(self.by_maker(received)?),
            Kind::Manifest => Believed::Manifest(self.by_maker(received)?),
        })
    }

    /// An update with the licenses that it installs, each under the update's own links: all or none.
    fn take_update(&mut self, place: Place, received: &Received<'a>) -> Result<Believed<'a>, NotBelieved> {
        let update: Verified<'a, Update<'a>> = self.by_vendor(received)?;
        let mut licenses = Vec::new();
        for action in update.actions.iter() {
            if let Action::Install(install) = action? {
                licenses.push(self.by_vendor(&install.under(&update)?)?);
            }
        }
        if self.known.insert(update.digest()) {
            self.updates.push(Found { place, document: update });
        }
        licenses.iter().for_each(|license| self.add_license(place, *license));
        Ok(Believed::Update { update, licenses })
    }

    fn take_loan(&mut self, place: Place, received: &Received<'a>) -> Result<Believed<'a>, NotBelieved> {
        // In a fork the lender's maker may stand on one branch only; where none allows the loan, it is told
        // of the one under which most of it holds.
        let mut refused: Option<LoanError> = None;
        let roots = self.roots(received.root()).into_iter();
        for (root, newest) in roots.flat_map(|(root, records)| records.into_iter().map(move |it| (root, it)))
        {
            match Lent::verify::<RustCrypto>(received, &root, &newest) {
                Ok(lent) => {
                    self.add_license(place, *lent.parent());
                    if self.known.insert(lent.loan().digest()) {
                        self.loans.push(FoundLoan { place, lent });
                    }
                    return Ok(Believed::Loan(lent));
                }
                Err(LoanError::Document(DocumentError::BadSignature { link: 0 })) => {}
                Err(why) => refused = refused.into_iter().chain([why]).max_by_key(held_of_loan),
            }
        }
        Err(refused.map_or_else(|| self.unknown(received), NotBelieved::from))
    }

    fn add_license(&mut self, place: Place, document: Verified<'a, License<'a>>) {
        if self.known.insert(document.digest()) {
            let revision = (document.id, document.hop, document.revision);
            self.revisions.entry(revision).or_insert(self.licenses.len());
            self.licenses.push(Found { place, document });
        }
    }

    /// The license of that id, hop and revision, if it is here.
    pub fn revision(&self, id: LicenseId, hop: u16, revision: u32) -> Option<&License<'a>> {
        let place = self.revisions.get(&(id, hop, revision))?;
        self.licenses.get(*place).map(|found| found.document.body())
    }

    fn by_vendor<B: Body<'a>>(&self, received: &Received<'a>) -> Result<Verified<'a, B>, NotBelieved> {
        let roots = self.roots(received.root()).into_iter();
        let under = |(root, _): (Root, _)| received.verify::<RustCrypto, B>(&root, self.floor);
        first_that_holds(roots.map(under)).unwrap_or_else(|| Err(self.unknown(received)))
    }

    /// What a maker signed that some vendor here accepts.
    fn by_maker<B: Body<'a>>(&self, received: &Received<'a>) -> Result<Verified<'a, B>, NotBelieved> {
        let by = |newest: &Found<'a, Vendor<'a>>| {
            received.verify_accepted::<RustCrypto, B>(&newest.document, self.floor)
        };
        first_that_holds(self.newest_records().map(by)).unwrap_or(Err(NotBelieved::UnknownMaker))
    }

    /// A statement: the vendor that it is for must accept the device. *Enrolled* is for any.
    fn by_device(&self, received: &Received<'a>) -> Result<Verified<'a, Statement<'a>>, NotBelieved> {
        let statement: Verified<'a, Statement<'a>> = self.by_maker(received)?;
        if statement.vendor.is_zero() {
            return Ok(statement);
        }
        let mut of_vendor =
            self.newest_records().filter(|newest| newest.document.id() == statement.vendor).peekable();
        if of_vendor.peek().is_none() {
            return Err(NotBelieved::OtherVendor { named: statement.vendor });
        }
        let by = |newest: &Found<'a, Vendor<'a>>| {
            received.verify_accepted::<RustCrypto, _>(&newest.document, self.floor)
        };
        first_that_holds(of_vendor.map(by)).unwrap_or(Err(NotBelieved::UnknownMaker))
    }

    /// What vendors and makers both sign.
    fn by_either<B: Body<'a>>(&self, received: &Received<'a>) -> Result<Verified<'a, B>, NotBelieved> {
        if of_a_maker(received) { self.by_maker(received) } else { self.by_vendor(received) }
    }

    /// The newest record of each vendor, or of each branch of a fork.
    fn newest_records(&self) -> impl Iterator<Item = &Found<'a, Vendor<'a>>> {
        self.vendors.iter().filter(|one| {
            let newer = |other: &Found<'a, Vendor<'a>>| {
                other.document.id() == one.document.id() && other.document.number > one.document.number
            };
            !self.vendors.iter().any(newer)
        })
    }

    /// The roots of that number, one for each vendor (and fork), with the newest record of each, or of each
    /// branch of its fork.
    fn roots(&self, number: u8) -> Vec<(Root, Vec<Vendor<'a>>)> {
        let known = self.vendors.iter().filter(move |known| known.document.number == number);
        let roots = known.map(|known| {
            let of_same = |other: &&Found<'a, Vendor<'a>>| other.document.id() == known.document.id();
            let newest = self.newest_records().filter(of_same).map(|newest| *newest.document.body());
            (known.document.root(), newest.collect())
        });
        roots.collect()
    }

    /// Why a document holds under no root that is here.
    fn unknown(&self, received: &Received<'a>) -> NotBelieved {
        match named_vendor(received) {
            Some(named) if !self.knows(named) => NotBelieved::OtherVendor { named },
            _ if self.roots(received.root()).is_empty() => {
                DocumentError::UnknownRoot { number: received.root() }.into()
            }
            _ => DocumentError::BadSignature { link: 0 }.into(),
        }
    }

    /// Whether a record of that vendor is here.
    pub(crate) fn knows(&self, vendor: VendorId) -> bool {
        self.vendors.iter().any(|known| known.document.id() == vendor)
    }
}

/// Of several attempts the one that held; else what the one said whose first signature held. None
/// where none got that far.
fn first_that_holds<T>(
    attempts: impl Iterator<Item = Result<T, DocumentError>>,
) -> Option<Result<T, NotBelieved>> {
    let mut refused = None;
    for attempt in attempts {
        match attempt {
            Ok(verified) => return Some(Ok(verified)),
            Err(DocumentError::BadSignature { link: 0 } | DocumentError::UnknownRoot { .. }) => {}
            Err(why) => refused = Some(Err(why.into())),
        }
    }
    refused
}

/// How much of a refused loan holds: both its chains, one and a part, or less.
const fn held_of_loan(refused: &LoanError) -> u8 {
    match refused {
        LoanError::NotAllowed(_) => 2,
        LoanError::Document(DocumentError::BadSignature { .. }) => 0,
        LoanError::Document(_) => 1,
    }
}

/// Whether a delegation or revocations claim to be a maker's.
fn of_a_maker(received: &Received<'_>) -> bool {
    let body = received.document().body;
    match received.kind() {
        Kind::Delegation => strict::decode::<Delegation<'_>>(body)
            .is_ok_and(|delegation| matches!(delegation.scope, Scope::Maker { .. })),
        Kind::Revocations => strict::decode::<Revocations<'_>>(body)
            .is_ok_and(|revocations| matches!(revocations.root, Authority::Maker(_))),
        _ => false,
    }
}
