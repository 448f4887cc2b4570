//! A vendor's records, from the founding one to the newest, and the next one.
//!
//! A root key that is lost or in other hands is replaced by a new record: it names a new root and is
//! signed by the recovery key whose hash the record before it names. What earlier roots signed counts
//! until they are revoked; what is newly signed stands under the newest.

use holdfast_crypto::{Curve, Key, RustCrypto, SecretKey};
use holdfast_document::{
    DocumentError, List, Received, Root, Time, V1, Vendor, VendorId, Verified, limits, sequence, vendor,
};
use rand_core::CryptoRng;

use crate::office::{list, sign};
use crate::{IssueError, Office};

/// A vendor's records that follow one another, each verified.
#[derive(Clone, Debug)]
pub struct Succession<'a> {
    founding: Verified<'a, Vendor<'a>>,
    later: Vec<Verified<'a, Vendor<'a>>>,
}

impl<'a> Succession<'a> {
    /// Reads records that stand one after another, the founding one first.
    ///
    /// # Errors
    /// [`IssueError::Refused`] for what is no record, founds no vendor, or does not follow.
    pub fn read(records: &'a [u8]) -> Result<Self, IssueError> {
        let mut documents = sequence::documents(records);
        let first = documents.next().unwrap_or(Err(DocumentError::Malformed))?;
        let founding = Vendor::found::<RustCrypto>(&Received::parse(first)?)?;
        let mut succession = Self { founding, later: Vec::new() };
        for document in documents {
            let received = Received::parse(document?)?;
            let next = Vendor::succeed::<RustCrypto>(&received, succession.newest())?;
            succession.later.push(next);
        }
        Ok(succession)
    }

    /// The vendor.
    pub fn id(&self) -> VendorId {
        self.founding.id()
    }

    /// The record that counts now.
    pub fn newest(&self) -> &Verified<'a, Vendor<'a>> {
        self.later.last().unwrap_or(&self.founding)
    }

    /// The record of this number.
    ///
    /// # Errors
    /// [`IssueError::Refused`] with [`DocumentError::UnknownRoot`] when it is not here.
    pub fn record(&self, number: u8) -> Result<&Verified<'a, Vendor<'a>>, IssueError> {
        let mut records = std::iter::once(&self.founding).chain(&self.later);
        records.find(|record| record.number == number).ok_or(DocumentError::UnknownRoot { number }.into())
    }

    /// The root that a document of this vendor starts at, by the number in its envelope.
    ///
    /// # Errors
    /// Those of [`record`](Self::record), and [`IssueError::Refused`] for what is no document.
    pub fn root_of(&self, document: &[u8]) -> Result<Root, IssueError> {
        let number = Received::parse(document)?.root();
        self.record(number).map(Verified::root)
    }

    /// The number of the next record, which the owner of this recovery key may sign.
    ///
    /// # Errors
    /// [`IssueError::OtherRecovery`] for another key, [`IssueError::LastRecord`] when there is no
    /// number left.
    pub fn next_number(&self, recovery: &Key) -> Result<u8, IssueError> {
        let newest = self.newest();
        if vendor::recovery_hash(recovery) != newest.recovery {
            return Err(IssueError::OtherRecovery { number: newest.number });
        }
        let number = newest.number.checked_add(1).filter(|number| *number < limits::SUCCESSION);
        number.ok_or(IssueError::LastRecord)
    }

    /// Makes the next record: a new root key, signed by the recovery key that the newest record names.
    /// Its makers are those of the newest record unless others are given.
    ///
    /// # Errors
    /// Those of [`next_number`](Self::next_number), and [`IssueError::Refused`].
    pub fn succeed(
        &self,
        recovery: &SecretKey,
        root: SecretKey,
        next_recovery: &Key,
        makers: Option<&[Key]>,
        issued: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Office), IssueError> {
        let newest = self.newest();
        let revealed = RustCrypto::public(recovery);
        let number = self.next_number(&revealed)?;
        let makers = makers.map(list).transpose()?;
        let body = Vendor {
            version: V1,
            vendor: self.id(),
            number,
            previous: newest.digest(),
            root: RustCrypto::public(&root),
            recovery: vendor::recovery_hash(next_recovery),
            revealed: Some(revealed),
            makers: makers.as_deref().map_or(newest.makers, List::from_bytes),
            issued,
            ..*newest.body()
        };
        let record = sign(&body, recovery, body.number, &[], rng)?;
        let anchor = Vendor::succeed::<RustCrypto>(&Received::parse(&record)?, newest)?.root();
        Ok((record, Office::of_root(root, anchor)))
    }
}
