//! Whom the program believes: the vendor whose founding record is compiled into it.
//!
//! A development vendor must never reach a customer, so the compiler itself reads the record:
//! [`vendor!`](crate::vendor!) of one does not compile without the feature `development`. What a
//! compiler cannot do, checking the signature, is done when the first dongle is opened.

use crate::Error;
use holdfast_crypto::RustCrypto;
use holdfast_document::{DocumentError, Received, Root, VendorId, limits};
use std::borrow::Cow;

/// A vendor, by the bytes of its founding record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    record: Cow<'static, [u8]>,
}

/// The vendor whose founding record (a document of kind Vendor, number 0, in binary form) is in
/// this file, beside the source file as for [`include_bytes!`]. A file that holds anything else
/// does not compile, nor does a development vendor without the feature `development`.
#[macro_export]
macro_rules! vendor {
    ($file:expr) => {
        const { $crate::Vendor::compiled_in(include_bytes!($file)) }
    };
}

/// What the layout of a record says, before any signature was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Production,
    Development,
    NoFoundingRecord,
}

impl Vendor {
    /// The vendor of a record that is compiled in. See [`vendor!`](crate::vendor!).
    ///
    /// # Panics
    /// While compiling: when the bytes are no founding record, or one of a development vendor
    /// without the feature `development`.
    pub const fn compiled_in(record: &'static [u8]) -> Self {
        match sort(record) {
            Sort::Production => {}
            Sort::Development if cfg!(feature = "development") => {}
            Sort::Development => {
                panic!(
                    "this is a development vendor: build with holdfast's feature `development`, or use the production vendor's file"
                )
            }
            Sort::NoFoundingRecord => {
                panic!("this is not a vendor's founding record in binary form: export it again")
            }
        }
        Self { record: Cow::Borrowed(record) }
    }

    /// The vendor of a record that was read at run time, under the same rules.
    ///
    /// # Errors
    /// [`Error::DevelopmentVendor`], and [`Error::Document`] when it is no founding record or its
    /// signature does not hold.
    pub fn read(record: Vec<u8>) -> Result<Self, Error> {
        let vendor = Self { record: Cow::Owned(record) };
        vendor.found()?;
        Ok(vendor)
    }

    /// The bytes of the founding record.
    pub fn record(&self) -> &[u8] {
        &self.record
    }

    /// Its id.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn id(&self) -> Result<VendorId, Error> {
        Ok(self.found()?.id())
    }

    /// The record, its signature checked.
    pub(crate) fn found(
        &self,
    ) -> Result<holdfast_document::Verified<'_, holdfast_document::Vendor<'_>>, Error> {
        let found = holdfast_document::Vendor::found::<RustCrypto>(&Received::parse(&self.record)?)?;
        if !found.production && !cfg!(feature = "development") {
            return Err(Error::DevelopmentVendor);
        }
        Ok(found)
    }
}

/// The roots that speak for a vendor: the founding one, and those that followed it.
#[derive(Debug)]
pub(crate) struct Roots {
    vendor: VendorId,
    /// By number, without gaps.
    roots: Vec<Root>,
}

impl Roots {
    /// The founding root, and what follows from the documents that `next` gives: asked for number
    /// 1, 2, … it gives each, until there is none. One that does not follow ends the succession:
    /// nothing after it counts.
    pub(crate) fn follow(
        vendor: &Vendor,
        mut next: impl FnMut(VendorId, u8) -> Result<Option<Vec<u8>>, Error>,
    ) -> Result<Self, Error> {
        let founding = vendor.found()?;
        let id = founding.id();
        let mut documents = Vec::new();
        for number in 1..limits::SUCCESSION {
            let Some(document) = next(id, number)? else { break };
            documents.push(document);
        }
        let mut roots = vec![founding.root()];
        let mut last = founding;
        for document in &documents {
            let Ok(received) = Received::parse(document) else { break };
            let Ok(next) = holdfast_document::Vendor::succeed::<RustCrypto>(&received, &last) else { break };
            roots.push(next.root());
            last = next;
        }
        Ok(Self { vendor: id, roots })
    }

    /// The vendor.
    pub(crate) const fn vendor(&self) -> VendorId {
        self.vendor
    }

    /// The root with this number.
    pub(crate) fn root(&self, number: u8) -> Result<&Root, DocumentError> {
        self.roots.get(usize::from(number)).ok_or(DocumentError::UnknownRoot { number })
    }
}

/// Reads so much of a record's strict encoding as says what sort of vendor it is: the envelope's
/// kind, algorithm, root and body length, then the fields of the body in order.
const fn sort(record: &[u8]) -> Sort {
    let reader = Reader { bytes: record, at: 0 };
    let Some((reader, kind)) = reader.byte() else { return Sort::NoFoundingRecord };
    let Some((reader, _algorithm)) = reader.byte() else { return Sort::NoFoundingRecord };
    let Some((reader, root)) = reader.byte() else { return Sort::NoFoundingRecord };
    let Some((reader, _body)) = reader.length() else { return Sort::NoFoundingRecord };
    let Some((reader, version)) = reader.byte() else { return Sort::NoFoundingRecord };
    let Some(reader) = reader.skip(16) else { return Sort::NoFoundingRecord };
    let Some((reader, number)) = reader.byte() else { return Sort::NoFoundingRecord };
    // The hash of the record before; the name; root key and recovery hash.
    let Some(reader) = reader.skip(32) else { return Sort::NoFoundingRecord };
    let Some(reader) = reader.skip_sized() else { return Sort::NoFoundingRecord };
    let Some(reader) = reader.skip(65 + 32) else { return Sort::NoFoundingRecord };
    let Some((reader, revealed)) = reader.byte() else { return Sort::NoFoundingRecord };
    // The makers; the class for secrets.
    let Some(reader) = reader.skip_sized() else { return Sort::NoFoundingRecord };
    let Some(reader) = reader.skip(2) else { return Sort::NoFoundingRecord };
    let Some((_, production)) = reader.byte() else { return Sort::NoFoundingRecord };
    match (kind, root, version, number, revealed, production) {
        (1, 0, 1, 0, 0, 0) => Sort::Development,
        (1, 0, 1, 0, 0, 1) => Sort::Production,
        _ => Sort::NoFoundingRecord,
    }
}

/// A walk over bytes that the compiler can do too.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    const fn byte(mut self) -> Option<(Self, u8)> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let byte = self.bytes[self.at];
        self.at += 1;
        Some((self, byte))
    }

    /// A length of at most two bytes.
    const fn length(self) -> Option<(Self, usize)> {
        let Some((reader, low)) = self.byte() else { return None };
        if low < 128 {
            return Some((reader, low as usize));
        }
        let Some((reader, high)) = reader.byte() else { return None };
        if high == 0 || high >= 128 {
            return None;
        }
        Some((reader, (low & 127) as usize | (high as usize) << 7))
    }

    const fn skip(mut self, count: usize) -> Option<Self> {
        if count > self.bytes.len() - self.at {
            return None;
        }
        self.at += count;
        Some(self)
    }

    const fn skip_sized(self) -> Option<Self> {
        let Some((reader, length)) = self.length() else { return None };
        reader.skip(length)
    }
}
