//! Documents, verified and sorted by kind.

use crate::finding::{Finding, What};
use holdfast_crypto::{Hash, RustCrypto};
use holdfast_document::{
    Body, Delegation, Device, DocumentError, Kind, Manifest, Received, Revocations, Root, Time, TimeToken,
    Vendor, VendorId, Verified,
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
    /// What does not hold.
    pub refused: Vec<Finding>,
    /// Where each revision of each license stands in `licenses`.
    revisions: BTreeMap<(LicenseId, u16, u32), usize>,
    known: BTreeSet<Hash>,
    floor: Time,
}

impl<'a> Heap<'a> {
    /// Verifies and sorts.
    pub fn sort(documents: &'a [Vec<u8>], vendor: Option<VendorId>, floor: Time) -> Self {
        let mut heap = Self { floor, ..Self::default() };
        let mut received = Vec::new();
        for (place, bytes) in documents.iter().enumerate() {
            match Received::parse(bytes) {
                Ok(document) => received.push((place, document)),
                Err(why) => heap.refuse(place, why.to_string()),
            }
        }
        heap.find_vendors(&received, vendor);
        for (place, document) in received {
            if let Err(why) = heap.take(place, &document) {
                heap.refuse(place, why.to_string());
            }
        }
        heap
    }

    fn refuse(&mut self, place: Place, why: String) {
        self.refused.push(Finding { documents: vec![place], what: What::NotBelieved { why } });
    }

    /// Founding records first, then round after round whatever follows one that is known.
    fn find_vendors(&mut self, received: &[(Place, Received<'a>)], expected: Option<VendorId>) {
        let mut left: Vec<_> =
            received.iter().filter(|(_, document)| document.kind() == Kind::Vendor).collect();
        let is_expected = |id: VendorId| expected.is_none_or(|expected| expected == id);
        loop {
            let before = left.len();
            left.retain(|(place, document)| {
                let founded =
                    Vendor::found::<RustCrypto>(document).ok().filter(|found| is_expected(found.id()));
                let follows = |known: &Found<'a, Vendor<'a>>| {
                    Vendor::succeed::<RustCrypto>(document, &known.document).ok()
                };
                match founded.or_else(|| self.vendors.iter().find_map(follows)) {
                    Some(document) => {
                        if self.known.insert(document.digest()) {
                            self.vendors.push(Found { place: *place, document });
                        }
                        false
                    }
                    None => true,
                }
            });
            if left.len() == before {
                break;
            }
        }
        let left: Vec<Place> = left.into_iter().map(|(place, _)| *place).collect();
        for place in left {
            self.refuse(place, "it founds no vendor that was asked for, and follows no record here".into());
        }
    }

    fn take(&mut self, place: Place, received: &Received<'a>) -> Result<(), LoanError> {
        match received.kind() {
            Kind::Vendor => {}
            Kind::License => {
                let document = self.by_vendor(received)?;
                self.add_license(place, document);
            }
            Kind::Update => {
                let document: Verified<'a, Update<'a>> = self.by_vendor(received)?;
                self.take_installed(place, &document)?;
                if self.known.insert(document.digest()) {
                    self.updates.push(Found { place, document });
                }
            }
            Kind::TimeToken => {
                let document: Verified<'a, TimeToken> = self.by_vendor(received)?;
                if self.known.insert(document.digest()) {
                    self.tokens.push(Found { place, document });
                }
            }
            Kind::Loan => self.take_loan(place, received)?,
            Kind::Statement => {
                let document: Verified<'a, Statement<'a>> = self.by_maker(received)?;
                self.check_sort(&document)?;
                if self.known.insert(document.digest()) {
                    self.statements.push(Found { place, document });
                }
            }
            Kind::Revocations => {
                let by_vendor = self.by_vendor(received);
                let document: Verified<'a, Revocations<'a>> =
                    by_vendor.or_else(|why| self.by_maker(received).map_err(|_| why))?;
                if self.known.insert(document.digest()) {
                    self.revocations.push(Found { place, document });
                }
            }
            Kind::Delegation => {
                let by_vendor = self.by_vendor::<Delegation<'a>>(received);
                by_vendor.or_else(|why| self.by_maker(received).map_err(|_| why))?;
            }
            Kind::Device => {
                self.by_maker::<Device<'a>>(received)?;
            }
            Kind::Manifest => {
                self.by_maker::<Manifest<'a>>(received)?;
            }
        }
        Ok(())
    }

    /// The licenses that an update installs, each under the update's own links.
    fn take_installed(
        &mut self,
        place: Place,
        update: &Verified<'a, Update<'a>>,
    ) -> Result<(), DocumentError> {
        for action in update.actions.iter() {
            if let Action::Install(install) = action? {
                let document = self.by_vendor(&install.under(update)?)?;
                self.add_license(place, document);
            }
        }
        Ok(())
    }

    fn take_loan(&mut self, place: Place, received: &Received<'a>) -> Result<(), LoanError> {
        let mut refused = LoanError::Document(self.unknown(received));
        for (root, newest) in self.roots(received.root()) {
            match Lent::verify::<RustCrypto>(received, &root, &newest) {
                Ok(lent) => {
                    self.add_license(place, *lent.parent());
                    if self.known.insert(lent.loan().digest()) {
                        self.loans.push(FoundLoan { place, lent });
                    }
                    return Ok(());
                }
                Err(why) if is_of_another(&why) => {}
                Err(why) => refused = why,
            }
        }
        Err(refused)
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

    fn by_vendor<B: Body<'a>>(&self, received: &Received<'a>) -> Result<Verified<'a, B>, DocumentError> {
        let roots = self.roots(received.root()).into_iter();
        let under = |(root, _)| received.verify::<RustCrypto, B>(&root, self.floor);
        first_that_holds(roots.map(under), self.unknown(received))
    }

    fn by_maker<B: Body<'a>>(&self, received: &Received<'a>) -> Result<Verified<'a, B>, DocumentError> {
        let by = |known: &Found<'a, Vendor<'a>>| {
            received.verify_accepted::<RustCrypto, B>(&known.document, self.floor)
        };
        first_that_holds(self.vendors.iter().map(by), DocumentError::BadSignature { link: 0 })
    }

    /// The roots of that number, one for each vendor (and fork), with the newest record of each.
    fn roots(&self, number: u8) -> Vec<(Root, Vendor<'a>)> {
        let known = self.vendors.iter().filter(move |known| known.document.number == number);
        let roots = known.map(|known| {
            let of_same = self.vendors.iter().filter(|other| other.document.id() == known.document.id());
            let newest = of_same.max_by_key(|other| other.document.number).unwrap_or(known);
            (known.document.root(), *newest.document.body())
        });
        roots.collect()
    }

    fn unknown(&self, received: &Received<'a>) -> DocumentError {
        if self.roots(received.root()).is_empty() {
            DocumentError::UnknownRoot { number: received.root() }
        } else {
            DocumentError::BadSignature { link: 0 }
        }
    }

    /// Development and production never mix: a device speaks to vendors of its own sort.
    fn check_sort(&self, statement: &Verified<'a, Statement<'a>>) -> Result<(), DocumentError> {
        let vendor = self.vendors.iter().find(|known| known.document.id() == statement.vendor);
        match (vendor, statement.device()) {
            (Some(vendor), Some(device)) if vendor.document.production != device.production => {
                Err(DocumentError::Mixed)
            }
            _ => Ok(()),
        }
    }
}

/// Of several attempts the one that held. What is told of a document that holds under no root is what
/// the one said whose first signature held.
fn first_that_holds<T>(
    attempts: impl Iterator<Item = Result<T, DocumentError>>,
    unknown: DocumentError,
) -> Result<T, DocumentError> {
    let mut refused = unknown;
    for attempt in attempts {
        match attempt {
            Ok(verified) => return Ok(verified),
            Err(DocumentError::BadSignature { link: 0 }) => {}
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

fn is_of_another(why: &LoanError) -> bool {
    matches!(why, LoanError::Document(DocumentError::BadSignature { link: 0 }))
}
